"""Tokens of the municipality's OpenID Connect server: whose they are, checked with the keys that it publishes."""

from functools import lru_cache
from typing import Any

import jwt
import requests
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import AuthenticationFailed

#: Signed by the server with a key of its own: never with a secret that we hold too.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
_SECONDS = 5
#: Two clocks differ.
_LEEWAY = 30


def looks_like_token(shown: str) -> bool:
    """Tell whether this is a token (three parts) and not one of our own keys (one)."""
    return shown.count(".") == 2


def person_of(shown: str) -> tuple[Any, dict[str, Any]]:
    """Return whose token this is, and what it says.

    Raises AuthenticationFailed where tokens are not accepted, where this one is not sound or not meant for this
    API, and where its owner never logged in here.
    """
    if not (settings.OIDC_SERVER_URL and settings.OIDC_API_AUDIENCE):
        raise AuthenticationFailed(_("Tokens are not accepted here. Use a key."))
    try:
        issuer, keys = _server(settings.OIDC_SERVER_URL)
        said: dict[str, Any] = jwt.decode(
            shown,
            keys.get_signing_key_from_jwt(shown),
            algorithms=_ALGORITHMS,
            audience=settings.OIDC_API_AUDIENCE,
            issuer=issuer,
            leeway=_LEEWAY,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )
    except (jwt.PyJWKClientConnectionError, requests.RequestException):
        raise AuthenticationFailed(_("The log-in server cannot be asked now. Try again later, or use a key.")) from None
    except jwt.PyJWTError:
        raise AuthenticationFailed(_("This token is not sound, has run out, or is not for this API.")) from None
    account = SocialAccount.objects.filter(provider="staff", uid=said["sub"]).select_related("user").first()
    if account is None or not account.user.is_active:
        raise AuthenticationFailed(_("Nobody here goes by this token. Log in on the pages once, then it is known."))
    return account.user, said


@lru_cache(maxsize=4)
def _server(url: str) -> tuple[str, jwt.PyJWKClient]:
    """Return how the server calls itself, and its keys: those are asked for anew where one is not known."""
    answer = requests.get(f"{url}/.well-known/openid-configuration", timeout=_SECONDS)
    answer.raise_for_status()
    found = answer.json()
    return found["issuer"], jwt.PyJWKClient(found["jwks_uri"], timeout=_SECONDS)
