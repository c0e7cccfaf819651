"""Parts of a trajectory written as records: what the addresses of the API cannot show by themselves."""

from datetime import UTC, date, datetime

import pytest

from participation.compliance.rulebook import load
from participation.models import Changeset, Plan
from participation.selectors.row_versions import ExpectedVersion
from participation.services.editing import StaleVersion, WriteContext
from participation.services.parts import write_part, write_plan
from participation.services.register_records import write_tracked
from participation.services.trajectories import write_trajectory
from tests import world

pytestmark = pytest.mark.django_db
TODAY, NOW = date(2026, 4, 20), datetime(2026, 4, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def square():
    return world.trajectory()


@pytest.fixture
def door():
    return WriteContext(world.user("coordinator"), load("leiden"), TODAY, NOW)


def test_two_who_make_a_plan_at_the_same_moment_do_not_overwrite_each_other(square, door):
    write_plan(square, {"room": "De inrichting."}, door, ExpectedVersion())
    with pytest.raises(StaleVersion):
        write_plan(square, {"room": "Niets."}, door, ExpectedVersion())

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
def test_the_list_of_what_was_recorded_says_what_it_is_about(square, door, section, record, verb, about):
    from participation.selectors.mapping import TABLES

    write_part(section, TABLES[section](trajectory=square), record, door)
    entry = Changeset.objects.get()

    assert entry.verb == verb
    assert about.lower() in entry.about.lower()
    assert len(entry.about) <= 100


def test_an_answer_is_told_as_one(square, door):
    world.organisation()
    said = world.contribution(square)
    write_part("contributions", said, {"outcome": "adopted", "response": "Ja.", "responded_on": "2026-04-10"}, door)

    assert Changeset.objects.get().verb == "answered"
    said.refresh_from_db()
    assert (said.summary, said.outcome) == ("Meer bomen", "adopted")


def test_an_explanation_without_a_day_is_of_today(square, door):
    row = write_part("waivers", world.models.Waiver(trajectory=square),
                     {"rule": "scenarios-offered", "reason": "Eén weg", "by": "projectleider"}, door)  # fmt: skip

    assert row.granted_on == TODAY


def test_a_document_is_given_to_whom_it_was_not_given_on_that_day(square, door):
    world.organisation()
    sketch = world.document(square)
    shared = [{"with": world.RESIDENTS, "on": "2026-03-02"}]
    for _twice in range(2):
        write_part("documents", sketch, {"shared": shared}, door)

    assert list(sketch.shares.values_list("party", "on")) == [(world.RESIDENTS, world.on("2026-03-02"))]


# ---------- what somebody else wrote meanwhile


def test_what_was_read_before_somebody_else_wrote_does_not_put_their_words_back(square, door):
    """Whoever says that any version will do changes only what they name, of what is there now."""
    said = world.step(square)
    stale = type(said).objects.get()
    write_part("steps", said, {"title": "Wandeling"}, door)
    write_part("steps", stale, {"note": "Verzet."}, door)

    said.refresh_from_db()
    assert (said.title, said.note) == ("Wandeling", "Verzet.")


def test_of_a_trajectory_neither(square, door):
    stale = type(square).objects.get()
    write_trajectory(square, {"summary": "Meer groen."}, door)
    write_trajectory(stale, {"impact": "low"}, door)

    square.refresh_from_db()
    assert (square.summary, square.impact) == ("Meer groen.", "low")


def test_of_a_motion_neither(door):
    motion = world.motion()
    stale = type(motion).objects.get()
    write_tracked("motions", motion, {"owner": "wethouder"}, door)
    write_tracked("motions", stale, {"due_on": "2026-12-31"}, door)

    motion.refresh_from_db()
    assert (motion.owner, motion.due_on) == ("wethouder", world.on("2026-12-31"))


def test_what_somebody_removed_meanwhile_is_told_as_changed(square, door):
    said = world.contribution(square)
    stale = type(said).objects.get()
    said.delete()

    with pytest.raises(StaleVersion):
        write_part("contributions", stale, {"theme": "groen"}, door)
