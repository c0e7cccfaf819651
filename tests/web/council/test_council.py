"""The council's page, the lines behind its numbers, and the pack as a page."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from participation.interchange.archive.pdf import PdfUnavailableError
from tests import world
from tests.interchange.archive.archives import add_counter_signal
from tests.web.council.council_samples import PAGE, queries_of, text_of
from tests.web.html_helpers import TODAY, get_html, overdue_obligation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

PACK = "/trajecten/voorbeeldplein/raadsstuk"


def counts_in(html):
    """Return the numbers of the table, each with its hidden label, and its URL."""
    found = re.findall(r'<a class="ld-finding [^"]*" href="([^"]+)">(.*?)</a>', html, re.DOTALL)
    return [(text_of(content), url.replace("&amp;", "&")) for url, content in found]


@pytest.fixture
def square():
    """A trajectory with each finding once under a promise, and one piece of advice."""
    made = world.trajectory()
    overdue_obligation(made, subject="laat")
    overdue_obligation(made, subject="gedaan", met_on=date(2026, 4, 1))
    overdue_obligation(made, subject="onbekend", due_on=None, missing=["step_date"])
    overdue_obligation(made, subject="uitgelegd")
    overdue_obligation(made, subject="nog-niet", due_on=TODAY + timedelta(days=90))
    world.waiver(made, rule="feedback-given", subject="uitgelegd")
    overdue_obligation(made, rule="affected-in-setup", subject="advies")
    return made


def test_every_number_leads_to_exactly_the_lines_that_it_counts(client, square):
    overdue_obligation(square, subject="s1")
    add_counter_signal(square)
    counts = counts_in(get_html(client, PAGE))

    assert [text for text, _url in counts] == [
        "2 te laat: Terugkoppeling, Voorbeeldplein",
        "1 tegengesproken: Terugkoppeling, Voorbeeldplein",
        "1 uitgelegd: Terugkoppeling, Voorbeeldplein",
        "1 niet bekend: Terugkoppeling, Voorbeeldplein",
        "1 gedaan: Terugkoppeling, Voorbeeldplein",
    ]
    for text, url in counts:
        assert get_html(client, url).count("utrecht-status-badge ") == int(text[0]), url


def test_advice_and_wishes_stand_apart_from_law_and_promises(client, square):
    html = get_html(client, PAGE)
    assert "Wet en beloftes: 1 te laat" in text_of(html)
    assert "Adviezen en wensen: 1 te laat" in text_of(html)
    assert not [text for text, _url in counts_in(html) if "Tijdig betrekken" in text]

    counts = counts_in(get_html(client, f"{PAGE}?bron=wensen"))
    assert [text for text, _url in counts] == ["1 te laat: Tijdig betrekken, Voorbeeldplein"]
    assert "Contact met bewoners" in get_html(client, counts[0][1])


def test_what_is_perhaps_overdue_is_not_known(client):
    overdue_obligation(due_on=TODAY + timedelta(days=3), strict_due_on=TODAY - timedelta(days=3))

    assert [text for text, _url in counts_in(get_html(client, PAGE))] == [
        "1 niet bekend: Terugkoppeling, Voorbeeldplein"
    ]


def test_the_most_urgent_trajectory_comes_first(client):
    for slug, rule in (("advies", "feedback-given"), ("wet", "complaint-handled")):
        overdue_obligation(world.trajectory(slug), rule=rule)
    world.trajectory("aardig")
    html = get_html(client, PAGE)

    assert html.index(">Wet</") < html.index(">Advies</") < html.index(">Aardig</")


def test_what_is_closed_looks_back_or_is_not_public_is_left_out(client):
    world.trajectory("dicht", status="closed")
    world.trajectory("terugblik", retrospective=True)
    world.trajectory("intern", public=False)
    html = get_html(client, PAGE)
    assert [name for name in ("Dicht", "Terugblik", "Intern") if name in html] == []

    client.force_login(world.user("auditor"))
    assert "Intern" in get_html(client, PAGE)


def test_the_lines_of_what_is_not_public_are_hidden(client):
    world.trajectory("intern", public=False)

    assert client.get("/raad/intern/").status_code == 404
    assert client.get("/trajecten/intern/raadsstuk/").status_code == 404
    assert client.get("/trajecten/intern/raadsstuk.pdf").status_code == 404


@pytest.mark.parametrize("query", ["stand=verzonnen", "voorwaarde=verzonnen"])
def test_an_unknown_finding_or_condition_is_not_found(client, square, query):
    assert client.get(f"/raad/voorbeeldplein/?{query}").status_code == 404


def test_trajectories_are_chosen_by_phase_district_and_kind(client):
    world.neighbourhood(world.CENTRE, district="Binnenstad")
    world.neighbourhood(world.LAKES, district="Noord")
    for slug, place, kind, phase in (
        ("plein", world.CENTRE, "public_space", "exploration"),
        ("weg", world.LAKES, "mobility", "decision"),
    ):
        made = world.trajectory(slug, place, kind=kind)
        world.step(made, phase=phase)
        overdue_obligation(made)

    for query in ("stadsdeel=Noord", "soort=mobility", "fase=decision"):
        html = get_html(client, f"{PAGE}?{query}")
        assert ">Weg</" in html, query
        assert ">Plein</" not in html, query
        assert "Wet en beloftes: 1 te laat" in text_of(html), query
    assert "Niets past bij al uw keuzes" in get_html(client, f"{PAGE}?stadsdeel=Noord&soort=energy")


def test_what_comes_to_the_council_is_listed_by_day_and_body(client):
    council = world.organisation(world.COUNCIL).slug
    world.organisation("college", kind="executive")
    for slug in ("plein", "weg"):
        made = world.trajectory(slug)
        for ref, day, body, columns in (
            ("raad", "2026-05-07", council, {}),
            ("zonder", "2026-05-08", "", {"kind": "briefing"}),
            ("college", "2026-05-09", "college", {}),
            ("te-ver", "2026-06-02", council, {}),
            ("geweest", "2026-04-19", council, {}),
        ):
            columns = {"kind": "decision", "title": ref, "body": body, "planned": world.on(day), **columns}
            world.step(made, ref, method="", audience=[], **columns)
    html = get_html(client, PAGE)
    coming = text_of(html.partition('id="komt"')[2])

    assert "7 mei 2026: Raad-Leiden Plein : raad Weg : raad 8 mei 2026 Plein : zonder Weg : zonder" in coming
    assert [title for title in ("college", "te-ver", "geweest") if f": {title}" in coming] == []
    assert "/trajecten/weg/raadsstuk/?stap=raad" in html


def test_a_page_has_fifty_trajectories(client):
    for number in range(51):
        world.trajectory(f"traject-{number:02}")

    assert len(re.findall(r'<th scope="row">', get_html(client, PAGE))) == 50
    assert len(re.findall(r'<th scope="row">', get_html(client, f"{PAGE}?pagina=2"))) == 1


# ---------- the pack


def test_the_pack_is_a_page_with_the_command_that_makes_it_again(client, square):
    html = text_of(get_html(client, f"{PACK}/"))

    assert "Wat te laat is, en waar dat op berust" in html
    assert "manage.py council_pack voorbeeldplein --on 2026-04-20 --known-at" in html


def test_lines_and_pdf_are_of_the_same_day_as_the_page(client, square):
    type(square).history.update(history_date=world.moment("2026-01-01 10:00"))
    world.plan(square, world.RESIDENTS)
    html = get_html(client, f"{PACK}/?op=2026-04-19&bekend=2026-04-18").replace("&amp;", "&")

    assert "/raadsstuk.pdf?op=2026-04-19&bekend=2026-04-18" in html
    assert "--on 2026-04-19 --known-at 2026-04-18T23:59:59" in html
    lines = re.findall(r'/trajecten/voorbeeldplein/punt/\?[^"]+', html)
    assert lines
    assert all("op=2026-04-19" in line and "bekend=2026-04-18" in line for line in lines)
    assert client.get(lines[0]).status_code == 200


def test_the_pack_is_of_the_decision_that_is_asked_for(client):
    made = world.trajectory()
    for ref, day in (("eerst", "2026-05-07"), ("later", "2026-06-07")):
        world.step(made, ref, kind="decision", method="", audience=[], title=ref, planned=world.on(day))
    world.step(made, "avond")
    html = get_html(client, f"{PACK}/?stap=later")

    assert ">later</p>" in html
    assert ">eerst</p>" not in html
    assert "/raadsstuk.pdf?stap=later" in html
    assert "--step later" in html
    assert client.get(f"{PACK}/?stap=avond").status_code == 404
    assert client.get(f"{PACK}.pdf?stap=verzonnen").status_code == 404


def test_before_it_was_recorded_there_is_no_pack(client, square):
    assert "was dit traject nog niet vastgelegd" in get_html(client, f"{PACK}/?bekend=2025-01-01")
    assert client.get(f"{PACK}.pdf?bekend=2025-01-01").status_code == 404


def test_the_pdf_is_downloaded_and_limited_in_number(client, square, settings, monkeypatch):
    monkeypatch.setattr("participation.interchange.council_pack.pdf_of", lambda _html: b"%PDF-")
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "archive": "1/d/ip"}
    response = client.get(f"{PACK}.pdf")

    assert (response.content, response.headers["Content-Type"]) == (b"%PDF-", "application/pdf")
    assert "raadsstuk-voorbeeldplein-2026-04-20.pdf" in response.headers["Content-Disposition"]
    assert client.get(f"{PACK}.pdf").status_code == 429


def test_where_no_pdf_can_be_made_the_answer_is_503(client, square, monkeypatch):
    def missing(_html):
        raise PdfUnavailableError("apt-get install x")

    monkeypatch.setattr("participation.interchange.council_pack.pdf_of", missing)
    assert client.get(f"{PACK}.pdf").status_code == 503


def test_the_pack_takes_a_fixed_number_of_queries(client, square):
    world.plan(square, world.RESIDENTS)
    few = queries_of(client, f"{PACK}/")
    for number in range(30):
        world.step(square, f"a{number}", done=world.on("2026-03-01"))
        world.contribution(square, f"c{number}")
        world.waiver(square, rule="meeting-announced", subject=f"a{number}")

    assert queries_of(client, f"{PACK}/") <= few + 3
