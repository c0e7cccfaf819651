"""Counter-signals on the pages: their text, and whether they were answered in time."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.compliance.dates import ImpreciseDate
from participation.compliance.rulebooks import load_rulebooks
from participation.models import CounterSignal
from participation.selectors.associations.counter_signals import counter_signals_by_trajectory, counter_signals_of
from participation.services.assessment import reassess_one
from tests import world

pytestmark = pytest.mark.django_db

SUBMITTED_ON = date(2026, 3, 25)


def signal(of, ref="r1", subject="s1", request=None, **columns):
    """Create a counter-signal of 25 March against a status, and assess the term of its answer."""
    speaks_for = world.organisation()
    made_by = world.models.User.objects.filter(username="voorzitter").first() or world.user(
        "association_member", world.RESIDENTS, name="voorzitter"
    )
    concern = world.request(of, ref, **{"summary": "Wij waren er niet bij", **(request or {})})
    seen = {"rule": "feedback-given", "status": "met", "on": SUBMITTED_ON, **columns}
    made = CounterSignal.objects.create(
        trajectory=of, subject=subject, organisation=speaks_for, made_by=made_by, request=concern, **seen
    )
    rulebook = load_rulebooks(settings.RULEBOOK)
    reassess_one("trajectory", of.pk, rulebook, SUBMITTED_ON, world.moment("2026-03-25T12:00"))
    return made


def test_a_counter_signal_has_its_author_status_text_and_answer_deadline():
    square = world.trajectory()
    signal(square, evidence="De uitnodiging kwam een dag later", evidence_url="https://example.org/brief")

    found = counter_signals_of(square.pk, SUBMITTED_ON)

    (found_signal,) = found["feedback-given", "s1"]
    assert (found_signal.organisation, found_signal.on, found_signal.words) == (
        "Wijk-A",
        SUBMITTED_ON,
        "Wij waren er niet bij",
    )
    assert (found_signal.status, found_signal.evidence) == ("met", "De uitnodiging kwam een dag later")
    assert found_signal.evidence_url == "https://example.org/brief"
    # Ten working days after 25 March, without Good Friday and Easter Monday.
    assert (found_signal.is_answered, found_signal.due_on) == (False, date(2026, 4, 10))


def test_counter_signals_about_one_status_are_in_order_of_submission():
    square = world.trajectory()
    signal(square, "r1", request={"summary": "Later"})
    signal(square, "r2", on=date(2026, 3, 24), request={"summary": "Eerder"})
    signal(square, "r3", subject="", request={"summary": "Over het geheel"})

    found = counter_signals_of(square.pk, SUBMITTED_ON)

    assert [found_signal.words for found_signal in found["feedback-given", "s1"]] == ["Eerder", "Later"]
    assert [found_signal.words for found_signal in found["feedback-given", ""]] == ["Over het geheel"]


@pytest.mark.parametrize(
    ("request_columns", "is_answered", "answer"),
    [
        ({}, False, ""),
        ({"answer": "U hebt gelijk", "answered_on": world.on("2026-04-01")}, True, "U hebt gelijk"),
        ({"answer": "U hebt gelijk", "answered_on": world.on("2026-04-03")}, False, ""),
        ({"answer": "U hebt gelijk", "answered_on": ImpreciseDate.unknown()}, True, "U hebt gelijk"),
        ({"answer": "U hebt gelijk"}, True, "U hebt gelijk"),
        ({"answered_on": ImpreciseDate(None, None, "unscheduled")}, False, ""),
    ],
)
def test_an_answer_is_shown_after_it_was_given(request_columns, is_answered, answer):
    square = world.trajectory()
    signal(square, request=request_columns)

    (found_signal,) = counter_signals_of(square.pk, date(2026, 4, 2))["feedback-given", "s1"]

    assert (found_signal.is_answered, found_signal.answer) == (is_answered, answer)


def test_an_answer_is_overdue_from_the_day_after_its_last_day():
    square = world.trajectory()
    signal(square)

    (found_signal,) = counter_signals_of(square.pk, SUBMITTED_ON)["feedback-given", "s1"]

    assert not found_signal.is_late(date(2026, 4, 10))
    assert found_signal.is_late(date(2026, 4, 11))
    assert not found_signal._replace(is_answered=True).is_late(date(2026, 4, 11))
    assert not found_signal._replace(due_on=None).is_late(date(2026, 4, 11))


def test_a_later_counter_signal_is_not_included():
    square = world.trajectory()
    signal(square)
    assert counter_signals_of(square.pk, date(2026, 3, 24)) == {}


def test_each_trajectory_has_its_own_counter_signals_and_terms():
    square, bridge = world.trajectory(), world.trajectory("brug")
    signal(square, "r1")
    signal(bridge, "r1", request={"received_on": world.on("2026-03-02"), "summary": "Over de brug"})

    found = counter_signals_by_trajectory([square.pk, bridge.pk], SUBMITTED_ON)

    assert found[square.pk]["feedback-given", "s1"][0].due_on == date(2026, 4, 10)
    assert found[bridge.pk]["feedback-given", "s1"][0].due_on == date(2026, 3, 16)
    assert list(counter_signals_by_trajectory([bridge.pk], SUBMITTED_ON)) == [bridge.pk]


def test_fifty_counter_signals_take_as_many_queries_as_one():
    def queries(of):
        with CaptureQueriesContext(connection) as captured:
            counter_signals_of(of.pk, SUBMITTED_ON)
        return len(captured)

    square, bridge = world.trajectory(), world.trajectory("brug")
    signal(square)
    for number in range(50):
        signal(bridge, f"r{number}")
    assert queries(square) == queries(bridge) == 2
