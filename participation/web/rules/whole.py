"""The whole rulebook at addresses that stay: as data and as one page that stands on its own."""

import hashlib
import json

from csp.decorators import csp_update
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_safe

from participation.reports import rules

from ..shared.visit import Visit, visit_of

#: For so many seconds it need not be fetched again.
FRESH = 900


@require_safe
@login_not_required
def rulebook_json(request: HttpRequest) -> HttpResponseBase:
    """Return the rulebook as JSON, for any program on any site; 304 for who has it already."""
    visit = visit_of(request)
    body = json.dumps(rules.rulebook_as_json(visit.rulebook), ensure_ascii=False, indent=1)
    made = HttpResponse(body, content_type="application/json")
    made.headers["Access-Control-Allow-Origin"] = "*"
    return _kept(request, made, visit, "json")


# The page carries its own look, so that it can be saved and read anywhere; it holds no scripts.
@csp_update({"style-src": ["'unsafe-inline'"]})
@require_safe
@login_not_required
def rulebook_html(request: HttpRequest) -> HttpResponseBase:
    """Return the rulebook as a page in the language of who reads it; 304 for who has it already."""
    visit = visit_of(request)
    made = HttpResponse(rules.rulebook_html(visit.rulebook, visit.language))
    made.headers["Content-Language"] = visit.language
    patch_vary_headers(made, ["Accept-Language", "Cookie"])
    return _kept(request, made, visit, "html")


def _kept(request: HttpRequest, made: HttpResponse, visit: Visit, kind: str) -> HttpResponseBase:
    """Return the answer with its mark, or 304 where that mark is what the visitor has.

    The mark begins with the hash of the rulebook. That tells what decides; a reworded rule keeps it, and must be
    fetched again all the same: so a checksum of the words follows.
    """
    made.headers["ETag"] = f'"{visit.rulebook.hash}-{hashlib.sha256(made.content).hexdigest()[:16]}"'
    made.headers["Content-Disposition"] = f'inline; filename="{visit.rulebook.name}-{visit.rulebook.hash}.{kind}"'
    patch_cache_control(made, public=True, max_age=FRESH)
    return get_conditional_response(request, etag=made.headers["ETag"], response=made) or made
