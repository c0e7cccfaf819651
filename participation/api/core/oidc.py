"""Validation of OpenID Connect access tokens against the issuer's published keys (JWKS), and lookup of their user."""

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

#: Asymmetric algorithms only: a shared secret would let a token be forged with what we hold ourselves.
_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"})
#: Timeout of a request to the OpenID Connect server, in seconds.
_PATIENCE = 5
#: Cache lifetime of the published keys in seconds, and the minimum interval between refreshes for an unknown key id.
_FRESH, _SOONER = 300, 30
#: Back-off in seconds after a failed request: a client that keeps sending tokens must not tie up all our threads.
_LEFT_ALONE = 10
#: Allowed clock skew in seconds.
_LEEWAY = 30

#: Errors raised by requests and parsing when the server is unreachable or its response is malformed.
_NOT_WHAT_A_SERVER_SAYS = (
    *(OSError, LookupError, TypeError, ValueError, AttributeError, RecursionError),
    jwt.PyJWTError,
)

logger = logging.getLogger(__name__)


class _Silent(Exception):
    """The OpenID Connect server cannot be reached, or its response is malformed."""


class _Server(NamedTuple):
    """Provider metadata: issuer, signing keys by key id, and when it was fetched (monotonic seconds)."""

    issuer: str
    keys: Mapping[str, jwt.PyJWK]
    asked: float


_known: dict[str, _Server] = {}
_left_alone: dict[str, float] = {}


def looks_like_token(shown: str) -> bool:
    """Return whether the credential is a JWT (three parts) rather than one of our API keys (no dots)."""
    return shown.count(".") == 2


def person_of(shown: str) -> tuple[Any, dict[str, Any]]:
    """Return the user that the access token belongs to, and its claims.

    Raises AuthenticationFailed if OpenID Connect is not configured, the token is invalid, expired or for another
    audience, the server is unreachable, or the user never logged in here or is no longer a member of staff.
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
    # As when logging in on the site: that server is for staff only.
    if account is None or not account.user.sees_everything:
        raise AuthenticationFailed(_("Nobody here goes by this token. Log in on the pages once, then it is known."))
    return account.user, said


def _said(shown: str, url: str, audience: str) -> dict[str, Any]:
    """Return the verified claims. Raises _Silent if the server is unreachable, else PyJWTError or ValueError."""
    # Checked first, so that a token that cannot be valid causes no request to the server.
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
    """Return the provider metadata, refreshed if it is stale or lacks key id ``key``. Raises _Silent if unreachable."""
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
    """Fetch the provider metadata and its JWKS. Raises one of ``_NOT_WHAT_A_SERVER_SAYS`` if malformed."""
    told = _fetched(f"{url}/.well-known/openid-configuration")
    issuer, place = str(told["issuer"]), str(told["jwks_uri"])
    # The issuer must equal the URL that the metadata was fetched from (OpenID Connect Discovery 1.0, section 4.3).
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
