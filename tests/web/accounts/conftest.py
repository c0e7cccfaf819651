"""What holds for every test of logging in: nothing was tried before, and passwords are quick to check."""

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
    """As in a real installation."""
    settings.SECOND_FACTOR = True
    return settings
