"""Downloads of uploaded files: only to users who may see what they belong to, and never rendered as a page."""

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.interchange.cells import safe_name
from participation.models import Upload


@require_safe
@never_cache
@login_not_required
def upload(request: HttpRequest, pk: int) -> FileResponse:
    """Return the file as a download. Raises Http404 if it is not there or not visible."""
    found = Upload.objects.visible_to(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404
    try:
        content = found.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(content, as_attachment=True, filename=safe_name(found.name), content_type=found.media_type)
    response.headers["X-Content-Type-Options"] = "nosniff"
    # In case a browser renders it after all: no scripts and no origin.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
