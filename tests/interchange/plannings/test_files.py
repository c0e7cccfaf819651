"""Every format is read within bounds, and what cannot be read is refused with a remedy."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import docx
import pytest
from django.utils import translation
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from participation.interchange.plannings import pdf_documents, pdf_process
from participation.interchange.plannings.files import read_planning_file, read_planning_text
from participation.interchange.plannings.source import MAX_BYTES, MAX_CHARACTERS, MAX_LINES, UnreadablePlanning
from tests.interchange.plannings import planning_files
from tests.workbooks import workbook


def cells(source):
    return [tuple(cell.strip() for cell in row.cells) for row in source.rows if any(map(str.strip, row.cells))]


def refusal(name, content):
    with translation.override("en"), pytest.raises(UnreadablePlanning) as refused:
        read_planning_file(name, content)
    return str(refused.value)


# ---------------------------------------------------------------- text


def test_a_table_copied_from_word_keeps_paragraphs_in_their_cell():
    text = (
        "Kop\r\nDatum\tWat\tWie\r\n14/3\r\n(?)\tEen\r\ntwee\tdrie\r\n3/4 –\r\n22/4\tVier\t\r\nVERKENNING\r\n\tVijf\tzes"
    )
    assert cells(read_planning_text(text)) == [
        ("Kop",),
        ("Datum", "Wat", "Wie"),
        ("14/3\n(?)", "Een\ntwee", "drie"),
        ("3/4 –\n22/4", "Vier", ""),
        ("VERKENNING",),
        ("", "Vijf", "zes"),
    ]


def test_a_table_copied_from_excel_keeps_lines_in_their_cell():
    text = 'Datum\tWat\n14/3\t"Een\ntwee"\n16/3\tDrie'
    assert cells(read_planning_text(text)) == [("Datum", "Wat"), ("14/3", "Een\ntwee"), ("16/3", "Drie")]


def test_a_quotation_mark_in_a_copied_cell_is_only_a_mark():
    text = 'Datum\tWat\n14/3\t"Samen\n16/3\tDrie'
    assert cells(read_planning_text(text)) == [("Datum", "Wat"), ("14/3", '"Samen'), ("16/3", "Drie")]


def test_lists_copied_from_word_are_lines_not_tables():
    assert cells(read_planning_text("•\t14/3 Raad\no\tdetail")) == [("• 14/3 Raad",), ("o detail",)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" \n\t\n", "nothing in it yet"),
        ("14/3 " + "x" * (MAX_CHARACTERS + 1), "too much text"),
        ("14/3\n" * (MAX_LINES + 1), "too much text"),
        ("x" * (MAX_BYTES + 1), "too much text"),
        ("14/3 Raad\0", "not text"),
    ],
)
def test_a_text_that_is_empty_too_long_or_no_text_is_refused(text, message):
    with translation.override("en"), pytest.raises(UnreadablePlanning, match=message):
        read_planning_text(text)


# ---------------------------------------------------------------- CSV and Excel


@pytest.mark.parametrize(
    "content",
    [
        b"Datum;Wat\n14/3;Raad\n",
        b"14/3;Raad\n16/3;College\n",
        b"14/3,Raad\n16/3,College\n",
        b"Datum\tWat\n14/3\tRaad\n",
        "Datum;Wat\n14/3;Café\n".encode("cp1252"),
        "Datum;Wat\n14/3;Raad\n".encode("utf-16"),
    ],
)
def test_a_csv_file_is_read_with_or_without_headings(content):
    assert all(len(row) == 2 for row in cells(read_planning_file("x.csv", content)))


def test_a_text_file_is_read_as_pasted():
    assert cells(read_planning_file("x.txt", b"14/3 Raad; en meer\n")) == [("14/3 Raad; en meer",)]


def test_rows_above_the_table_of_a_workbook_are_text():
    source = read_planning_file("x.xlsx", workbook(["Planning 2026"], ["Datum", "Wat"], ["14/3", "Raad"]))
    assert [(row.table > 0, row.cells[:2]) for row in source.rows] == [
        (False, ("Planning 2026",)),
        (True, ("Datum", "Wat")),
        (True, ("14/3", "Raad")),
    ]


# ---------------------------------------------------------------- Word


def test_merged_cells_stand_in_every_row_they_cover():
    def merge(document):
        table = document.tables[0]
        table.cell(1, 0).merge(table.cell(2, 0)).text = "14/3"

    rows = (("Datum", "Wat"), ("", "Een"), ("", "Twee"))
    found = cells(read_planning_file("x.docx", planning_files.word_file(rows=rows, change=merge)))
    assert [row[:2] for row in found[-2:]] == [("14/3", "Een"), ("14/3", "Twee")]


def test_tracked_changes_are_read_as_accepted():
    def track(document):
        paragraph = document.add_paragraph("14/3 ")
        for tag, text_tag, text in (("ins", "t", "Raad"), ("del", "delText", "College")):
            run = f"<w:r><w:{text_tag}>{text}</w:{text_tag}></w:r>"
            paragraph._p.append(parse_xml(f'<w:{tag} {nsdecls("w")} w:id="1" w:author="x">{run}</w:{tag}>'))

    source = read_planning_file("x.docx", planning_files.word_file(rows=("x",), change=track))
    assert cells(source)[-1] == ("14/3 Raad",)


def test_a_table_in_a_content_control_is_read():
    def wrap(document):
        table = document.tables[0]._tbl
        control = parse_xml(f"<w:sdt {nsdecls('w')}><w:sdtContent/></w:sdt>")
        table.addprevious(control)
        control[0].append(table)

    source = read_planning_file("x.docx", planning_files.word_file(rows=(("14/3", "Raad"),), change=wrap))
    assert cells(source)[-1][:2] == ("14/3", "Raad")


def with_part(content, name, part):
    """Return a zip file in which this part is replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.infolist():
            if one.filename != name:
                new.writestr(one.filename, old.read(one))
        new.writestr(name, part)
    return out.getvalue()


DOCUMENT = "word/document.xml"


@pytest.mark.parametrize(
    "part",
    [
        b"<w:document",
        b"geen xml",
        b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        b'<document xmlns="http://purl.oclc.org/ooxml/wordprocessingml/main"><body/></document>',
    ],
)
def test_a_damaged_strict_or_hostile_word_file_is_refused(part):
    assert "Word document (.docx)" in refusal("x.docx", with_part(planning_files.word_file(), DOCUMENT, part))


def test_a_valid_word_file_that_declares_a_document_type_is_refused():
    content = planning_files.word_file()
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        declaration, _end, root = parts.read(DOCUMENT).partition(b"?>")
    part = declaration + b'?><!DOCTYPE w:document [<!ENTITY a "b">]>' + root
    assert "Word document (.docx)" in refusal("x.docx", with_part(content, DOCUMENT, part))


@pytest.mark.parametrize(("name", "size"), [("word/media/x.bin", 51_000_000), ("word/x.xml", 21_000_000)])
def test_a_word_file_that_unpacks_to_too_much_is_refused(name, size):
    assert "unpacked" in refusal("x.docx", with_part(planning_files.word_file(), name, b"\0" * size))


def test_a_word_file_with_too_many_rows_is_refused():
    document = docx.Document()
    paragraph = document.add_paragraph("14/3")._p
    for _number in range(MAX_LINES + 1):
        paragraph.addnext(parse_xml(f"<w:p {nsdecls('w')}/>"))
    out = io.BytesIO()
    document.save(out)
    assert "too much text" in refusal("x.docx", out.getvalue())


# ---------------------------------------------------------------- PDF


def test_a_pdf_without_text_is_a_scan():
    assert "scan" in refusal("x.pdf", planning_files.pdf_file(body="<p>&nbsp;</p>"))


def test_a_damaged_pdf_is_refused():
    assert "cannot be opened" in refusal("x.pdf", b"%PDF-1.7\nkapot")


def test_a_pdf_with_too_many_pages_is_refused():
    body = '<p style="break-after:page">14/3</p>' * (pdf_process.MAX_PAGES + 1)
    assert "50 pages" in refusal("x.pdf", planning_files.pdf_file(body=body))


def bomb(megabytes):
    """Return a small PDF of which the page unpacks to so many megabytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    # A block that refers to nothing before it can be repeated.
    block = packer.compress(b" " * 10_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    stream = b"\x78\x9c" + block * (megabytes // 10)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<<>>>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(stream), stream),
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, body)
    start = len(out)
    lines = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"xref\n0 5\n0000000000 65535 f \n%strailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        lines,
        start,
    )


def test_a_pdf_that_unpacks_to_more_than_the_memory_of_its_process_is_refused():
    assert "takes too long" in refusal("x.pdf", bomb(2_000))


def test_the_process_that_reads_a_pdf_has_limits_on_memory_and_time():
    program = (
        f"from {pdf_process.__name__} import limit_resources; import resource; limit_resources();"
        "print(resource.getrlimit(resource.RLIMIT_CPU)[1]); bytearray(2_000_000_000)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == str(pdf_process.CPU_SECONDS)
    assert "MemoryError" in done.stderr


def test_reading_a_pdf_ends_after_a_while(monkeypatch):
    monkeypatch.setattr(pdf_documents, "_TIMEOUT", 0.01)
    assert "takes too long" in refusal("x.pdf", planning_files.pdf_file(body="<p>14/3 Raad</p>"))


def test_the_process_that_reads_a_pdf_has_no_secrets_in_its_environment(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "geheim")
    seen = {}

    def run(command, **options):
        seen.update(options["env"])
        raise ValueError

    monkeypatch.setattr(pdf_documents.subprocess, "run", run)
    refusal("x.pdf", b"%PDF-1.7")
    assert "SECRET_KEY" not in seen
    assert "PATH" in seen


def test_the_process_that_reads_a_pdf_needs_no_django():
    source = Path(pdf_process.__file__).read_text(encoding="utf-8")
    assert "django" not in source.lower().replace("neither django", "")


# ---------------------------------------------------------------- other files


OLE = b"\xd0\xcf\x11\xe0" + b"\0" * 600


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.doc", OLE, "old file"),
        ("x.docx", OLE, "old file"),
        ("x.rtf", b"{\\rtf1 14/3 Raad}", "old file"),
        ("x.odt", b"PK\x03\x04" + b"\0" * 26 + b"mimetypeapplication/vnd.oasis.opendocument.text", "LibreOffice"),
        ("x.png", b"\x89PNG\r\n\x1a\n", "cannot be read"),
        ("x.docx", b"geen zip", "cannot be read"),
        ("x.zip", b"PK\x03\x04" + b"\0" * 100, "cannot be read"),
        ("x.docx", b"PK\x03\x04" + b"\0" * 100, "Word document"),
        ("x.xlsx", b"PK\x03\x04" + b"\0" * 100, "Excel"),
        ("x.csv", b"", "nothing in it yet"),
        ("x.csv", b"\xff\xfe\x00", "cannot be read"),
        ("x.txt", b"x" * (MAX_BYTES + 1), "larger than 5 MB"),
    ],
)
def test_other_files_are_refused_with_a_remedy(name, content, message):
    assert message in refusal(name, content)
