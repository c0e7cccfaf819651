"""A trajectory as archive: a ZIP with what this user may see."""

import base64
import logging

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe

from participation.interchange.archive.data import ArchiveRequest
from participation.interchange.archive.pdf import PdfUnavailableError
from participation.interchange.archive.writer import archive_name
from participation.services.accounts import rate_limits
from participation.services.exports.archives import cached_archive, make_archive
from participation.services.exports.cached_files import BeingMadeError, CachedFile

from ..shared import permissions
from ..shared.pages import generation_pending_page, page
from ..shared.request_context import request_context_of
from ..shared.throttle import RateExceeded, count_request, too_many_requests

log = logging.getLogger("leidraad.archive")
#: Retry-After while an archive is being generated, in seconds.
RETRY_AFTER = 15


@require_safe
@login_not_required
def trajectory_archive(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return the archive as a download. Raises Http404 if the trajectory is not visible.

    Its SHA-256 is sent as ETag and Repr-Digest (RFC 9530), and logged, so that a copy can be verified later.
    Answers 304 to a request with the ETag of the current archive, 429 over the rate limit, and 503 while another
    archive is being generated or if this machine cannot make PDFs: then the log says what to install.
    """
    row = permissions.get_visible_trajectory(request, name)
    if request.method == "HEAD":  # nothing is made to be thrown away
        return _with_headers(HttpResponse(content_type="application/zip"))
    context = request_context_of(request)
    rulebook = context.rulebook_of(row)
    archive_request = ArchiveRequest(row, rulebook, context.today, context.now, context.user, context.language)
    found = cached_archive(archive_request) or _generate(request, archive_request)
    if isinstance(found, HttpResponse):
        found.headers["Cache-Control"] = "no-store"
        return found
    etag = f'"{found.sha256}"'
    if unmodified := get_conditional_response(request, etag=etag):
        found.file.close()
        unmodified.headers["ETag"] = etag
        return _with_headers(unmodified)
    version = "municipality" if archive_request.names_known else "public"
    log.info("Archive of %s (%s): %s bytes, SHA-256 %s", row.slug, version, found.size, found.sha256)
    filename = f"{archive_name(archive_request)}.zip"
    response = FileResponse(found.file, as_attachment=True, filename=filename, content_type="application/zip")
    response.headers["ETag"] = etag
    response.headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(found.sha256)).decode()}:"
    return _with_headers(response)


def _generate(request: HttpRequest, archive_request: ArchiveRequest) -> CachedFile | HttpResponse:
    """Return the generated archive, or an error page; the rate limit counts generated archives only."""
    try:
        hits = count_request(request, "archive", "archives")
    except RateExceeded as error:
        return too_many_requests(request, error.wait)
    try:
        return make_archive(archive_request)
    except BeingMadeError:
        rate_limits.uncount(hits)
        return generation_pending_page(request, RETRY_AFTER)
    except PdfUnavailableError as error:
        log.error("Could not write the archive of %s: %s", archive_request.trajectory.slug, error)
        return page(request, "500.html", {}, status=503)


def _with_headers(response: HttpResponseBase) -> HttpResponseBase:
    # To be stored, and asked for again each time. SecurityHeadersMiddleware makes it no-store for who is logged in.
    response.headers["Cache-Control"] = "no-cache"
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
