"""The whole rulebook at permanent URLs: as JSON, and as a self-contained HTML page."""

import hashlib
import json

from csp.decorators import csp_update
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_safe

from participation.reports import rules

from ..shared.request_context import RequestContext, visit_of

#: max-age, in seconds.
FRESH = 900


@require_safe
@login_not_required
def rulebook_json(request: HttpRequest) -> HttpResponseBase:
    """Return the rulebook as JSON, with CORS for any site; supports conditional requests."""
    visit = visit_of(request)
    body = json.dumps(rules.rulebook_as_json(visit.rulebook), ensure_ascii=False, indent=1)
    made = HttpResponse(body, content_type="application/json")
    made.headers["Access-Control-Allow-Origin"] = "*"
    return _kept(request, made, visit, "json")


# Inline styles make the page self-contained, so that it can be saved; it has no scripts.
@csp_update({"style-src": ["'unsafe-inline'"]})
@require_safe
@login_not_required
def rulebook_html(request: HttpRequest) -> HttpResponseBase:
    """Return the rulebook as a page in the user's language; supports conditional requests."""
    visit = visit_of(request)
    made = HttpResponse(rules.rulebook_html(visit.rulebook, visit.language))
    made.headers["Content-Language"] = visit.language
    patch_vary_headers(made, ["Accept-Language", "Cookie"])
    return _kept(request, made, visit, "html")


def _kept(request: HttpRequest, made: HttpResponse, visit: RequestContext, kind: str) -> HttpResponseBase:
    """Return the response with an ETag, or a 304.

    The ETag is the hash of the rulebook followed by a digest of the content: rewording a rule does not change the
    former.
    """
    made.headers["ETag"] = f'"{visit.rulebook.hash}-{hashlib.sha256(made.content).hexdigest()[:16]}"'
    made.headers["Content-Disposition"] = f'inline; filename="{visit.rulebook.name}-{visit.rulebook.hash}.{kind}"'
    patch_cache_control(made, public=True, max_age=FRESH)
    return get_conditional_response(request, etag=made.headers["ETag"], response=made) or made
