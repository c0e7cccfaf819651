"""The text of two versions of a document, compared by paragraph."""

from __future__ import annotations

import io

import docx
import pytest
import weasyprint

from participation.interchange import document_texts
from participation.interchange.document_texts import (
    UnreadableDocument,
    compare_paragraphs,
    read_paragraphs,
)

A = "Het plein krijgt twintig bomen langs de rand."
B = "Fietsen staan straks in een rek bij de school."
C = "De weekmarkt blijft op zaterdag op het plein."


def test_a_change_stands_after_the_paragraph_that_both_versions_have():
    found = compare_paragraphs([A, B], [A, C])
    assert [(change.part.kind, change.after) for change in found.changes] == [("removed", A), ("added", A)]
    assert (found.same, found.count("added"), found.count("moved")) == (1, 1, 0)


def test_a_short_paragraph_is_not_said_to_have_moved():
    found = compare_paragraphs(["Inleiding", A, B], [A, B, "Inleiding"])
    assert [change.part.kind for change in found.changes] == ["removed", "added"]


def test_a_paragraph_that_moved_once_and_stands_twice_is_also_added():
    found = compare_paragraphs([A, B, C], [B, C, A, A])
    assert [change.part.kind for change in found.changes] == ["moved", "added"]


def test_equal_texts_have_no_changes():
    assert compare_paragraphs([A, B], [A, B]) == ([], 2)


@pytest.mark.parametrize("name", ["stuk.txt", "STUK.MD"])
def test_lines_that_follow_one_another_are_one_paragraph(name):
    assert read_paragraphs(name, b"# Plein\r\n\r\nTwintig  bomen\r\nlangs de rand.\r\n") == [
        "# Plein",
        "Twintig bomen langs de rand.",
    ]


def test_a_word_document_has_its_paragraphs_and_rows():
    document = docx.Document()
    document.add_paragraph(A)
    document.add_paragraph("")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Wanneer", "Maart"
    file = io.BytesIO()
    document.save(file)
    assert read_paragraphs("plan.docx", file.getvalue()) == [A, "Wanneer Maart"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("foto.png", b"\x89PNG\r\n\x1a\n"),
        ("plan.odt", b"PK\x03\x04x"),
        ("plan.docx", b"PK\x03\x04x"),
        ("x.pdf", b"%PDF-"),
    ],
)
def test_what_has_no_text_that_can_be_read_is_refused_by_name(name, content):
    with pytest.raises(UnreadableDocument, match=name):
        read_paragraphs(name, content)


def test_a_text_beyond_the_limits_is_refused(monkeypatch):
    monkeypatch.setattr(document_texts, "MAX_PARAGRAPHS", 1)
    with pytest.raises(UnreadableDocument, match="1 alinea"):
        read_paragraphs("stuk.txt", b"een\n\ntwee")
    monkeypatch.setattr(document_texts, "MAX_BYTES", 3)
    with pytest.raises(UnreadableDocument):
        read_paragraphs("stuk.txt", b"vier")


def pdf(*paragraphs):
    return weasyprint.HTML(string="".join(f"<p>{text}</p>" for text in paragraphs)).write_pdf()


def test_a_pdf_with_text_is_compared_by_paragraph():
    old, new = (read_paragraphs("plan.pdf", pdf(*texts)) for texts in ((A, B, C), (A, B.replace("rek", "stalling"), C)))
    assert old == [A, B, C]
    found = compare_paragraphs(old, new)
    assert [change.part.kind for change in found.changes] == ["changed"]
    assert [word.text for word in found.changes[0].part.words if word.kind == "added"] == ["stalling"]
    assert found.same == 2


def test_a_scan_is_said_to_have_no_text():
    content = weasyprint.HTML(string="<svg width='90' height='90'><rect width='50' height='50'/></svg>").write_pdf()
    with pytest.raises(UnreadableDocument, match="scan"):
        read_paragraphs("scan.pdf", content)


def test_a_word_document_is_compared_with_a_text():
    document = docx.Document()
    for text in (A, B):
        document.add_paragraph(text)
    file = io.BytesIO()
    document.save(file)
    old = read_paragraphs("plan.txt", f"{A}\n\n{B}\n\n{C}".encode())
    assert [
        change.part.kind for change in compare_paragraphs(old, read_paragraphs("plan.docx", file.getvalue())).changes
    ] == ["removed"]
