"""Counter-signals: an association contradicts a status, and the term of the answer starts that day."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Changeset, CounterSignal, Obligation, Request, Upload
from participation.selectors.associations.counter_signals import counter_signals_of
from participation.selectors.obligations.statuses import obligations_with_status
from participation.services.associations.counter_signals import (
    ContradictedStatus,
    Statement,
    recent_counter_signal,
    record_counter_signal,
)
from participation.services.changes.changesets import record_changeset
from participation.services.changes.undo import CannotUndo, undo
from tests import world
from tests.files import uploaded_file

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 25)
NOW = world.moment("2026-03-25T12:00")
SEEN = ContradictedStatus("meeting-announced", "s1", "met", "Aankondiging van de avond")


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def write_arguments():
    return {"rulebooks": load_rulebooks(settings.RULEBOOK), "today": TODAY, "now": NOW}


@pytest.fixture
def square():
    made = world.trajectory()
    world.step(made, announced_on=world.on("2026-02-20"))
    return made


@pytest.fixture
def chair():
    return world.user("association_member", world.RESIDENTS)


def contradict_status(chair, square, statement=None, seen=SEEN):
    return record_counter_signal(
        chair, square, world.organisation(), seen, statement or Statement("Wij hoorden niets"), **write_arguments()
    )


def test_a_counter_signal_creates_a_concern_with_a_term(square, chair):
    signal, entry = contradict_status(chair, square)

    request = Request.objects.get()
    assert (request.kind, request.party, request.summary) == ("concern", world.RESIDENTS, "Wij hoorden niets")
    assert request.received_on == world.on("2026-03-25")
    assert signal.request == request
    assert (signal.rule, signal.subject, signal.status, signal.on) == ("meeting-announced", "s1", "met", TODAY)
    assert (signal.made_by, entry.verb, entry.by) == (chair, "contradicted", chair)
    obligation = Obligation.objects.open().get(rule="concern-answered", subject=request.ref)
    assert obligation.due_on == date(2026, 4, 10)


def test_the_status_at_submission_is_stored(square, chair):
    with record_changeset(chair, square, "changed", about="x", **write_arguments()) as recorder:
        recorder.save(square)
    before = obligations_with_status("trajectory", square.pk, ["meeting-announced"], TODAY)

    contradict_status(chair, square)

    assert obligations_with_status("trajectory", square.pk, ["meeting-announced"], TODAY) == before != []


def test_the_evidence_may_be_a_text_a_url_and_a_file(square, chair):
    statement = Statement("Wij hoorden niets", "De brief", "https://example.org/brief", uploaded_file("brief.pdf"))

    signal, _entry = contradict_status(chair, square, statement)

    assert (signal.evidence, signal.evidence_url) == ("De brief", "https://example.org/brief")
    assert signal.evidence_file == Upload.objects.get()
    (stored_signal,) = counter_signals_of(square.pk, TODAY)["meeting-announced", "s1"]
    assert (stored_signal.file, stored_signal.file_name) == (signal.evidence_file.pk, "brief.pdf")


@pytest.mark.parametrize(
    "statement",
    [
        Statement("Wij hoorden niets", file=uploaded_file("brief.exe", b"MZ")),
        Statement("Hm", evidence_url="geen adres"),
    ],
)
def test_nothing_is_stored_when_one_part_is_invalid(square, chair, statement, folder):
    with pytest.raises(ValidationError):
        contradict_status(chair, square, statement)

    assert not any(model.objects.exists() for model in (Request, CounterSignal, Upload, Changeset))


def test_the_file_is_deleted_when_the_counter_signal_is_rejected(square, chair, folder):
    with pytest.raises(ValidationError):
        contradict_status(chair, square, Statement("Hm", evidence_url="geen adres", file=uploaded_file()))

    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_undoing_a_counter_signal_removes_its_concern(square, chair):
    _signal, entry = contradict_status(chair, square)

    undo(entry, chair, **write_arguments())

    assert not CounterSignal.objects.exists()
    assert not Request.objects.exists()
    assert not Obligation.objects.open().filter(rule="concern-answered").exists()


def test_an_answered_counter_signal_cannot_be_undone(square, chair):
    _signal, entry = contradict_status(chair, square)
    adviser = world.user("adviser")
    request = Request.objects.get()
    request.answer = "Dat klopt"
    with record_changeset(adviser, square, "answered", about="r1", **write_arguments()) as recorder:
        recorder.save(request)

    with pytest.raises(CannotUndo):
        undo(entry, chair, **write_arguments())
    assert CounterSignal.objects.exists()


def test_one_status_may_have_several_counter_signals_each_with_a_concern(square, chair):
    contradict_status(chair, square)
    contradict_status(chair, square, Statement("En nog iets"))

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
def test_a_repeated_counter_signal_within_a_day_is_detected(square, chair, changes, days_later, there):
    signal, _entry = contradict_status(chair, square)
    about = {"rule": SEEN.rule, "subject": SEEN.subject, "organisation": world.RESIDENTS, **changes}
    party = world.organisation(about["organisation"])

    found = recent_counter_signal(square, about["rule"], about["subject"], party, date(2026, 3, 25 + days_later))

    assert found == (signal if there else None)
