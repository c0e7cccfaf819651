"""HTML as a PDF that a screen reader can read (PDF/UA-1). Nothing is fetched but the fonts that come with Leidraad."""

import hashlib
import logging
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders

from participation.dossier.characters import clean_text

#: What the library for PDF needs of the machine, on Debian and Ubuntu.
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
#: The letters of the pages. Where the styles were not built, or have no such letter, the machine's own serve.
_FONTS = {
    f"noto-sans-{part}-{weight}-normal.woff2": (f"Leidraad {part}", weight)
    for part in ("latin", "latin-ext")
    for weight in (400, 700)
}
_SCHEME = "leidraad-font:"


class PdfUnavailableError(RuntimeError):
    """This machine lacks what PDFs are made with; the message tells what to install."""


def pdf_of(html: str) -> bytes:
    """Return this page of HTML as PDF: the same page gives the same bytes.

    Raises PdfUnavailableError where the machine lacks the libraries for it.
    """
    weasyprint = _library()
    html = clean_text(html)
    fetcher, fonts = _fetcher(), weasyprint.text.fonts.FontConfiguration()
    faces = [weasyprint.CSS(string=_faces(), url_fetcher=fetcher, font_config=fonts)] if _folder() else []
    made: bytes = weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf(
        font_config=fonts,
        stylesheets=faces,
        pdf_variant="pdf/ua-1",
        pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
    )
    return made


def _library() -> Any:
    # Imported here: it loads libraries of the machine, and only who makes a PDF needs those.
    try:
        import weasyprint
        import weasyprint.text.fonts
    except (ImportError, OSError) as error:
        raise PdfUnavailableError(
            f"PDFs cannot be made on this machine: {error}. On Debian and Ubuntu: apt-get install {PACKAGES}"
        ) from error
    for name in ("weasyprint", "fontTools"):
        # They tell of every page and every letter.
        logging.getLogger(name).setLevel(logging.WARNING)
    return weasyprint


def _folder() -> Path | None:
    """Return where our fonts are; None where the styles were not built."""
    found = finders.find(f"leidraad/fonts/{next(iter(_FONTS))}")
    return Path(found).parent if isinstance(found, str) else None


def _faces() -> str:
    return "".join(
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; src: url("{_SCHEME}{name}") }}\n'
        for name, (family, weight) in _FONTS.items()
    )


def _fetcher() -> Any:
    """Return what fetches for the library: our fonts, and nothing else from anywhere."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    class OwnFonts(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            name, folder = url.removeprefix(_SCHEME), _folder()
            if not url.startswith(_SCHEME) or name not in _FONTS or folder is None:
                raise FatalURLFetchingError(f"An archive fetches nothing: {url}")
            return URLFetcherResponse(url, (folder / name).read_bytes(), {"Content-Type": "font/woff2"})

    return OwnFonts()
