"""Rate limits of the pages, by action, and the 429 page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from participation.services.accounts import rate_limits
from participation.services.accounts.rate_limits import Hit

from .pages import page

View = Callable[..., HttpResponse]


class RateExceeded(Exception):
    """A rate limit was exceeded; ``wait`` is in seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"too often: {wait} seconds to wait")
        self.wait = wait


def throttled(action: str) -> Callable[[View], View]:
    """Return a decorator that answers 429 to a POST over the limits of this action in RATE_LIMITS.

    Put it above decorators that read the form. Raises ImproperlyConfigured if RATE_LIMITS has no such action.
    """
    if action not in settings.RATE_LIMITS:
        raise ImproperlyConfigured(f"RATE_LIMITS has no action {action!r}: add it in tracker/settings.py.")

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            refusal = throttle_request(request, action) if request.method == "POST" else None
            return refusal or view(request, *args, **kwargs)

        return wrapped

    return decorate


def throttle_request(request: HttpRequest, action: str, shared_key: str = "") -> HttpResponse | None:
    """Count this request; return the 429 page if a limit is exceeded, else None.

    ``shared_key`` is the key of limits that all visitors share.
    """
    try:
        count_request(request, action, shared_key)
    except RateExceeded as error:
        return too_many_requests(request, error.wait)
    return None


def count_request(request: HttpRequest, action: str, *key: str) -> list[Hit]:
    """Count this request against all limits of the action, and return the hits.

    ``key`` is the key of limits per key. Raises RateExceeded if a limit was reached; the hits on the other limits
    are then reverted, so that a refused request uses up no other limit.
    """
    now, hits = timezone.now(), list[Hit]()
    for rate in rate_limits.parse_rates(settings.RATE_LIMITS[action]) if action in settings.RATE_LIMITS else ():
        identities = {
            "ip": lambda: (client_network_of(request),),
            "user": lambda: (str(request.user.pk),),
            "key": lambda: key,
        }
        names = (action, str(rate.seconds), rate.per, *identities[rate.per]())
        hit = rate_limits.hit(names, rate_limits.window_end(rate.seconds, now), now)
        if hit.number > rate.amount:
            rate_limits.uncount(hits)
            raise RateExceeded(hit.wait(now))
        hits.append(hit)
    return hits


def client_network_of(request: HttpRequest) -> str:
    """Return the client's network prefix, which limits per IP address count."""
    return rate_limits.network_of(get_adapter().get_client_ip(request))


@login_not_required
def too_many_requests(request: HttpRequest, wait: int = 60) -> HttpResponse:
    """Return the 429 page, with Retry-After ``wait`` in seconds."""
    response = page(request, "429.html", {}, status=429)
    response.headers["Retry-After"] = str(wait)
    return response
