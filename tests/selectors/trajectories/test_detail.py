"""The rows of a trajectory: contributions without their texts."""

from __future__ import annotations

import pytest

from participation.selectors.trajectories.detail import (
    CONTRIBUTIONS_WITHOUT_TEXTS,
    is_answered,
    trajectory_rows,
    with_texts,
)
from tests import world

pytestmark = pytest.mark.django_db


def test_contributions_without_texts_still_tell_whether_they_are_answered(django_assert_num_queries):
    square = world.trajectory()
    world.contribution(square, "c1", outcome="adopted", response="Dat doen we.", summary="Meer bomen")
    world.contribution(square, "c2", outcome="adopted", response="")
    world.contribution(square, "c3", outcome="", response="Later meer.")
    full = trajectory_rows(square).contributions
    short = trajectory_rows(square, {CONTRIBUTIONS_WITHOUT_TEXTS}).contributions

    with django_assert_num_queries(0):
        assert [is_answered(row) for row in short] == [is_answered(row) for row in full] == [True, False, False]
        assert [(row.ref, row.party, row.received_on) for row in short] == [
            (row.ref, row.party, row.received_on) for row in full
        ]
        assert with_texts(full) == {row.pk: row for row in full}
    with django_assert_num_queries(1):
        texts = with_texts(short[:2])
        assert [texts[row.pk].summary for row in short[:2]] == [row.summary for row in full[:2]]
    assert trajectory_rows(square, ()).contributions == []
