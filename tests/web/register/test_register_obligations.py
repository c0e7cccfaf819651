"""The obligations on the page of a motion or commitment today."""

from __future__ import annotations

from datetime import date

import pytest

from participation.compliance.rulebooks import load_rulebooks
from participation.services.assessment import reassess
from tests import world
from tests.web.html_helpers import TODAY, get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def test_user_text_is_escaped(client):
    evil = "<script>alert(1)</script>"
    motion = world.motion(title=evil, dictum=evil, owner=evil, body=evil)
    promise = world.commitment("<b>1", text=evil, made_by=evil, owner=evil, source=evil)
    for of in ({"motion": motion}, {"commitment": promise}):
        next(iter(of.values())).reports.create(text=evil)

    for address in ("/moties/", "/moties/21.0098/04/", "/toezeggingen/", "/toezeggingen/<b>1/"):
        html = get_html(client, address)
        assert "&lt;script&gt;" in html, address
        assert "<script" not in html, address
        assert "<b>" not in html, address


def test_each_time_of_a_commitment_that_repeats_is_shown_and_none_leads_to_its_end(client):
    repeats = {"repeats_every_months": 6, "repeats_first_due_on": world.on("2025-12-31")}
    promise = world.commitment(made_on=world.on("2025-06-01"), **repeats)
    promise.fulfilments.create(on=world.on("2025-12-01"), text="Gesproken")
    promise.fulfilments.create(text="Ooit gesproken")
    reassess("commitment", [promise.pk], load_rulebooks("leiden"), TODAY, world.moment("2026-04-20 10:00"))
    client.force_login(world.user("coordinator"))

    html = get_html(client, "/toezeggingen/T-1/")

    assert "commitment-kept--2025-12-31" in html
    assert "commitment-kept--2026-06-30" in html
    # The field "fulfilled on" would end the commitment as a whole.
    assert "/toezeggingen/T-1/nakomen/" in html
    assert "fulfilled_on" not in html
    assert "Elke 6 maanden" in html
    assert "Ooit gesproken" in html


def test_a_time_is_recorded_with_its_day_and_what_was_done(client):
    promise = world.commitment(repeats_every_months=6, repeats_first_due_on=world.on("2025-12-31"))
    client.force_login(world.user("coordinator"))
    here = "/toezeggingen/T-1/nakomen/"

    assert "Vastleggen dat toezegging T-1 is nagekomen" in get_html(client, here)
    assert client.post(here, {"on": "", "text": ""}).status_code == 200
    assert client.post(here, {"on": "2025-12-01", "text": "Gesproken"}).status_code == 302

    assert promise.fulfilments.get().text == "Gesproken"
    found = promise.obligations.filter(rule="commitment-kept", withdrawn_at=None).values_list("subject", "met_on")
    assert sorted(found) == [("2025-12-31", date(2025, 12, 1)), ("2026-06-30", None)]
    world.commitment("T-2")
    assert client.get("/toezeggingen/T-2/nakomen/").status_code == 404


def test_the_list_and_the_week_stay_up_with_requests_that_belong_to_no_trajectory(client):
    request = world.register_request(received_on=world.on("2026-03-01"))
    reassess("request", [request.pk], load_rulebooks("leiden"), TODAY, world.moment("2026-04-20 10:00"))
    client.force_login(world.user("coordinator"))

    for address in ("/moties/", "/toezeggingen/", "/trajecten/", "/regels/woo-decided/"):
        assert "V-2026-12" not in get_html(client, address), address
    assert "V-2026-12" in get_html(client, "/deze-week/")
