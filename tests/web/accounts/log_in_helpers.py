"""Helpers to log in: URLs of the pages, a user with a password, and codes from a mail and from an authenticator app."""

from __future__ import annotations

import re

from django.core import mail

from tests import world

LOG_IN, LOG_OUT = "/inloggen/", "/uitloggen/"
CODE_REQUEST, CODE_FORM = "/account/code/", "/account/code/invullen/"
PASSWORD_RESET = "/account/wachtwoord/"
TOTP_SET_UP, RECOVERY_CODES = "/account/tweede-stap/instellen/", "/account/tweede-stap/herstelcodes/"
TOTP_CODE_FORM = "/account/tweede-stap/code/"
#: A page that requires log-in, and a public one.
LOG_IN_REQUIRED_PAGE, PUBLIC_PAGE = "/account/tweede-stap/", "/over/"
PASSWORD = "een-lang-wachtwoord"


def make_user(role, *speaks_for, **columns):
    user = world.user(role, *speaks_for, **columns)
    user.set_password(PASSWORD)
    user.save()
    return user


def log_in(client, email="adviser@example.org", password=PASSWORD, query=""):
    return client.post(LOG_IN + query, {"username": email, "password": password})


def logged_in_user_id(client):
    """Return the id of the logged-in user, or 0."""
    return int(client.session.get("_auth_user_id", 0))


def emailed_code():
    [found] = re.findall(r"^(\d{4}-\d{4})$", mail.outbox[-1].body, re.MULTILINE)
    return found


def authenticator_code(secret, later=False):
    """Return the current code of an authenticator app, or with ``later`` the next one, because a code is valid once."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    _before, now, after = yield_hotp_counters_from_time()
    return format_hotp_value(hotp_value(secret, after if later else now))


def set_up_authenticator(client):
    """Set up an authenticator app for the logged-in user, and return its secret."""
    secret = client.get(TOTP_SET_UP).context["form"].secret
    response = client.post(TOTP_SET_UP, {"code": authenticator_code(secret)})
    assert response.status_code == 302, response.context["form"].errors
    return secret
