"""The summary of a trajectory, and the links of earlier mails that lead to it."""

from __future__ import annotations

import re

import pytest

from participation.presentation.trajectory_pages import SECTIONS, obligation_fragment
from tests import world
from tests.web.html_helpers import AGREEMENTS, INPUT, PAGE, PLAN, TAKE_PART, ParsedPage, get_html, overdue_obligation
from tests.web.trajectories.test_detail import plain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def card(html, name):
    """Return the HTML of a part of the summary."""
    return html.partition(f'aria-labelledby="{name}">')[2].partition("</section>")[0]


def test_it_says_what_took_place_last_and_what_comes_next(client, square):
    text = plain(card(get_html(client), "stand"))

    assert "Als laatste: Bewonersavond, 20 maart 2026" in text
    assert "Hierna: Tweede avond, 8 mei 2026" in text


def test_it_says_where_one_can_take_part_and_whom_to_call(client, square):
    world.step(square, "s4", planned=world.on("2026-04-25"), announced_on=world.on("2026-04-01"), place_name="De Kade")
    world.record(square, "2026-04-19 10:00", contact_phone="14 071")
    html = card(get_html(client), "nu")
    text = plain(html)

    assert "25 april 2026, 19:30 – 21:00" in text
    assert "Waar: De Kade" in text
    assert 'href="tel:14071"' in html
    assert f'href="{TAKE_PART}#vervolg"' in html


def test_it_counts_what_was_done_with_the_input_with_links(client, square):
    html = card(get_html(client), "gedaan")

    assert re.findall(r'<li><a href="([^"]+)">([^<]+)</a>', html) == [
        (f"{INPUT}?uitkomst=partly#inbreng", "Deels overgenomen: 1"),
        (f"{INPUT}?uitkomst=open#inbreng", "Nog geen antwoord: 1"),
    ]
    assert "Alleen die van mijn vereniging" not in html
    client.force_login(world.user("association_member", world.RESIDENTS))
    assert f'href="{INPUT}?van=vereniging#inbreng"' in card(get_html(client), "gedaan")


def test_it_shows_what_is_late_with_the_number_of_all(client):
    square = world.trajectory()
    for number in range(5):
        overdue_obligation(square, subject=f"s{number}")
    html = card(get_html(client), "te-laat")

    assert "5 punten zijn te laat." in html
    assert re.findall(r'<li id="([^"]+)"', html) == [f"feedback-given--s{number}" for number in range(3)]
    assert f'href="{AGREEMENTS}#feedback-given--s0"' in html


def test_an_empty_trajectory_says_so_in_each_part(client):
    world.trajectory(started_on=None)
    html = get_html(client)

    assert "nog niets met een datum" in plain(card(html, "stand"))
    assert "Er is nu geen moment gepland waarop u kunt meedoen." in card(html, "nu")
    assert "Er is nog geen inbreng vastgelegd." in card(html, "gedaan")


def test_links_of_earlier_mails_lead_to_a_link_to_the_new_place(client, square):
    square.instrument = "environment_plan"
    square.save()
    html = get_html(client)

    for name, path in SECTIONS.items():
        # What was added since all was one page is in no earlier mail.
        if path and name != "bereik":
            assert f'<li id="{name}"><a href="{PAGE}{path}#{name}">' in html, name
    ids = ParsedPage(html).ids
    for row in square.obligations.all():
        assert ids.count(obligation_fragment(row.rule, row.subject)) == 1
        assert ids.count(obligation_fragment(row.rule)) == 1
    assert f'href="{PLAN}#tijdlijn"' in html


def test_a_page_as_of_a_day_shows_what_was_late_then(client):
    overdue_obligation()

    assert "1 punt is te laat." in card(get_html(client), "te-laat")
    earlier = card(get_html(client, f"{PAGE}?op=2026-04-10"), "te-laat")
    assert "1 punt is te laat." not in earlier
    assert f'href="{AGREEMENTS}?op=2026-04-10#afspraken"' in earlier
