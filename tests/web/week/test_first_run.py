"""The checklist of a new installation: for whom, ticked off by the data, and gone when all is done."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.models import OutboundEmail
from participation.selectors.first_run import first_steps
from participation.web.week.first_run import checklist
from tests import world
from tests.web.html_helpers import ParsedPage, get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
WEEK, TEST_MAIL = "/deze-week/", "/deze-week/proefbericht/"
NOW = world.moment("2026-04-20 10:00")


@pytest.fixture
def administrator(client, settings):
    settings.HAS_MUNICIPALITY = settings.HAS_RULEBOOK = False
    user = world.user("administrator", is_staff=True)
    client.force_login(user)
    return user


def open_steps(html):
    return [
        name for name, text in re.findall(r'<li[^>]*id="first-(\w+)">(.*?)</li>', html, re.S) if "Klaar:" not in text
    ]


def sent_message():
    return OutboundEmail.objects.create(key="a", kind="test", state="sent", created_at=NOW, not_before=NOW)


def test_an_administrator_of_an_empty_installation_is_told_what_to_do(client, administrator):
    html = get_html(client, WEEK)
    assert "Welkom. Dit doet u eerst" in html
    assert open_steps(html) == [
        "name", "rulebook", "mail", "neighbourhoods", "organisations", "adviser", "trajectory",
    ]  # fmt: skip
    links = ParsedPage(html).links
    assert "/account/uitnodigen/?rol=adviser" in links
    assert "/admin/participation/neighbourhood/import/" in links
    assert "/trajecten/nieuw/" in links


def test_the_home_page_leads_an_administrator_there(client, administrator):
    assert client.get("/").headers["Location"] == WEEK


def test_each_step_is_ticked_off_by_what_was_recorded(client, administrator, settings):
    settings.HAS_MUNICIPALITY = settings.HAS_RULEBOOK = True
    assert open_steps(get_html(client, WEEK)) == ["mail", "neighbourhoods", "organisations", "adviser", "trajectory"]
    sent_message()
    world.neighbourhood()
    assert open_steps(get_html(client, WEEK)) == ["organisations", "adviser", "trajectory"]
    world.organisation()
    world.user("adviser")
    assert open_steps(get_html(client, WEEK)) == ["trajectory"]
    world.trajectory()
    assert "Welkom. Dit doet u eerst" not in get_html(client, WEEK)


def test_a_message_that_waits_or_was_refused_is_no_tested_mail():
    for number, state in enumerate(("waiting", "refused", "doubtful", "held")):
        OutboundEmail.objects.create(key=str(number), kind="test", state=state, created_at=NOW, not_before=NOW)
    assert not first_steps().mail


def test_a_closed_adviser_does_not_count():
    world.user("adviser", is_active=False)
    assert not first_steps().adviser


@pytest.mark.parametrize("rows", [1, 50])
def test_the_steps_are_one_query_however_many_rows_there_are(rows):
    for number in range(rows):
        world.user("adviser", name=f"a{number}")
        world.organisation(f"o{number}")
    with CaptureQueriesContext(connection) as queries:
        first_steps()
    assert len(queries) == 1


@pytest.mark.parametrize("role", ["adviser", "coordinator", "auditor"])
def test_others_get_no_checklist(client, settings, role):
    settings.HAS_MUNICIPALITY = False
    client.force_login(world.user(role))
    assert "Welkom. Dit doet u eerst" not in get_html(client, WEEK)


def test_the_demonstration_has_no_checklist(administrator, settings):
    assert checklist(administrator)
    settings.DEMO = True
    assert checklist(administrator) == []


def test_without_access_to_the_administration_no_link_leads_there(settings):
    settings.HAS_MUNICIPALITY = False
    steps = checklist(world.user("administrator"))
    assert [step.name for step in steps if step.href] == ["adviser", "trajectory"]


def test_a_test_message_goes_to_the_administrator(client, administrator):
    html = client.post(TEST_MAIL, follow=True).content.decode()
    message = OutboundEmail.objects.get()
    assert (message.kind, message.to, message.user, message.state) == (
        "test", administrator.email, administrator, "waiting",
    )  # fmt: skip
    assert "Een proefbericht aan administrator@example.org staat klaar." in html


def test_without_an_address_no_test_message_is_made(client, administrator):
    type(administrator).objects.update(email="")
    assert "geen e-mailadres" in client.post(TEST_MAIL, follow=True).content.decode()
    assert not OutboundEmail.objects.exists()
