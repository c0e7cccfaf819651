"""What stands around every page: the menu of this visitor, how fresh it is, what was just done."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import resolve, reverse
from django.utils import timezone

from participation.models import JobRun
from participation.web.shared import context, errors
from participation.web.shared.pages import page
from tests import world

pytestmark = pytest.mark.django_db


def visit(path="/trajecten/", user=None):
    request = RequestFactory().get(path)
    request.user = user or AnonymousUser()
    return request


def shown(request, template="web/not_found.html"):
    return page(request, template, {}).content.decode()


def finished(hours):
    now = timezone.now()
    JobRun.objects.create(
        kind="flag-due",
        day=now.date(),
        started_at=now - timedelta(hours=hours),
        finished_at=now - timedelta(hours=hours),
        rulebook="0" * 16,
        code_version="0",
    )


def labels(user=None):
    return [str(item.label) for item in context.menu(visit(user=user))]


def test_everyone_finds_what_is_public_in_the_menu():
    found = labels()

    assert {"Trajecten", "Moties", "Toezeggingen", "Regels"} <= set(found)
    assert not {"Deze week", "Mijn vereniging", "Beheer"} & set(found)


def test_each_finds_their_own_pages_first(monkeypatch):
    monkeypatch.setattr(context, "reverse", lambda name: f"/{name}/")

    assert labels(world.user("adviser"))[0] == "Deze week"
    assert labels(world.user("coordinator"))[0] == "Deze week"
    assert labels(world.user("association_member"))[0] == "Mijn vereniging"
    assert labels(world.user("auditor"))[0] == "Trajecten"
    assert labels(world.user("administrator", is_staff=True))[-1] == "Beheer"


def test_a_page_that_is_not_there_is_left_out_of_the_menu(monkeypatch):
    monkeypatch.setattr(context, "PUBLIC_MENU", (("no-such-page", "Weg"), ("motions", "Moties")))

    assert labels() == ["Moties"]


@pytest.mark.parametrize(("path", "current"), [("/moties/", "page"), ("/moties/21.0098/04/", "true"), ("/regels/", "")])
def test_the_menu_tells_where_one_is(path, current):
    items = {str(item.label): item.current for item in context.menu(visit(path))}

    assert items["Moties"] == current


def test_every_link_of_the_menu_leads_somewhere():
    for item in context.menu(visit(user=world.user("adviser", is_staff=True))):
        assert resolve(item.href)


def test_the_footer_tells_when_the_rules_were_last_checked():
    finished(hours=3)

    html = shown(visit())

    assert "voor het laatst gecontroleerd op" in html
    assert "ld-notice" not in html


@pytest.mark.parametrize("hours", [40, None])
def test_a_checker_that_is_silent_is_told_at_the_top(hours):
    if hours:
        finished(hours)

    html = shown(visit())

    assert html.index("ld-notice") < html.index("<main")
    assert ("kan verouderd zijn" in html) is bool(hours)
    assert ("nog nooit gedraaid" in html) is not hours


def test_the_frame_of_a_page_takes_one_query(django_assert_num_queries):
    request = visit(user=world.user("adviser"))

    with django_assert_num_queries(1):
        shown(request)


def test_a_page_that_does_not_show_the_frame_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        context.base_context(visit())


def test_the_name_of_the_municipality_stands_in_the_header(settings):
    settings.MUNICIPALITY = "gemeente Voorbeeldstad"

    assert "gemeente Voorbeeldstad" in shown(visit())


def test_a_message_with_an_entry_has_a_button_that_takes_it_back():
    message = Message(constants.SUCCESS, "Toegevoegd: avond.", extra_tags="changeset-7")

    html = render_to_string("components/messages.html", {"messages": [message]}, visit())

    assert f'action="{reverse("changeset_undo", args=[7])}"' in html
    assert "Ongedaan maken" in html
    assert "csrfmiddlewaretoken" in html


def test_another_message_has_no_button():
    html = render_to_string("components/messages.html", {"messages": [Message(constants.INFO, "Niets.")]}, visit())

    assert "Niets." in html
    assert "<button" not in html


def test_what_is_refused_and_what_was_not_sent_have_a_page_of_their_own():
    refused = errors.permission_denied(visit(), PermissionError())
    not_sent = errors.csrf_failure(visit())

    assert (refused.status_code, not_sent.status_code) == (403, 403)
    assert "Er is niets veranderd" in refused.content.decode()
    assert "niet verstuurd" in not_sent.content.decode()


def test_a_form_without_its_token_is_told_in_our_own_words(client, settings):
    client.handler.enforce_csrf_checks = True

    answer = client.post("/uitloggen/", {})

    assert answer.status_code == 403
    assert "Uw formulier is niet verstuurd" in answer.content.decode()


def test_the_page_for_our_own_mistakes_needs_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        html = render_to_string("500.html")

    assert "Er ging iets mis" in html
    assert '<link rel="stylesheet" href="/static/leidraad/leidraad.css">' in html


def test_a_status_is_told_by_a_sign_and_a_word():
    html = render_to_string("components/status.html", {"code": "overdue", "label": "Te laat"})

    assert "ld-status--overdue" in html
    assert "Te laat" in html
    assert 'aria-hidden="true"' in html


def test_pagination_keeps_what_was_searched_for():
    request = visit("/trajecten/?wijk=merenwijk&pagina=2")

    html = render_to_string(
        "components/pagination.html", {"shown": Paginator(range(60), 20).page(2), "label": "Delen"}, request
    )

    assert re.findall(r'href="([^"]+)"', html) == ["?wijk=merenwijk&amp;pagina=1", "?wijk=merenwijk&amp;pagina=3"]
    assert "Deel 2 van 3" in html
