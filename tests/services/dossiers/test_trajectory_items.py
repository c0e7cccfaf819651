"""Writing items of a trajectory from records: cases that the API cannot show."""

from datetime import UTC, date, datetime

import pytest

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Changeset, Plan
from participation.selectors.changes.row_versions import ExpectedVersion
from participation.services.changes.changesets import StaleVersion, WriteContext
from participation.services.dossiers.register_records import write_register_row
from participation.services.dossiers.trajectories import write_trajectory
from participation.services.dossiers.trajectory_items import write_part, write_plan
from tests import world

pytestmark = pytest.mark.django_db
TODAY, NOW = date(2026, 4, 20), datetime(2026, 4, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def square():
    return world.trajectory()


@pytest.fixture
def write_context():
    return WriteContext(world.user("coordinator"), load_rulebooks("leiden"), TODAY, NOW)


def test_two_concurrent_plans_do_not_overwrite_each_other(square, write_context):
    write_plan(square, {"room": "De inrichting."}, write_context, ExpectedVersion())
    with pytest.raises(StaleVersion):
        write_plan(square, {"room": "Niets."}, write_context, ExpectedVersion())

    assert Plan.objects.get().room == "De inrichting."


@pytest.mark.parametrize(
    ("section", "record", "verb", "about"),
    [
        ("steps", {"kind": "activity", "title": "Avond"}, "added", "Avond"),
        ("steps", {"kind": "contact"}, "added", "contact"),
        ("waivers", {"rule": "scenarios-offered", "reason": "Eén weg", "by": "projectleider"}, "explained", "scenario"),
        ("contributions", {"summary": "Meer bomen " * 20}, "added", "Meer bomen"),
    ],
)
def test_the_changeset_list_shows_its_subject(square, write_context, section, record, verb, about):
    from participation.selectors.dossiers.field_mapping import SECTION_TABLES

    write_part(section, SECTION_TABLES[section](trajectory=square), record, write_context)
    entry = Changeset.objects.get()

    assert entry.verb == verb
    assert about.lower() in entry.about.lower()
    assert len(entry.about) <= 100


def test_an_answer_is_logged_as_an_answer(square, write_context):
    world.organisation()
    item = world.contribution(square)
    write_part(
        "contributions", item, {"outcome": "adopted", "response": "Ja.", "responded_on": "2026-04-10"}, write_context
    )

    assert Changeset.objects.get().verb == "answered"
    item.refresh_from_db()
    assert (item.summary, item.outcome) == ("Meer bomen", "adopted")


def test_a_waiver_without_a_date_starts_today(square, write_context):
    record = {"rule": "scenarios-offered", "reason": "Eén weg", "by": "projectleider"}
    row = write_part("waivers", world.models.Waiver(trajectory=square), record, write_context)

    assert row.granted_on == TODAY


def test_a_document_is_shared_with_parties_not_yet_shared_with_on_that_day(square, write_context):
    world.organisation()
    sketch = world.document(square)
    shared = [{"with": world.RESIDENTS, "on": "2026-03-02"}]
    for _twice in range(2):
        write_part("documents", sketch, {"shared": shared}, write_context)

    assert list(sketch.shares.values_list("party", "on")) == [(world.RESIDENTS, world.on("2026-03-02"))]


# ---------- concurrent changes


def test_writing_a_stale_item_keeps_concurrent_changes_to_other_fields(square, write_context):
    """With any version accepted, only the given columns of the current row change."""
    item = world.step(square)
    stale = type(item).objects.get()
    write_part("steps", item, {"title": "Wandeling"}, write_context)
    write_part("steps", stale, {"note": "Verzet."}, write_context)

    item.refresh_from_db()
    assert (item.title, item.note) == ("Wandeling", "Verzet.")


def test_writing_a_stale_trajectory_keeps_concurrent_changes_to_other_fields(square, write_context):
    stale = type(square).objects.get()
    write_trajectory(square, {"summary": "Meer groen."}, write_context)
    write_trajectory(stale, {"impact": "low"}, write_context)

    square.refresh_from_db()
    assert (square.summary, square.impact) == ("Meer groen.", "low")


def test_writing_a_stale_motion_keeps_concurrent_changes_to_other_fields(write_context):
    motion = world.motion()
    stale = type(motion).objects.get()
    write_register_row("motions", motion, {"owner": "wethouder"}, write_context)
    write_register_row("motions", stale, {"due_on": "2026-12-31"}, write_context)

    motion.refresh_from_db()
    assert (motion.owner, motion.due_on) == ("wethouder", world.on("2026-12-31"))


def test_writing_a_deleted_item_gives_a_conflict(square, write_context):
    item = world.contribution(square)
    stale = type(item).objects.get()
    item.delete()

    with pytest.raises(StaleVersion):
        write_part("contributions", stale, {"theme": "groen"}, write_context)
