"""Council packs as accessible PDF."""

from collections.abc import Sequence

from django.template.loader import render_to_string
from django.utils import translation

from participation.presentation.council_pack import CouncilPack

from .archive.pdf import pdf_of


def council_packs_html(packs: Sequence[CouncilPack]) -> str:
    """Return these packs, at least one, as HTML for print: each begins on a page of its own."""
    language = packs[0].request.language
    with translation.override(language):
        return render_to_string("council/pack.html", {"packs": packs, "first": packs[0], "language": language})


def council_packs_pdf(packs: Sequence[CouncilPack]) -> bytes:
    """Return these packs as one PDF; the same packs give the same bytes.

    Raises PdfUnavailableError if system libraries for PDFs are missing.
    """
    return pdf_of(council_packs_html(packs))
