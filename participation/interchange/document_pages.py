"""The number of pages of a PDF or Word document."""

import io
import zipfile
import zlib
from typing import Final
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import iterparse

from participation.dossier.schema_fields import MAX_PAGES

from .cells import parse_whole_number
from .plannings.pdf_documents import pdf_page_count

#: The part in which Word keeps how many pages it counted when it saved, and its maximum size in bytes.
_PROPERTIES: Final = "docProps/app.xml"
_MAX_PROPERTIES_BYTES: Final = 100_000
_PAGES: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/extended-properties}Pages"


def count_pages(name: str, content: bytes) -> int | None:
    """Return the number of pages, None where it cannot be known: another type of file, damaged, or locked.

    Of a Word document it is what the program counted that saved it; not every program does.
    """
    found = None
    if content.startswith(b"%PDF-"):
        found = pdf_page_count(content)
    elif content.startswith(b"PK\x03\x04") and name.lower().endswith(".docx"):
        found = _pages_of_word(content)
    return found if found and found <= MAX_PAGES else None


def _pages_of_word(content: bytes) -> int | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts, parts.open(_PROPERTIES) as stream:
            properties = stream.read(_MAX_PROPERTIES_BYTES)
        for _event, element in iterparse(io.BytesIO(properties), forbid_dtd=True):
            if element.tag == _PAGES:
                return parse_whole_number((element.text or "").strip())
    except (zipfile.BadZipFile, zlib.error, ParseError, KeyError, OSError, EOFError, RuntimeError, ValueError):
        return None
    return None
