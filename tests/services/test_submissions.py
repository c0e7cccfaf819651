"""What associations hand in: each is recorded under their name, and starts the term that goes with it."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given as holds_for
from hypothesis import strategies as st

from participation.compliance.rulebook import load
from participation.models import Changeset, Contribution, Obligation, Organisation, Plan, PlanActor, Request
from participation.services.changesets import CannotUndo, undo, version_of
from participation.services.editing import StaleVersion
from participation.services.submissions import (
    ASKED,
    SUGGESTED,
    AlreadyThere,
    ask,
    decide,
    free_slug,
    named_alike,
    react,
    suggest,
)
from tests import world

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 25)
NOW = world.moment("2026-03-25T12:00")


def door():
    return {"rulebook": load(settings.RULEBOOK), "today": TODAY, "now": NOW}


@pytest.fixture
def square():
    return world.trajectory()


@pytest.fixture
def chair():
    return world.user("association_member", world.RESIDENTS)


@pytest.mark.parametrize("kind", ASKED)
def test_what_is_asked_is_received_today_and_starts_its_term(square, chair, kind):
    asked, entry = ask(chair, square, world.organisation(), kind, "Mag dit anders?", **door())

    stored = Request.objects.get()
    assert stored == asked
    assert (stored.kind, stored.party, stored.summary) == (kind, world.RESIDENTS, "Mag dit anders?")
    assert stored.received_on == world.on("2026-03-25")
    assert Obligation.objects.open().filter(trajectory=square, subject=stored.ref, due_on__gt=TODAY).exists()
    assert (entry.verb, entry.by) == ("asked", chair)
    undo(entry, chair, **door())
    assert not Request.objects.exists()


def test_a_reaction_is_a_contribution_that_is_to_be_answered(square, chair):
    autovrij = world.scenario(square)

    with translation.override("en"):
        to_scenario, entry = react(chair, square, world.organisation(), autovrij, "Doen", **door())
        to_plan, _entry = react(chair, square, world.organisation(), None, "Te smal", **door())

    assert (to_scenario.theme, to_plan.theme) == ("Scenario: Autovrij", "Participatieplan")
    assert (to_scenario.party, to_scenario.received_on) == (world.RESIDENTS, world.on("2026-03-25"))
    owed = Obligation.objects.open().filter(rule="contribution-answered")
    assert sorted(owed.values_list("subject", flat=True)) == [to_scenario.ref, to_plan.ref]
    assert entry.verb == "reacted"
    undo(entry, chair, **door())
    assert list(Contribution.objects.values_list("theme", flat=True)) == ["Participatieplan"]


def test_a_party_that_the_plan_forgot_is_added_without_a_part(square, chair):
    plan = world.plan(square, world.RESIDENTS)
    shops = world.organisation(world.SHOPS)

    actor, entry = suggest(chair, square, world.organisation(), shops, **door())

    assert (actor.plan, actor.organisation, actor.part, actor.suggested_by) == (plan, shops, "", world.RESIDENTS)
    undo(entry, chair, **door())
    assert not PlanActor.objects.filter(organisation=shops).exists()


def test_a_new_party_is_recorded_with_its_neighbourhoods_and_without_a_plan_one_is_made(square, chair):
    new = Organisation(name="Vrienden van het Café", kind="residents_initiative")
    lakes = world.neighbourhood(world.LAKES)

    actor, entry = suggest(chair, square, world.organisation(), new, [lakes], **door())

    made = Organisation.objects.get(slug="vrienden-van-het-cafe")
    assert (made.name, made.kind, made.municipality) == ("Vrienden van het Café", "residents_initiative", "leiden")
    assert list(made.neighbourhoods.all()) == [lakes]
    assert actor.plan == Plan.objects.get(trajectory=square)
    undo(entry, chair, **door())
    assert not Organisation.objects.filter(pk=made.pk).exists()
    assert not Plan.objects.exists()


def test_a_plan_that_others_built_on_is_not_taken_back(square, chair):
    _actor, entry = suggest(chair, square, world.organisation(), world.organisation(world.SHOPS), **door())
    suggest(chair, square, world.organisation(), world.organisation(world.OUTSIDER), **door())

    with pytest.raises(CannotUndo):
        undo(entry, chair, **door())
    assert PlanActor.objects.count() == 2


@pytest.mark.parametrize("part", ["participant", "informed", ""])
def test_a_party_that_is_there_already_is_not_added_again(square, chair, part):
    plan = world.plan(square)
    there = PlanActor.objects.create(plan=plan, organisation=world.organisation(world.SHOPS), part=part)

    with pytest.raises(AlreadyThere) as refused:
        suggest(chair, square, world.organisation(), world.organisation(world.SHOPS), **door())

    assert refused.value.actor == there
    assert PlanActor.objects.count() == 1
    assert not Changeset.objects.exists()


def test_the_adviser_decides_which_part_it_has(square, chair):
    actor, _entry = suggest(chair, square, world.organisation(), world.organisation(world.SHOPS), **door())
    adviser = world.user("adviser")

    decided = decide(adviser, actor, "participant", version_of(actor), **door())

    assert PlanActor.objects.get().part == "participant"
    assert PlanActor.objects.get().suggested_by == world.RESIDENTS
    assert decide(adviser, actor, "participant", version_of(actor), **door()) is None
    undo(decided, adviser, **door())
    assert PlanActor.objects.get().part == ""


def test_a_party_without_a_part_comes_off_the_list_and_can_be_put_back(square, chair):
    actor, _entry = suggest(chair, square, world.organisation(), world.organisation(world.SHOPS), **door())
    adviser = world.user("adviser")

    removed = decide(adviser, actor, "", version_of(actor), **door())

    assert not PlanActor.objects.exists()
    undo(removed, adviser, **door())
    assert PlanActor.objects.get().organisation.slug == world.SHOPS


def test_the_same_part_is_not_given_twice(square, chair):
    actor, _entry = suggest(chair, square, world.organisation(), world.organisation(world.SHOPS), **door())
    PlanActor.objects.create(plan=actor.plan, organisation=actor.organisation, part="informed")

    with pytest.raises(ValidationError):
        decide(world.user("adviser"), actor, "informed", version_of(actor), **door())


def test_nothing_is_decided_over_somebody_elses_decision(square, chair):
    actor, _entry = suggest(chair, square, world.organisation(), world.organisation(world.SHOPS), **door())
    shown = version_of(actor)
    decide(world.user("coordinator"), PlanActor.objects.get(), "informed", shown, **door())

    with pytest.raises(StaleVersion):
        decide(world.user("adviser"), actor, "participant", shown, **door())
    assert PlanActor.objects.get().part == "informed"


def test_a_name_is_known_however_it_is_written(square):
    shops = world.organisation(world.SHOPS, name="Winkeliers Haarlemmerstraat")

    assert named_alike("  winkeliers   haarlemmerstraat ") == shops
    assert named_alike("Winkeliers") is None


def test_a_slug_is_new_and_no_word_that_stands_for_others():
    world.organisation("de-wijk")
    world.organisation("de-wijk-2")

    assert free_slug("De Wijk!") == "de-wijk-3"
    assert free_slug("Residents") == "residents-2"
    assert free_slug("Council") == "council-2"
    assert free_slug("北京") == "partij"


@holds_for(st.text(min_size=1, max_size=200))
def test_any_name_gives_a_slug_that_may_be_stored(name):
    made = Organisation(slug=free_slug(name), name="x")
    made.full_clean()


def test_a_body_of_the_municipality_is_not_for_residents_to_add():
    assert not {"council", "committee", "executive", "municipality", "registry", "audit_office"} & {*SUGGESTED}
