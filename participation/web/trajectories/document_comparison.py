"""Two versions of a document compared: what was added, removed, moved and changed."""

from typing import Any, Final, NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.interchange.document_texts import (
    MAX_BYTES,
    TextComparison,
    UnreadableDocument,
    compare_paragraphs,
    read_paragraphs,
    too_large_message,
)
from participation.models import Document, Trajectory, Upload

from ..shared import permissions
from ..shared.addresses import address
from ..shared.pages import page
from ..shared.request_context import request_context_of
from ..shared.throttle import throttle_request

#: Query parameter: the ref of the newer version.
DOCUMENT_PARAM: Final = "stuk"
#: Maximum number of changes that are shown; the rest is counted.
MAX_CHANGES_SHOWN: Final = 200


class VersionPair(NamedTuple):
    """A version of a document and the one that it replaces."""

    new: Document
    old: Document

    @property
    def url(self) -> str:
        """Return the URL of their comparison, "" where one of them has no file here."""
        return comparison_url(self.new.trajectory.slug, self.new, self.old)


def comparison_url(slug: str, new: Document, old: Document | None) -> str:
    """Return the URL of the comparison of two versions, "" where one of them has no file here."""
    if old is None or not (new.file_id and old.file_id):
        return ""
    return address("document_comparison", slug, **{DOCUMENT_PARAM: new.ref})


@require_safe
@never_cache
@login_not_required
def document_comparison(request: HttpRequest, name: str) -> HttpResponse:
    """Return what differs between a document and the version it replaces, or the list of those to choose from.

    Raises Http404 if the trajectory or the document is not visible or replaces none. Answers 429 over the rate limit:
    reading a PDF takes seconds.
    """
    trajectory = permissions.get_visible_trajectory(request, name)
    context: dict[str, Any] = {"trajectory": trajectory, "pairs": [], "pair": None}
    pairs = _pairs(trajectory)
    if not (ref := request.GET.get(DOCUMENT_PARAM)):
        return page(request, "web/trajectories/document_comparison.html", {**context, "pairs": pairs})
    pair = next((pair for pair in pairs if pair.new.ref == ref), None)
    if pair is None:
        raise Http404
    if refusal := throttle_request(request, "document_comparison", "document_comparison"):
        return refusal
    request_context = request_context_of(request)
    with translation.override(request_context.language):
        try:
            compared = _compared(pair, request_context.user)
        except UnreadableDocument as error:
            return page(
                request, "web/trajectories/document_comparison.html", {**context, "pair": pair, "problem": str(error)}
            )
    context |= {
        "pair": pair,
        "compared": compared,
        "added": compared.count("added"),
        "removed": compared.count("removed"),
        "moved": compared.count("moved"),
        "changed": compared.count("changed"),
        "changes": compared.changes[:MAX_CHANGES_SHOWN],
        "hidden": max(0, len(compared.changes) - MAX_CHANGES_SHOWN),
    }
    return page(request, "web/trajectories/document_comparison.html", context)


def _pairs(trajectory: Trajectory) -> list[VersionPair]:
    rows = Document.objects.filter(trajectory=trajectory).select_related("file", "trajectory").order_by("title", "pk")
    by_ref = {row.ref: row for row in rows}
    return [
        VersionPair(row, by_ref[row.replaces])
        for row in by_ref.values()
        if row.replaces in by_ref and row.file_id and by_ref[row.replaces].file_id
    ]


def _compared(pair: VersionPair, user: Any) -> TextComparison:
    """Return what differs. Raises UnreadableDocument where a file has no text, is too large or is not there."""
    keys = [pair.old.file_id or 0, pair.new.file_id or 0]
    uploads = {upload.pk: upload for upload in Upload.objects.visible_to(user).filter(pk__in=keys)}
    if any(upload.size > MAX_BYTES for upload in uploads.values()):
        raise UnreadableDocument(too_large_message())
    old, new = (_paragraphs(uploads.get(key)) for key in keys)
    return compare_paragraphs(old, new)


def _paragraphs(upload: Upload | None) -> list[str]:
    if upload is None:
        raise UnreadableDocument(_("One of these files is not here any more."))
    try:
        with upload.file.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise UnreadableDocument(_("One of these files is not here any more.")) from None
    return read_paragraphs(upload.name, content)
