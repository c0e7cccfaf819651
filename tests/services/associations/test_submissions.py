"""Submissions of associations: each is recorded under their name, and starts its term."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given as holds_for
from hypothesis import strategies as st

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Changeset, Contribution, Obligation, Organisation, Plan, PlanActor, Request
from participation.services.associations.submissions import (
    REQUEST_KINDS,
    SUGGESTED_KINDS,
    AlreadyInPlan,
    decide_role,
    organisation_named,
    submit_reaction,
    submit_request,
    suggest_party,
)
from participation.services.changes.changesets import StaleVersion, version_of
from participation.services.changes.undo import CannotUndo, undo
from participation.services.changes.unique_names import free_slug
from tests import world

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 25)
NOW = world.moment("2026-03-25T12:00")


def write_arguments():
    return {"rulebooks": load_rulebooks(settings.RULEBOOK), "today": TODAY, "now": NOW}


@pytest.fixture
def square():
    return world.trajectory()


@pytest.fixture
def chair():
    return world.user("association_member", world.RESIDENTS)


@pytest.mark.parametrize("kind", REQUEST_KINDS)
def test_a_request_is_dated_today_and_starts_its_term(square, chair, kind):
    request, entry = submit_request(chair, square, world.organisation(), kind, "Mag dit anders?", **write_arguments())

    stored = Request.objects.get()
    assert stored == request
    assert (stored.kind, stored.party, stored.summary) == (kind, world.RESIDENTS, "Mag dit anders?")
    assert stored.received_on == world.on("2026-03-25")
    assert Obligation.objects.open().filter(trajectory=square, subject=stored.ref, due_on__gt=TODAY).exists()
    assert (entry.verb, entry.by) == ("asked", chair)
    undo(entry, chair, **write_arguments())
    assert not Request.objects.exists()


def test_a_reaction_is_a_contribution_that_needs_an_answer(square, chair):
    autovrij = world.scenario(square)

    with translation.override("en"):
        to_scenario, entry = submit_reaction(chair, square, world.organisation(), autovrij, "Doen", **write_arguments())
        to_plan, _entry = submit_reaction(chair, square, world.organisation(), None, "Te smal", **write_arguments())

    assert (to_scenario.theme, to_plan.theme) == ("Scenario: Autovrij", "Participatieplan")
    assert (to_scenario.party, to_scenario.received_on) == (world.RESIDENTS, world.on("2026-03-25"))
    obligations = Obligation.objects.open().filter(rule="contribution-answered")
    assert sorted(obligations.values_list("subject", flat=True)) == [to_scenario.ref, to_plan.ref]
    assert entry.verb == "reacted"
    undo(entry, chair, **write_arguments())
    assert list(Contribution.objects.values_list("theme", flat=True)) == ["Participatieplan"]


def test_a_party_missing_from_the_plan_is_added_without_a_role(square, chair):
    plan = world.plan(square, world.RESIDENTS)
    shops = world.organisation(world.SHOPS)

    actor, entry = suggest_party(chair, square, world.organisation(), shops, **write_arguments())

    assert (actor.plan, actor.organisation, actor.part, actor.suggested_by) == (plan, shops, "", world.RESIDENTS)
    undo(entry, chair, **write_arguments())
    assert not PlanActor.objects.filter(organisation=shops).exists()


def test_a_new_party_is_added_with_its_neighbourhoods_and_a_plan_if_needed(square, chair):
    new = Organisation(name="Vrienden van het Café", kind="residents_initiative")
    lakes = world.neighbourhood(world.LAKES)

    actor, entry = suggest_party(chair, square, world.organisation(), new, [lakes], **write_arguments())

    made = Organisation.objects.get(slug="vrienden-van-het-cafe")
    assert (made.name, made.kind, made.municipality) == ("Vrienden van het Café", "residents_initiative", "leiden")
    assert list(made.neighbourhoods.all()) == [lakes]
    assert actor.plan == Plan.objects.get(trajectory=square)
    undo(entry, chair, **write_arguments())
    assert not Organisation.objects.filter(pk=made.pk).exists()
    assert not Plan.objects.exists()


def test_a_plan_with_later_additions_of_others_is_not_undone(square, chair):
    _actor, entry = suggest_party(
        chair, square, world.organisation(), world.organisation(world.SHOPS), **write_arguments()
    )
    suggest_party(chair, square, world.organisation(), world.organisation(world.OUTSIDER), **write_arguments())

    with pytest.raises(CannotUndo):
        undo(entry, chair, **write_arguments())
    assert PlanActor.objects.count() == 2


@pytest.mark.parametrize("part", ["participant", "informed", ""])
def test_a_party_already_in_the_plan_is_not_added_again(square, chair, part):
    plan = world.plan(square)
    there = PlanActor.objects.create(plan=plan, organisation=world.organisation(world.SHOPS), part=part)

    with pytest.raises(AlreadyInPlan) as refused:
        suggest_party(chair, square, world.organisation(), world.organisation(world.SHOPS), **write_arguments())

    assert refused.value.actor == there
    assert PlanActor.objects.count() == 1
    assert not Changeset.objects.exists()


def test_the_adviser_chooses_the_role_of_a_suggested_party(square, chair):
    actor, _entry = suggest_party(
        chair, square, world.organisation(), world.organisation(world.SHOPS), **write_arguments()
    )
    adviser = world.user("adviser")

    decided = decide_role(adviser, actor, "participant", version_of(actor), **write_arguments())

    assert PlanActor.objects.get().part == "participant"
    assert PlanActor.objects.get().suggested_by == world.RESIDENTS
    assert decide_role(adviser, actor, "participant", version_of(actor), **write_arguments()) is None
    undo(decided, adviser, **write_arguments())
    assert PlanActor.objects.get().part == ""


def test_a_suggested_party_without_a_role_can_be_dismissed_and_restored(square, chair):
    actor, _entry = suggest_party(
        chair, square, world.organisation(), world.organisation(world.SHOPS), **write_arguments()
    )
    adviser = world.user("adviser")

    removed = decide_role(adviser, actor, "", version_of(actor), **write_arguments())

    assert not PlanActor.objects.exists()
    undo(removed, adviser, **write_arguments())
    assert PlanActor.objects.get().organisation.slug == world.SHOPS


def test_the_same_role_is_not_assigned_twice(square, chair):
    actor, _entry = suggest_party(
        chair, square, world.organisation(), world.organisation(world.SHOPS), **write_arguments()
    )
    PlanActor.objects.create(plan=actor.plan, organisation=actor.organisation, part="informed")

    with pytest.raises(ValidationError):
        decide_role(world.user("adviser"), actor, "informed", version_of(actor), **write_arguments())


def test_a_concurrent_decision_is_not_overwritten(square, chair):
    actor, _entry = suggest_party(
        chair, square, world.organisation(), world.organisation(world.SHOPS), **write_arguments()
    )
    shown = version_of(actor)
    decide_role(world.user("coordinator"), PlanActor.objects.get(), "informed", shown, **write_arguments())

    with pytest.raises(StaleVersion):
        decide_role(world.user("adviser"), actor, "participant", shown, **write_arguments())
    assert PlanActor.objects.get().part == "informed"


def test_organisation_names_are_matched_ignoring_case_and_spelling_variants(square):
    shops = world.organisation(world.SHOPS, name="Winkeliers Haarlemmerstraat")

    assert organisation_named("  winkeliers   haarlemmerstraat ") == shops
    assert organisation_named("Winkeliers") is None


def test_a_slug_is_unused_and_not_a_reserved_word():
    world.organisation("de-wijk")
    world.organisation("de-wijk-2")

    assert free_slug(Organisation, "De Wijk!") == "de-wijk-3"
    assert free_slug(Organisation, "Residents") == "residents-2"
    assert free_slug(Organisation, "Council") == "council-2"
    assert free_slug(Organisation, "北京") == "partij"


@holds_for(st.text(min_size=1, max_size=200))
def test_any_name_gives_a_valid_slug(name):
    made = Organisation(slug=free_slug(Organisation, name), name="x")
    made.full_clean()


def test_residents_cannot_add_a_municipal_body():
    assert not {"council", "committee", "executive", "municipality", "registry", "audit_office"} & {*SUGGESTED_KINDS}
