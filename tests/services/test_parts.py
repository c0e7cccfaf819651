"""Parts of a trajectory written as records: what the addresses of the API cannot show by themselves."""

from datetime import UTC, date, datetime

import pytest

from participation.compliance.rulebook import load
from participation.models import Entry, Plan
from participation.selectors.changes import Shown
from participation.services.editing import ChangedMeanwhile, Door
from participation.services.parts import write_part, write_plan
from tests import world

pytestmark = pytest.mark.django_db
TODAY, NOW = date(2026, 4, 20), datetime(2026, 4, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def square():
    return world.trajectory()


@pytest.fixture
def door():
    return Door(world.user("coordinator"), load("leiden"), TODAY, NOW)


def test_two_who_make_a_plan_at_the_same_moment_do_not_overwrite_each_other(square, door):
    write_plan(square, {"room": "De inrichting."}, door, Shown())
    with pytest.raises(ChangedMeanwhile):
        write_plan(square, {"room": "Niets."}, door, Shown())

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
    entry = Entry.objects.get()

    assert entry.verb == verb
    assert about.lower() in entry.about.lower()
    assert len(entry.about) <= 100


def test_an_answer_is_told_as_one(square, door):
    world.organisation()
    said = world.contribution(square)
    write_part("contributions", said, {"outcome": "adopted", "response": "Ja.", "responded_on": "2026-04-10"}, door)

    assert Entry.objects.get().verb == "answered"
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
