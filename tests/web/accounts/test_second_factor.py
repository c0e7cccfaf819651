"""Staff who log in with a password need a second factor, for every page."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from participation.models import User
from participation.models.people import STAFF_ROLES
from tests import world
from tests.web.accounts.log_in_helpers import (
    CODE_FORM,
    CODE_REQUEST,
    LOG_IN,
    LOG_IN_REQUIRED_PAGE,
    LOG_OUT,
    PASSWORD,
    PUBLIC_PAGE,
    RECOVERY_CODES,
    TOTP_CODE_FORM,
    TOTP_SET_UP,
    authenticator_code,
    emailed_code,
    log_in,
    logged_in_user_id,
    make_user,
    set_up_authenticator,
)

pytestmark = pytest.mark.django_db
AGAIN, REPLACE = "/account/nogmaals/", "/account/tweede-stap/vervangen/"


@pytest.fixture(autouse=True)
def _strict(strict):
    pass


def sent_to(client, address):
    return client.get(address).headers.get("Location", "")


@pytest.mark.parametrize("role", STAFF_ROLES)
@pytest.mark.parametrize("address", [PUBLIC_PAGE, LOG_IN_REQUIRED_PAGE, "/admin/", "/moties/"])
def test_staff_set_up_a_second_factor_before_any_page_opens(client, role, address):
    make_user(role, is_staff=True)
    log_in(client, role)

    assert sent_to(client, address) == f"{TOTP_SET_UP}?next={address.replace('/', '%2F')}"
    set_up_authenticator(client)
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("right", ["is_staff", "is_superuser"])
def test_everyone_with_admin_access_counts_as_staff_whatever_their_role(client, right):
    make_user("association_member", **{right: True})
    log_in(client, "association_member")

    assert sent_to(client, PUBLIC_PAGE).startswith(TOTP_SET_UP)


def test_actions_are_blocked_before_the_second_factor_too(client):
    user = make_user("adviser")
    log_in(client)

    response = client.post(reverse("mfa_generate_recovery_codes"))

    assert response.headers["Location"].startswith(TOTP_SET_UP)
    assert not Authenticator.objects.filter(user=user).exists()


def test_after_setup_the_recovery_codes_are_shown_and_the_user_continues(client):
    make_user("adviser")
    log_in(client)
    to_set_up = sent_to(client, "/regels/")
    secret = client.get(to_set_up).context["form"].secret

    response = client.post(to_set_up, {"code": authenticator_code(secret)})
    page = client.get(response.headers["Location"]).content.decode()

    assert response.headers["Location"] == f"{RECOVERY_CODES}?next=%2Fregels%2F"
    assert len(re.findall(r"<li><code>\d{8}</code></li>", page)) == 10
    assert re.search(r'href="([^"]+)">Ik heb ze bewaard', page)[1] == "/regels/"


def test_a_wrong_code_sets_up_nothing_and_keeps_the_qr_code(client):
    user = make_user("adviser")
    log_in(client)
    secret = client.get(TOTP_SET_UP).context["form"].secret
    wrong = "111111" if authenticator_code(secret) != "111111" else "222222"

    response = client.post(TOTP_SET_UP, {"code": wrong})

    assert "Deze code klopt niet" in response.content.decode()
    assert response.context["form"].secret == secret
    assert not Authenticator.objects.filter(user=user).exists()


def test_after_setup_logging_in_requires_an_authenticator_code(client):
    user = make_user("adviser")
    log_in(client)
    secret = set_up_authenticator(client)
    client.post(LOG_OUT)

    assert log_in(client).headers["Location"] == TOTP_CODE_FORM
    assert not logged_in_user_id(client)
    client.post(TOTP_CODE_FORM, {"code": "abcdef"})
    assert not logged_in_user_id(client)
    client.post(TOTP_CODE_FORM, {"code": authenticator_code(secret)})
    assert not logged_in_user_id(client), "it was used to set the app up"
    client.post(TOTP_CODE_FORM, {"code": authenticator_code(secret, later=True)})

    assert logged_in_user_id(client) == user.pk
    assert client.get(PUBLIC_PAGE).status_code == 200


def test_a_recovery_code_works_once(client):
    user = make_user("adviser")
    log_in(client)
    set_up_authenticator(client)
    code = re.search(r"<code>(\d{8})</code>", client.get(RECOVERY_CODES).content.decode())[1]
    for expected in (user.pk, 0):
        client.post(LOG_OUT)
        log_in(client)
        client.post(TOTP_CODE_FORM, {"code": code})
        assert logged_in_user_id(client) == expected


def test_after_five_wrong_codes_the_right_one_is_throttled(client):
    make_user("adviser")
    log_in(client)
    secret = set_up_authenticator(client)
    client.post(LOG_OUT)
    log_in(client)
    for _ in range(5):
        client.post(TOTP_CODE_FORM, {"code": "000000"})

    response = client.post(TOTP_CODE_FORM, {"code": authenticator_code(secret, later=True)})

    assert "te vaak geprobeerd" in response.content.decode()
    assert not logged_in_user_id(client)


def test_a_pending_login_with_a_stolen_password_ends_when_the_owner_logs_in(client):
    make_user("adviser")
    thief = client.__class__()
    log_in(thief)
    log_in(client)
    set_up_authenticator(client)

    assert sent_to(thief, PUBLIC_PAGE) == f"{LOG_IN}?next=%2Fover%2F"
    assert not logged_in_user_id(thief)


def test_the_admin_has_no_login_form_of_its_own(client):
    make_user("administrator", is_superuser=True, is_staff=True)
    response = client.post(reverse("admin:login"), {"username": "administrator", "password": PASSWORD})

    assert response.headers["Location"].startswith(LOG_IN)
    assert not logged_in_user_id(client)


def test_users_without_admin_access_get_no_redirect_loop(client):
    make_user("adviser")
    log_in(client)
    set_up_authenticator(client)

    assert client.get("/admin/", follow=True).status_code == 403


def test_association_members_need_no_second_factor(client):
    member = world.user("association_member", world.RESIDENTS)
    client.post(CODE_REQUEST, {"email": member.email})
    client.post(CODE_FORM, {"code": emailed_code()})

    assert client.get(PUBLIC_PAGE).status_code == 200
    assert client.get(TOTP_SET_UP).status_code == 403


def test_a_member_who_becomes_staff_logs_in_again_before_setup(client):
    """A code by mail, as members have, is not enough to set up a second factor."""
    member = world.user("association_member", world.RESIDENTS)
    client.post(CODE_REQUEST, {"email": member.email})
    client.post(CODE_FORM, {"code": emailed_code()})
    User.objects.filter(pk=member.pk).update(role="adviser")

    assert client.get(PUBLIC_PAGE).status_code == 200
    assert sent_to(client, TOTP_SET_UP).startswith(LOG_IN)
    assert not logged_in_user_id(client)


def test_a_demo_requires_no_second_factor_and_shows_that(client, settings):
    settings.SECOND_FACTOR, settings.DEMO = False, True
    make_user("adviser")

    assert "geen tweede stap" in client.get(LOG_IN).content.decode()
    log_in(client)
    assert client.get(LOG_IN_REQUIRED_PAGE).status_code == 200


# ---------- changing it


def test_a_new_authenticator_replaces_the_old_one_immediately(client):
    user = make_user("adviser")
    log_in(client)
    old = set_up_authenticator(client)

    assert client.post(REPLACE).headers["Location"] == TOTP_SET_UP
    assert not Authenticator.objects.filter(user=user).exists()
    new = set_up_authenticator(client)
    client.post(LOG_OUT)
    log_in(client)
    client.post(TOTP_CODE_FORM, {"code": authenticator_code(old, later=True)})
    assert not logged_in_user_id(client)
    client.post(TOTP_CODE_FORM, {"code": authenticator_code(new, later=True)})

    assert logged_in_user_id(client) == user.pk


@pytest.mark.parametrize("address", [REPLACE, RECOVERY_CODES, "/account/tweede-stap/herstelcodes/nieuw/"])
def test_changing_the_authenticator_requires_recent_authentication(client, settings, address):
    user = make_user("adviser")
    log_in(client)
    set_up_authenticator(client)
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = -1

    assert sent_to(client, address).startswith(AGAIN)
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
    client.post(AGAIN, {"password": "anders"})
    assert Authenticator.objects.filter(user=user, type="totp").exists()


def test_an_administrator_resets_a_lost_authenticator_without_seeing_its_secret(client):
    user = make_user("adviser")
    log_in(client)
    set_up_authenticator(client)
    [app] = Authenticator.objects.filter(user=user, type="totp")
    administrator_client = client.__class__()
    make_user("administrator", is_superuser=True, is_staff=True)
    log_in(administrator_client, "administrator")
    set_up_authenticator(administrator_client)

    shown = administrator_client.get(reverse("admin:mfa_authenticator_change", args=[app.pk])).content.decode()
    administrator_client.post(reverse("admin:mfa_authenticator_delete", args=[app.pk]), {"post": "yes"})

    assert app.data["secret"] not in shown
    assert not Authenticator.objects.filter(pk=app.pk).exists()
    assert administrator_client.get(reverse("admin:mfa_authenticator_add")).status_code == 403


# ---------- storage


def test_authenticator_secrets_are_encrypted_in_the_database(client):
    make_user("adviser")
    log_in(client)
    secret = set_up_authenticator(client)

    kept = str(list(Authenticator.objects.values_list("data", flat=True)))

    assert secret not in kept
    for code in re.findall(r"<code>(\d{8})</code>", client.get(RECOVERY_CODES).content.decode()):
        assert code not in kept


def test_with_another_secret_key_no_authenticator_code_is_accepted(client, settings):
    make_user("adviser")
    log_in(client)
    secret = set_up_authenticator(client)
    settings.SECRET_KEY = "another"
    browser = client.__class__()
    log_in(browser)

    assert browser.post(TOTP_CODE_FORM, {"code": authenticator_code(secret, later=True)}).status_code == 200
    assert not logged_in_user_id(browser)
