"""Adding and changing by hand: refs and addresses that are free, and never over somebody else's later change."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from participation.compliance.rulebook import load
from participation.models import Changeset, DocumentShare, Plan, Step, Trajectory
from participation.selectors.row_versions import ExpectedVersion, actors_of, as_shown, changes_since, shown_now
from participation.services.changesets import undo
from participation.services.editing import (
    StaleVersion,
    WriteContext,
    free_slug,
    save_document,
    save_part,
    save_plan,
    save_trajectory,
    share,
    unshare,
)
from tests import world

pytestmark = pytest.mark.django_db

NOW = world.moment("2026-03-21T09:00")
LATER = world.moment("2026-03-21T09:30")
TODAY = date(2026, 3, 21)
ON = world.on("2026-03-02")


def door(by=None, now=NOW):
    return WriteContext(by or world.user("adviser"), load(settings.RULEBOOK), TODAY, now)


def again(step):
    return Step.objects.get(pk=step.pk)


def test_a_new_part_gets_a_ref_that_is_free():
    square = world.trajectory()
    world.step(square, "s4")
    entry = save_part(Step(trajectory=square, kind="update"), door(), verb="added", about="Bericht")
    assert Step.objects.get(kind="update").ref == "s5"
    assert (entry.verb, entry.about) == ("added", "Bericht")


def test_saving_what_is_the_same_records_nothing():
    step = world.step(world.trajectory())
    shown = shown_now(step)
    assert save_part(again(step), door(), verb="changed", about="", shown=shown) is None
    assert shown_now(step) == shown
    assert not Changeset.objects.exists()


def test_what_somebody_changed_meanwhile_is_not_overwritten_and_is_told():
    step, coordinator = world.step(world.trajectory()), world.user("coordinator")
    shown, mine, theirs = shown_now(step), again(step), again(step)
    theirs.title = "Avond in het buurthuis"
    save_part(theirs, door(coordinator), verb="changed", about="Avond")
    theirs.title = "Avond in de kerk"
    save_part(theirs, door(coordinator, LATER), verb="changed", about="Avond")
    mine.note = "Koffie is er"
    with pytest.raises(StaleVersion):
        save_part(mine, door(), verb="changed", about="Avond", shown=shown)
    assert (again(step).title, again(step).note) == ("Avond in de kerk", "")
    assert changes_since(step, shown) == [("title", "", "Avond in de kerk", coordinator, LATER)]
    assert as_shown(step, shown).title == ""


def test_what_was_changed_and_put_back_is_no_difference_to_tell_of():
    step, coordinator = world.step(world.trajectory()), world.user("coordinator")
    shown, theirs = shown_now(step), again(step)
    for title in ("Avond", ""):
        theirs.title = title
        save_part(theirs, door(coordinator), verb="changed", about="")
    assert changes_since(step, shown) == []


def test_a_title_becomes_an_address_that_nobody_has():
    assert free_slug("Herinrichting 't Plein (Zuid)") == "herinrichting-t-plein-zuid"
    world.trajectory("plein")
    world.trajectory("plein-2")
    assert free_slug("Plein") == "plein-3"
    assert free_slug("???") == "traject"
    assert free_slug("Nieuw") == "nieuw-2"
    long = free_slug("a" * 300)
    world.trajectory(long)
    assert len(free_slug("a" * 300)) <= 100
    Trajectory(slug=free_slug("a__b--c"), title="a").full_clean()


def test_an_adviser_who_adds_a_trajectory_becomes_its_adviser_and_a_coordinator_does_not():
    adviser, lakes = world.user("adviser"), world.neighbourhood(world.LAKES)
    save_trajectory(Trajectory(title="Speelplek"), door(adviser), verb="added", links={"neighbourhoods": [lakes.pk]})
    made = Trajectory.objects.get(slug="speelplek")
    assert (list(made.advisers.all()), list(made.neighbourhoods.all())) == ([adviser], [lakes])
    assert made.municipality == "leiden"
    save_trajectory(Trajectory(title="Brug"), door(world.user("coordinator")), verb="added", links={})
    assert not Trajectory.objects.get(slug="brug").advisers.exists()


def test_a_link_that_was_changed_meanwhile_is_told_with_who_did_it():
    square, coordinator = world.trajectory(), world.user("coordinator")
    lakes, centre = world.neighbourhood(world.LAKES), world.neighbourhood(world.CENTRE)
    shown = shown_now(square)
    save_trajectory(square, door(coordinator), verb="changed", links={"neighbourhoods": [lakes.pk]})
    with pytest.raises(StaleVersion):
        save_trajectory(square, door(), verb="changed", links={"neighbourhoods": [centre.pk]}, shown=shown)
    assert changes_since(square, shown) == [("neighbourhoods", (centre.pk,), (lakes.pk,), coordinator, NOW)]
    assert ExpectedVersion.from_text(shown.to_text()) == shown


@pytest.mark.parametrize("text", ["", "x", "1", "1.2;a", "None"])
def test_a_state_that_nobody_was_shown_is_one_in_which_nothing_was_there(text):
    assert ExpectedVersion.from_text(text) == ExpectedVersion()


def test_a_plan_is_saved_with_its_actors_and_comes_back_as_it_was():
    square, adviser = world.trajectory(), world.user("adviser")
    plan = world.plan(square, world.RESIDENTS, world.OUTSIDER)
    world.organisation(world.SHOPS)
    before = shown_now(plan)
    plan.room = "De plek van de bomen"
    actors = [(world.RESIDENTS, "participant", world.SHOPS), (world.SHOPS, "informed", "")]
    entry = save_plan(plan, actors, door(adviser), verb="changed", about="Plan", shown=before)
    assert actors_of(plan) == actors
    assert actors_of(plan, at=before.parts) == [
        (world.RESIDENTS, "participant", ""),
        (world.OUTSIDER, "participant", ""),
    ]
    undo(entry, adviser, rulebook=load(settings.RULEBOOK), today=TODAY, now=NOW)
    assert sorted(actors_of(plan)) == [(world.RESIDENTS, "participant", ""), (world.OUTSIDER, "participant", "")]
    assert Plan.objects.get().room == ""


def test_two_who_make_the_first_plan_at_once_do_not_overwrite_each_other():
    square = world.trajectory()
    save_plan(Plan(trajectory=square, room="Alles"), [], door(), verb="added", about="Plan", shown=ExpectedVersion())
    second = Plan(trajectory=square, room="Niets")
    with pytest.raises(StaleVersion):
        save_plan(second, [], door(world.user("coordinator")), verb="added", about="Plan", shown=ExpectedVersion())
    assert Plan.objects.get().room == "Alles"


def test_an_actor_that_was_added_meanwhile_is_not_removed():
    square = world.trajectory()
    plan = world.plan(square)
    shown = shown_now(plan)
    world.models.PlanActor.objects.create(plan=plan, organisation=world.organisation(), part="participant")
    with pytest.raises(StaleVersion):
        save_plan(plan, [], door(), verb="changed", about="Plan", shown=shown)
    assert actors_of(plan) == [(world.RESIDENTS, "participant", "")]


def test_a_document_is_shared_with_several_in_one_go_and_nobody_gets_it_twice():
    square, adviser = world.trajectory(), world.user("adviser")
    world.organisation(), world.organisation(world.SHOPS)
    first, second = world.document(square, "d1"), world.document(square, "d2")
    DocumentShare.objects.create(document=first, party=world.SHOPS, on=ON)
    parties = [world.RESIDENTS, world.SHOPS]
    entry = share(square, [first, second], parties, world.on("2026-03-20"), door(adviser), about="Stukken")
    rows = DocumentShare.objects.order_by("document__ref", "party").values_list("document__ref", "party", "on")
    assert list(rows) == [
        ("d1", world.RESIDENTS, world.on("2026-03-20")),
        ("d1", world.SHOPS, ON),
        ("d2", world.RESIDENTS, world.on("2026-03-20")),
        ("d2", world.SHOPS, world.on("2026-03-20")),
    ]
    assert entry.verb == "shared"
    assert share(square, [second], parties, world.on("2026-03-20"), door(adviser), about="Stukken") is None
    assert unshare(DocumentShare.objects.get(on=ON), door(adviser), about="Stuk").verb == "removed"
    assert DocumentShare.objects.count() == 3


def test_who_has_it_already_gets_it_again_when_asked_so():
    square = world.trajectory()
    world.organisation()
    sketch = world.document(square)
    DocumentShare.objects.create(document=sketch, party=world.RESIDENTS, on=ON)
    share(square, [sketch], [world.RESIDENTS], world.on("2026-03-20"), door(), about="Schets")
    assert DocumentShare.objects.count() == 2


def test_a_document_is_added_and_shared_at_once_or_not_at_all():
    square, adviser = world.trajectory(), world.user("adviser")
    world.organisation()
    made = world.models.Document(trajectory=square, title="Schets")
    save_document(made, door(adviser), verb="added", about="Schets", shares=[(world.RESIDENTS, ON)])
    assert DocumentShare.objects.get().document.ref == "d1"
    other = world.models.Document(trajectory=square, title="Kaart")
    with pytest.raises(ValidationError):
        save_document(other, door(adviser), verb="added", about="Kaart", shares=[("nobody", ON)])
    assert square.documents.count() == 1
