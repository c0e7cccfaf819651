"""The accessible PDF of an archive. Generating one takes a second."""

from __future__ import annotations

import builtins
import io
import re
import zlib
from itertools import pairwise
from typing import Any, NamedTuple

import page
import pdfplumber
import pytest
from django.template.loader import render_to_string
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import resolve1

from participation.interchange.archive import pdf
from participation.interchange.archive.data import archive_data
from participation.interchange.archive.overview_page import overview_html
from participation.interchange.archive.pdf import PdfUnavailableError, pdf_of
from tests.interchange.archive.archives import add_counter_signal, archive_request, square


@pytest.fixture
def whole(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    made = square()
    add_counter_signal(made)
    return overview_html(archive_data(archive_request(made), {}))


def unfolded(made):
    """Return the PDF with its streams decompressed."""
    found = [made]
    for stream in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", made, re.DOTALL):
        try:
            found.append(zlib.decompress(stream[1]))
        except zlib.error:
            continue
    return b"\n".join(found)


def test_the_pdf_is_tagged_with_language_title_and_reading_order(whole):
    made = pdf_of(whole)
    assert made == pdf_of(whole)
    content = unfolded(made)
    assert content.startswith(b"%PDF-1.7")
    for wanted in (
        rb"/MarkInfo <</Marked true>>",
        rb"/Lang \(nl\)",
        rb"/DisplayDocTitle true",
        rb'pdfuaid:part="1"',
        rb"<dc:title><rdf:Alt><rdf:li[^>]*>Het Voorbeeldplein<",
        rb"/Outlines ",
        rb"/CreationDate \(D:20260420",
    ):
        assert re.search(wanted, content), wanted
    pages = len(re.findall(rb"/Type /Page\b", content))
    assert len(re.findall(rb"/Tabs /S\b", content)) == pages
    # Every cell has a header, every link a text, and every image an alternative text.
    assert len(re.findall(rb"/S /TD\b", content)) == len(re.findall(rb"/Headers ?\[", content)) > 0
    assert len(re.findall(rb"/S /TH\b", content)) > 0
    links = len(re.findall(rb"/Subtype /Link\b", content))
    assert len(re.findall(rb"/S /Link\b", content)) == links > 0
    assert b"/S /Figure" not in content
    # Every font is embedded.
    fonts = re.findall(rb"/FontDescriptor", content)
    assert fonts
    assert len(re.findall(rb"/FontFile[23]", content)) >= 1


class TagTree(NamedTuple):
    """The structure elements of a PDF, and the text of its pages that is in none and is no artifact."""

    elements: list[tuple[str, dict[str, Any], str]]
    untagged: str
    artifacts: str


def tag_tree(made: bytes) -> TagTree:
    """Return the tags of a PDF: each element's kind, its attributes, and its own text."""
    document = PDFDocument(PDFParser(io.BytesIO(made)))
    with pdfplumber.open(io.BytesIO(made)) as pages:
        chars = [(number, char) for number, page in enumerate(pages.pages) for char in page.chars]
    numbers = {page.pageid: number for number, page in enumerate(PDFPage.create_pages(document))}
    texts: dict[tuple[int, int], str] = {}
    for number, char in chars:
        if char["mcid"] is not None:
            texts[number, char["mcid"]] = texts.get((number, char["mcid"]), "") + char["text"]
    elements = []
    pending = [resolve1(document.catalog["StructTreeRoot"])["K"]]
    while pending:
        element = resolve1(pending.pop())
        if isinstance(element, list):
            pending += reversed(element)
            continue
        kids = [resolve1(kid) for kid in element.get("K", ())]
        text = "".join(texts.pop((numbers[element["Pg"].objid], kid)) for kid in kids if isinstance(kid, int))
        links = [resolve1(kid["Obj"]) for kid in kids if isinstance(kid, dict) and "Obj" in kid]
        elements.append((element["S"].name, {**resolve1(element.get("A", {})), **element, "links": links}, text))
        pending += [kid for kid in reversed(kids) if isinstance(kid, dict) and "S" in kid]
    artifacts = "".join(char["text"] for _number, char in chars if char["tag"] == "Artifact")
    outside = "".join(char["text"] for _number, char in chars if char["mcid"] is None and char["tag"] != "Artifact")
    return TagTree(elements, outside + "".join(texts.values()), artifacts)


def text_of(content: bytes) -> str:
    """Return a text string of a PDF."""
    return content.decode("utf-16" if content.startswith(b"\xfe\xff") else "latin-1")


def assert_accessible(made: bytes) -> None:
    """Check a PDF with a validator of PDF/UA-1, and what it does not look at by its tags."""
    report = page.validate_pdf_bytes(made, profile=page.ValidationProfile.PDF_UA_1)
    assert [(failure.rule_id, failure.message) for failure in report.failures] == []
    elements, untagged, artifacts = tag_tree(made)
    assert untagged == ""
    assert re.search(r"1 / \d", artifacts)
    assert [text for _kind, _attributes, text in elements if text.strip() == "."] == []
    header_ids = {attributes["ID"] for kind, attributes, _text in elements if kind == "TH"}
    for kind, attributes, text in elements:
        if kind == "TH":
            assert attributes["Scope"].name in ("Column", "Row")
        elif kind == "TD":
            assert set(attributes["Headers"]) <= header_ids
            assert attributes["Headers"]
        elif kind == "Link":
            [link] = attributes["links"]
            assert text.strip() in text_of(link["Contents"])


def test_the_pdf_passes_a_validator_and_its_tags_relate_what_is_on_the_page(whole):
    made = pdf_of(whole)

    assert_accessible(made)
    links = [attributes["links"][0] for kind, attributes, _text in tag_tree(made).elements if kind == "Link"]
    assert "Waar het over gaat" in str([link["Contents"] for link in links])
    assert any(b"/trajecten/" in resolve1(link["A"])["URI"] for link in links if "A" in link)


def test_heading_levels_are_not_skipped(whole):
    levels = [int(level) for level in re.findall(r"<h([1-6])", whole)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_table_has_header_cells_and_none_in_its_body(whole):
    tables = re.findall(r"<table.*?</table>", whole, re.DOTALL)
    assert tables
    for table in tables:
        head, _line, body = table.partition("</thead>")
        assert '<th scope="col"' in head
        assert "<th" not in body


def test_the_pdf_has_the_same_text_as_the_pages(whole):
    for expected in (
        "Het plein gaat op de schop.",
        "De bomen blijven",
        "Er komen drie bomen bij",
        "Waarom nu?",
        "Wij hoorden niets",
        "Er is maar één plek voor het plein",
        "Te laat",
    ):
        assert expected in whole, expected


@pytest.mark.parametrize(("width", "is_hyphenated"), [("22mm", True), ("60mm", False)])
def test_a_word_is_hyphenated_only_where_it_does_not_fit_its_column(width, is_hyphenated):
    style = render_to_string("archive/overview.css")
    cell = f'<table style="width: {width}"><tr><td>Ondernemersvereniging in de wijk</td></tr></table>'
    made = pdf_of(f'<html lang="nl"><title>x</title><style>{style}</style>{cell}</html>')
    with pdfplumber.open(io.BytesIO(made)) as pages:
        [text] = [" ".join(page.extract_text().split()) for page in pages.pages]
    assert ("\N{HYPHEN}" in text) == is_hyphenated
    assert text.replace("\N{HYPHEN} ", "").startswith("Ondernemersvereniging in de wijk")


def test_no_external_resources_are_loaded(monkeypatch):
    weasyprint = pytest.importorskip("weasyprint")
    with pytest.raises(weasyprint.urls.FatalURLFetchingError):
        pdf_of("<html lang=nl><title>x</title><img src='http://example.org/x.png' alt='x'></html>")
    with pytest.raises(weasyprint.urls.FatalURLFetchingError):
        pdf_of("<html lang=nl><title>x</title><img src='file:///etc/hostname' alt='x'></html>")


def test_missing_libraries_are_reported_with_what_to_install(monkeypatch):
    def missing(name, *_arguments, **_options):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *_arguments, **_options)

    real = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(PdfUnavailableError, match=r"libpango-1.0-0.*apt-get install libpango-1.0-0 libpangoft2"):
        pdf_of("<p>")


def test_unprintable_characters_are_removed():
    made = pdf.pdf_of('<html lang="nl"><title>a</title><p>a\x00b\x0b\ud800\ufffeé\n\tc</p></html>')

    assert made == pdf.pdf_of('<html lang="nl"><title>a</title><p>ab\né\n\tc</p></html>')
