"""A trajectory of which everything is recorded and assessed, as it stands on the day on which the pages are read."""

from __future__ import annotations

import pytest


@pytest.fixture
def square(today):
    from tests.web.trajectories.sample_trajectory import (  # not before pytest-django has set Django up
        assess,
        make_square,
    )

    return assess(make_square(), today)
