"""The data of an explanation: the same for one obligation and for many, with who recorded what when."""

from __future__ import annotations

from datetime import date

import pytest

from participation.compliance.rulebooks import load_rulebooks
from participation.selectors.changes.history import changeset_views, history_rows, last_recorded_at
from participation.selectors.obligations.explanations import (
    SHARES,
    fact_versions,
    last_change_of,
    transitions_by_obligation,
)
from participation.selectors.obligations.statuses import (
    facts_as_known,
    obligations_as_known,
    obligations_with_status,
    waivers_as_known,
)
from participation.services.assessment import reassess_one
from tests import world

pytestmark = pytest.mark.django_db
RULEBOOKS, TODAY, NOW = load_rulebooks("leiden"), date(2026, 4, 20), world.moment("2026-04-20 10:00")


def square():
    found = world.trajectory(contact_role="project_manager")
    world.plan(found, world.RESIDENTS)
    world.step(found, done=world.on("2026-03-20"))
    world.contribution(found, step="s1")
    world.waiver(found, rule="feedback-given", subject="s1")
    reassess_one("trajectory", found.pk, RULEBOOKS, TODAY, NOW)
    return found


@pytest.mark.parametrize("day", [date(2026, 2, 1), date(2026, 3, 1), TODAY, date(2026, 12, 31)])
def test_stored_and_recomputed_statuses_agree_on_any_day(day):
    found = square()
    explained = waivers_as_known(found.pk, day)
    stored = [
        (row.obligation, row.status)
        for row in obligations_with_status("trajectory", found.pk, RULEBOOKS.first.by_id, day)
    ]
    judged = [
        (row.obligation, row.status)
        for row in obligations_as_known(facts_as_known(found.pk), RULEBOOKS.first, day, explained)
    ]

    assert len(stored) > 10
    assert stored == judged


def test_before_a_trajectory_was_recorded_there_are_no_facts():
    assert facts_as_known(square().pk, world.moment("2020-01-01")) is None


def test_a_waiver_is_known_from_the_moment_of_recording():
    found = world.trajectory()
    given = world.waiver(found)
    type(given).history.update(history_date=world.moment("2026-04-10"))

    assert waivers_as_known(found.pk, TODAY, world.moment("2026-04-09")) == []
    [known] = waivers_as_known(found.pk, TODAY, world.moment("2026-04-11"))
    assert (known.by, known.key) == ("projectleider", given.pk)
    assert waivers_as_known(found.pk, date(2026, 2, 28)) == []


def test_a_row_shows_since_which_version_its_values_apply():
    found = world.trajectory()
    step = world.step(found)
    type(step).history.update(history_date=world.moment("2026-03-01"))
    world.record(step, "2026-03-21", done=world.on("2026-03-20"))
    world.record(step, "2026-04-02", note="Druk")
    lines = fact_versions(found.pk, {("step", "s1"): {"done", "note"}})["step", "s1"]

    assert [line.at.day for line in lines] == [1, 21, 2]
    assert last_change_of(lines, ["done"]).at == world.moment("2026-03-21")
    assert last_change_of(lines, ["note"]).at == world.moment("2026-04-02")
    assert last_change_of([], ["note"]) is None
    assert len(fact_versions(found.pk, {("step", "s1"): {"done"}}, world.moment("2026-03-22"))["step", "s1"]) == 2


def test_a_removed_row_is_not_shown():
    found = world.trajectory()
    step = world.step(found)
    step.delete()

    assert fact_versions(found.pk, {("step", "s1"): {"done"}}) == {}


def test_a_document_shows_each_time_it_was_shared():
    found = world.trajectory()
    document = world.document(found)
    document.shares.create(party=world.RESIDENTS, on=world.on("2026-03-02"))
    document.shares.create(party=world.SHOPS).delete()
    lines = fact_versions(found.pk, {("document", "d1"): {SHARES, "dated_on"}})["document", "d1"]

    assert [line.values[SHARES][0] for line in lines if SHARES in line.values] == [world.RESIDENTS]


def test_transitions_are_read_in_one_query_or_none(django_assert_num_queries):
    found = square()
    keys = list(found.obligations.values_list("pk", flat=True))
    with django_assert_num_queries(1):
        lines = transitions_by_obligation(keys)
    assert set(lines) == set(keys)
    with django_assert_num_queries(0):
        assert not transitions_by_obligation([])
    assert not transitions_by_obligation(keys, world.moment("2026-04-19"))


def test_the_last_change_is_the_newest_history_row_of_any_table():
    found = world.trajectory()
    for model in (type(found),):
        model.history.update(history_date=world.moment("2026-03-01"))
    assert last_recorded_at(found.pk) == world.moment("2026-03-01")
    document = world.document(found)
    share = document.shares.create(party=world.SHOPS)
    type(document).history.update(history_date=world.moment("2026-03-02"))
    type(share).history.update(history_date=world.moment("2026-03-03"))

    assert last_recorded_at(found.pk) == world.moment("2026-03-03")
    assert last_recorded_at(found.pk + 1) is None


def test_a_history_contains_nothing_of_another_trajectory():
    found, other = world.trajectory(), world.trajectory("ander")
    world.plan(other, world.SHOPS)
    world.document(other).shares.create(party=world.SHOPS)

    assert [(table, len(lines)) for table, lines in _by_table(found)] == [("trajectory", 1)]
    assert {table for table, _lines in _by_table(other)} == {
        "trajectory",
        "plan",
        "planactor",
        "document",
        "documentshare",
    }


def _by_table(found):
    lines = [line for block in changeset_views(found.pk, history_rows(found.pk)) for line in block.lines]
    return [
        (table, [line for line in lines if line.table == table]) for table in sorted({line.table for line in lines})
    ]
