"""Settings of every log-in test: the rulebook, and an empty cache."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _fresh(settings):
    settings.RULEBOOK = "leiden"
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def strict(settings):
    """Require a second factor, as in production."""
    settings.SECOND_FACTOR = True
    return settings
