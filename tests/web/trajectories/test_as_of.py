"""The trajectory as of another day, and as known on another day."""

from __future__ import annotations

import re
from datetime import date

import pytest

from tests import world
from tests.web.html_helpers import AGREEMENTS, PAGE, PAGES, all_pages_html, element_html, get_html, overdue_obligation
from tests.web.trajectories.test_detail import plain, section

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
CONCERN = "concern-answered--r1"


def test_an_earlier_day_shows_the_status_of_that_day_and_says_so(client, square):
    now, then = get_html(client, AGREEMENTS), get_html(client, f"{AGREEMENTS}?op=2026-04-09")

    assert "Te laat" in element_html(now, CONCERN)
    assert "Binnen veertien dagen" in element_html(then, CONCERN)
    assert "U ziet de stand op 9 april 2026." in then
    own = get_html(client, f"{PAGE}punt/?regel=concern-answered&over=r1&op=2026-04-09")
    assert "Stand op 9 april 2026: nog 1 dag tot en met de laatste dag." in own
    assert "U ziet de stand op" not in now
    assert 'value="2026-04-09"' in then
    assert f'href="{AGREEMENTS}">Terug naar vandaag' in then


def test_a_future_day_shows_the_expected_status(client, square):
    html = get_html(client, f"{AGREEMENTS}?op=2026-06-30")

    assert "U ziet wat we verwachten voor 30 juni 2026." in html
    assert "Zo staat het ervoor als er verder niets gebeurt." in html
    assert "Te laat" in element_html(html, "contribution-answered--c1")


def test_facts_recorded_after_the_day_do_not_count_as_known(client, square):
    world.record(square.requests.get(), "2026-04-19 10:00")
    world.record(square, "2026-04-01 10:00")
    for history in (type(square).history, *(type(row).history for row in (square.plan, square.requests.get()))):
        history.filter(history_date__gt=world.moment("2026-04-20")).delete()
    known = get_html(client, f"{AGREEMENTS}?op=2026-04-19&bekend=2026-04-19")
    before = get_html(client, f"{AGREEMENTS}?op=2026-04-19&bekend=2026-04-18")

    assert element_html(known, CONCERN)
    assert not element_html(before, CONCERN)
    assert "Gerekend met wat tot en met 18 april 2026 was vastgelegd" in before


def test_as_known_on_a_day_defaults_to_the_status_of_that_day(client, square):
    world.record(square, "2026-04-01 10:00")

    assert "U ziet de stand op 2 april 2026." in get_html(client, f"{AGREEMENTS}?bekend=2026-04-02")


def test_before_the_first_recording_nothing_is_known(client, square):
    html = all_pages_html(client, "?bekend=2020-01-01")

    assert html.count("Op 1 januari 2020 was dit traject nog niet vastgelegd.") >= len(PAGES)
    assert "Voorbeeldplein</h1>" in html
    assert 'id="tijdlijn"' not in html
    assert "Hier hoeft nu niets te gebeuren." not in html


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("op=gisteren", "“gisteren” is geen dag."),
        ("op=2026-02-30", "“2026-02-30” is geen dag."),
        ("op=0001-01-01", "Kies een dag in de jaren 1900 tot en met 2199."),
        ("op=9999-12-31", "Kies een dag in de jaren 1900 tot en met 2199."),
        ("bekend=2026-04-21", "Kies een dag tot en met vandaag."),
        ("bekend=x", "“x” is geen dag."),
    ],
)
def test_an_invalid_date_gives_an_error_and_the_page_of_today(client, square, query, message):
    for address in PAGES:
        html = get_html(client, f"{address}?{query}")
        assert message in html, address
        assert "<title>Fout: " in html, address

    assert "Te laat" in element_html(html, CONCERN)


def test_as_of_another_day_no_edit_links_are_shown(client, square):
    adviser = world.user("adviser")
    square.advisers.add(adviser)
    client.force_login(adviser)

    assert "Uitleg geven" in get_html(client, AGREEMENTS)
    html = get_html(client, f"{AGREEMENTS}?op=2026-04-09")
    assert "Uitleg geven" not in section(html, "afspraken")
    assert 'utrecht-button--secondary-action" href' not in section(html, "afspraken")


def test_a_later_waiver_does_not_count_on_an_earlier_day(client):
    square = overdue_obligation().trajectory
    world.waiver(square, rule="feedback-given", granted_on=date(2026, 4, 19))

    assert "Uitgelegd" in plain(element_html(get_html(client, AGREEMENTS), "feedback-given--s1"))
    assert "Te laat" in plain(element_html(get_html(client, f"{AGREEMENTS}?op=2026-04-18"), "feedback-given--s1"))


def known_on(client, day, **query):
    return all_pages_html(client, f"?bekend={day}", **query)


@pytest.fixture
def recorded_twice(square):
    """Record the trajectory on 1 April, and change everything in it on 10 April."""
    for model in (type(square), *(type(row) for row in everything(square))):
        model.history.update(history_date=world.moment("2026-04-01 10:00"))
    changes = {
        "trajectories": {"title": "Nieuwe naam", "summary": "Nieuwe samenvatting", "status": "closed"},
        "plans": {"room": "Nieuwe ruimte", "adopted_on": world.on("2026-02-27")},
        "steps": {"title": "Nieuwe stap", "planned": world.on("2026-03-21"), "done": world.on("2026-03-21")},
        "scenarios": {"title": "Nieuw scenario"},
        "documents": {"title": "Nieuw stuk"},
        "contributions": {"summary": "Nieuwe inbreng", "outcome": "adopted", "response": "Nieuw antwoord"},
        "requests": {"summary": "Nieuwe vraag", "answer": "Nieuw bericht", "answered_on": world.on("2026-04-10")},
    }
    for row in everything(square):
        for name, value in changes[f"{type(row)._meta.model_name}s"].items():
            setattr(row, name, value)
        row._history_date = world.moment("2026-04-10 10:00")
        row.save()
    world.record(square, "2026-04-10 10:00", **changes["trajectories"])
    later = world.step(square, "later", title="Later vastgelegd", planned=world.on("2026-06-01"))
    later.history.update(history_date=world.moment("2026-04-10 10:00"))
    gone = square.documents.get(ref="d3")
    world.remove(gone, "2026-04-10 10:00")
    return square


def everything(square):
    firsts = (square.scenarios, square.steps, square.documents, square.contributions, square.requests)
    return [square.plan, *(rows.order_by("pk").first() for rows in firsts)]


THEN = ("Het plein wordt groener.", "De indeling is vrij.", "Bewonersavond", "Autovrij", "Schetsontwerp", "Meer bomen")
NOW = ("Nieuwe naam", "Nieuwe samenvatting", "Nieuwe ruimte", "Nieuwe stap", "Nieuw scenario", "Nieuwe inbreng")


def test_as_known_on_a_day_every_section_shows_what_was_recorded_then(client, recorded_twice):
    client.force_login(world.user("auditor"))
    then, now = known_on(client, "2026-04-05"), all_pages_html(client)

    assert then.index("U ziet deze hele pagina zoals die bekend was op 5 april 2026.") < then.index("<h1")
    assert [text for text in (*THEN, "Wie ruimt op?", "Afweging", "20 februari 2026") if text not in then] == []
    assert [text for text in (*NOW, "Nieuw stuk", "Later vastgelegd", "Nieuw antwoord") if text in then] == []
    assert [text for text in (*NOW, "Nieuw stuk", "Later vastgelegd", "Nieuw antwoord") if text not in now] == []
    assert "De rest van deze pagina" not in then


def test_as_known_on_a_day_visitors_do_not_read_texts_changed_since(client, recorded_twice):
    html = known_on(client, "2026-04-05")
    sections = html.partition('<h2 id="afspraken"')[0]

    assert [text for text in (*THEN, "Wie ruimt op?") if text in sections and text != "Schetsontwerp"] == []
    assert "[tekst later gewijzigd]" in html
    # Dates and codes are no texts, and unchanged texts can be read.
    assert "20 februari 2026" in html
    assert "Tweede avond" in html
    assert "Wat er in een tekst stond voordat die werd gewijzigd, laten we niet zien." in html


def test_as_known_on_a_day_no_actions_are_offered(client, recorded_twice):
    adviser = world.user("adviser")
    recorded_twice.advisers.add(adviser)
    client.force_login(adviser)

    assert "/wijzigen/" in all_pages_html(client)
    assert "/wijzigen/" not in known_on(client, "2026-04-05")


def test_the_pages_stay_on_the_day_that_was_asked_for(client, square):
    for address in PAGES:
        html = get_html(client, f"{address}?op=2026-04-09")
        links = re.findall(r'class="ld-pages__link" href="([^"]+)"', html)
        assert links[: len(PAGES)] == [f"{page}?op=2026-04-09" for page in PAGES]
        assert "9 april 2026" in html
