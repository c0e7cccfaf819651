"""Whoever works here and logs in by password shows a second factor, at every door."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from participation.models import User
from participation.models.people import STAFF_ROLES
from tests import world
from tests.web.accounts.doors import (
    ASK,
    CLOSED,
    CODES,
    GIVE,
    LOG_IN,
    LOG_OUT,
    PUBLIC,
    SECRET,
    SET_UP,
    SHOW,
    code_in_mail,
    code_of_app,
    enter,
    logged_in,
    person,
    set_up,
)

pytestmark = pytest.mark.django_db
AGAIN, REPLACE = "/account/nogmaals/", "/account/tweede-stap/vervangen/"


@pytest.fixture(autouse=True)
def _strict(strict):
    pass


def sent_to(client, address):
    return client.get(address).headers.get("Location", "")


@pytest.mark.parametrize("role", STAFF_ROLES)
@pytest.mark.parametrize("address", [PUBLIC, CLOSED, "/admin/", "/moties/"])
def test_before_any_page_opens_staff_set_up_a_second_factor(client, role, address):
    person(role, is_staff=True)
    enter(client, role)

    assert sent_to(client, address) == f"{SET_UP}?next={address.replace('/', '%2F')}"
    set_up(client)
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("right", ["is_staff", "is_superuser"])
def test_whoever_may_enter_the_administration_counts_as_staff_whatever_their_role(client, right):
    person("association_member", **{right: True})
    enter(client, "association_member")

    assert sent_to(client, PUBLIC).startswith(SET_UP)


def test_an_action_is_not_carried_out_either(client):
    user = person("adviser")
    enter(client)

    answer = client.post(reverse("mfa_generate_recovery_codes"))

    assert answer.headers["Location"].startswith(SET_UP)
    assert not Authenticator.objects.filter(user=user).exists()


def test_from_setting_up_one_gets_the_recovery_codes_and_goes_on_where_one_was_going(client):
    person("adviser")
    enter(client)
    to_set_up = sent_to(client, "/regels/")
    secret = client.get(to_set_up).context["form"].secret

    answer = client.post(to_set_up, {"code": code_of_app(secret)})
    page = client.get(answer.headers["Location"]).content.decode()

    assert answer.headers["Location"] == f"{CODES}?next=%2Fregels%2F"
    assert len(re.findall(r"<li><code>\d{8}</code></li>", page)) == 10
    assert re.search(r'href="([^"]+)">Ik heb ze bewaard', page)[1] == "/regels/"


def test_a_wrong_code_sets_up_nothing_and_the_picture_stays_the_same(client):
    user = person("adviser")
    enter(client)
    secret = client.get(SET_UP).context["form"].secret
    wrong = "111111" if code_of_app(secret) != "111111" else "222222"

    answer = client.post(SET_UP, {"code": wrong})

    assert "Deze code klopt niet" in answer.content.decode()
    assert answer.context["form"].secret == secret
    assert not Authenticator.objects.filter(user=user).exists()


def test_from_then_on_logging_in_asks_for_the_code_of_the_app(client):
    user = person("adviser")
    enter(client)
    secret = set_up(client)
    client.post(LOG_OUT)

    assert enter(client).headers["Location"] == SHOW
    assert not logged_in(client)
    client.post(SHOW, {"code": "abcdef"})
    assert not logged_in(client)
    client.post(SHOW, {"code": code_of_app(secret)})
    assert not logged_in(client), "it was used to set the app up"
    client.post(SHOW, {"code": code_of_app(secret, later=True)})

    assert logged_in(client) == user.pk
    assert client.get(PUBLIC).status_code == 200


def test_a_recovery_code_opens_the_door_once(client):
    user = person("adviser")
    enter(client)
    set_up(client)
    code = re.search(r"<code>(\d{8})</code>", client.get(CODES).content.decode())[1]
    for expected in (user.pk, 0):
        client.post(LOG_OUT)
        enter(client)
        client.post(SHOW, {"code": code})
        assert logged_in(client) == expected


def test_after_five_wrong_codes_the_right_one_has_to_wait(client):
    person("adviser")
    enter(client)
    secret = set_up(client)
    client.post(LOG_OUT)
    enter(client)
    for _ in range(5):
        client.post(SHOW, {"code": "000000"})

    answer = client.post(SHOW, {"code": code_of_app(secret, later=True)})

    assert "te vaak geprobeerd" in answer.content.decode()
    assert not logged_in(client)


def test_a_thief_of_the_password_who_waited_does_not_come_in_behind_the_owner(client):
    person("adviser")
    thief = client.__class__()
    enter(thief)
    enter(client)
    set_up(client)

    assert sent_to(thief, PUBLIC) == f"{LOG_IN}?next=%2Fover%2F"
    assert not logged_in(thief)


def test_the_administration_has_no_door_of_its_own(client):
    person("administrator", is_superuser=True, is_staff=True)
    answer = client.post(reverse("admin:login"), {"username": "administrator", "password": SECRET})

    assert answer.headers["Location"].startswith(LOG_IN)
    assert not logged_in(client)


def test_who_may_not_enter_the_administration_is_not_sent_round_in_circles(client):
    person("adviser")
    enter(client)
    set_up(client)

    assert client.get("/admin/", follow=True).status_code == 403


def test_a_member_of_an_association_is_asked_for_none(client):
    member = world.user("association_member", world.RESIDENTS)
    client.post(ASK, {"email": member.email})
    client.post(GIVE, {"code": code_in_mail()})

    assert client.get(PUBLIC).status_code == 200
    assert client.get(SET_UP).status_code == 403


def test_a_member_who_comes_to_work_here_logs_in_anew_before_setting_one_up(client):
    """What was shown of oneself as a member, a mailbox, is not enough to set up what staff come in with."""
    member = world.user("association_member", world.RESIDENTS)
    client.post(ASK, {"email": member.email})
    client.post(GIVE, {"code": code_in_mail()})
    User.objects.filter(pk=member.pk).update(role="adviser")

    assert client.get(PUBLIC).status_code == 200
    assert sent_to(client, SET_UP).startswith(LOG_IN)
    assert not logged_in(client)


def test_in_a_demonstration_none_is_asked_and_the_page_says_so(client, settings):
    settings.SECOND_FACTOR, settings.DEMO = False, True
    person("adviser")

    assert "geen tweede stap" in client.get(LOG_IN).content.decode()
    enter(client)
    assert client.get(CLOSED).status_code == 200


# ---------- changing it


def test_another_app_takes_the_place_of_the_first_at_once(client):
    user = person("adviser")
    enter(client)
    old = set_up(client)

    assert client.post(REPLACE).headers["Location"] == SET_UP
    assert not Authenticator.objects.filter(user=user).exists()
    new = set_up(client)
    client.post(LOG_OUT)
    enter(client)
    client.post(SHOW, {"code": code_of_app(old, later=True)})
    assert not logged_in(client)
    client.post(SHOW, {"code": code_of_app(new, later=True)})

    assert logged_in(client) == user.pk


@pytest.mark.parametrize("address", [REPLACE, CODES, "/account/tweede-stap/herstelcodes/nieuw/"])
def test_after_a_while_the_password_is_asked_again_before_it_is_changed(client, settings, address):
    user = person("adviser")
    enter(client)
    set_up(client)
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = -1

    assert sent_to(client, address).startswith(AGAIN)
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
    client.post(AGAIN, {"password": "anders"})
    assert Authenticator.objects.filter(user=user, type="totp").exists()


def test_an_administrator_helps_who_lost_the_telephone_without_seeing_the_secret(client):
    user = person("adviser")
    enter(client)
    set_up(client)
    [app] = Authenticator.objects.filter(user=user, type="totp")
    boss = client.__class__()
    person("administrator", is_superuser=True, is_staff=True)
    enter(boss, "administrator")
    set_up(boss)

    shown = boss.get(reverse("admin:mfa_authenticator_change", args=[app.pk])).content.decode()
    boss.post(reverse("admin:mfa_authenticator_delete", args=[app.pk]), {"post": "yes"})

    assert app.data["secret"] not in shown
    assert not Authenticator.objects.filter(pk=app.pk).exists()
    assert boss.get(reverse("admin:mfa_authenticator_add")).status_code == 403


# ---------- how it is kept


def test_who_reads_the_database_does_not_have_the_secrets(client):
    person("adviser")
    enter(client)
    secret = set_up(client)

    kept = str(list(Authenticator.objects.values_list("data", flat=True)))

    assert secret not in kept
    for code in re.findall(r"<code>(\d{8})</code>", client.get(CODES).content.decode()):
        assert code not in kept


def test_with_another_secret_key_no_code_fits_any_more(client, settings):
    person("adviser")
    enter(client)
    secret = set_up(client)
    settings.SECRET_KEY = "another"
    browser = client.__class__()
    enter(browser)

    assert browser.post(SHOW, {"code": code_of_app(secret, later=True)}).status_code == 200
    assert not logged_in(browser)
