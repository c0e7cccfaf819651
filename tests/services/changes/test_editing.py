"""Adding and changing rows: free refs and slugs, and never over a later change of another user."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Changeset, DocumentShare, Plan, Step, Trajectory
from participation.selectors.changes.row_versions import (
    ExpectedVersion,
    actors_of,
    changes_since,
    current_version,
    row_at_version,
)
from participation.services.changes.changesets import (
    StaleVersion,
    WriteContext,
    save_document,
    save_part,
    save_plan,
    save_trajectory,
    share,
    unshare,
)
from participation.services.changes.undo import undo
from participation.services.changes.unique_names import free_slug
from tests import world

pytestmark = pytest.mark.django_db

NOW = world.moment("2026-03-21T09:00")
LATER = world.moment("2026-03-21T09:30")
TODAY = date(2026, 3, 21)
ON = world.on("2026-03-02")


def write_context(by=None, now=NOW):
    return WriteContext(by or world.user("adviser"), load_rulebooks(settings.RULEBOOK), TODAY, now)


def reloaded(step):
    return Step.objects.get(pk=step.pk)


def test_a_new_row_gets_an_unused_ref():
    square = world.trajectory()
    world.step(square, "s4")
    entry = save_part(Step(trajectory=square, kind="update"), write_context(), verb="added", about="Bericht")
    assert Step.objects.get(kind="update").ref == "s5"
    assert (entry.verb, entry.about) == ("added", "Bericht")


def test_saving_without_changes_records_nothing():
    step = world.step(world.trajectory())
    expected_version = current_version(step)
    assert (
        save_part(reloaded(step), write_context(), verb="changed", about="", expected_version=expected_version) is None
    )
    assert current_version(step) == expected_version
    assert not Changeset.objects.exists()


def test_concurrent_changes_are_not_overwritten_and_are_reported():
    step, coordinator = world.step(world.trajectory()), world.user("coordinator")
    expected_version, mine, theirs = current_version(step), reloaded(step), reloaded(step)
    theirs.title = "Avond in het buurthuis"
    save_part(theirs, write_context(coordinator), verb="changed", about="Avond")
    theirs.title = "Avond in de kerk"
    save_part(theirs, write_context(coordinator, LATER), verb="changed", about="Avond")
    mine.note = "Koffie is er"
    with pytest.raises(StaleVersion):
        save_part(mine, write_context(), verb="changed", about="Avond", expected_version=expected_version)
    assert (reloaded(step).title, reloaded(step).note) == ("Avond in de kerk", "")
    assert changes_since(step, expected_version) == [("title", "", "Avond in de kerk", coordinator, LATER)]
    assert row_at_version(step, expected_version).title == ""


def test_a_change_that_was_reverted_is_no_conflict():
    step, coordinator = world.step(world.trajectory()), world.user("coordinator")
    expected_version, theirs = current_version(step), reloaded(step)
    for title in ("Avond", ""):
        theirs.title = title
        save_part(theirs, write_context(coordinator), verb="changed", about="")
    assert changes_since(step, expected_version) == []


def test_a_title_becomes_an_unused_slug():
    assert free_slug(Trajectory, "Herinrichting 't Plein (Zuid)") == "herinrichting-t-plein-zuid"
    world.trajectory("plein")
    world.trajectory("plein-2")
    assert free_slug(Trajectory, "Plein") == "plein-3"
    assert free_slug(Trajectory, "???") == "traject"
    assert free_slug(Trajectory, "Nieuw") == "nieuw-2"
    long = free_slug(Trajectory, "a" * 300)
    world.trajectory(long)
    assert len(free_slug(Trajectory, "a" * 300)) <= 100
    Trajectory(slug=free_slug(Trajectory, "a__b--c"), title="a").full_clean()


def test_an_adviser_is_assigned_to_a_trajectory_they_add_but_a_coordinator_is_not():
    adviser, lakes = world.user("adviser"), world.neighbourhood(world.LAKES)
    save_trajectory(
        Trajectory(title="Speelplek"), write_context(adviser), verb="added", links={"neighbourhoods": [lakes.pk]}
    )
    made = Trajectory.objects.get(slug="speelplek")
    assert (list(made.advisers.all()), list(made.neighbourhoods.all())) == ([adviser], [lakes])
    assert made.municipality == "leiden"
    save_trajectory(Trajectory(title="Brug"), write_context(world.user("coordinator")), verb="added", links={})
    assert not Trajectory.objects.get(slug="brug").advisers.exists()


def test_a_relation_changed_meanwhile_is_reported_with_its_author():
    square, coordinator = world.trajectory(), world.user("coordinator")
    lakes, centre = world.neighbourhood(world.LAKES), world.neighbourhood(world.CENTRE)
    expected_version = current_version(square)
    save_trajectory(square, write_context(coordinator), verb="changed", links={"neighbourhoods": [lakes.pk]})
    with pytest.raises(StaleVersion):
        save_trajectory(
            square,
            write_context(),
            verb="changed",
            links={"neighbourhoods": [centre.pk]},
            expected_version=expected_version,
        )
    assert changes_since(square, expected_version) == [("neighbourhoods", (centre.pk,), (lakes.pk,), coordinator, NOW)]
    assert ExpectedVersion.from_text(expected_version.to_text()) == expected_version


@pytest.mark.parametrize("text", ["", "x", "1", "1.2;a", "None"])
def test_an_empty_version_text_is_the_empty_version(text):
    assert ExpectedVersion.from_text(text) == ExpectedVersion()


def test_a_plan_is_saved_with_its_actors_and_can_be_undone():
    square, adviser = world.trajectory(), world.user("adviser")
    plan = world.plan(square, world.RESIDENTS, world.OUTSIDER)
    world.organisation(world.SHOPS)
    before = current_version(plan)
    plan.room = "De plek van de bomen"
    actors = [(world.RESIDENTS, "participant", world.SHOPS), (world.SHOPS, "informed", "")]
    entry = save_plan(plan, actors, write_context(adviser), verb="changed", about="Plan", expected_version=before)
    assert actors_of(plan) == actors
    assert actors_of(plan, at=before.parts) == [
        (world.RESIDENTS, "participant", ""),
        (world.OUTSIDER, "participant", ""),
    ]
    undo(entry, adviser, rulebooks=load_rulebooks(settings.RULEBOOK), today=TODAY, now=NOW)
    assert sorted(actors_of(plan)) == [(world.RESIDENTS, "participant", ""), (world.OUTSIDER, "participant", "")]
    assert Plan.objects.get().room == ""


def test_two_concurrent_first_plans_do_not_overwrite_each_other():
    square = world.trajectory()
    save_plan(
        Plan(trajectory=square, room="Alles"),
        [],
        write_context(),
        verb="added",
        about="Plan",
        expected_version=ExpectedVersion(),
    )
    second = Plan(trajectory=square, room="Niets")
    with pytest.raises(StaleVersion):
        save_plan(
            second,
            [],
            write_context(world.user("coordinator")),
            verb="added",
            about="Plan",
            expected_version=ExpectedVersion(),
        )
    assert Plan.objects.get().room == "Alles"


def test_an_actor_added_meanwhile_is_not_removed():
    square = world.trajectory()
    plan = world.plan(square)
    expected_version = current_version(plan)
    world.models.PlanActor.objects.create(plan=plan, organisation=world.organisation(), part="participant")
    with pytest.raises(StaleVersion):
        save_plan(plan, [], write_context(), verb="changed", about="Plan", expected_version=expected_version)
    assert actors_of(plan) == [(world.RESIDENTS, "participant", "")]


def test_sharing_a_document_with_several_parties_creates_no_duplicates():
    square, adviser = world.trajectory(), world.user("adviser")
    world.organisation(), world.organisation(world.SHOPS)
    first, second = world.document(square, "d1"), world.document(square, "d2")
    DocumentShare.objects.create(document=first, party=world.SHOPS, on=ON)
    parties = [world.RESIDENTS, world.SHOPS]
    entry = share(square, [first, second], parties, world.on("2026-03-20"), write_context(adviser), about="Stukken")
    rows = DocumentShare.objects.order_by("document__ref", "party").values_list("document__ref", "party", "on")
    assert list(rows) == [
        ("d1", world.RESIDENTS, world.on("2026-03-20")),
        ("d1", world.SHOPS, ON),
        ("d2", world.RESIDENTS, world.on("2026-03-20")),
        ("d2", world.SHOPS, world.on("2026-03-20")),
    ]
    assert entry.verb == "shared"
    assert share(square, [second], parties, world.on("2026-03-20"), write_context(adviser), about="Stukken") is None
    assert unshare(DocumentShare.objects.get(on=ON), write_context(adviser), about="Stuk").verb == "removed"
    assert DocumentShare.objects.count() == 3


def test_a_document_is_shared_again_on_request():
    square = world.trajectory()
    world.organisation()
    sketch = world.document(square)
    DocumentShare.objects.create(document=sketch, party=world.RESIDENTS, on=ON)
    share(square, [sketch], [world.RESIDENTS], world.on("2026-03-20"), write_context(), about="Schets")
    assert DocumentShare.objects.count() == 2


def test_adding_and_sharing_a_document_is_atomic():
    square, adviser = world.trajectory(), world.user("adviser")
    world.organisation()
    made = world.models.Document(trajectory=square, title="Schets")
    save_document(made, write_context(adviser), verb="added", about="Schets", shares=[(world.RESIDENTS, ON)])
    assert DocumentShare.objects.get().document.ref == "d1"
    other = world.models.Document(trajectory=square, title="Kaart")
    with pytest.raises(ValidationError):
        save_document(other, write_context(adviser), verb="added", about="Kaart", shares=[("nobody", ON)])
    assert square.documents.count() == 1
