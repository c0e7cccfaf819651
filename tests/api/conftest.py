"""The date of the API tests, and a trajectory on that date."""

import pytest
from django.utils import timezone


@pytest.fixture
def today(settings, monkeypatch):
    from tests.web.html_helpers import BASE_URL, TODAY  # not before pytest-django has set Django up

    settings.RULEBOOK = "leiden"
    settings.BASE_URL = BASE_URL
    monkeypatch.setattr(timezone, "localdate", lambda *_now: TODAY)
    return TODAY


@pytest.fixture
def square(today):
    from tests.web.trajectories.sample_trajectory import assess, make_square

    return assess(make_square(), today)
