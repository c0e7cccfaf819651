"""HTML to accessible PDF (PDF/UA-1) with WeasyPrint. Only the bundled fonts are fetched (prevents SSRF)."""

import hashlib
import logging
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders

from participation.dossier.characters import clean_text

from .pdf_tags import complete_tags

#: System packages that WeasyPrint needs on Debian and Ubuntu.
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
#: The web fonts of the site. System fonts are the fallback for missing glyphs, and if the styles were not built.
_FONTS = {
    f"noto-sans-{part}-{weight}-normal.woff2": (f"Leidraad {part}", weight)
    for part in ("latin", "latin-ext")
    for weight in (400, 700)
}
_SCHEME = "leidraad-font:"


class PdfUnavailableError(RuntimeError):
    """System libraries for making PDFs are missing; the message has what to install."""


def pdf_of(html: str) -> bytes:
    """Return this HTML as PDF, reproducibly: the same HTML gives the same bytes.

    Raises PdfUnavailableError if system libraries are missing.
    """
    weasyprint = _load_weasyprint()
    html = clean_text(html)
    fetcher, fonts = _make_fetcher(), weasyprint.text.fonts.FontConfiguration()
    faces = [weasyprint.CSS(string=_font_faces(), url_fetcher=fetcher, font_config=fonts)] if _font_folder() else []
    document: bytes = weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf(
        finisher=complete_tags,
        font_config=fonts,
        stylesheets=faces,
        pdf_variant="pdf/ua-1",
        pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
    )
    return document


def _load_weasyprint() -> Any:
    # Imported here because it loads system libraries that are needed for PDFs only.
    try:
        import weasyprint
        import weasyprint.text.fonts
    except (ImportError, OSError) as error:
        raise PdfUnavailableError(
            f"PDFs cannot be made on this machine: {error}. On Debian and Ubuntu: apt-get install {PACKAGES}"
        ) from error
    for name in ("weasyprint", "fontTools"):
        # At INFO they log every page and every glyph.
        logging.getLogger(name).setLevel(logging.WARNING)
    return weasyprint


def _font_folder() -> Path | None:
    """Return the folder of the bundled fonts; None if the styles were not built."""
    found = finders.find(f"leidraad/fonts/{next(iter(_FONTS))}")
    return Path(found).parent if isinstance(found, str) else None


def _font_faces() -> str:
    return "".join(
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; src: url("{_SCHEME}{name}") }}\n'
        for name, (family, weight) in _FONTS.items()
    )


def _make_fetcher() -> Any:
    """Return a URL fetcher for WeasyPrint that serves the bundled fonts and rejects all other URLs."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    class OwnFonts(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            name, folder = url.removeprefix(_SCHEME), _font_folder()
            if not url.startswith(_SCHEME) or name not in _FONTS or folder is None:
                raise FatalURLFetchingError(f"An archive fetches nothing: {url}")
            return URLFetcherResponse(url, _decompressed_font(folder / name), {"Content-Type": "font/ttf"})

    return OwnFonts()


@lru_cache(maxsize=len(_FONTS))
def _decompressed_font(path: Path) -> bytes:
    """Return a font as TrueType; decompressing all for each PDF took a fifth of its time."""
    from fontTools.ttLib import woff2

    decompressed = BytesIO()
    woff2.decompress(BytesIO(path.read_bytes()), decompressed)
    return decompressed.getvalue()
