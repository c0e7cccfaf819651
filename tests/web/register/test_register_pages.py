"""The page of a motion and of a commitment: its text, what was done, and its obligations."""

from __future__ import annotations

import re

import pytest
from django.utils.html import strip_tags

from tests import world
from tests.web.html_helpers import ParsedPage, element_html, get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
MOTION, PROMISE = "/moties/21.0098/04/", "/toezeggingen/T-1/"


def words(html):
    return " ".join(strip_tags(html.replace("<", " <")).split())


def events(html):
    """Return the events with their dates, in the order of the page."""
    page_text = html.partition('<ol class="ld-events">')[2].partition("</ol>")[0]
    return [words(event) for event in re.findall(r"<li[^>]*>(.*?)</li>", page_text, re.S)]


def test_a_motion_shows_its_text_votes_and_owner(client):
    world.motion(
        dictum="Werk met scenario's.",
        body="council",
        votes_for=20,
        votes_against=19,
        owner="Wethouder",
        also_printed_as=["M21.0098/04"],
    )
    html = get_html(client, MOTION)
    page_text = words(html)

    assert "<h1>Motie 21.0098/04: Scenario&#x27;s</h1>" in html
    for text in (
        "Werk met scenario's.",
        "Wie besliste gemeenteraad",
        "Besloten op 11 november 2021",
        "Uitslag aangenomen",
        "Stemmen 20 voor, 19 tegen",
        "Wie ervoor zorgt Wethouder",
        "Klaar op niet vastgelegd",
        "Ook gedrukt als M21.0098/04",
    ):
        assert text in page_text.replace("&#x27;", "'")


def test_settled_by_the_executive_is_shown_apart_from_settled_by_the_council(client):
    motion = world.motion(settled_proposed_on=world.on("2024-02-28"))
    page_text = words(get_html(client, MOTION))
    assert "Het college vindt de motie afgedaan: 28 februari 2024 De raad heeft de motie nog niet afgedaan" in page_text
    assert "volgens het college afgedaan, door de raad nog niet" in page_text

    motion.settled_on = world.on("2024-05-16")
    motion.save()
    page_text = words(get_html(client, MOTION))
    assert "De raad heeft de motie afgedaan: 16 mei 2024" in page_text
    assert "afgedaan door de raad" in page_text


def test_a_motion_that_was_not_adopted_has_nothing_to_settle(client):
    world.motion(outcome="rejected")
    html = get_html(client, MOTION)

    assert "Is de motie afgedaan?" not in html
    assert "niet aangenomen" in html


def test_events_are_shown_in_chronological_order(client):
    motion = world.motion(settled_proposed_on=world.on("2024-02-28"), settled_on=world.on("2024-05-16"))
    motion.reports.create(on=world.between("2025-01-01", "2025-12-31", "year"), text="Nog één keer.")
    motion.reports.create(on=world.on("2022-05-01"), text="Er is een proef.")

    assert events(get_html(client, MOTION)) == [
        "11 november 2021 De motie is aangenomen",
        "1 mei 2022 Bericht over de voortgang Er is een proef.",
        "28 februari 2024 Het college heeft voorgesteld de motie af te doen",
        "16 mei 2024 De raad heeft de motie afgedaan",
        "2025 Bericht over de voortgang Nog één keer.",
    ]


def test_a_motion_without_a_report_says_so(client):
    world.motion()

    assert "Er is nog geen bericht over de voortgang vastgelegd." in get_html(client, MOTION)


def test_a_motion_links_to_its_rules_and_trajectories(client):
    motion = world.motion(rules=["scenarios-offered", "rule-of-yesterday"])
    world.trajectory(title="Het plein").motions.add(motion)
    world.trajectory("geheim", public=False, title="Nog geheim").motions.add(motion)
    html = get_html(client, MOTION)

    assert {"/regels/scenarios-offered/", "/trajecten/voorbeeldplein/"} <= set(ParsedPage(html).links)
    assert "rule-of-yesterday" in html
    assert "Nog geheim" not in html
    client.force_login(world.user("auditor"))
    assert "Nog geheim" in get_html(client, MOTION)


def test_a_motion_without_related_rules_or_trajectories_says_so(client):
    world.motion()

    assert "Er hoort geen regel of traject bij." in get_html(client, MOTION)


def test_obligations_are_shown_with_their_calculation(client):
    from datetime import date

    from participation.compliance.rulebooks import load_rulebooks
    from participation.services.assessment import reassess

    motion = world.motion(due_on=world.on("2022-12-15"))
    reassess("motion", [motion.pk], load_rulebooks("leiden"), date(2026, 4, 20), world.moment("2026-04-20 10:00"))
    html = get_html(client, MOTION)
    obligation_text = words(element_html(html, "motion-followed-up"))

    assert "Te laat" in obligation_text
    assert "Hoe weten we dit?" in obligation_text
    assert "90 dagen" in obligation_text
    assert "11 november 2021" in obligation_text
    assert "motion-settled" in ParsedPage(html).ids
    assert "2 punten zijn te laat." in html


def test_coordinators_see_the_remedy(client):
    world.obligation(motion=world.motion(), rule="motion-followed-up", subject="")
    world.obligation(commitment=world.commitment(), rule="commitment-kept", subject="")
    pages = (MOTION, f"{MOTION}bericht/", f"{MOTION}wijzigen/"), (PROMISE, f"{PROMISE}wijzigen/", f"{PROMISE}bericht/")
    for address, *forms in pages:
        assert not [link for link in ParsedPage(get_html(client, address)).links if link.startswith(tuple(forms))]
    client.force_login(world.user("coordinator"))
    for address, action, other in pages:
        links = ParsedPage(get_html(client, address)).links
        assert {action, other} <= set(links)
        assert [link for link in links if link.startswith(f"{action}?")]


def test_a_commitment_shows_its_text_addressee_and_missing_date(client):
    world.organisation(world.RESIDENTS)
    promise = world.commitment(
        text="Vaker praten", made_by="college", made_to=["council", world.RESIDENTS, "omwonenden"], source="Brief 1"
    )
    promise.reports.create(on=world.on("2022-05-01"), text="Er is gepraat.")
    html = get_html(client, PROMISE)
    page_text = words(html)

    for text in (
        "Vaker praten",
        "Toegezegd door college",
        "Toegezegd aan gemeenteraad, Wijk-A, omwonenden",
        "Toegezegd op 19 mei 2021",
        "Wie ervoor zorgt niet vastgelegd",
        "Klaar op niet vastgelegd",
        "Waar dat staat Brief 1",
    ):
        assert text in page_text
    assert events(html) == [
        "19 mei 2021 De toezegging is gedaan",
        "1 mei 2022 Bericht over de voortgang Er is gepraat.",
    ]


def test_a_fulfilled_commitment_shows_its_date(client):
    world.commitment(fulfilled_on=world.on("2022-01-01"))
    html = get_html(client, PROMISE)

    assert "Nagekomen op 1 januari 2022" in words(html)
    assert events(html)[-1] == "1 januari 2022 De toezegging is nagekomen"


@pytest.mark.parametrize("printed", ["M21.0098/04", "0021/0098/4"])
def test_a_motion_is_found_by_every_notation_of_its_number(client, printed):
    world.motion()

    assert "Motie 21.0098/04" in get_html(client, f"/moties/{printed}/")


@pytest.mark.parametrize("address", ["/moties/99.9999/", "/toezeggingen/T-99/", "/moties/x/bericht/"])
def test_unknown_numbers_give_404(client, address):
    client.force_login(world.user("coordinator"))

    assert client.get(address).status_code == 404


@pytest.mark.parametrize("role", ["", "coordinator"])
def test_fifty_obligations_take_no_more_queries_than_one(client, role, django_assert_max_num_queries):
    motion, promise = world.motion(), world.commitment()
    if role:
        client.force_login(world.user(role))
    for of, address, rule in (
        ({"motion": motion}, MOTION, "motion-settled"),
        ({"commitment": promise}, PROMISE, "commitment-kept"),
    ):
        world.obligation(**of, rule=rule, subject="")
        with django_assert_max_num_queries(12) as few:
            get_html(client, address)
        for number in range(1, 50):
            world.obligation(**of, rule=rule, subject=f"y{number}")
        for number in range(20):
            row = of.get("motion") or of["commitment"]
            row.reports.create(on=world.on("2022-05-01"), text=f"Bericht {number}")
            if "motion" in of:
                world.trajectory(f"plein-{number}").motions.add(motion)
        with django_assert_max_num_queries(len(few)):
            assert get_html(client, address).count(f'id="{rule}') >= 50


@pytest.mark.parametrize("address", [MOTION, PROMISE])
def test_the_pages_are_readable_without_javascript_and_read_only(client, address):
    world.obligation(motion=world.motion(rules=["scenarios-offered"]), rule="motion-settled")
    world.obligation(commitment=world.commitment(), rule="commitment-kept")
    html = get_html(client, address)
    read = ParsedPage(html)

    assert len(read.ids) == len(set(read.ids))
    assert html.count("<h1") == html.count("<main") == 1
    assert set(re.findall(r'aria-labelledby="(.+?)"', html)) <= set(read.ids)
    assert "<script" not in html
    assert client.post(address).status_code == 405
    assert "What is due" in get_html(client, address, HTTP_ACCEPT_LANGUAGE="en")


def test_user_text_is_escaped(client):
    motion = world.motion(title="<script>a</script>", dictum="<b>dik</b>", rules=["<i>x</i>"])
    motion.reports.create(on=world.on("2022-05-01"), text="<script>b</script>")
    html = get_html(client, MOTION)

    assert "<script" not in html
    assert "<b>dik" not in html
    assert "<i>x" not in html
