"""Rate limits of the pages: how many times something may be sent, and the page for who sends it more often."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from participation.services import rate_limits
from participation.services.rate_limits import Hit

from .pages import page

View = Callable[..., HttpResponse]


class RateExceeded(Exception):
    """It was done too often; ``wait`` is after how many seconds it may be done again."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"too often: {wait} seconds to wait")
        self.wait = wait


def throttled(action: str) -> Callable[[View], View]:
    """Return a decorator that answers 429 to a POST too many; how many stands in RATE_LIMITS.

    Put it above decorators that read the form. Raises ImproperlyConfigured where nothing is said of the action.
    """
    if action not in settings.RATE_LIMITS:
        raise ImproperlyConfigured(f"RATE_LIMITS says nothing of {action!r}.")

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            refusal = refused(request, action) if request.method == "POST" else None
            return refusal or view(request, *args, **kwargs)

        return wrapped

    return decorate


def refused(request: HttpRequest, action: str, together: str = "") -> HttpResponse | None:
    """Count this request, and return the page for who tries too often, or None where it is not too often.

    ``together`` names what all visitors have together: what a limit per key counts.
    """
    try:
        count(request, action, together)
    except RateExceeded as error:
        return too_many(request, error.wait)
    return None


def count(request: HttpRequest, action: str, *key: str) -> list[Hit]:
    """Count this request for all limits of the action, and return what was counted.

    ``key`` is what a limit per key counts. Raises RateExceeded where one of the limits was reached already: then
    what was counted of the others is taken back, so that one refusal never uses up another limit.
    """
    now, hits = timezone.now(), list[Hit]()
    for rate in rate_limits.parse_rates(settings.RATE_LIMITS[action]) if action in settings.RATE_LIMITS else ():
        whom = {"ip": lambda: (origin_of(request),), "user": lambda: (str(request.user.pk),), "key": lambda: key}
        names = (action, str(rate.seconds), rate.per, *whom[rate.per]())
        one = rate_limits.hit(names, rate_limits.window_end(rate.seconds, now), now)
        if one.number > rate.amount:
            take_back(hits)
            raise RateExceeded(one.wait(now))
        hits.append(one)
    return hits


def take_back(hits: Iterable[Hit]) -> None:
    """Take back what was counted."""
    rate_limits.take_back(hits)


def origin_of(request: HttpRequest) -> str:
    """Return the network from which this request comes, as limits count it."""
    return rate_limits.network_of(get_adapter().get_client_ip(request))


@login_not_required
def too_many(request: HttpRequest, wait: int = 60) -> HttpResponse:
    """Return the page for who tried too often (429): after ``wait`` seconds one may try again."""
    response = page(request, "429.html", {}, status=429)
    response.headers["Retry-After"] = str(wait)
    return response
