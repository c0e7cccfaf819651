"""One motion, one commitment: what was asked or promised, what came of it, and what is owed."""

from __future__ import annotations

import re

import pytest
from django.utils.html import strip_tags

from tests import world
from tests.web.reading import Read, part, shown

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
MOTION, PROMISE = "/moties/21.0098/04/", "/toezeggingen/T-1/"


def words(html):
    return " ".join(strip_tags(html.replace("<", " <")).split())


def events(html):
    """What happened, each with its date, in the order of the page."""
    told = html.partition('<ol class="ld-events">')[2].partition("</ol>")[0]
    return [words(event) for event in re.findall(r"<li[^>]*>(.*?)</li>", told, re.S)]


def test_a_motion_tells_its_text_its_votes_and_who_has_to_see_to_it(client):
    world.motion(
        dictum="Werk met scenario's.",
        body="council",
        votes_for=20,
        votes_against=19,
        owner="Wethouder",
        also_printed_as=["M21.0098/04"],
    )
    html = shown(client, MOTION)
    told = words(html)

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
        assert text in told.replace("&#x27;", "'")


def test_that_the_college_calls_it_settled_stands_apart_from_that_the_council_settled_it(client):
    motion = world.motion(settled_proposed_on=world.on("2024-02-28"))
    told = words(shown(client, MOTION))
    assert "Het college vindt de motie afgedaan: 28 februari 2024 De raad heeft de motie nog niet afgedaan" in told
    assert "volgens het college afgedaan, door de raad nog niet" in told

    motion.settled_on = world.on("2024-05-16")
    motion.save()
    told = words(shown(client, MOTION))
    assert "De raad heeft de motie afgedaan: 16 mei 2024" in told
    assert "afgedaan door de raad" in told


def test_a_motion_that_was_not_adopted_has_nothing_to_settle(client):
    world.motion(outcome="rejected")
    html = shown(client, MOTION)

    assert "Is de motie afgedaan?" not in html
    assert "niet aangenomen" in html


def test_what_happened_is_told_in_the_order_of_time(client):
    motion = world.motion(settled_proposed_on=world.on("2024-02-28"), settled_on=world.on("2024-05-16"))
    motion.reports.create(on=world.between("2025-01-01", "2025-12-31", "year"), text="Nog één keer.")
    motion.reports.create(on=world.on("2022-05-01"), text="Er is een proef.")

    assert events(shown(client, MOTION)) == [
        "11 november 2021 De motie is aangenomen",
        "1 mei 2022 Bericht over de voortgang Er is een proef.",
        "28 februari 2024 Het college heeft voorgesteld de motie af te doen",
        "16 mei 2024 De raad heeft de motie afgedaan",
        "2025 Bericht over de voortgang Nog één keer.",
    ]


def test_a_motion_without_a_report_says_so(client):
    world.motion()

    assert "Er is nog geen bericht over de voortgang vastgelegd." in shown(client, MOTION)


def test_a_motion_leads_to_the_rules_and_trajectories_that_came_of_it(client):
    motion = world.motion(rules=["scenarios-offered", "rule-of-yesterday"])
    world.trajectory(title="Het plein").motions.add(motion)
    world.trajectory("geheim", public=False, title="Nog geheim").motions.add(motion)
    html = shown(client, MOTION)

    assert {"/regels/scenarios-offered/", "/trajecten/voorbeeldplein/"} <= set(Read(html).links)
    assert "rule-of-yesterday" in html
    assert "Nog geheim" not in html
    client.force_login(world.user("auditor"))
    assert "Nog geheim" in shown(client, MOTION)


def test_a_motion_without_consequences_says_so(client):
    world.motion()

    assert "Er hoort geen regel of traject bij." in shown(client, MOTION)


def test_what_is_owed_is_told_with_how_it_was_counted(client):
    from datetime import date

    from participation.compliance.rulebook import load
    from participation.services.assessment import reassess

    motion = world.motion(due_on=world.on("2022-12-15"))
    reassess("motion", [motion.pk], load("leiden"), date(2026, 4, 20), world.moment("2026-04-20 10:00"))
    html = shown(client, MOTION)
    owed = words(part(html, "motion-followed-up"))

    assert "Te laat" in owed
    assert "Hoe weten we dit?" in owed
    assert "90 dagen" in owed
    assert "11 november 2021" in owed
    assert "motion-settled" in Read(html).ids
    assert "2 punten zijn te laat." in html


def test_who_coordinates_gets_the_action_that_clears_it(client):
    world.obligation(motion=world.motion(), rule="motion-followed-up", subject="")
    world.obligation(commitment=world.commitment(), rule="commitment-kept", subject="")
    pages = (MOTION, f"{MOTION}bericht/", f"{MOTION}wijzigen/"), (PROMISE, f"{PROMISE}wijzigen/", f"{PROMISE}bericht/")
    for address, *forms in pages:
        assert not [link for link in Read(shown(client, address)).links if link.startswith(tuple(forms))]
    client.force_login(world.user("coordinator"))
    for address, action, other in pages:
        links = Read(shown(client, address)).links
        assert {action, other} <= set(links)
        assert [link for link in links if link.startswith(f"{action}?")]


def test_a_promise_tells_its_text_to_whom_it_was_made_and_that_no_date_was_recorded(client):
    world.organisation(world.RESIDENTS)
    promise = world.commitment(
        text="Vaker praten", made_by="college", made_to=["council", world.RESIDENTS, "omwonenden"], source="Brief 1"
    )
    promise.reports.create(on=world.on("2022-05-01"), text="Er is gepraat.")
    html = shown(client, PROMISE)
    told = words(html)

    for text in (
        "Vaker praten",
        "Toegezegd door college",
        "Toegezegd aan gemeenteraad, Wijk-A, omwonenden",
        "Toegezegd op 19 mei 2021",
        "Wie ervoor zorgt niet vastgelegd",
        "Klaar op niet vastgelegd",
        "Waar dat staat Brief 1",
    ):
        assert text in told
    assert events(html) == [
        "19 mei 2021 De toezegging is gedaan",
        "1 mei 2022 Bericht over de voortgang Er is gepraat.",
    ]


def test_a_promise_that_was_kept_says_when(client):
    world.commitment(fulfilled_on=world.on("2022-01-01"))
    html = shown(client, PROMISE)

    assert "Nagekomen op 1 januari 2022" in words(html)
    assert events(html)[-1] == "1 januari 2022 De toezegging is nagekomen"


@pytest.mark.parametrize("printed", ["M21.0098/04", "0021/0098/4"])
def test_a_motion_is_found_by_any_of_the_ways_in_which_its_number_is_printed(client, printed):
    world.motion()

    assert "Motie 21.0098/04" in shown(client, f"/moties/{printed}/")


@pytest.mark.parametrize("address", ["/moties/99.9999/", "/toezeggingen/T-99/", "/moties/x/bericht/"])
def test_what_is_not_there_is_not_found(client, address):
    client.force_login(world.user("coordinator"))

    assert client.get(address).status_code == 404


@pytest.mark.parametrize("role", ["", "coordinator"])
def test_fifty_obligations_ask_no_more_of_the_database_than_one(client, role, django_assert_max_num_queries):
    motion, promise = world.motion(), world.commitment()
    if role:
        client.force_login(world.user(role))
    for of, address, rule in (
        ({"motion": motion}, MOTION, "motion-settled"),
        ({"commitment": promise}, PROMISE, "commitment-kept"),
    ):
        world.obligation(**of, rule=rule, subject="")
        with django_assert_max_num_queries(12) as few:
            shown(client, address)
        for number in range(1, 50):
            world.obligation(**of, rule=rule, subject=f"y{number}")
        for number in range(20):
            row = of.get("motion") or of["commitment"]
            row.reports.create(on=world.on("2022-05-01"), text=f"Bericht {number}")
            if "motion" in of:
                world.trajectory(f"plein-{number}").motions.add(motion)
        with django_assert_max_num_queries(len(few)):
            assert shown(client, address).count(f'id="{rule}') >= 50


@pytest.mark.parametrize("address", [MOTION, PROMISE])
def test_the_pages_can_be_read_without_script_and_are_only_looked_at(client, address):
    world.obligation(motion=world.motion(rules=["scenarios-offered"]), rule="motion-settled")
    world.obligation(commitment=world.commitment(), rule="commitment-kept")
    html = shown(client, address)
    read = Read(html)

    assert len(read.ids) == len(set(read.ids))
    assert html.count("<h1") == html.count("<main") == 1
    assert set(re.findall(r'aria-labelledby="(.+?)"', html)) <= set(read.ids)
    assert "<script" not in html
    assert client.post(address).status_code == 405
    assert "What is due" in shown(client, address, HTTP_ACCEPT_LANGUAGE="en")


def test_what_people_wrote_is_shown_as_text(client):
    motion = world.motion(title="<script>a</script>", dictum="<b>dik</b>", rules=["<i>x</i>"])
    motion.reports.create(on=world.on("2022-05-01"), text="<script>b</script>")
    html = shown(client, MOTION)

    assert "<script" not in html
    assert "<b>dik" not in html
    assert "<i>x" not in html
