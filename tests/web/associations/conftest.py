"""The date of these tests, a folder for uploads, and rate limits that start at zero in each test."""

import pytest


@pytest.fixture(autouse=True)
def visited(today, settings, tmp_path):
    from django.core.cache import cache

    settings.MEDIA_ROOT = tmp_path / "media"
    settings.BASE_URL = "https://leidraad.example"
    cache.clear()
    return today
