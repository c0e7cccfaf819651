"""The explanation page: the calculation, the facts and who recorded them, transitions, and counter-signals."""

from __future__ import annotations

from datetime import date

import pytest

from participation.models import CounterSignal, Step, Transition
from tests import world
from tests.web.html_helpers import AGREEMENTS, INPUT, PAGE, element_html, get_html, overdue_obligation
from tests.web.trajectories.sample_trajectory import assess
from tests.web.trajectories.test_detail import plain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
EXPLAINED = f"{PAGE}punt/?regel=feedback-given&over=s1"


def explanation_text(client):
    """Return the text of the page of the obligation to give feedback."""
    return plain(get_html(client, EXPLAINED).partition("<main")[2])


def add_counter_signal(square, by=world.RESIDENTS, **columns):
    """Create a counter-signal of an association, with a concern."""
    row = {"summary": "Wij hoorden niets.", **columns.pop("request", {})}
    request = world.request(square, columns.pop("ref", "r9"), received_on=world.on("2026-04-18"), **row)
    return CounterSignal.objects.create(
        trajectory=square,
        organisation=world.organisation(by),
        made_by=world.user("association_member", name=f"van {request.ref}"),
        request=request,
        **{"rule": "feedback-given", "subject": "s1", "status": "overdue", "on": date(2026, 4, 18), **columns},
    )


def test_the_explanation_shows_parties_reason_source_and_calculation(client, square):
    text = explanation_text(client)

    for sentence in (
        "Voor wie bewoners en alle partijen die meedoen",
        "Waarom, en waar staat het",
        "Soort bron: toezegging van het college.",
        "We tellen vanaf het einde van “Bewonersavond”: 20 maart 2026.",
        "28 dagen later is het 17 april 2026.",
        "Uiterlijk op 17 april 2026. Op die dag zelf is het nog op tijd.",
        "Stand op 20 april 2026: 3 dagen te laat.",
    ):
        assert sentence in text


def test_a_calculation_that_contradicts_the_stored_dates_is_omitted(client, square):
    Step.objects.filter(ref="s1").update(done=world.on("2026-03-21"))
    text = explanation_text(client)

    assert "Uiterlijk op 17 april 2026." in text
    assert "We tellen vanaf" not in text


def test_facts_show_when_and_by_whom_in_which_role_they_were_recorded(client, square):
    adviser = world.user("adviser", first_name="Anna", last_name="Voorbeeld")
    step = square.steps.get(ref="s1")
    step._history_user = adviser
    world.record(step, "2026-03-21 12:00", done=world.on("2026-03-20"), planned=world.on("2026-03-19"))
    Step.history.filter(history_date__gt=world.moment("2026-04-20")).delete()
    fact = "Bewonersavond: gepland 19 maart 2026; gedaan 20 maart 2026 (vastgelegd op 21 maart 2026 door"

    assert f"{fact} een participatieadviseur)" in explanation_text(client)
    assert "Anna" not in get_html(client, AGREEMENTS)
    client.force_login(world.user("auditor"))
    assert f"{fact} Anna Voorbeeld)" in explanation_text(client)


def test_a_change_of_another_field_does_not_change_the_date_of_a_fact(client, square):
    step = square.steps.get(ref="s1")
    world.record(step, "2026-03-21 12:00", planned=world.on("2026-03-19"))
    world.record(step, "2026-04-02 12:00", note="Het was druk.")
    Step.history.filter(history_date__gt=world.moment("2026-04-20")).delete()

    assert "gedaan 20 maart 2026 (vastgelegd op 21 maart 2026)" in explanation_text(client)


def test_recipients_of_a_document_are_shown_with_their_dates(client, square):
    square.plan.actors.create(organisation=world.organisation(world.SHOPS), part="participant")
    assess(square, date(2026, 4, 20))

    html = get_html(client, f"{PAGE}punt/?regel=equal-information&over=d2")

    assert "gedeeld met Wijk-A (2 maart 2026) en Winkeliers (5 maart 2026)" in plain(html)


def test_the_status_transitions_of_an_obligation_are_listed(client, square):
    row = square.obligations.get(rule="feedback-given", subject="s1")
    Transition.objects.create(
        obligation=row,
        from_status="due_soon",
        to_status="overdue",
        on=date(2026, 4, 18),
        noticed_at=world.moment("2026-04-19 02:00"),
        rulebook="0" * 16,
    )

    assert "18 april 2026: van “binnen veertien dagen” naar “te laat”. Gezien op 19 april 2026." in explanation_text(
        client
    )


def test_a_counter_signal_is_shown_beside_the_status(client, square):
    add_counter_signal(square, evidence="Zie de notulen.", evidence_url="https://example.org/notulen", status="met")
    assess(square, date(2026, 4, 20))
    text = explanation_text(client)

    assert "Te laat" in text
    for sentence in (
        "Wijk-A ziet dit anders (18 april 2026)",
        "Toen zij dit schreven, was de stand: “gedaan”.",
        "Wij hoorden niets.",
        "Zie de notulen.",
        "De gemeente antwoordt uiterlijk op",
    ):
        assert sentence in text
    assert 'href="https://example.org/notulen"' in get_html(client, AGREEMENTS)
    assert "weerwoord op een stand" in get_html(client, INPUT)


def test_a_contradicted_obligation_is_not_collapsed_even_when_met(client, square):
    Step.objects.filter(ref="s1").update(announced_on=world.on("2026-02-01"))
    assess(square, date(2026, 4, 20))
    place = "meeting-announced--s1"
    folded = get_html(client, AGREEMENTS).index(f'<li id="{place}"') > get_html(client, AGREEMENTS).index("Gedaan (")
    add_counter_signal(square, rule="meeting-announced", status="met")
    html = get_html(client, AGREEMENTS)
    group = html.partition('id="basic-timely-involvement"')[2]

    assert folded
    assert "Gedaan" in plain(element_html(html, place))
    assert "ziet dit anders" in element_html(html, place)
    assert "Hoe is gerekend" in element_html(html, place)
    assert "Gedaan (" not in group.partition(place)[0]


def test_the_answer_to_a_counter_signal_is_shown_with_it(client, square):
    add_counter_signal(square, request={"answered_on": world.on("2026-04-19"), "answer": "U hebt gelijk."})

    assert "Antwoord van de gemeente, 19 april 2026 U hebt gelijk." in explanation_text(client)


def test_a_counter_signal_is_not_shown_as_of_an_earlier_day(client, square):
    add_counter_signal(square)

    assert "ziet dit anders" not in get_html(client, f"{AGREEMENTS}?op=2026-04-17")
    assert "ziet dit anders" in get_html(client, f"{AGREEMENTS}?op=2026-04-18")


def test_the_counter_signal_and_waiver_links_are_prefilled(client, square):
    client.force_login(world.user("association_member", world.RESIDENTS))
    assert "tegengeluid/?rule=feedback-given&amp;subject=s1" in get_html(client, EXPLAINED)

    adviser = world.user("adviser")
    square.advisers.add(adviser)
    client.force_login(adviser)
    assert "uitleg/?rule=feedback-given&amp;subject=s1" in get_html(client, EXPLAINED)


def test_a_stored_obligation_without_matching_facts_has_no_calculation(client):
    overdue_obligation()

    assert "Uiterlijk op 17 april 2026." in explanation_text(client)
