"""Calendars, feeds and badges: public, cacheable, in the language of the URL."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control

from participation.compliance.rulebooks import load_rulebooks
from participation.models.languages import active_language
from participation.models.people import LANGUAGES
from participation.selectors.followers import (
    FollowedTarget,
    followed_neighbourhood,
    followed_trajectory,
    organisation_target,
)

from ..shared.request_context import RequestContext

_FINDERS: Final[Mapping[str, Callable[[str], FollowedTarget | None]]] = {
    "trajectory": followed_trajectory,
    "neighbourhood": followed_neighbourhood,
    "organisation": organisation_target,
}
#: max-age, in seconds.
MAX_AGE_SECONDS = 900


def request_context_of_program(request: HttpRequest) -> RequestContext:
    """Return an anonymous request context: calendars and feeds show public data only.

    The language is that of ``?taal=``, else the active one; the session is not read.
    """
    requested = request.GET.get("taal", "")
    now = timezone.now()
    language = requested if requested in LANGUAGES else active_language()
    return RequestContext(AnonymousUser(), language, now, timezone.localdate(now), load_rulebooks(settings.RULEBOOK))


def get_target_or_404(owner_type: str, name: str) -> FollowedTarget:
    """Return the trajectory, neighbourhood or organisation. Raises Http404 if it does not exist or is not public."""
    found = _FINDERS[owner_type](name)
    if found is None:
        raise Http404
    return found


def cacheable_response(request: HttpRequest, response: HttpResponse, language: str) -> HttpResponse:
    """Return the response with caching headers, or a 304 if its ETag matches."""
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response.headers["ETag"] = etag
    response.headers["Content-Language"] = language
    patch_cache_control(response, public=True, max_age=MAX_AGE_SECONDS)
    return get_conditional_response(request, etag=etag, response=response) or response
