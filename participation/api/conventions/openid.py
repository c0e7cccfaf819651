"""Tokens of the municipality's OpenID Connect server: whose they are, checked with the keys that it publishes."""

import logging
from collections.abc import Mapping
from time import monotonic
from typing import Any, NamedTuple

import jwt
import requests
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import AuthenticationFailed

#: Signed by the server with a key of its own: never with a secret that we hold too.
_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"})
#: So long is waited for the server.
_PATIENCE = 5
#: What it publishes is asked for anew after so many seconds, and sooner where a token is signed with a new key.
_FRESH, _SOONER = 300, 30
#: A server that did not answer is left alone for so many seconds: whoever keeps sending tokens must not keep our
#: threads waiting for it, one after the other.
_LEFT_ALONE = 10
#: Two clocks differ.
_LEEWAY = 30

#: What comes of asking a server that does not answer, or answers with anything else than it should.
_NOT_WHAT_A_SERVER_SAYS = (
    *(OSError, LookupError, TypeError, ValueError, AttributeError, RecursionError),
    jwt.PyJWTError,
)

logger = logging.getLogger(__name__)


class _Silent(Exception):
    """The server does not answer, or not with what a log-in server answers."""


class _Server(NamedTuple):
    """How a server calls itself, the keys with which it signs, by their names, and when it said so."""

    issuer: str
    keys: Mapping[str, jwt.PyJWK]
    asked: float


_known: dict[str, _Server] = {}
_left_alone: dict[str, float] = {}


def looks_like_token(shown: str) -> bool:
    """Tell whether this is a token (three parts) and not one of our own keys (one)."""
    return shown.count(".") == 2


def person_of(shown: str) -> tuple[Any, dict[str, Any]]:
    """Return whose token this is, and what it says.

    Raises AuthenticationFailed where tokens are not accepted, where this one is not sound or not meant for this
    API, where the server cannot be asked, and where its owner never logged in here or no longer works here.
    """
    url, audience = settings.OIDC_SERVER_URL, settings.OIDC_API_AUDIENCE
    if not (url and audience):
        raise AuthenticationFailed(_("Tokens are not accepted here. Use a key."))
    try:
        said = _said(shown, url, audience)
    except _Silent:
        raise AuthenticationFailed(_("The log-in server cannot be asked now. Try again later, or use a key.")) from None
    except (jwt.PyJWTError, RecursionError, ValueError):
        raise AuthenticationFailed(_("This token is not sound, has run out, or is not for this API.")) from None
    account = SocialAccount.objects.filter(provider="staff", uid=said["sub"]).select_related("user").first()
    # As at the door of the pages: that server is for who works here.
    if account is None or not account.user.sees_everything:
        raise AuthenticationFailed(_("Nobody here goes by this token. Log in on the pages once, then it is known."))
    return account.user, said


def _said(shown: str, url: str, audience: str) -> dict[str, Any]:
    """Return what a token says. Raises _Silent, or another error where it is not sound."""
    # The server is asked nothing for what could not be its own.
    header = jwt.get_unverified_header(shown)
    if header.get("alg") not in _ALGORITHMS:
        raise jwt.InvalidAlgorithmError
    name = header.get("kid", "")
    server = _server(url, name)
    if name not in server.keys:
        raise jwt.InvalidKeyError
    found: dict[str, Any] = jwt.decode(
        shown,
        server.keys[name],
        algorithms=sorted(_ALGORITHMS),
        audience=audience,
        issuer=server.issuer,
        leeway=_LEEWAY,
        options={"require": ["exp", "iss", "aud", "sub"]},
    )
    return found


def _server(url: str, key: str) -> _Server:
    """Return what the server publishes, if need be with this key. Raises _Silent where it cannot be asked."""
    now = monotonic()
    known = _known.get(url)
    fresh = known if known and now - known.asked < _FRESH else None
    if fresh and (key in fresh.keys or now - fresh.asked < _SOONER):
        return fresh
    if _left_alone.get(url, now) <= now:
        try:
            known = _known[url] = _asked(url, now)
            return known
        except _NOT_WHAT_A_SERVER_SAYS as error:
            logger.warning("The log-in server did not say by which keys it signs: %s", type(error).__name__)
            _left_alone[url] = monotonic() + _LEFT_ALONE
    if fresh:
        return fresh
    raise _Silent


def _asked(url: str, now: float) -> _Server:
    """Ask a server who it is and by which keys it signs. Raises many an error where it says nothing of the kind."""
    told = _fetched(f"{url}/.well-known/openid-configuration")
    issuer, place = str(told["issuer"]), str(told["jwks_uri"])
    # Whoever answers for another is not the one that we trust (OpenID Connect Discovery, 4.3).
    if issuer.rstrip("/") != url:
        raise ValueError("It calls itself by another name.")
    if url.startswith("https:") and not place.startswith("https:"):
        raise ValueError("On the way its keys could be changed.")
    found = jwt.PyJWKSet.from_dict(_fetched(place)).keys
    keys = {str(one.key_id): one for one in found if one.key_id and one.public_key_use in (None, "sig")}
    return _Server(issuer, keys, now)


def _fetched(address: str) -> Any:
    answer = requests.get(address, timeout=_PATIENCE, allow_redirects=False)
    answer.raise_for_status()
    return answer.json()
