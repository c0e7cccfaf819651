"""The rows of digests: flags with their owners and transitions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.compliance.rulebooks import load_rulebooks
from participation.selectors.mail import digest_lines
from participation.selectors.mail.digest_lines import REGISTER_KEY, digest_flags
from tests import world

RULEBOOKS = load_rulebooks("leiden")
DAY, NOW = date(2026, 4, 20), datetime(2026, 4, 20, 5, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def rows_of(trajectories=None, with_register=True):
    return digest_flags(trajectories, with_register, RULEBOOKS, DAY, NOW - timedelta(days=7), NOW).rows


def test_each_row_names_its_owner_with_its_municipality_and_whether_it_is_over():
    square = world.trajectory("plein", title="Plein", municipality="leiden", status="closed")
    world.obligation(trajectory=square)
    world.obligation(motion=world.motion("M1", title="Groen"), trajectory=None, rule="motion-followed-up", subject="")
    found = {
        key: [(row.owner_type, row.name, row.title, row.municipality, row.over) for row in rows]
        for key, rows in rows_of().items()
    }
    assert found == {
        square.pk: [("trajectory", "plein", "Plein", "leiden", True)],
        REGISTER_KEY: [("motion", "M1", "Groen", "", False)],
    }
    assert rows_of([square.pk], with_register=False).keys() == {square.pk}


def test_what_is_removed_while_its_obligations_are_read_is_left_out(monkeypatch):
    square = world.trajectory()
    world.obligation(trajectory=square)
    world.obligation(motion=world.motion(), trajectory=None, rule="motion-followed-up", subject="")
    monkeypatch.setattr(digest_lines, "_register_owners", lambda *_arguments: {})
    assert rows_of().keys() == {square.pk}


def test_what_is_not_flagged_any_more_was_so_within_the_period():
    square = world.trajectory()
    resolved = world.obligation(trajectory=square, met_on=date(2026, 4, 18))
    world.transition(resolved, from_status="overdue", to_status="met_late", noticed_at=NOW - timedelta(days=1))
    world.obligation(trajectory=square, subject="s2")
    found = {row.obligation.subject: (row.status, row.flagged_meanwhile) for row in rows_of()[square.pk]}
    assert found == {"s1": ("met_late", True), "s2": ("overdue", False)}


@pytest.mark.parametrize("count", [1, 50])
def test_fifty_trajectories_take_as_many_queries_as_one(count):
    for number in range(count):
        world.obligation(trajectory=world.trajectory(f"t{number}"))
    with CaptureQueriesContext(connection) as captured:
        assert len(rows_of(with_register=False)) == count
    assert len(captured) == 3
