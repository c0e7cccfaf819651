"""Counts that add up to a total: of no count under five can be found out which one it is."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.compliance.small_counts import published_parts

SMALL = range(5)
PARTS = st.lists(st.one_of(st.integers(0, 6), st.integers(0, 40)), min_size=1, max_size=5)


def possible_values(parts):
    """Return per hidden part what it may be, for who knows the function and everything that it published."""
    shown = published_parts(parts)
    choices = [SMALL if part is None else [part] for part in shown.parts]
    worlds = [values for values in product(*choices) if published_parts(values) == shown]
    return [{world[place] for world in worlds} for place, part in enumerate(shown.parts) if part is None]


@given(PARTS)
def test_a_hidden_count_may_be_anything_from_one_to_four(parts):
    assert all({1, 2, 3, 4} <= values for values in possible_values(parts))


@given(PARTS)
def test_the_true_total_lies_within_what_is_published(parts):
    shown = published_parts(parts)
    assert shown.lowest <= sum(parts) <= shown.highest
    assert shown.highest - shown.lowest <= 4
    assert all(part is None or part >= 5 for part in shown.parts)


@pytest.mark.parametrize(
    ("parts", "published"),
    [
        pytest.param([20, 10], ((20, 10), 30, 30), id="nothing small: the total is exact"),
        pytest.param([20, 0], ((20, None), 20, 24), id="nought is hidden too"),
        pytest.param([20, 3], ((20, None), 20, 24), id="the total would give the only one"),
        pytest.param([20, 1, 0, 0], ((20, None, None, None), 20, 24), id="few in all"),
        pytest.param([20, 4, 4], ((20, None, None), 25, 28), id="a total of 28 would give both"),
        pytest.param([20, 3, 3, 1], ((20, None, None, None), 27, 27), id="a total of 27 gives none"),
        pytest.param([20, 4, 4, 1], ((20, None, None, None), 29, 32), id="near the highest"),
    ],
)
def test_counts_are_published_like_this(parts, published):
    assert tuple(published_parts(parts)) == published
