"""Serving what people handed in: only what hangs on something that the visitor may see, and never as a page."""

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.exchange.cells import safe_name
from participation.models import Upload


@require_safe
@never_cache
@login_not_required
def upload(request: HttpRequest, pk: int) -> FileResponse:
    """Return a file, to be saved. Raises Http404 where there is none that this visitor may see."""
    found = Upload.objects.visible_to(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404
    try:
        content = found.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(content, as_attachment=True, filename=safe_name(found.name), content_type=found.media_type)
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Whatever a browser makes of it after all: it is nobody's page, and does nothing.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
