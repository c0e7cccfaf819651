"""Not too often: how many times a form may be sent, and the page for who sends it more often."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

from .pages import page

View = Callable[..., HttpResponse]


def throttled(action: str) -> Callable[[View], View]:
    """Return a decorator that answers 429 to a POST too many; how many stands in ACCOUNT_RATE_LIMITS.

    Put it above decorators that read the form. Raises ImproperlyConfigured where nothing is said of the action.
    """
    if action not in settings.ACCOUNT_RATE_LIMITS:
        raise ImproperlyConfigured(f"ACCOUNT_RATE_LIMITS says nothing of {action!r}.")

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
        ratelimit.consume_or_429(request, action=action, key=together or None, limit_get=True, raise_exception=True)
    except ratelimit.RateLimited:
        return too_many(request)
    return None


@login_not_required
def too_many(request: HttpRequest) -> HttpResponse:
    """Return the page for who tried too often (429)."""
    response = page(request, "429.html", {}, status=429)
    # The shortest of our limits; who waits for a longer one is told again.
    response.headers["Retry-After"] = "60"
    return response
