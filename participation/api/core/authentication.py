"""Authentication classes of the API: API key, OpenID Connect access token, or Django session."""

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

from . import oidc

#: Maximum length of a bearer credential in characters; longer ones are rejected unread.
MAX_CREDENTIAL_LENGTH = 8_192


def _bearer(request: Request) -> str:
    """Return the bearer credential of the request, "" if it has none. Raises AuthenticationFailed if malformed."""
    parts = get_authorization_header(request).split()
    if not parts or parts[0].lower() != b"bearer":
        return ""
    if len(parts) != 2 or not parts[1].isascii() or len(parts[1]) > MAX_CREDENTIAL_LENGTH:
        raise AuthenticationFailed(_("Malformed Authorization header: write `Bearer`, a space and one key."))
    return parts[1].decode()


class KeyAuthentication(TokenAuthentication):
    """API key authentication; users create keys on their account page, and only the hash of a key is stored."""

    def authenticate(self, request: Request) -> Any:
        """Return the user and the API key, None if the request has no key. Raises AuthenticationFailed."""
        credential = _bearer(request)
        if not credential or oidc.looks_like_token(credential):
            return None
        return self.authenticate_credentials(credential.encode())

    def authenticate_credentials(self, token: bytes) -> Any:
        """Return the user and the API key. Raises AuthenticationFailed if it is unknown, expired, or the user inactive.

        The response does not reveal which of the three it was. Looking the key up by its hash prevents timing attacks.
        Unlike knox, this does not delete expired keys: a read request must not write.
        """
        key = ApiKey.objects.select_related("user").filter(pk=hash_token(token.decode())).first()
        if key is None or not key.user.is_active or (key.expiry is not None and key.expiry <= timezone.now()):
            raise AuthenticationFailed(_("This API key is invalid or has expired. Create a new one."))
        return key.user, key


class OpenIdAuthentication(BaseAuthentication):
    """Authentication with an access token (JWT) that the municipality's OpenID Connect server issued for this API."""

    def authenticate(self, request: Request) -> Any:
        """Return the user and the token's claims, None if the request has no JWT. Raises AuthenticationFailed."""
        credential = _bearer(request)
        if not oidc.looks_like_token(credential):
            return None
        return oidc.user_of_token(credential)

    def authenticate_header(self, request: Request) -> str:
        """Return the value of the WWW-Authenticate header of a 401 response."""
        return "Bearer"


class SessionAuthentication(_SessionAuthentication):
    """Session authentication, for trying out the API in a browser; unsafe methods require the CSRF token."""
