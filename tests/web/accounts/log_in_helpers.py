"""How these tests knock: pages by their address, a person with a password, the code in a mail, the code of an app."""

from __future__ import annotations

import re

from django.core import mail

from tests import world

LOG_IN, LOG_OUT = "/inloggen/", "/uitloggen/"
CODE_REQUEST, CODE_FORM = "/account/code/", "/account/code/invullen/"
PASSWORD_RESET = "/account/wachtwoord/"
TOTP_SET_UP, RECOVERY_CODES = "/account/tweede-stap/instellen/", "/account/tweede-stap/herstelcodes/"
TOTP_CODE_FORM = "/account/tweede-stap/code/"
#: A page for staff, and one for everyone.
STAFF_PAGE, PUBLIC_PAGE = "/account/tweede-stap/", "/over/"
PASSWORD = "een-lang-wachtwoord"


def make_user(role, *speaks_for, **columns):
    user = world.user(role, *speaks_for, **columns)
    user.set_password(PASSWORD)
    user.save()
    return user


def log_in(client, who="adviser@example.org", password=PASSWORD, to=""):
    return client.post(LOG_IN + to, {"username": who, "password": password})


def logged_in_user_id(client):
    """The number of whoever is logged in."""
    return int(client.session.get("_auth_user_id", 0))


def emailed_code():
    [found] = re.findall(r"^(\d{4}-\d{4})$", mail.outbox[-1].body, re.MULTILINE)
    return found


def authenticator_code(secret, later=False):
    """What an authenticator app shows now, or half a minute later: a code counts once."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    _before, now, after = yield_hotp_counters_from_time()
    return format_hotp_value(hotp_value(secret, after if later else now))


def set_up_authenticator(client):
    """Set up an app for whoever is logged in; returns what the app remembers."""
    secret = client.get(TOTP_SET_UP).context["form"].secret
    response = client.post(TOTP_SET_UP, {"code": authenticator_code(secret)})
    assert response.status_code == 302, response.context["form"].errors
    return secret
