"""What was done with contributions, added up, and what they changed in decisions."""

from __future__ import annotations

from datetime import date

import pytest

from participation.models import Trajectory
from participation.selectors.statistics import influence as selector
from participation.selectors.statistics.city import Period
from participation.selectors.statistics.influence import (
    contributions_in,
    count_effects,
    decisions_in,
    influence,
    of_district,
    of_sender,
    of_theme,
    with_age,
)
from tests import world

pytestmark = pytest.mark.django_db
TODAY = date(2026, 4, 20)
ANSWER = {"response": "Omdat het past", "responded_on": world.on("2026-04-10")}


def contributions(on=TODAY, first=None):
    return contributions_in(Trajectory.objects.all(), Period(first, on))


def found(on=TODAY, first=None):
    return influence(contributions(on, first), on)


def rows_of(groups):
    return {group.key: dict(group.states) for group in groups}


def test_a_contribution_is_answered_with_an_outcome_and_a_reason():
    of = world.trajectory()
    world.contribution(of, "c1", outcome="adopted", **ANSWER)
    world.contribution(of, "c2", outcome="not_adopted", **ANSWER)
    world.contribution(of, "c3", outcome="adopted")
    world.contribution(of, "c4", response="Bedankt")
    world.contribution(of, "c5")
    assert dict(found().states) == {"adopted": 1, "not_adopted": 1, "open": 3}


def test_on_an_earlier_day_a_later_answer_does_not_count():
    of = world.trajectory()
    world.contribution(of, "c1", outcome="adopted", **ANSWER)
    world.contribution(of, "c2", outcome="partly", response="Deels")
    assert dict(found(on=date(2026, 4, 9)).states) == {"open": 1, "partly": 1}
    assert dict(found(on=date(2026, 4, 10)).states) == {"adopted": 1, "partly": 1}
    assert found(on=date(2026, 3, 19)).total == 0


def test_a_period_leaves_out_what_came_in_before_and_keeps_what_has_no_day():
    of = world.trajectory()
    world.contribution(of, "c1", received_on=world.on("2026-01-10"))
    world.contribution(of, "c2", received_on=world.on("2026-04-10"))
    world.contribution(of, "c3", received_on=None)
    assert [row.ref for row in contributions(first=date(2026, 2, 1)).order_by("ref")] == ["c2", "c3"]


def test_spellings_of_one_theme_are_one_row_the_largest_first():
    of = world.trajectory()
    for ref, theme in (("c1", "Groen"), ("c2", "groen "), ("c3", "Parkeren"), ("c4", "")):
        world.contribution(of, ref, theme=theme)
    assert [(group.name, group.total) for group in found().themes] == [("Groen", 2), ("", 1), ("Parkeren", 1)]
    assert {row.ref for row in of_theme(contributions(), "groen")} == {"c1", "c2"}


def test_themes_beyond_the_maximum_are_counted_but_not_listed(monkeypatch):
    monkeypatch.setattr(selector, "MAX_THEMES", 1)
    of = world.trajectory()
    world.contribution(of, "c1", theme="Groen")
    world.contribution(of, "c2", theme="Parkeren")
    assert (len(found().themes), found().other_themes, found().total) == (1, 1, 2)


def test_senders_are_counted_by_their_kind():
    of = world.trajectory()
    world.organisation(world.SHOPS)
    world.organisation()
    for ref, party in (("c1", world.RESIDENTS), ("c2", world.SHOPS), ("c3", "residents"), ("c4", "")):
        world.contribution(of, ref, party=party)
    kinds = ("residents_association", "business_association", "residents", "")
    assert rows_of(found().senders) == {kind: {"open": 1} for kind in kinds}
    assert [[row.ref for row in of_sender(contributions(), kind)] for kind in kinds] == [["c1"], ["c2"], ["c3"], ["c4"]]


def test_districts_are_those_of_the_trajectory():
    world.neighbourhood("noord-1", district="Noord")
    world.neighbourhood("noord-2", district="Noord")
    world.neighbourhood("zuid-1", district="Zuid")
    world.contribution(world.trajectory("beide", "noord-1", "noord-2", "zuid-1"))
    world.contribution(world.trajectory("nergens", "los"))
    assert rows_of(found().districts) == {name: {"open": 1} for name in ("Noord", "Zuid", "")}
    slugs = [[row.trajectory.slug for row in of_district(contributions(), name)] for name in ("Noord", "")]
    assert slugs == [["beide"], ["nergens"]]


def test_open_contributions_have_an_age_unless_nobody_waits_any_more():
    of = world.trajectory()
    days = {"c1": "2026-03-23", "c2": "2026-03-22", "c3": "2026-01-18", "c4": "2025-01-01"}
    for ref, day in days.items():
        world.contribution(of, ref, received_on=world.on(day))
    world.contribution(of, "c5", received_on=None)
    world.contribution(of, "c6", outcome="adopted", **ANSWER)
    closed = world.trajectory("klaar", status="closed", closed_on=world.on("2026-04-01"))
    world.contribution(closed, "c7")
    ages = {"month": 1, "quarter": 1, "year": 1, "longer": 1, "over": 1, "undated": 1}
    assert found().ages == ages
    assert {row.ref: row.age for row in with_age(contributions(), TODAY)} == {
        "c1": "month",
        "c2": "quarter",
        "c3": "year",
        "c4": "longer",
        "c5": "undated",
        "c7": "over",
    }


def test_decisions_are_counted_by_what_changed_and_by_the_room():
    of = world.trajectory()
    decided = {"kind": "decision", "method": "", "planned": None, "done": world.on("2026-04-01")}
    world.step(of, "b1", **decided, effect="much", room_kept=True)
    world.step(of, "b2", **decided, effect="none", room_kept=False)
    world.step(of, "b3", **decided)
    world.step(of, "opzet", **decided, stage="setup")
    world.step(of, "vervallen", **decided, cancelled=True)
    world.step(of, "gepland", **{**decided, "done": None, "planned": world.on("2026-05-01")})
    counts = count_effects(decisions_in(Trajectory.objects.all(), Period(None, TODAY)))
    assert counts.effects == {"much": 1, "some": 0, "none": 1, "": 1}
    assert counts.room == {True: 1, False: 1, None: 1}
    assert counts.total == 3
    assert not decisions_in(Trajectory.objects.all(), Period(date(2026, 4, 2), TODAY)).exists()


@pytest.mark.parametrize("number", [1, 50])
def test_influence_takes_six_queries(django_assert_num_queries, number):
    for n in range(number):
        world.contribution(world.trajectory(f"plein-{n}"), theme=f"Thema {n}")
    with django_assert_num_queries(6):
        assert found().total == number
