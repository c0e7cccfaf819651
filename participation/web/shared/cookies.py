"""The cookies that the pages may set: all are strictly necessary, so none needs consent.

Telecommunicatiewet, article 11.7a(3): consent is not needed for what is strictly necessary for a service that the
user asked for. A test checks that no page sets another, and none to somebody who only reads.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.utils.translation import gettext_lazy as _


class Cookie(NamedTuple):
    """A cookie: its name, when it is set and why, and how long the browser keeps it; no ages: until it is closed."""

    name: str
    purpose: Any
    #: With the label of each where they differ.
    ages: Sequence[tuple[Any, timedelta]] = ()


def allowed_cookies() -> tuple[Cookie, ...]:
    """Return the cookies that the pages may set, with the periods of the settings."""
    return (
        Cookie(
            settings.LANGUAGE_COOKIE_NAME,
            _("You choose a language: your browser remembers which."),
            [("", timedelta(seconds=settings.LANGUAGE_COOKIE_AGE))],
        ),
        Cookie(
            settings.CSRF_COOKIE_NAME,
            _("You open a form, or log in: so that nobody else can send that form in your name."),
            [("", timedelta(seconds=settings.CSRF_COOKIE_AGE))],
        ),
        Cookie(
            settings.SESSION_COOKIE_NAME,
            _("You log in: so that you do not have to log in again on each page."),
            [
                (_("who works for the municipality"), timedelta(seconds=settings.SESSION_COOKIE_AGE)),
                (_("members of associations"), timedelta(seconds=settings.MEMBER_SESSION_AGE)),
            ],
        ),
        Cookie(
            CookieStorage.cookie_name,
            _("You send a form: the next page says what was done with it, and the cookie is gone."),
        ),
    )
