"""The signed totals for other municipalities, at an address that stays the same."""

import hashlib

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_safe

from participation.services.comparison import own_content


@require_safe
@login_not_required
def comparison_document(request: HttpRequest) -> HttpResponseBase:
    """Return the document as it was signed. Raises Http404 where nothing is published, or publishing is off."""
    content = own_content() if settings.COMPARISON_KEY else None
    if content is None:
        raise Http404
    etag = f'"{hashlib.sha256(content.encode()).hexdigest()[:32]}"'
    response = HttpResponse(content, content_type="application/json")
    response.headers["ETag"] = etag
    # As of the open data: any site may read it.
    response.headers["Access-Control-Allow-Origin"] = "*"
    patch_cache_control(response, public=True, max_age=0, must_revalidate=True)
    return get_conditional_response(request, etag=etag, response=response) or response
