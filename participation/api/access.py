"""Who asks: a program with a key, somebody with a token of the municipality's log-in, or who is logged in here."""

from typing import Any

from django.utils.translation import gettext as _
from knox.auth import TokenAuthentication
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.authentication import SessionAuthentication as _SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from . import openid


def _bearer(request: Request) -> str:
    """Return what was shown as a bearer, "" where nothing was. Raises AuthenticationFailed on what is not one."""
    given = get_authorization_header(request).split()
    if not given or given[0].lower() != b"bearer":
        return ""
    try:
        (shown,) = given[1:]
        return shown.decode("ascii")
    except ValueError:
        raise AuthenticationFailed(_("Write one key, without spaces, after the word Bearer.")) from None


class KeyAuthentication(TokenAuthentication):
    """A key that somebody made on their own page: of it only a checksum is kept."""

    def authenticate(self, request: Request) -> Any:
        """Return the person and the key. Raises AuthenticationFailed on one that does not fit."""
        shown = _bearer(request)
        if not shown or openid.looks_like_token(shown):
            return None
        return self.authenticate_credentials(shown.encode())

    def authenticate_credentials(self, token: bytes) -> Any:
        """Return the person and the key. Raises AuthenticationFailed on one that does not fit."""
        try:
            return super().authenticate_credentials(token)
        except AuthenticationFailed:
            # Not told apart: unknown, run out, or of somebody who no longer comes in.
            raise AuthenticationFailed(_("This key does not fit, or no longer. Make a new one.")) from None


class OpenIdAuthentication(BaseAuthentication):
    """A token that the municipality's OpenID Connect server gave for this API."""

    def authenticate(self, request: Request) -> Any:
        """Return the person and what the token says. Raises AuthenticationFailed on one that is not sound."""
        shown = _bearer(request)
        if not openid.looks_like_token(shown):
            return None
        return openid.person_of(shown)

    def authenticate_header(self, request: Request) -> str:
        """Return how to log in."""
        return "Bearer"


class SessionAuthentication(_SessionAuthentication):
    """Whoever is logged in on the pages, to try things out; writing asks for the CSRF token."""
