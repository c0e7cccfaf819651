"""Who asks: a program with a key, somebody with a token of the municipality's log-in, or who is logged in here."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.authentication import SessionAuthentication as _SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from participation.models import ApiKey

from . import openid

#: No key and no token is longer; no more than this is looked at.
LONGEST = 8_192


def _bearer(request: Request) -> str:
    """Return what was shown as a bearer, "" where nothing was. Raises AuthenticationFailed on what is not one."""
    given = get_authorization_header(request).split()
    if not given or given[0].lower() != b"bearer":
        return ""
    if len(given) != 2 or not given[1].isascii() or len(given[1]) > LONGEST:
        raise AuthenticationFailed(_("Write one key, without spaces, after the word Bearer."))
    return given[1].decode()


class KeyAuthentication(TokenAuthentication):
    """A key that somebody made on their own page: of it only a checksum is kept."""

    def authenticate(self, request: Request) -> Any:
        """Return the person and the key. Raises AuthenticationFailed on one that does not fit."""
        shown = _bearer(request)
        if not shown or openid.looks_like_token(shown):
            return None
        return self.authenticate_credentials(shown.encode())

    def authenticate_credentials(self, token: bytes) -> Any:
        """Return the person and the key. Raises AuthenticationFailed on one that does not fit.

        Which it is is not told: unknown, run out, or of somebody who no longer comes in. It is looked up by its
        checksum, so that how long that takes tells nothing of the keys that there are; and reading removes nothing.
        """
        key = ApiKey.objects.select_related("user").filter(pk=hash_token(token.decode())).first()
        if key is None or not key.user.is_active or (key.expiry is not None and key.expiry <= timezone.now()):
            raise AuthenticationFailed(_("This key does not fit, or no longer. Make a new one."))
        return key.user, key


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
