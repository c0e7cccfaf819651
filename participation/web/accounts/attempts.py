"""How often somebody may try to log in: counted per account that was found, and apart for where they try from.

Strangers must not be able to keep a person out. So what comes from one address is counted apart, and what all
addresses together may do to one account is looser: a person who has a second factor passes even that.
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
from .people import account_named
from .second_factor import has_second_factor

log = logging.getLogger("leidraad.limits")


class Attempt:
    """One try: who it proved to be, or that it succeeded."""

    user: Any = None
    succeeded = False


def identity(user: User | None, typed: str) -> str:
    """Return what is counted by: the account that was found, or else what was typed, in one spelling."""
    return f"account {user.pk}" if user else f"name {email_key(typed)}"


@contextmanager
def login(request: HttpRequest, typed: str) -> Iterator[Attempt]:
    """Count a try with a password, and take the count back where it proves to be right.

    Raises ValidationError where it was tried too often. Whether there is an account of this name can be seen
    neither from that nor from how long it takes.
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
    # Beyond what all strangers together may try, a password alone opens nothing: a second factor is asked next.
    if attempt.user is not None and (wide or has_second_factor(attempt.user)):
        take_back(hits)
    elif not wide:
        raise _too_often()


@contextmanager
def second_factor(request: HttpRequest, user: Any) -> Iterator[Attempt]:
    """Count a try with the code of an app, and take the count back where it succeeds.

    Raises ValidationError where it was tried too often. Who gets here knows the password already: that account is
    better closed for a while than guessed at from many addresses.
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
    """Count a try with a code from a mail, which may be tried so many times however many try at once.

    What is counted is this very code: it stands in the session, of which each request has a copy of its own.
    Raises ValidationError where it was tried too often.
    """
    state = request._login_stage.state  # type: ignore[attr-defined]
    until = datetime.fromtimestamp(state["at"], UTC) + timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)
    names = ("login_code", str(state.get("user_id")), str(state["at"]), state.get("code", ""))
    if rate_limits.hit(names, until, timezone.now()).number > settings.ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS:
        raise _too_often()


def ask_mail(request: HttpRequest, user: User | None, typed: str) -> None:
    """Count that somebody asks for a mail with a code or a link. Raises ValidationError where that was too often."""
    who = identity(user, typed)
    try:
        count(request, "login_mail_from")
        count(request, "login_mail", who, origin_of(request))
        count(request, "login_mail_account", who)
    except RateExceeded:
        raise _too_often() from None


def may_mail(request: HttpRequest) -> bool:
    """Count a mail about logging in, and tell whether it may be sent: so many a day leave the installation."""
    try:
        count(request, "login_mail_all")
    except RateExceeded as error:
        log.error("No more mails with log-in codes are sent for %s seconds: RATE_LIMITS login_mail_all", error.wait)
        return False
    return True


def _too_often() -> Exception:
    error: Exception = get_adapter().validation_error("too_many_login_attempts")
    return error
