"""An assessed trajectory with rows of every kind."""

from __future__ import annotations

import pytest


@pytest.fixture
def square(today):
    from tests.web.trajectories.sample_trajectory import (  # not before pytest-django has set Django up
        assess,
        make_square,
    )

    return assess(make_square(), today)
