"""The number of pages of an uploaded file."""

from __future__ import annotations

import pytest

from participation.interchange.document_pages import count_pages
from tests.files import pdf_of_pages, zip_archive

PROPERTIES = (
    '<?xml version="1.0"?><Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    "<Pages>{}</Pages></Properties>"
)


def word(properties):
    return zip_archive(**{"docProps/app.xml": properties})


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("nota.pdf", pdf_of_pages(3), 3),
        ("nota.pdf", b"%PDF-1.4 niets", None),
        ("nota.docx", word(PROPERTIES.format(12)), 12),
        ("nota.docx", word(PROPERTIES.format("veel")), None),
        ("nota.docx", word(PROPERTIES.format(0)), None),
        ("nota.docx", word(PROPERTIES.format(999_999_999)), None),
        ("nota.docx", word('<!DOCTYPE a [<!ENTITY b "c">]>' + PROPERTIES.format(1)[21:]), None),
        ("nota.docx", word("<Pages>"), None),
        ("nota.docx", b"PK\x03\x04 kapot", None),
        ("nota.txt", b"een", None),
    ],
)
def test_pages_are_counted_where_the_file_tells(name, content, expected):
    assert count_pages(name, content) == expected
