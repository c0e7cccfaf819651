"""Sessions end with a change of role, without a second factor, and when an administrator ends them."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core import mail
from django.urls import reverse

from participation.models import ApiKey, User
from participation.services.accounts.accounts import revoke_access, revoke_all_credentials
from participation.services.accounts.api_keys import make_key
from tests import world
from tests.web.accounts.log_in_helpers import (
    CODE_FORM,
    CODE_REQUEST,
    LOG_IN,
    PASSWORD_RESET,
    PUBLIC_PAGE,
    TOTP_CODE_FORM,
    TOTP_SET_UP,
    authenticator_code,
    emailed_code,
    log_in,
    logged_in_user_id,
    make_user,
    set_up_authenticator,
)
from tests.web.accounts.test_password import link

pytestmark = pytest.mark.django_db
NOW = world.moment("2026-04-22 10:00")
USERS = "/admin/participation/user/"


@pytest.fixture
def administrator_client(client):
    browser = client.__class__()
    browser.force_login(world.user("administrator", is_superuser=True, is_staff=True))
    return browser


def is_logged_in(client):
    """Return whether this browser is still logged in, from its next page."""
    return client.get("/mijn/post/").status_code == 200


def closing(*users, **given):
    return {"action": "revoke_access", ACTION_CHECKBOX_NAME: [user.pk for user in users], **given}


def test_an_administrator_closes_all_access_of_an_account_after_confirmation(client, administrator_client):
    user, other = make_user("adviser"), make_user("auditor")
    log_in(client)
    set_up_authenticator(client)
    make_key(user, "planning", NOW)
    elsewhere = client.__class__()
    log_in(elsewhere, "auditor")
    assert (
        "Alle toegang van dit account intrekken"
        in administrator_client.get(f"{USERS}{user.pk}/change/").content.decode()
    )

    response = administrator_client.post(USERS, closing(user))
    assert "adviser" in response.content.decode()
    assert is_logged_in(client)
    administrator_client.post(USERS, closing(user, confirmed="yes"))

    assert not is_logged_in(client)
    assert is_logged_in(elsewhere)
    assert not ApiKey.objects.exists()
    assert not Authenticator.objects.exists()
    assert log_in(client).status_code == 200
    assert LogEntry.objects.get().object_id == str(user.pk)
    assert User.objects.get(pk=other.pk).has_usable_password()


def test_only_administrators_can_close_access(client):
    user = make_user("adviser")
    someone = world.user("coordinator", is_staff=True)
    someone.user_permissions.set(Permission.objects.filter(content_type__model="user"))
    client.force_login(someone)

    assert "Alle toegang van dit account" not in client.get(f"{USERS}{user.pk}/change/").content.decode()
    client.post(USERS, closing(user, confirmed="yes"))
    assert User.objects.get(pk=user.pk).has_usable_password()


def form_of(administrator_client, user, **changes):
    """Return the fields of an account's page in the administration, as a browser sends them."""
    form = administrator_client.get(f"{USERS}{user.pk}/change/").context["adminform"].form
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
def test_a_role_changed_in_the_admin_ends_the_session(client, administrator_client, changes, stays):
    user = make_user("adviser")
    log_in(client)
    make_key(user, "planning", NOW)

    saved = administrator_client.post(f"{USERS}{user.pk}/change/", form_of(administrator_client, user, **changes))

    assert saved.status_code == 302, saved.context["adminform"].form.errors
    assert is_logged_in(client) is stays
    assert ApiKey.objects.exists() is stays


def test_removing_the_second_factor_ends_sessions_that_used_it(client, administrator_client, strict):
    make_user("adviser")
    log_in(client)
    set_up_authenticator(client)
    [app] = Authenticator.objects.filter(type="totp")
    strict.SECOND_FACTOR = False
    administrator_client.post(
        reverse("admin:mfa_authenticator_changelist"),
        {"action": "delete_selected", "post": "yes", ACTION_CHECKBOX_NAME: app.pk},
    )

    assert not Authenticator.objects.exists()
    assert not is_logged_in(client)


def test_a_new_authenticator_ends_other_sessions_and_this_one_sets_it_up(client, strict):
    user = make_user("adviser")
    log_in(client)
    secret = set_up_authenticator(client)
    make_key(user, "planning", NOW)
    elsewhere = client.__class__()
    log_in(elsewhere)
    elsewhere.post(TOTP_CODE_FORM, {"code": authenticator_code(secret, later=True)})
    assert is_logged_in(elsewhere)

    client.post("/account/tweede-stap/vervangen/")

    assert not is_logged_in(elsewhere)
    assert not ApiKey.objects.exists()
    assert client.get(PUBLIC_PAGE).headers["Location"].startswith(TOTP_SET_UP)
    set_up_authenticator(client)
    assert is_logged_in(client)


@pytest.mark.parametrize("end", [revoke_access, revoke_all_credentials])
def test_an_earlier_emailed_code_is_rejected(client, end):
    member = world.user("association_member", world.RESIDENTS)
    client.post(CODE_REQUEST, {"email": member.email})
    end([member.pk])

    assert client.post(CODE_FORM, {"code": emailed_code()}).headers["Location"] == CODE_REQUEST
    assert not logged_in_user_id(client)


def test_a_code_emailed_to_the_former_address_is_rejected(client):
    member = world.user("association_member", world.RESIDENTS)
    client.post(CODE_REQUEST, {"email": member.email})
    member.email = "anders@example.org"
    member.save()
    client.post(CODE_FORM, {"code": emailed_code()})

    assert not logged_in_user_id(client)


def test_an_earlier_emailed_link_is_rejected(client):
    user = make_user("adviser")
    client.post(PASSWORD_RESET, {"email": user.email})
    revoke_access([user.pk])

    assert "werkt niet meer" in client.get(link()).content.decode()
    assert len(mail.outbox) == 1


def test_a_half_completed_login_starts_again_with_the_password(client, strict):
    """Log in half-way: the password was right, the code of the app is still needed."""
    user = make_user("adviser")
    log_in(client)
    secret = set_up_authenticator(client)
    browser = client.__class__()
    assert log_in(browser).headers["Location"] == TOTP_CODE_FORM
    revoke_access([user.pk])

    assert browser.post(TOTP_CODE_FORM, {"code": authenticator_code(secret, later=True)}).headers["Location"] == LOG_IN
    assert not logged_in_user_id(browser)
