"""The public lists of motions and commitments."""

from __future__ import annotations

import re

import pytest
from django.utils.html import strip_tags

from tests import world
from tests.web.html_helpers import TODAY, ParsedPage, get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
MOTIONS, PROMISES = "/moties/", "/toezeggingen/"


def words(html):
    return " ".join(strip_tags(html.replace("<d", " <d")).split())


def cards(html):
    """Return the text of each row of the list by number."""
    parts = html.partition('<ul class="ld-cards">')[2].partition("</ul>")[0].split('<li class="ld-card">')[1:]
    return {re.search(r'href="/(?:moties|toezeggingen)/(.+?)/"', part)[1]: words(part) for part in parts}


def test_a_motion_shows_the_executive_status_apart_from_the_council_decision(client):
    world.motion("20.0001", settled_proposed_on=world.on("2024-02-28"))
    world.motion("20.0002", settled_on=world.on("2024-05-16"), due_on=world.on("2023-01-01"), owner="Wethouder")
    world.motion("20.0003", outcome="rejected")
    result = cards(get_html(client, MOTIONS))

    assert "volgens het college afgedaan, door de raad nog niet" in result["20.0001"]
    assert (
        "College vindt de motie afgedaan: 28 februari 2024 Raad heeft de motie nog niet afgedaan" in result["20.0001"]
    )
    assert "geen datum afgesproken" in result["20.0001"]
    assert "afgedaan door de raad" in result["20.0002"]
    assert "Raad heeft de motie afgedaan: 16 mei 2024" in result["20.0002"]
    assert "Klaar op 1 januari 2023" in result["20.0002"]
    assert "Wethouder" in result["20.0002"]
    assert "niet aangenomen" in result["20.0003"]
    assert "Raad heeft" not in result["20.0003"]


def test_a_commitment_shows_its_date_and_whether_it_was_fulfilled(client):
    world.commitment("T-1", text="Vaker praten")
    world.commitment("T-2", fulfilled_on=world.on("2022-01-01"))
    world.obligation(commitment=world.commitment("T-3"), rule="commitment-kept")
    result = cards(get_html(client, PROMISES))

    assert "T-1: Vaker praten open Toegezegd 19 mei 2021" in result["T-1"]
    assert "nagekomen" in result["T-2"]
    assert "Nagekomen 1 januari 2022" in result["T-2"]
    assert "1 punt te laat" in result["T-3"]
    assert "te laat" not in result["T-1"]


@pytest.fixture
def town():
    late = world.motion(
        "20.0001", title="Meer bomen", owner="Wethouder Groen", settled_proposed_on=world.on("2024-01-01")
    )
    world.obligation(motion=late, rule="motion-settled")
    world.motion("20.0002", title="Minder auto’s", dictum="Laat ze staan")


@pytest.mark.parametrize(
    ("query", "result"),
    [
        ("zoek=BOMEN", "Zoeken: BOMEN"),
        ("zoek=groen", "Zoeken: groen"),
        ("stand=proposed", "Stand: volgens het college afgedaan, door de raad nog niet"),
        ("eigenaar=Wethouder+Groen", "Wethouder Groen"),
        ("te-laat=on", "Alleen wat te laat is"),
    ],
)
@pytest.mark.usefixtures("town")
def test_each_active_filter_is_shown_and_can_be_removed(client, query, result):
    html = get_html(client, f"{MOTIONS}?{query}")
    [(without, label)] = re.findall(r'<a class="ld-active-filters__item" href="(.*?)">(.*?)</a>', html)

    assert list(cards(html)) == ["20.0001"]
    assert "1 motie past bij uw keuze." in html
    assert result in words(label)
    assert len(cards(get_html(client, MOTIONS + without))) == 2


@pytest.mark.usefixtures("town")
def test_an_empty_result_or_an_invalid_choice_is_explained(client):
    assert "Er is niets dat bij al uw keuzes past." in get_html(client, f"{MOTIONS}?zoek=bomen&stand=settled")
    html = get_html(client, f"{MOTIONS}?stand=zoek&eigenaar=Niemand")
    assert {"id_stand_error", "id_eigenaar_error"} <= set(ParsedPage(html).ids)
    assert len(cards(html)) == 2


def test_commitments_can_be_filtered(client):
    world.commitment("T-1", owner="Wethouder", text="Vaker praten")
    world.commitment("T-2", fulfilled_on=world.on("2022-01-01"))

    assert list(cards(get_html(client, f"{PROMISES}?stand=kept"))) == ["T-2"]
    assert list(cards(get_html(client, f"{PROMISES}?eigenaar=Wethouder"))) == ["T-1"]
    assert list(cards(get_html(client, f"{PROMISES}?zoek=praten"))) == ["T-1"]
    assert "Alleen de eerste woorden" in get_html(client, f"{PROMISES}?zoek={'+'.join(f'w{n}' for n in range(600))}")
    assert "1 toezegging past bij uw keuze." in get_html(client, f"{PROMISES}?zoek=praten")


@pytest.mark.parametrize(
    ("address", "result"),
    [(MOTIONS, "Er zijn nog geen moties vastgelegd."), (PROMISES, "Er zijn nog geen toezeggingen vastgelegd.")],
)
def test_an_empty_list_says_so(client, address, result):
    assert result in get_html(client, address)


@pytest.mark.parametrize("address", [MOTIONS, PROMISES])
def test_a_long_list_is_paginated_and_takes_no_more_queries(client, address, django_assert_max_num_queries):
    def grow(numbers):
        for number in numbers:
            world.obligation(motion=world.motion(f"21.{number:04}", owner=f"Wethouder {number}"), rule="motion-settled")
            world.obligation(commitment=world.commitment(f"T-{number}", owner=f"w{number}"), rule="commitment-kept")

    grow(range(1))
    with django_assert_max_num_queries(6) as few:
        get_html(client, address)
    grow(range(1, 50))
    with django_assert_max_num_queries(len(few)):
        html = get_html(client, address)

    assert len(cards(html)) == 25
    assert "Deel 2 van 2" in get_html(client, f"{address}?pagina=2&te-laat=on")


@pytest.mark.parametrize("role", ["", "adviser", "association_member", "auditor", "coordinator", "administrator"])
def test_only_coordinators_see_the_add_button(client, role):
    if role:
        client.force_login(world.user(role))
    offered = {"/moties/nieuw/" in get_html(client, MOTIONS), "/toezeggingen/nieuw/" in get_html(client, PROMISES)}

    assert offered == {role in ("coordinator", "administrator")}


@pytest.mark.parametrize("address", [MOTIONS, PROMISES])
def test_the_lists_are_readable_without_javascript_and_read_only(client, address):
    world.motion()
    world.commitment()
    html = get_html(client, address)
    read = ParsedPage(html)

    assert len(read.ids) == len(set(read.ids))
    assert html.count("<h1") == html.count("<main") == 1
    assert "<script" not in html
    assert 'role="status"' in html
    assert client.post(address).status_code == 405
    assert "no-store" in client.get(address).headers["Cache-Control"]
    assert "in total." in get_html(client, address, HTTP_ACCEPT_LANGUAGE="en")


def test_a_settled_item_is_not_shown_as_overdue(client):
    world.obligation(motion=world.motion(), rule="motion-settled", met_on=TODAY)

    assert "te laat" not in cards(get_html(client, MOTIONS))["21.0098/04"]
