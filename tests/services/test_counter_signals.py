"""Counter-signals: an association contradicts a status, and the term for an answer runs from that day."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from participation.compliance.rulebook import load
from participation.models import Changeset, CounterSignal, Obligation, Request, Upload
from participation.selectors.counter_signals import counter_signals_of
from participation.selectors.pages import owed_with_status
from participation.services.changesets import CannotUndo, recording, undo
from participation.services.counter_signals import Contradicted, Statement, contradict, said_lately
from tests import world
from tests.files import given

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 25)
NOW = world.moment("2026-03-25T12:00")
SEEN = Contradicted("meeting-announced", "s1", "met", "Aankondiging van de avond")


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def door():
    return {"rulebook": load(settings.RULEBOOK), "today": TODAY, "now": NOW}


@pytest.fixture
def square():
    made = world.trajectory()
    world.step(made, announced_on=world.on("2026-02-20"))
    return made


@pytest.fixture
def chair():
    return world.user("association_member", world.RESIDENTS)


def say(chair, square, said=None, seen=SEEN):
    return contradict(chair, square, world.organisation(), seen, said or Statement("Wij hoorden niets"), **door())


def test_it_is_a_concern_that_has_a_term_like_any_other(square, chair):
    signal, entry = say(chair, square)

    asked = Request.objects.get()
    assert (asked.kind, asked.party, asked.summary) == ("concern", world.RESIDENTS, "Wij hoorden niets")
    assert asked.received_on == world.on("2026-03-25")
    assert signal.request == asked
    assert (signal.rule, signal.subject, signal.status, signal.on) == ("meeting-announced", "s1", "met", TODAY)
    assert (signal.made_by, entry.verb, entry.by) == (chair, "contradicted", chair)
    owed = Obligation.objects.open().get(rule="concern-answered", subject=asked.ref)
    assert owed.due_on == date(2026, 4, 10)


def test_the_status_stands_beside_it_as_it_was(square, chair):
    with recording(chair, square, "changed", about="x", **door()) as recorder:
        recorder.save(square)
    before = owed_with_status("trajectory", square.pk, ["meeting-announced"], TODAY)

    say(chair, square)

    assert owed_with_status("trajectory", square.pk, ["meeting-announced"], TODAY) == before != []


def test_its_evidence_may_be_a_text_an_address_and_a_file(square, chair):
    said = Statement("Wij hoorden niets", "De brief", "https://example.org/brief", given("brief.pdf"))

    signal, _entry = say(chair, square, said)

    assert (signal.evidence, signal.evidence_url) == ("De brief", "https://example.org/brief")
    assert signal.evidence_file == Upload.objects.get()
    (told,) = counter_signals_of(square.pk, TODAY)["meeting-announced", "s1"]
    assert (told.file, told.file_name) == (signal.evidence_file.pk, "brief.pdf")


@pytest.mark.parametrize(
    "said", [Statement("Wij hoorden niets", file=given("brief.exe", b"MZ")), Statement("Hm", evidence_url="geen adres")]
)
def test_nothing_is_stored_where_one_part_is_not_sound(square, chair, said, folder):
    with pytest.raises(ValidationError):
        say(chair, square, said)

    assert not any(model.objects.exists() for model in (Request, CounterSignal, Upload, Changeset))


def test_a_file_goes_where_the_signal_is_refused(square, chair, folder):
    with pytest.raises(ValidationError):
        say(chair, square, Statement("Hm", evidence_url="geen adres", file=given()))

    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_it_is_taken_back_with_its_concern(square, chair):
    _signal, entry = say(chair, square)

    undo(entry, chair, **door())

    assert not CounterSignal.objects.exists()
    assert not Request.objects.exists()
    assert not Obligation.objects.open().filter(rule="concern-answered").exists()


def test_it_is_not_taken_back_once_it_was_answered(square, chair):
    _signal, entry = say(chair, square)
    adviser = world.user("adviser")
    asked = Request.objects.get()
    asked.answer = "Dat klopt"
    with recording(adviser, square, "answered", about="r1", **door()) as recorder:
        recorder.save(asked)

    with pytest.raises(CannotUndo):
        undo(entry, chair, **door())
    assert CounterSignal.objects.exists()


def test_several_may_be_put_to_one_status_each_with_a_concern_of_its_own(square, chair):
    say(chair, square)
    say(chair, square, Statement("En nog iets"))

    assert len(counter_signals_of(square.pk, TODAY)["meeting-announced", "s1"]) == 2
    assert list(Request.objects.order_by("ref").values_list("ref", flat=True)) == ["r1", "r2"]


@pytest.mark.parametrize(
    ("changes", "days_later", "there"),
    [
        ({}, 0, True),
        ({}, 1, True),
        ({}, 2, False),
        ({"subject": "s2"}, 0, False),
        ({"rule": "feedback-given"}, 0, False),
        ({"organisation": world.SHOPS}, 0, False),
    ],
)
def test_what_the_same_party_said_of_the_same_status_within_a_day_is_found(square, chair, changes, days_later, there):
    signal, _entry = say(chair, square)
    about = {"rule": SEEN.rule, "subject": SEEN.subject, "organisation": world.RESIDENTS, **changes}
    party = world.organisation(about["organisation"])

    found = said_lately(square, about["rule"], about["subject"], party, date(2026, 3, 25 + days_later))

    assert found == (signal if there else None)
