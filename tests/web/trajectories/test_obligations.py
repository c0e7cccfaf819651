"""The obligations on the page of a trajectory today."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from participation.web.shared import obligation_list
from participation.web.trajectories.sections import summary
from tests import world
from tests.web.html_helpers import AGREEMENTS, PAGE, TODAY, ParsedPage, element_html, get_html, overdue_obligation
from tests.web.trajectories.test_detail import plain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
FEEDBACK = "feedback-given--s1"


def test_each_obligation_shows_due_date_source_and_remedy(client):
    overdue_obligation(details={"about": "de avond"})
    card_text = element_html(get_html(client, AGREEMENTS), FEEDBACK)

    for text in (
        "Te laat",
        "toezegging van het college",
        "Terugkoppeling over “de avond”.",
        "Uiterlijk 17 april 2026: 3 dagen te laat.",
        "Bron: ",
        "/regels/",
        "Wat de gemeente kan doen: ",
    ):
        assert text in card_text


@pytest.mark.parametrize(
    ("columns", "status", "card_text"),
    [
        ({}, "Te laat", "3 dagen te laat."),
        (
            {"strict_due_on": date(2026, 4, 1), "due_on": date(2026, 4, 30)},
            "Misschien te laat",
            "Uiterlijk ergens van",
        ),
        (
            {"due_on": date(2026, 4, 30), "expected_on": date(2026, 5, 2)},
            "Te laat gepland",
            "maar gepland op 2 mei 2026.",
        ),
        ({"due_on": TODAY}, "Binnen veertien dagen", "Uiterlijk vandaag"),
        ({"due_on": date(2026, 6, 1)}, "Op komst", "Uiterlijk 1 juni 2026."),
        ({"due_on": None, "missing": ["level"]}, "Nog niet bekend", "Wat nog ontbreekt: het niveau"),
        ({"met_on": date(2026, 4, 2)}, "Gedaan", "Gedaan op 2 april 2026."),
        ({"met_on": date(2026, 4, 18)}, "Te laat gedaan", "Gedaan op 18 april 2026, 1 dag te laat."),
        ({"met_on": date(2026, 4, 2), "due_on": None}, "Gedaan", "Gedaan op 2 april 2026."),
    ],
)
def test_each_status_is_shown_in_words_with_its_dates(client, columns, status, card_text):
    overdue_obligation(**columns)
    html = get_html(client, AGREEMENTS)

    assert re.search(rf">\s*{status}</span>", element_html(html, FEEDBACK))
    assert card_text in element_html(html, FEEDBACK)
    assert "None" not in html


def test_editors_read_what_to_fill_in_and_others_what_is_unknown(client):
    square = overdue_obligation(due_on=None, missing=["level"]).trajectory
    adviser = world.user("adviser")
    square.advisers.add(adviser)
    assert "Vul in" not in get_html(client, AGREEMENTS)

    client.force_login(adviser)

    assert "Wat u kunt doen: Vul in: het niveau van participatie." in get_html(client, AGREEMENTS)


def test_overdue_obligations_come_first_then_upcoming_ones_then_met_ones(client):
    square = world.trajectory()
    overdue_obligation(square, subject="a", met_on=date(2026, 4, 1))
    overdue_obligation(square, subject="b", due_on=date(2026, 6, 1))
    overdue_obligation(square, subject="c", due_on=date(2026, 4, 25))
    overdue_obligation(square, subject="d")
    overdue_obligation(square, subject="e", due_on=date(2026, 4, 2))
    overdue_obligation(square, rule="scenarios-offered", subject="")
    html = get_html(client, AGREEMENTS)
    places = [place for place in ParsedPage(html).ids if place.startswith(("feedback-given--", "basic-", "scenarios"))]

    assert places == [
        "basic-feedback",
        *(f"feedback-given--{subject}" for subject in "edcba"),
        "basic-scenarios",
        "scenarios-offered",
    ]
    assert "3 punten zijn te laat." in html
    folded = {
        summary: re.findall(r'li id="(.+?)"', html.partition(f"<summary>{summary}")[2].partition("</ul>\n")[0])[:1]
        for summary in ("Op komst (1)", "Gedaan (1)")
    }
    assert folded == {"Op komst (1)": ["feedback-given--b"], "Gedaan (1)": ["feedback-given--a"]}


def test_a_waiver_shows_reason_author_and_end_also_when_expired(client):
    square = world.trajectory()
    for subject in ("s1", "s2", "s3"):
        overdue_obligation(square, subject=subject)
    world.waiver(square, rule="feedback-given", subject="s1", reason="Eén\n\nmaal")
    world.waiver(
        square,
        rule="feedback-given",
        subject="s1",
        granted_on=date(2026, 2, 1),
        until=date(2026, 4, 2),
        reason="Eerst dit",
    )
    world.waiver(square, rule="feedback-given", subject="s2", until=date(2026, 4, 19))
    world.waiver(square, rule="feedback-given", subject="s3", granted_on=date(2026, 4, 21))
    html = get_html(client, AGREEMENTS)
    first, second, third = (element_html(html, f"feedback-given--s{number}") for number in (1, 2, 3))

    for text in (
        "Uitgelegd",
        "Uiterlijk 17 april 2026.",
        "geldig tot en met 31 december 2026",
        "volgens projectleider",
        "Eerst dit",
        "was geldig tot en met 2 april 2026",
    ):
        assert text in first
    assert first.index("31 december") < first.index("2 april")
    assert "Wat de gemeente kan doen" not in first
    assert "Te laat" in second
    assert "was geldig tot en met 19 april 2026" in second
    assert "Uitleg" not in third


def test_a_waiver_without_an_end_says_so(client):
    square = overdue_obligation().trajectory
    world.waiver(square, rule="feedback-given", until=None)

    assert "Uitleg, zonder einddatum." in get_html(client, AGREEMENTS)


def test_a_retrospective_trajectory_says_so_at_the_top_and_shows_no_remedies(client):
    square = overdue_obligation(world.trajectory(retrospective=True)).trajectory
    adviser = world.user("adviser")
    square.advisers.add(adviser)
    client.force_login(adviser)
    html = get_html(client, AGREEMENTS)

    summary = get_html(client)
    assert summary.index("<h2>Terugblik</h2>") < summary.index("Waar het staat")
    assert "Terugblik</span>" in html
    assert "Dit had geholpen: " in html
    assert "Wat u kunt doen" not in html
    assert "Uitleg geven" not in html


def test_withdrawn_obligations_and_those_of_removed_rules_are_not_shown(client):
    square = world.trajectory()
    overdue_obligation(square, withdrawn_at=world.moment("2026-04-19"))
    overdue_obligation(square, rule="afgeschaft")

    assert "Hier hoeft nu niets te gebeuren." in get_html(client, AGREEMENTS)


def test_parties_are_shown_by_their_current_name(client):
    world.organisation(world.RESIDENTS, name="Wijkvereniging De Kade")
    overdue_obligation(rule="contribution-answered", subject="c1", details={"party": world.RESIDENTS})

    assert "Wijkvereniging De Kade" in get_html(client, AGREEMENTS)


def test_the_page_is_in_the_browser_language_or_dutch(client):
    overdue_obligation()

    assert "Overdue" in get_html(client, AGREEMENTS, HTTP_ACCEPT_LANGUAGE="en")
    assert "Te laat" in get_html(client, AGREEMENTS, HTTP_ACCEPT_LANGUAGE="de")


def test_a_user_reads_the_page_in_the_account_language(client):
    overdue_obligation()
    client.force_login(world.user("auditor", language="en"))
    html = get_html(client, AGREEMENTS, HTTP_ACCEPT_LANGUAGE="nl")

    assert "Due by 17 April 2026" in html
    assert "Uiterlijk" not in html


# ---------- only the most urgent obligations are explained on the page


def test_the_most_urgent_obligations_are_expanded_and_others_are_one_click_away(client):
    square = world.trajectory()
    for number in range(10):
        overdue_obligation(square, subject=f"s{number:02}", due_on=date(2026, 4, 1 + number))
    html = get_html(client, AGREEMENTS)
    full = [n for n in range(10) if "<details" in element_html(html, f"feedback-given--s{n:02}")]
    links = re.findall(r'href="(/trajecten/voorbeeldplein/punt/\?[^"]+)"', html)

    assert full == list(range(6))
    assert len(links) == 4
    for link in links:
        assert "Hoe is gerekend" in get_html(client, link.replace("&amp;", "&"))


@pytest.mark.parametrize("query", ["", "?regel=feedback-given&over=s2", "?regel=niets", "?over=s1"])
def test_an_inapplicable_obligation_has_no_page(client, query):
    overdue_obligation()

    assert client.get(f"{PAGE}punt/{query}").status_code == 404


def test_the_obligation_page_of_a_hidden_trajectory_gives_404(client):
    overdue_obligation(world.trajectory(public=False))
    address = f"{PAGE}punt/?regel=feedback-given&over=s1"

    assert client.get(address).status_code == 404
    client.force_login(world.user("auditor"))
    assert "Terugkoppeling" in get_html(client, address)


# ---------- of many obligations of a part, the first are shown


def add_many(square, number, **columns):
    """Add obligations of one rule, each due a day after the one before."""
    for i in range(number):
        overdue_obligation(square, subject=f"s{i:03}", due_on=date(2026, 1, 1) + timedelta(i), **columns)


def test_of_many_obligations_the_first_are_shown_with_the_number_of_all(client):
    square = world.trajectory()
    add_many(square, 50)
    add_many(square, 30, rule="contribution-answered", met_on=date(2026, 1, 1))
    html = get_html(client, AGREEMENTS)
    shown = re.findall(r'<li id="(feedback-given--s\d+|contribution-answered--s\d+)"', html)

    assert "50 punten zijn te laat." in html
    assert "Nog 44 punten" in html
    assert "Gedaan (30)" in html
    feedback = [f"feedback-given--s{number:03}" for number in range(6 + 25)]
    assert shown == [*feedback, *(f"contribution-answered--s{number:03}" for number in range(25))]
    assert re.findall(r'href="(\?groep=[^"]+)"', html) == [
        "?groep=feedback&amp;deel=open",
        "?groep=feedback&amp;deel=settled",
    ]


def test_a_long_list_of_obligations_is_read_in_parts(client):
    add_many(world.trajectory(), 60)
    found, address = [], f"{AGREEMENTS}?groep=feedback&deel=open&op=2026-04-19"
    while address:
        html = get_html(client, address)
        assert "Terugkoppeling: wat nu aandacht vraagt (60)" in plain(html)
        assert "U ziet de stand op 19 april 2026." in html
        found.append(re.findall(r'<li id="feedback-given--s(\d+)"', html))
        after = re.search(r'rel="next" href="([^"]+)"', html)
        address = after and AGREEMENTS + after[1].replace("&amp;", "&")

    assert [len(part) for part in found] == [25, 25, 10]
    assert [int(ref) for part in found for ref in part] == list(range(60))


def test_every_anchor_of_an_obligation_that_is_not_shown_leads_to_the_link_to_its_list(client):
    square = world.trajectory()
    add_many(square, 50)
    overdue_obligation(square, rule="contribution-answered", subject="c1")
    html = get_html(client, AGREEMENTS)
    ids = ParsedPage(html).ids

    assert len(ids) == len(set(ids))
    assert {f"feedback-given--s{number:03}" for number in range(50)} <= set(ids)
    assert {"feedback-given", "contribution-answered", "contribution-answered--c1"} <= set(ids)
    rest = html.partition('<span id="feedback-given--s031"></span>')[2].partition("</p>")[0]
    assert 'href="?groep=feedback&amp;deel=open"' in rest


def test_the_anchors_of_many_obligations_that_are_not_shown_are_bounded(client, monkeypatch):
    monkeypatch.setattr(obligation_list, "MAX_ANCHORS", 3)
    monkeypatch.setattr(summary, "MAX_ANCHORS", 4)
    add_many(world.trajectory(), 50)

    assert get_html(client, AGREEMENTS).count('<span id="feedback-given--') == 3
    html = get_html(client)
    assert (html.count('<li id="feedback-given--'), html.count('<span id="feedback-given--')) == (3, 1)
    assert html.count('<span id="feedback-given"') == 1


@pytest.mark.parametrize("query", ["groep=niets&deel=open", "groep=feedback&deel=niets", "groep=feedback", "deel=open"])
def test_a_list_of_obligations_that_does_not_exist_gives_all_of_them(client, query):
    overdue_obligation()

    assert "1 punt is te laat." in get_html(client, f"{AGREEMENTS}?{query}")


def test_a_day_that_is_wrong_is_named_instead_of_the_list(client):
    overdue_obligation()

    assert "“gisteren” is geen dag" in get_html(client, f"{AGREEMENTS}?groep=feedback&deel=open&op=gisteren")
