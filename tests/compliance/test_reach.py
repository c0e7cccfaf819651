"""What is published of who was reached: no count under five can be read, nor found by subtracting."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations_with_replacement, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.compliance.reach import published_reach, published_record, summed_counts
from participation.compliance.small_counts import SMALLEST_COUNT

COUNTS = st.lists(st.integers(0, 9), max_size=3)


def groups(*counts):
    return [{"group": f"g{n}", "count": count} for n, count in enumerate(counts)]


def places(*counts):
    return [{"slug": f"n{n}", "count": count} for n, count in enumerate(counts)]


def published(total, in_groups=(), in_places=()):
    return published_reach(total, groups(*in_groups), places(*in_places))


#: What a reader may think of two lists and a total, and then subtract.
SUPPOSITIONS = (
    lambda total, one, other: sum(one) == total,
    lambda total, one, other: sum(other) == total,
    lambda total, one, other: sum(one) <= total,
    lambda total, one, other: sum(other) <= total,
    lambda _total, one, other: sum(one) == sum(other),
)


def suppositions(total, one, other):
    """Return which of these are true, as bits."""
    unknown = [total is None] * 4 + [not (one and other)]
    tried = zip(unknown, SUPPOSITIONS, strict=True)
    return sum(1 << n for n, (skipped, holds) in enumerate(tried) if not skipped and holds(total, one, other))


def cells(total, in_groups, in_places, shown):
    """Yield each number that is not published, with where it stands: numbers that read the same are one place."""
    for name, rows, counts in (("g", shown.groups, in_groups), ("n", shown.neighbourhoods, in_places)):
        hidden = {row.key: row for row in rows if row.number is None}
        for n, count in enumerate(counts):
            if (row := hidden.get(f"{name}{n}")) or not rows:
                yield (name, row and row.is_small), count
    if total is not None and shown.total is None:
        yield ("total", None), total


@pytest.mark.parametrize(("most_groups", "most_places"), [(2, 4), (4, 2)])
def test_no_count_under_five_follows_from_all_that_is_published(most_groups, most_places):
    """Every reach with up to so many counts is tried, whichever suppositions are true, and known to be."""
    lists = {n: [c for k in range(n + 1) for c in combinations_with_replacement(range(1, 6), k)] for n in (2, 4)}
    possible = defaultdict(set)
    for in_groups, in_places in product(lists[most_groups], lists[most_places]):
        for total in {None, 1, 2, 3, 4, sum(in_groups), sum(in_places), 21}:
            shown = published(total, in_groups, in_places)
            true = suppositions(total, in_groups, in_places)
            for place, number in cells(total, in_groups, in_places, shown):
                possible[shown, true, place].add(number)
    small = [(key, numbers) for key, numbers in possible.items() if min(numbers) < SMALLEST_COUNT]
    assert len(small) > 400
    for (shown, true, place), numbers in small:
        if len(numbers) == 1:
            others = (possible.get((shown, more, place), set()) for more in range(32) if more & true == true)
            assert len(set().union(*others)) > 1, (shown, place, numbers)


@given(st.none() | st.integers(0, 30), COUNTS, COUNTS)
def test_no_published_number_is_under_five(total, in_groups, in_places):
    shown = published(total, in_groups, in_places)
    for number in (shown.total, *(row.number for row in (*shown.groups, *shown.neighbourhoods))):
        assert number is None or number == 0 or number >= 5


@pytest.mark.parametrize(
    ("total", "counts", "expected", "bounds"),
    [
        (33, (20, 3), 33, None),  # ten others
        (33, (20, 10, 3), None, (31, 34)),
        (33, (20, 10), 33, None),
        (33, (30, 20, 3), 33, None),  # people of two groups
        (6, (3, 3), None, (1, 8)),
        (0, (0, 0), 0, None),
        (None, (20, 3), None, None),
    ],
)
def test_the_total_is_left_out_only_where_subtracting_tells_something(total, counts, expected, bounds):
    shown = published(total, counts)
    assert (shown.total, shown.bounds, shown.total_is_small) == (expected, bounds, False)


@pytest.mark.parametrize(
    ("total", "in_groups", "in_places", "expected"),
    [
        (4, (1, 1, 1, 1), (), (None, False, (1, 16))),  # four groups are named elsewhere: in the coverage of the town
        (9, (1, 2, 3, 3), (), (None, False, (1, 16))),
        (3, (2,), (), (None, True, None)),
        (4, (), (4,), (None, True, None)),
        (3, (), (), (None, True, None)),
        (3, (20, 3), (), (None, True, None)),  # which cannot be
    ],
)
def test_fewer_than_five_people_read_the_same_as_more_where_groups_are_named(total, in_groups, in_places, expected):
    assert published(total, in_groups, in_places)[:3] == expected


def test_four_neighbourhoods_of_one_small_group_do_not_tell_its_count():
    shown = published(None, (4,), (1, 1, 1, 1))
    assert [row.is_left_out for row in shown.groups] == [True]
    assert [row.is_small for row in shown.neighbourhoods] == [True] * 4


def test_a_sum_of_groups_does_not_tell_a_neighbourhood():
    shown = published(None, (20, 10), (27, 3))
    assert [row.number for row in shown.groups] == [20, 10]
    assert [(row.number, row.is_left_out) for row in shown.neighbourhoods] == [(None, True), (None, True)]


def test_the_record_of_a_step_has_null_for_what_is_not_published():
    record = {"ref": "s1", "reach": {"total": 33, "groups": groups(20, 10, 3), "neighbourhoods": [], "note": "Geteld"}}
    assert published_record(record)["reach"] == {
        "total": None,
        "groups": groups(20, 10, None),
        "neighbourhoods": [],
        "note": "Geteld",
    }
    assert published_record(record, with_counts=False)["reach"]["groups"] == groups(None, None, None)
    assert published_record({"ref": "s2"}) == {"ref": "s2"}


def test_an_earlier_version_has_no_total_of_which_groups_were_counted_later():
    record = {"ref": "s1", "reach": {"total": 23, "groups": [], "neighbourhoods": []}}
    assert published_record(record)["reach"]["total"] == 23
    assert published_record(record, with_counts=False)["reach"]["total"] is None
    nobody = {"ref": "s1", "reach": {"total": 0, "groups": [], "neighbourhoods": []}}
    assert published_record(nobody, with_counts=False)["reach"]["total"] == 0


def test_sums_are_made_of_what_is_published_only():
    rows = [row for counts in ((12, 3, 0), (8, 2, 0)) for row in published(None, counts).groups]
    found = {name: (row.number, row.more, row.is_reached) for name, row in summed_counts(rows).items()}
    assert found == {"g0": (20, False, True), "g1": (0, True, True), "g2": (0, False, False)}
