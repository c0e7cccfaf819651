"""Every public page says in one sentence what it is, for search engines and shared links."""

import html
import re

import pytest

from tests import world

pytestmark = pytest.mark.django_db
PAGES = (
    *("/trajecten/", "/trajecten/voorbeeldplein/", "/trajecten/voorbeeldplein/geschiedenis/"),
    *("/trajecten/voorbeeldplein/andere-regels/", "/trajecten/voorbeeldplein/volgen/", "/wijken/"),
    *(f"/wijken/{world.CENTRE}/", "/stad/", "/regels/", "/regels/record-kept/", "/moties/", "/moties/21.0098/04/"),
    *("/toezeggingen/", "/toezeggingen/T-1/", "/open-data/", "/over/", "/toegankelijkheid/", "/privacy/"),
    *("/api/v1/docs", "/inloggen/", "/raad/", "/initiatieven/", "/initiatieven/insturen/", "/initiatieven/I-1/"),
    *("/stad/verloop/", "/stad/dagen/", "/stad/spreiding/", "/stad/invloed/", "/stad/bereik/", "/stad/vergelijken/"),
    *("/stad/jaarverslag/2025/", "/stad/jaarverslag/2025/inclusivity/"),
    *("/raadsvergaderingen/2026-06-18/", "/trajecten/voorbeeldplein/raadsstuk/", f"/wijken/{world.CENTRE}/gevraagd/"),
)


def description(client, address):
    response = client.get(address, headers={"accept-language": "nl"})
    assert response.status_code == 200, address
    (found,) = re.findall(r'<meta name="description" content="([^"]*)">', response.content.decode())
    return html.unescape(found)


def test_every_kind_of_page_has_a_description_of_its_own(client, settings):
    settings.RULEBOOK = "leiden"
    square = world.trajectory(summary="")
    world.step(square, kind="decision", body="council", planned=world.on("2026-06-18"))
    world.register_request(
        "I-1", kind="initiative", moderation="public", summary="Samen een moestuin voor de buurt maken"
    )
    world.motion()
    world.commitment()
    found = {address: description(client, address) for address in PAGES}

    assert [address for address, text in found.items() if not 20 < len(text) <= 160] == []
    assert len(set(found.values())) == len(found)


def test_the_description_of_a_trajectory_is_its_summary_escaped_and_shortened(client):
    world.trajectory(summary='Het plein wordt "groener".\nMet <b>bomen</b>. ' + "Kom kijken. " * 20)
    found = description(client, "/trajecten/voorbeeldplein/")

    assert found.startswith('Het plein wordt "groener".\nMet <b>bomen</b>. Kom')
    assert (len(found), found[-1]) == (155, "…")
