"""One trajectory as an archive: a ZIP to keep, with what this visitor may see of it."""

import base64
import logging
import tempfile
from contextlib import ExitStack

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.exchange.archive.bag import fingerprint
from participation.exchange.archive.pdf import PdfUnavailableError
from participation.exchange.archive.told import Asked
from participation.exchange.archive.writing import name_of, write_archive

from ..shared import rights
from ..shared.pages import page
from ..shared.throttle import refused
from ..shared.visit import visit_of

log = logging.getLogger("leidraad.archive")


@require_safe
@never_cache
@login_not_required
def trajectory_archive(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return the ZIP, to be saved. Raises Http404 where this visitor may not see the trajectory.

    Its checksum goes with it in a header, and into our own log: there it can be looked up, whatever became of the
    ZIP. 429 for who asks too often; 503 where this machine cannot make PDFs: the log says what to install.
    """
    row = rights.visible(request, name)
    if request.method == "HEAD":  # nothing is made to be thrown away
        return _headed(HttpResponse(content_type="application/zip"))
    # After the look at what is there: what may not be seen answers the same, however often one tries.
    if refusal := refused(request, "archive", together="archives"):
        return refusal
    visit = visit_of(request)
    asked = Asked(row, visit.rulebook, visit.today, visit.now, visit.user, visit.language)
    with ExitStack() as opened:
        file = opened.enter_context(tempfile.TemporaryFile())
        try:
            write_archive(file, asked)
        except PdfUnavailableError as error:
            log.error("No archive of %s: %s", row.slug, error)
            return page(request, "500.html", {}, status=503)
        told, size = fingerprint(file)
        opened.pop_all()  # the answer closes it
    version = "municipality" if asked.names_known else "public"
    log.info("Archive of %s (%s) as known at %s: %s bytes, SHA-256 %s", row.slug, version, visit.now, size, told)
    filename = f"{name_of(asked)}.zip"
    response = FileResponse(file, as_attachment=True, filename=filename, content_type="application/zip")
    response.headers["ETag"] = f'"{told}"'
    response.headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(told)).decode()}:"
    return _headed(response)


def _headed(response: HttpResponseBase) -> HttpResponseBase:
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
