"""Rate limits of login attempts: per account and origin, and wider per account.

Strangers must not be able to lock a user out. Attempts from one network are therefore counted apart, and the limit per
account over all networks is looser; a user with a second factor passes even that.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from participation.models import User
from participation.models.addresses import email_key
from participation.services import rate_limits

from ..shared.throttle import RateExceeded, count, origin_of, take_back
from .lookup import account_named
from .second_factor import has_second_factor

log = logging.getLogger("leidraad.limits")


class Attempt:
    """A login attempt: the authenticated user, or whether a code was accepted."""

    user: Any = None
    succeeded = False


def identity(user: User | None, typed: str) -> str:
    """Return the key of the limits: the account, or else the normalised name that was typed."""
    return f"account {user.pk}" if user else f"name {email_key(typed)}"


@contextmanager
def login(request: HttpRequest, typed: str) -> Iterator[Attempt]:
    """Count a password attempt, and revert the count if the password is right.

    Raises ValidationError if a limit is exceeded. Neither that nor the response time reveals whether the account
    exists.
    """
    who, attempt, wide = identity(account_named(typed), typed), Attempt(), True
    try:
        hits = count(request, "login_failed_from")
        hits += count(request, "login_failed", who, origin_of(request))
    except RateExceeded:
        raise _too_often() from None
    try:
        hits += count(request, "login_failed_account", who)
    except RateExceeded:
        wide = False
    yield attempt
    # Above the limit per account a password alone gives no access; with a second factor, that is asked next.
    if attempt.user is not None and (wide or has_second_factor(attempt.user)):
        take_back(hits)
    elif not wide:
        raise _too_often()


@contextmanager
def second_factor(request: HttpRequest, user: Any) -> Iterator[Attempt]:
    """Count an attempt with an authenticator code, and revert the count if it is right.

    Raises ValidationError if a limit is exceeded. The password is already known here, so the limit per account is
    strict: locking the account for a while is better than guessing from many networks.
    """
    attempt, who = Attempt(), identity(user, "")
    try:
        hits = count(request, "second_factor", who, origin_of(request))
        hits += count(request, "second_factor_account", who)
    except RateExceeded:
        raise _too_often() from None
    yield attempt
    if attempt.succeeded:
        take_back(hits)


def try_code(request: HttpRequest) -> None:
    """Count an attempt with a mailed code, atomically, so that concurrent attempts do not exceed the limit.

    The key is this very code, as it is stored in the session, of which each request has its own copy. Raises
    ValidationError if the limit is exceeded.
    """
    state = request._login_stage.state  # type: ignore[attr-defined]
    until = datetime.fromtimestamp(state["at"], UTC) + timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)
    names = ("login_code", str(state.get("user_id")), str(state["at"]), state.get("code", ""))
    if rate_limits.hit(names, until, timezone.now()).number > settings.ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS:
        raise _too_often()


def ask_mail(request: HttpRequest, user: User | None, typed: str) -> None:
    """Count a request for a mail with a code or link. Raises ValidationError if a limit is exceeded."""
    who = identity(user, typed)
    try:
        count(request, "login_mail_from")
        count(request, "login_mail", who, origin_of(request))
        count(request, "login_mail_account", who)
    except RateExceeded:
        raise _too_often() from None


def may_mail(request: HttpRequest) -> bool:
    """Count a login mail, and return whether it may be sent: the installation has a limit per day."""
    try:
        count(request, "login_mail_all")
    except RateExceeded as error:
        log.error("No more mails with log-in codes are sent for %s seconds: RATE_LIMITS login_mail_all", error.wait)
        return False
    return True


def _too_often() -> Exception:
    error: Exception = get_adapter().validation_error("too_many_login_attempts")
    return error
