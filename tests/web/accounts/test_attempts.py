"""Log-in attempts are counted by account, so that no spelling and no other person affects the count."""

from __future__ import annotations

import pytest
from django.core import mail

from participation.models import User
from tests import world
from tests.web.accounts.log_in_helpers import (
    CODE_FORM,
    CODE_REQUEST,
    LOG_IN,
    LOG_OUT,
    PASSWORD,
    PASSWORD_RESET,
    TOTP_CODE_FORM,
    authenticator_code,
    emailed_code,
    log_in,
    logged_in_user_id,
    make_user,
    set_up_authenticator,
)

pytestmark = pytest.mark.django_db
TOO_OFTEN = "te vaak geprobeerd"


def attempt(client, who, password="anders", origin="192.0.2.1"):
    return client.post(LOG_IN, {"username": who, "password": password}, REMOTE_ADDR=origin)


def test_email_address_and_user_name_of_one_account_count_together(client):
    make_user("adviser")
    for who in ("adviser@example.org", "ADVISER@example.org", "adviser", " adviser ", "adviser@EXAMPLE.org"):
        assert TOO_OFTEN not in attempt(client, who).content.decode()
    for who in ("adviser", "adviser@example.org"):
        assert TOO_OFTEN in attempt(client, who, PASSWORD).content.decode()


def test_an_unknown_name_is_counted_case_insensitively(client):
    for who in ("niemand", "NIEMAND", " niemand", "niemand ", "ｎiemand"):
        assert TOO_OFTEN not in attempt(client, who).content.decode()
    assert TOO_OFTEN in attempt(client, "niemand").content.decode()
    assert TOO_OFTEN not in attempt(client, "iemand").content.decode()


def test_attempts_of_others_do_not_lock_out_the_user(client):
    make_user("adviser")
    for _ in range(7):
        attempt(client, "adviser", origin="198.51.100.7")
    attempt(client, "adviser", PASSWORD)
    assert logged_in_user_id(client)


def test_during_many_foreign_attempts_a_second_factor_user_can_log_in(client, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_failed_account": "3/h/key"}
    user = make_user("adviser")
    log_in(client)
    secret = set_up_authenticator(client)
    client.post(LOG_OUT)
    for number in range(4):
        response = attempt(client, "adviser", origin=f"198.51.100.{number}")
    # A wrong password gives the same page with a second factor, without one, and without an account.
    assert TOO_OFTEN in response.content.decode()
    attempt(client, "adviser", PASSWORD)
    client.post(TOTP_CODE_FORM, {"code": authenticator_code(secret, later=True)})
    assert logged_in_user_id(client) == user.pk


def test_during_many_foreign_attempts_a_password_alone_is_not_enough(client, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_failed_account": "3/h/key"}
    make_user("adviser")
    for number in range(4):
        attempt(client, "adviser", origin=f"198.51.100.{number}")
    assert TOO_OFTEN in attempt(client, "adviser", PASSWORD).content.decode()
    assert not logged_in_user_id(client)


def test_correct_passwords_do_not_count(client):
    make_user("adviser")
    for _ in range(7):
        attempt(client, "adviser", PASSWORD)
        assert logged_in_user_id(client)
        client.post(LOG_OUT)


def test_wrong_authenticator_codes_are_counted_per_origin(client):
    make_user("adviser")
    log_in(client)
    secret = set_up_authenticator(client)
    client.post(LOG_OUT)
    thief = client.__class__()
    log_in(thief)
    for _ in range(6):
        response = thief.post(TOTP_CODE_FORM, {"code": "000000"}, REMOTE_ADDR="198.51.100.7")
    assert TOO_OFTEN in response.content.decode()
    log_in(client)
    client.post(TOTP_CODE_FORM, {"code": authenticator_code(secret, later=True)})
    assert logged_in_user_id(client)


@pytest.mark.parametrize("address", [CODE_REQUEST, PASSWORD_RESET])
def test_emails_are_counted_per_account_and_separately_for_unknown_addresses(client, settings, address):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_mail": "2/h/key", "login_mail_account": "4/h/key"}
    settings.DEMO = True  # a password, and so a link, for a member too
    world.user("association_member", world.RESIDENTS)

    def may_request(origin, typed):
        response = client.__class__().post(address, {"email": typed}, REMOTE_ADDR=origin)
        return TOO_OFTEN not in response.content.decode()

    spelled = ["association_member@example.org", "Association_Member@example.org", "ASSOCIATION_MEMBER@example.org"]
    assert [may_request("198.51.100.7", typed) for typed in spelled] == [True, True, False]
    assert may_request("192.0.2.1", spelled[0])
    assert may_request("192.0.2.2", spelled[0])
    assert not may_request("192.0.2.3", spelled[0])
    assert len(mail.outbox) == 4


def test_the_daily_number_of_login_emails_is_limited_without_visible_difference(client, settings, caplog):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login_mail_all": "1/d/key"}
    for number in (1, 2):
        User.objects.create_user(f"m{number}", f"m{number}@example.org", role="association_member")
        response = client.__class__().post(CODE_REQUEST, {"email": f"m{number}@example.org"})
        assert response.headers["Location"] == CODE_FORM
    assert len(mail.outbox) == 1
    assert "login_mail_all" in caplog.text


def test_a_code_can_be_tried_three_times_over_all_copies_of_a_session(client):
    """Each request has a copy of the session with its own count, so attempts are counted by code."""
    user = world.user("association_member", world.RESIDENTS)
    client.post(CODE_REQUEST, {"email": user.email})
    session = client.session
    before = dict(session.items())
    for _ in range(3):
        client.post(CODE_FORM, {"code": "0000-0000"})
        for name in list(session.keys()):
            del session[name]
        session.update(before)
        session.save()
    client.post(CODE_FORM, {"code": emailed_code()})
    assert not logged_in_user_id(client)
