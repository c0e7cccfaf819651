"""The date of the page tests, and an empty cache."""

import pytest
from django.core.cache import cache
from django.utils import timezone


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Forget what earlier tests counted for rate limits: Redis keeps it."""
    cache.clear()


@pytest.fixture
def today(settings, monkeypatch):
    from tests.web.html_helpers import BASE_URL, TODAY  # not before pytest-django has set Django up

    settings.RULEBOOK = "leiden"
    settings.BASE_URL = BASE_URL
    monkeypatch.setattr(timezone, "localdate", lambda *_now: TODAY)
    return TODAY
