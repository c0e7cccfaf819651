"""What was open ends: with another role, without the second factor, and by the button of an administrator."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core import mail
from django.urls import reverse

from participation.models import ApiKey, User
from participation.services.accounts import close_everything, end_access
from participation.services.api_keys import make_key
from tests import world
from tests.web.accounts.doors import (
    ASK,
    FORGOTTEN,
    GIVE,
    LOG_IN,
    PUBLIC,
    SET_UP,
    SHOW,
    code_in_mail,
    code_of_app,
    enter,
    logged_in,
    person,
    set_up,
)
from tests.web.accounts.test_password import link

pytestmark = pytest.mark.django_db
NOW = world.moment("2026-04-22 10:00")
USERS = "/admin/participation/user/"


@pytest.fixture
def boss(client):
    browser = client.__class__()
    browser.force_login(world.user("administrator", is_superuser=True, is_staff=True))
    return browser


def inside(client):
    """Whether this browser is still logged in, as its next page says."""
    return client.get("/mijn/post/").status_code == 200


def closing(*users, **given):
    return {"action": "close_everything", ACTION_CHECKBOX_NAME: [user.pk for user in users], **given}


def test_an_administrator_closes_everything_of_an_account_after_confirming(client, boss):
    user, other = person("adviser"), person("auditor")
    enter(client)
    set_up(client)
    make_key(user, "planning", NOW)
    elsewhere = client.__class__()
    enter(elsewhere, "auditor")
    assert "Alles van dit account afsluiten" in boss.get(f"{USERS}{user.pk}/change/").content.decode()

    asked = boss.post(USERS, closing(user))
    assert "adviser" in asked.content.decode()
    assert inside(client)
    boss.post(USERS, closing(user, confirmed="yes"))

    assert not inside(client)
    assert inside(elsewhere)
    assert not ApiKey.objects.exists()
    assert not Authenticator.objects.exists()
    assert enter(client).status_code == 200
    assert LogEntry.objects.get().object_id == str(user.pk)
    assert User.objects.get(pk=other.pk).has_usable_password()


def test_who_is_no_administrator_closes_nothing(client):
    user = person("adviser")
    someone = world.user("coordinator", is_staff=True)
    someone.user_permissions.set(Permission.objects.filter(content_type__model="user"))
    client.force_login(someone)

    assert "Alles van dit account" not in client.get(f"{USERS}{user.pk}/change/").content.decode()
    client.post(USERS, closing(user, confirmed="yes"))
    assert User.objects.get(pk=user.pk).has_usable_password()


def form_of(boss, user, **changes):
    """The page of an account in the administration, as a browser sends it back."""
    form = boss.get(f"{USERS}{user.pk}/change/").context["adminform"].form
    sent = {}
    for name in form.fields:
        value = form.get_initial_for_field(form.fields[name], name)
        if name in ("last_login", "date_joined"):
            sent[f"{name}_0"], sent[f"{name}_1"] = (value.strftime("%Y-%m-%d"), "12:00:00") if value else ("", "")
        elif value not in (None, False, "") and name != "password":
            sent[name] = value
    prefix = {f"memberships-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    return {name: value for name, value in {**sent, **prefix, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "stays"), [({"role": "coordinator"}, False), ({"is_active": None}, False), ({"last_name": "B"}, True)]
)
def test_another_role_in_the_administration_ends_the_visit(client, boss, changes, stays):
    user = person("adviser")
    enter(client)
    make_key(user, "planning", NOW)

    saved = boss.post(f"{USERS}{user.pk}/change/", form_of(boss, user, **changes))

    assert saved.status_code == 302, saved.context["adminform"].form.errors
    assert inside(client) is stays
    assert ApiKey.objects.exists() is stays


def test_with_the_second_factor_gone_a_visit_that_showed_it_ends(client, boss, strict):
    person("adviser")
    enter(client)
    set_up(client)
    [app] = Authenticator.objects.filter(type="totp")
    strict.SECOND_FACTOR = False
    boss.post(
        reverse("admin:mfa_authenticator_changelist"),
        {"action": "delete_selected", "post": "yes", ACTION_CHECKBOX_NAME: app.pk},
    )

    assert not Authenticator.objects.exists()
    assert not inside(client)


def test_with_another_app_the_other_visits_end_and_this_one_sets_it_up(client, strict):
    user = person("adviser")
    enter(client)
    secret = set_up(client)
    make_key(user, "planning", NOW)
    elsewhere = client.__class__()
    enter(elsewhere)
    elsewhere.post(SHOW, {"code": code_of_app(secret, later=True)})
    assert inside(elsewhere)

    client.post("/account/tweede-stap/vervangen/")

    assert not inside(elsewhere)
    assert not ApiKey.objects.exists()
    assert client.get(PUBLIC).headers["Location"].startswith(SET_UP)
    set_up(client)
    assert inside(client)


@pytest.mark.parametrize("end", [end_access, close_everything])
def test_a_code_that_was_mailed_before_opens_nothing(client, end):
    member = world.user("association_member", world.RESIDENTS)
    client.post(ASK, {"email": member.email})
    end([member.pk])

    assert client.post(GIVE, {"code": code_in_mail()}).headers["Location"] == ASK
    assert not logged_in(client)


def test_a_code_that_was_mailed_to_the_former_address_opens_nothing(client):
    member = world.user("association_member", world.RESIDENTS)
    client.post(ASK, {"email": member.email})
    member.email = "anders@example.org"
    member.save()
    client.post(GIVE, {"code": code_in_mail()})

    assert not logged_in(client)


def test_a_link_that_was_mailed_before_opens_nothing(client):
    user = person("adviser")
    client.post(FORGOTTEN, {"email": user.email})
    end_access([user.pk])

    assert "werkt niet meer" in client.get(link()).content.decode()
    assert len(mail.outbox) == 1


def test_who_showed_the_password_before_shows_it_again(client, strict):
    """Half-way: the password was right, the code of the app is still to come."""
    user = person("adviser")
    enter(client)
    secret = set_up(client)
    browser = client.__class__()
    assert enter(browser).headers["Location"] == SHOW
    end_access([user.pk])

    assert browser.post(SHOW, {"code": code_of_app(secret, later=True)}).headers["Location"] == LOG_IN
    assert not logged_in(browser)
