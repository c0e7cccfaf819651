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
from participation.services.accounts import rate_limits
from participation.services.accounts.lookup import account_by_login

from ..shared.throttle import RateExceeded, client_network_of, count_request
from .second_factor import has_second_factor

log = logging.getLogger("leidraad.limits")


class Attempt:
    """A login attempt: the authenticated user, or whether a code was accepted."""

    user: Any = None
    succeeded = False


def limit_key(user: User | None, typed: str) -> str:
    """Return the key of the limits: the account, or else the normalised name that was typed."""
    return f"account {user.pk}" if user else f"name {email_key(typed)}"


@contextmanager
def login(request: HttpRequest, typed: str) -> Iterator[Attempt]:
    """Count a password attempt, and revert the count if the password is right.

    Raises ValidationError if a limit is exceeded. Neither that nor the response time reveals whether the account
    exists.
    """
    account_key, attempt, within_account_limit = limit_key(account_by_login(typed), typed), Attempt(), True
    try:
        hits = count_request(request, "login_failed_from")
        hits += count_request(request, "login_failed", account_key, client_network_of(request))
    except RateExceeded:
        raise _rate_limit_error() from None
    try:
        hits += count_request(request, "login_failed_account", account_key)
    except RateExceeded:
        within_account_limit = False
    yield attempt
    # Above the limit per account a password alone gives no access; with a second factor, that is asked next.
    if attempt.user is not None and (within_account_limit or has_second_factor(attempt.user)):
        rate_limits.uncount(hits)
    elif not within_account_limit:
        raise _rate_limit_error()


@contextmanager
def second_factor(request: HttpRequest, user: Any) -> Iterator[Attempt]:
    """Count an attempt with an authenticator code, and revert the count if it is right.

    Raises ValidationError if a limit is exceeded. The password is already known here, so the limit per account is
    strict: locking the account for a while is better than guessing from many networks.
    """
    attempt, account_key = Attempt(), limit_key(user, "")
    try:
        hits = count_request(request, "second_factor", account_key, client_network_of(request))
        hits += count_request(request, "second_factor_account", account_key)
    except RateExceeded:
        raise _rate_limit_error() from None
    yield attempt
    if attempt.succeeded:
        rate_limits.uncount(hits)


def count_code_attempt(request: HttpRequest) -> None:
    """Count an attempt with a mailed code, atomically, so that concurrent attempts do not exceed the limit.

    The key is this very code, as it is stored in the session, of which each request has its own copy. Raises
    ValidationError if the limit is exceeded.
    """
    state = request._login_stage.state  # type: ignore[attr-defined]
    until = datetime.fromtimestamp(state["at"], UTC) + timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)
    names = ("login_code", str(state.get("user_id")), str(state["at"]), state.get("code", ""))
    if rate_limits.hit(names, until, timezone.now()).number > settings.ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS:
        raise _rate_limit_error()


def count_mail_request(request: HttpRequest, user: User | None, typed: str) -> None:
    """Count a request for a mail with a code or link. Raises ValidationError if a limit is exceeded."""
    account_key = limit_key(user, typed)
    try:
        count_request(request, "login_mail_from")
        count_request(request, "login_mail", account_key, client_network_of(request))
        count_request(request, "login_mail_account", account_key)
    except RateExceeded:
        raise _rate_limit_error() from None


def count_login_mail(request: HttpRequest) -> bool:
    """Count a login mail, and return whether it may be sent: the installation has a limit per day."""
    try:
        count_request(request, "login_mail_all")
    except RateExceeded as error:
        log.error(
            "Limit of log-in e-mails reached (RATE_LIMITS login_mail_all); none are sent for %s seconds", error.wait
        )
        return False
    return True


def _rate_limit_error() -> Exception:
    error: Exception = get_adapter().validation_error("too_many_login_attempts")
    return error
