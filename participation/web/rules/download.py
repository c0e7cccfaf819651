"""The whole rulebook at permanent URLs: as JSON, and as a self-contained HTML page."""

import hashlib
import json

from csp.decorators import csp_update
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_safe

from participation.compliance.rulebook import Rulebook
from participation.presentation import rules

from ..shared.request_context import request_context_of
from .choice import requested_rulebook

#: max-age, in seconds.
MAX_AGE_SECONDS = 900


@require_safe
@login_not_required
def rulebook_json(request: HttpRequest) -> HttpResponseBase:
    """Return the rulebook as JSON, with CORS for any site; supports conditional requests."""
    rulebook = requested_rulebook(request, request_context_of(request))
    body = json.dumps(rules.rulebook_as_json(rulebook), ensure_ascii=False, indent=1)
    response = HttpResponse(body, content_type="application/json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return _with_etag(request, response, rulebook, "json")


# Inline styles make the page self-contained, so that it can be saved; it has no scripts.
@csp_update({"style-src": ["'unsafe-inline'"]})
@require_safe
@login_not_required
def rulebook_html(request: HttpRequest) -> HttpResponseBase:
    """Return the rulebook as a page in the user's language; supports conditional requests."""
    context = request_context_of(request)
    rulebook = requested_rulebook(request, context)
    response = HttpResponse(rules.rulebook_html(rulebook, context.language))
    response.headers["Content-Language"] = context.language
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return _with_etag(request, response, rulebook, "html")


def _with_etag(request: HttpRequest, response: HttpResponse, rulebook: Rulebook, kind: str) -> HttpResponseBase:
    """Return the response with an ETag, or a 304.

    The ETag is the hash of the rulebook followed by a digest of the content: rewording a rule does not change the
    former.
    """
    response.headers["ETag"] = f'"{rulebook.hash}-{hashlib.sha256(response.content).hexdigest()[:16]}"'
    response.headers["Content-Disposition"] = f'inline; filename="{rulebook.name}-{rulebook.hash}.{kind}"'
    patch_cache_control(response, public=True, max_age=MAX_AGE_SECONDS)
    return get_conditional_response(request, etag=response.headers["ETag"], response=response) or response
