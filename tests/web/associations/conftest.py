"""The day on which these pages are visited, a folder for files, and no counting from one test to the next."""

import pytest


@pytest.fixture(autouse=True)
def visited(today, settings, tmp_path):
    from django.core.cache import cache

    settings.MEDIA_ROOT = tmp_path / "media"
    settings.BASE_URL = "https://leidraad.example"
    cache.clear()
    return today
