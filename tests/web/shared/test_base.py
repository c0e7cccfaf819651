"""Parts of every page: the menu of this user, the time of the last assessment, and the message of the last action."""

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


def request_for(path="/trajecten/", user=None):
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
        rulebooks={"": "0" * 16},
        code_version="0",
    )


def labels(user=None):
    return [str(item.label) for item in context.menu(request_for(user=user))]


def test_everyone_sees_the_public_pages_in_the_menu():
    found = labels()

    assert {"Trajecten", "Moties", "Toezeggingen", "Regels"} <= set(found)
    assert not {"Deze week", "Mijn vereniging", "Beheer"} & set(found)


def test_each_user_sees_their_own_pages_first(monkeypatch):
    monkeypatch.setattr(context, "reverse", lambda name: f"/{name}/")

    assert labels(world.user("adviser"))[0] == "Deze week"
    assert labels(world.user("coordinator"))[0] == "Deze week"
    assert labels(world.user("association_member"))[0] == "Mijn vereniging"
    assert labels(world.user("auditor"))[0] == "Trajecten"
    assert labels(world.user("administrator", is_staff=True))[-1] == "Beheer"


def test_who_may_invite_has_a_link_for_it_beside_their_name():
    link = f'href="{reverse("invite")}"'
    assert link in shown(request_for(user=world.user("coordinator")))
    assert link in shown(request_for(user=world.user("administrator")))
    assert link not in shown(request_for(user=world.user("adviser")))
    assert link not in shown(request_for())


def test_the_menu_omits_pages_that_do_not_exist(monkeypatch):
    monkeypatch.setattr(context, "PUBLIC_MENU", (("no-such-page", "Weg"), ("motions", "Moties")))

    assert labels() == ["Moties"]


@pytest.mark.parametrize(("path", "current"), [("/moties/", "page"), ("/moties/21.0098/04/", "true"), ("/regels/", "")])
def test_the_menu_marks_the_current_page(path, current):
    items = {str(item.label): item.current for item in context.menu(request_for(path))}

    assert items["Moties"] == current


def test_every_link_of_the_menu_works():
    for item in context.menu(request_for(user=world.user("adviser", is_staff=True))):
        assert resolve(item.href)


def test_the_footer_shows_when_the_rules_were_last_checked():
    finished(hours=3)

    html = shown(request_for())

    assert "voor het laatst gecontroleerd op" in html
    assert "ld-notice" not in html


@pytest.mark.parametrize("hours", [40, None])
def test_an_outdated_check_is_shown_at_the_top(hours):
    if hours:
        finished(hours)

    html = shown(request_for())

    assert html.index("ld-notice") < html.index("<main")
    assert ("kan verouderd zijn" in html) is bool(hours)
    assert ("nog nooit gedraaid" in html) is not hours


def test_the_page_layout_takes_one_query(django_assert_num_queries):
    request = request_for(user=world.user("adviser"))

    with django_assert_num_queries(1):
        shown(request)


def test_a_page_without_the_layout_takes_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        context.base_context(request_for())


def test_the_name_of_the_municipality_is_in_the_header(settings):
    settings.MUNICIPALITY = "gemeente Voorbeeldstad"

    assert "gemeente Voorbeeldstad" in shown(request_for())


def test_a_message_about_a_changeset_has_an_undo_button():
    message = Message(constants.SUCCESS, "Toegevoegd: avond.", extra_tags="changeset-7")

    html = render_to_string("components/messages.html", {"messages": [message]}, request_for())

    assert f'action="{reverse("changeset_undo", args=[7])}"' in html
    assert "Ongedaan maken" in html
    assert "csrfmiddlewaretoken" in html


def test_other_messages_have_no_button():
    html = render_to_string(
        "components/messages.html", {"messages": [Message(constants.INFO, "Niets.")]}, request_for()
    )

    assert "Niets." in html
    assert "<button" not in html


def test_403_and_400_have_their_own_pages():
    refused = errors.permission_denied(request_for(), PermissionError())
    not_sent = errors.csrf_failure(request_for())

    assert (refused.status_code, not_sent.status_code) == (403, 403)
    assert "Er is niets veranderd" in refused.content.decode()
    assert "niet verstuurd" in not_sent.content.decode()


def test_a_csrf_failure_has_its_own_page(client, settings):
    client.handler.enforce_csrf_checks = True

    response = client.post("/uitloggen/", {})

    assert response.status_code == 403
    assert "Uw formulier is niet verstuurd" in response.content.decode()


def test_the_500_page_has_no_dependencies(django_assert_num_queries):
    with django_assert_num_queries(0):
        html = render_to_string("500.html")

    assert "Er ging iets mis" in html
    assert '<link rel="stylesheet" href="/static/leidraad/leidraad.css">' in html


def test_a_status_is_shown_by_an_icon_and_a_word():
    html = render_to_string("components/status.html", {"code": "overdue", "label": "Te laat"})

    assert "ld-status--overdue" in html
    assert "Te laat" in html
    assert 'aria-hidden="true"' in html


def test_pagination_keeps_the_search_query():
    request = request_for("/trajecten/?wijk=merenwijk&pagina=2")

    html = render_to_string(
        "components/pagination.html", {"page_obj": Paginator(range(60), 20).page(2), "label": "Delen"}, request
    )

    assert re.findall(r'href="([^"]+)"', html) == ["?wijk=merenwijk&amp;pagina=1", "?wijk=merenwijk&amp;pagina=3"]
    assert "Deel 2 van 3" in html
