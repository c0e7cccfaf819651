"""Small files of each type that may be uploaded, generated here."""

from __future__ import annotations

import io
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile

_XML = "application/vnd.openxmlformats-officedocument."


def zip_archive(**parts: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in parts.items():
            # ZipInfo has a fixed date: the current time would give each process other ids of parametrized tests.
            zipped.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def office_document(content_type: str) -> bytes:
    types = f'<Types><Override PartName="/main.xml" ContentType="{content_type}"/></Types>'
    return zip_archive(**{"[Content_Types].xml": types, "main.xml": "<main/>"})


def pdf_of_pages(pages: int) -> bytes:
    """Return a PDF of empty pages, without a table of offsets, as a damaged file has."""
    kids = " ".join(f"{number + 3} 0 R" for number in range(pages))
    parts = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {pages}>>"]
    parts += ["<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>"] * pages
    body = "".join(f"{number} 0 obj{part}endobj\n" for number, part in enumerate(parts, 1))
    return f"%PDF-1.4\n{body}trailer<</Root 1 0 R/Size {len(parts) + 1}>>\n%%EOF".encode()


CONTENTS = {
    "pdf": b"%PDF-1.7\n%%EOF\n",
    "docx": office_document(f"{_XML}wordprocessingml.document.main+xml"),
    "xlsx": office_document(f"{_XML}spreadsheetml.sheet.main+xml"),
    "odt": zip_archive(mimetype="application/vnd.oasis.opendocument.text"),
    "csv": "naam;aantal\nén;2\n".encode(),
    "txt": "Wij waren er niet bij.\r\n".encode("cp1252"),
    "png": b"\x89PNG\r\n\x1a\n\x00\x00",
    "jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "jpeg": b"\xff\xd8\xff\xe1\x00\x10Exif",
}


def uploaded_file(name: str = "brief.pdf", content: bytes | None = None) -> SimpleUploadedFile:
    """Return an upload as a browser sends it, with a wrong content type: the server must not rely on that."""
    if content is None:
        content = CONTENTS[name.rpartition(".")[2].lower()]
    return SimpleUploadedFile(name, content, content_type="text/html")
