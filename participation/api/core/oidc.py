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
_TIMEOUT_SECONDS = 5
#: Cache lifetime of the published keys in seconds, and the minimum interval between refreshes for an unknown key id.
_CACHE_SECONDS, _MIN_REFRESH_SECONDS = 300, 30
#: Back-off in seconds after a failed request: a client that keeps sending tokens must not tie up all our threads.
_BACKOFF_SECONDS = 10
#: Allowed clock skew in seconds.
_LEEWAY_SECONDS = 30

#: Errors raised by requests and parsing when the server is unreachable or its response is malformed.
_PROVIDER_ERRORS = (
    *(OSError, LookupError, TypeError, ValueError, AttributeError, RecursionError),
    jwt.PyJWTError,
)

logger = logging.getLogger(__name__)


class _ProviderUnavailable(Exception):
    """The OpenID Connect server cannot be reached, or its response is malformed."""


class _Provider(NamedTuple):
    """Provider metadata: issuer, signing keys by key id, and when it was fetched (monotonic seconds)."""

    issuer: str
    keys: Mapping[str, jwt.PyJWK]
    fetched_at: float


_providers: dict[str, _Provider] = {}
_backoff_until: dict[str, float] = {}


def looks_like_token(token: str) -> bool:
    """Return whether the credential is a JWT (three parts) rather than one of our API keys (no dots)."""
    return token.count(".") == 2


def user_of_token(token: str) -> tuple[Any, dict[str, Any]]:
    """Return the user that the access token belongs to, and its claims.

    Raises AuthenticationFailed if OpenID Connect is not configured, the token is invalid, expired or for another
    audience, the server is unreachable, or the user never logged in here or is no longer a member of staff.
    """
    url, audience = settings.OIDC_SERVER_URL, settings.OIDC_API_AUDIENCE
    if not (url and audience):
        raise AuthenticationFailed(_("Access tokens are not accepted here. Use an API key."))
    try:
        claims = _verified_claims(token, url, audience)
    except _ProviderUnavailable:
        raise AuthenticationFailed(
            _("The OpenID Connect provider is unavailable. Try again later, or use an API key.")
        ) from None
    except (jwt.PyJWTError, RecursionError, ValueError):
        raise AuthenticationFailed(_("This token is invalid, has expired, or is for another audience.")) from None
    account = SocialAccount.objects.filter(provider="staff", uid=claims["sub"]).select_related("user").first()
    # As when logging in on the site: that server is for staff only.
    if account is None or not account.user.sees_everything:
        raise AuthenticationFailed(_("No account is linked to this token. Log in on the website once."))
    return account.user, claims


def _verified_claims(token: str, url: str, audience: str) -> dict[str, Any]:
    """Return the verified claims.

    Raises _ProviderUnavailable if the server is unreachable, else PyJWTError or ValueError.
    """
    # Checked first, so that a token that cannot be valid causes no request to the server.
    header = jwt.get_unverified_header(token)
    if header.get("alg") not in _ALGORITHMS:
        raise jwt.InvalidAlgorithmError
    key_id = header.get("kid", "")
    provider = _current_provider(url, key_id)
    if key_id not in provider.keys:
        raise jwt.InvalidKeyError
    found: dict[str, Any] = jwt.decode(
        token,
        provider.keys[key_id],
        algorithms=sorted(_ALGORITHMS),
        audience=audience,
        issuer=provider.issuer,
        leeway=_LEEWAY_SECONDS,
        options={"require": ["exp", "iss", "aud", "sub"]},
    )
    return found


def _current_provider(url: str, key_id: str) -> _Provider:
    """Return the provider metadata, refreshed if it is stale or lacks key id ``key_id``.

    Raises _ProviderUnavailable if unreachable.
    """
    now = monotonic()
    cached = _providers.get(url)
    fresh = cached if cached and now - cached.fetched_at < _CACHE_SECONDS else None
    if fresh and (key_id in fresh.keys or now - fresh.fetched_at < _MIN_REFRESH_SECONDS):
        return fresh
    if _backoff_until.get(url, now) <= now:
        try:
            cached = _providers[url] = _fetch_provider(url, now)
            return cached
        except _PROVIDER_ERRORS as error:
            logger.warning("Could not fetch the signing keys of the OpenID Connect provider: %s", type(error).__name__)
            _backoff_until[url] = monotonic() + _BACKOFF_SECONDS
    if fresh:
        return fresh
    raise _ProviderUnavailable


def _fetch_provider(url: str, now: float) -> _Provider:
    """Fetch the provider metadata and its JWKS. Raises one of ``_PROVIDER_ERRORS`` if malformed."""
    metadata = _fetch_json(f"{url}/.well-known/openid-configuration")
    issuer, jwks_uri = str(metadata["issuer"]), str(metadata["jwks_uri"])
    # The issuer must equal the URL that the metadata was fetched from (OpenID Connect Discovery 1.0, section 4.3).
    if issuer.rstrip("/") != url:
        raise ValueError("The issuer differs from the configured URL.")
    if url.startswith("https:") and not jwks_uri.startswith("https:"):
        raise ValueError("The JWKS URL does not use https.")
    found = jwt.PyJWKSet.from_dict(_fetch_json(jwks_uri)).keys
    keys = {str(one.key_id): one for one in found if one.key_id and one.public_key_use in (None, "sig")}
    return _Provider(issuer, keys, now)


def _fetch_json(url: str) -> Any:
    response = requests.get(url, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
    response.raise_for_status()
    return response.json()
