"""Trying to log in: counted by the account that was found, so that no spelling and no stranger changes it."""

from __future__ import annotations

import pytest
from django.core import mail

from participation.models import User
from tests import world
from tests.web.accounts.doors import (
    ASK,
    FORGOTTEN,
    GIVE,
    LOG_IN,
    LOG_OUT,
    SECRET,
    SHOW,
    code_in_mail,
    code_of_app,
    enter,
    logged_in,
    person,
    set_up,
)

pytestmark = pytest.mark.django_db
TOO_OFTEN = "te vaak geprobeerd"


def attempt(client, who, password="anders", origin="192.0.2.1"):
    return client.post(LOG_IN, {"username": who, "password": password}, REMOTE_ADDR=origin)


def test_address_and_user_name_of_one_account_count_together(client):
    person("adviser")
    for who in ("adviser@example.org", "ADVISER@example.org", "adviser", " adviser ", "adviser@EXAMPLE.org"):
        assert TOO_OFTEN not in attempt(client, who).content.decode()
    for who in ("adviser", "adviser@example.org"):
        assert TOO_OFTEN in attempt(client, who, SECRET).content.decode()


def test_a_name_without_account_is_counted_just_so_in_any_spelling(client):
    for who in ("niemand", "NIEMAND", " niemand", "niemand ", "ｎiemand"):
        assert TOO_OFTEN not in attempt(client, who).content.decode()
    assert TOO_OFTEN in attempt(client, "niemand").content.decode()
    assert TOO_OFTEN not in attempt(client, "iemand").content.decode()


def test_strangers_do_not_lock_out_the_person(client):
    person("adviser")
    for _ in range(7):
        attempt(client, "adviser", origin="198.51.100.7")
    attempt(client, "adviser", SECRET)
    assert logged_in(client)


def test_of_many_strangers_together_who_has_a_second_factor_passes_the_limit(client, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_failed_account": "3/h/key"}
    user = person("adviser")
    enter(client)
    secret = set_up(client)
    client.post(LOG_OUT)
    for number in range(4):
        answer = attempt(client, "adviser", origin=f"198.51.100.{number}")
    # A wrong password looks the same for an account with a second factor, without one, and for no account.
    assert TOO_OFTEN in answer.content.decode()
    attempt(client, "adviser", SECRET)
    client.post(SHOW, {"code": code_of_app(secret, later=True)})
    assert logged_in(client) == user.pk


def test_of_many_strangers_together_a_password_alone_does_not_pass_the_limit(client, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_failed_account": "3/h/key"}
    person("adviser")
    for number in range(4):
        attempt(client, "adviser", origin=f"198.51.100.{number}")
    assert TOO_OFTEN in attempt(client, "adviser", SECRET).content.decode()
    assert not logged_in(client)


def test_right_passwords_use_up_nothing(client):
    person("adviser")
    for _ in range(7):
        attempt(client, "adviser", SECRET)
        assert logged_in(client)
        client.post(LOG_OUT)


def test_wrong_codes_of_an_app_are_counted_apart_for_where_they_come_from(client):
    person("adviser")
    enter(client)
    secret = set_up(client)
    client.post(LOG_OUT)
    thief = client.__class__()
    enter(thief)
    for _ in range(6):
        answer = thief.post(SHOW, {"code": "000000"}, REMOTE_ADDR="198.51.100.7")
    assert TOO_OFTEN in answer.content.decode()
    enter(client)
    client.post(SHOW, {"code": code_of_app(secret, later=True)})
    assert logged_in(client)


@pytest.mark.parametrize("address", [ASK, FORGOTTEN])
def test_mails_are_counted_by_account_in_any_spelling_and_apart_for_strangers(client, settings, address):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_mail": "2/h/key", "login_mail_account": "4/h/key"}
    settings.DEMO = True  # a password, and so a link, for a member too
    world.user("association_member", world.RESIDENTS)

    def asked(origin, typed):
        answer = client.__class__().post(address, {"email": typed}, REMOTE_ADDR=origin)
        return TOO_OFTEN not in answer.content.decode()

    spelled = ["association_member@example.org", "Association_Member@example.org", "ASSOCIATION_MEMBER@example.org"]
    assert [asked("198.51.100.7", typed) for typed in spelled] == [True, True, False]
    assert asked("192.0.2.1", spelled[0])
    assert asked("192.0.2.2", spelled[0])
    assert not asked("192.0.2.3", spelled[0])
    assert len(mail.outbox) == 4


def test_so_many_mails_a_day_leave_the_installation_and_the_page_says_the_same(client, settings, caplog):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_mail_all": "1/d/key"}
    for number in (1, 2):
        User.objects.create_user(f"m{number}", f"m{number}@example.org", role="association_member")
        answer = client.__class__().post(ASK, {"email": f"m{number}@example.org"})
        assert answer.headers["Location"] == GIVE
    assert len(mail.outbox) == 1
    assert "login_mail_all" in caplog.text


def test_a_code_may_be_tried_three_times_by_however_many_copies_of_the_session(client):
    """Each request has a copy of the session, with a count of its own: what is counted must be the code."""
    user = world.user("association_member", world.RESIDENTS)
    client.post(ASK, {"email": user.email})
    session = client.session
    before = dict(session.items())
    for _ in range(3):
        client.post(GIVE, {"code": "0000-0000"})
        for name in list(session.keys()):
            del session[name]
        session.update(before)
        session.save()
    client.post(GIVE, {"code": code_in_mail()})
    assert not logged_in(client)
