"""Settings of every log-in test: an empty cache, and a fast password hasher."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _fresh(settings):
    settings.RULEBOOK = "leiden"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def strict(settings):
    """Require a second factor, as in production."""
    settings.SECOND_FACTOR = True
    return settings
