"""The readable whole of an archive as a PDF that a screen reader can read. Each takes a second to make."""

from __future__ import annotations

import builtins
import re
import zlib
from itertools import pairwise

import pytest

from participation.exchange.archive import pdf
from participation.exchange.archive.data import told_of
from participation.exchange.archive.overview_page import overview_html
from participation.exchange.archive.pdf import PdfUnavailableError, pdf_of
from tests.exchange.archive.archives import asked, contradicted, square


@pytest.fixture
def whole(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    made = square()
    contradicted(made)
    return overview_html(told_of(asked(made), {}))


def unfolded(made):
    """The PDF with all that is pressed in it as it reads."""
    found = [made]
    for stream in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", made, re.DOTALL):
        try:
            found.append(zlib.decompress(stream[1]))
        except zlib.error:
            continue
    return b"\n".join(found)


def test_it_is_tagged_and_tells_its_language_title_and_what_follows_on_what(whole):
    made = pdf_of(whole)
    assert made == pdf_of(whole)
    told = unfolded(made)
    assert told.startswith(b"%PDF-1.7")
    for wanted in (
        rb"/MarkInfo <</Marked true>>",
        rb"/Lang \(nl\)",
        rb"/DisplayDocTitle true",
        rb'pdfuaid:part="1"',
        rb"<dc:title><rdf:Alt><rdf:li[^>]*>Het Voorbeeldplein<",
        rb"/Outlines ",
        rb"/CreationDate \(D:20260420",
    ):
        assert re.search(wanted, told), wanted
    pages = len(re.findall(rb"/Type /Page\b", told))
    assert len(re.findall(rb"/Tabs /S\b", told)) == pages
    # Every cell under its heads, every link with words of its own, and no picture without.
    assert len(re.findall(rb"/S /TD\b", told)) == len(re.findall(rb"/Headers ?\[", told)) > 0
    assert len(re.findall(rb"/S /TH\b", told)) > 0
    links = len(re.findall(rb"/Subtype /Link\b", told))
    assert len(re.findall(rb"/S /Link\b", told)) == links > 0
    assert b"/S /Figure" not in told
    # Every letter is in the PDF itself.
    fonts = re.findall(rb"/FontDescriptor", told)
    assert fonts
    assert len(re.findall(rb"/FontFile[23]", told)) >= 1


def test_its_headings_go_down_one_step_at_a_time(whole):
    levels = [int(level) for level in re.findall(r"<h([1-6])", whole)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_its_tables_have_heads_and_no_head_in_their_body(whole):
    tables = re.findall(r"<table.*?</table>", whole, re.DOTALL)
    assert tables
    for table in tables:
        head, _line, body = table.partition("</thead>")
        assert '<th scope="col"' in head
        assert "<th" not in body


def test_it_says_the_same_as_the_pages(whole):
    for said in (
        "Het plein gaat op de schop.",
        "De bomen blijven",
        "Er komen drie bomen bij",
        "Waarom nu?",
        "Wij hoorden niets",
        "Er is maar één plek voor het plein",
        "Te laat",
    ):
        assert said in whole, said


def test_nothing_is_fetched_for_it(monkeypatch):
    weasyprint = pytest.importorskip("weasyprint")
    with pytest.raises(weasyprint.urls.FatalURLFetchingError):
        pdf_of("<html lang=nl><title>x</title><img src='http://example.org/x.png' alt='x'></html>")
    with pytest.raises(weasyprint.urls.FatalURLFetchingError):
        pdf_of("<html lang=nl><title>x</title><img src='file:///etc/hostname' alt='x'></html>")


def test_a_machine_without_the_libraries_tells_what_to_install(monkeypatch):
    def missing(name, *_arguments, **_options):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *_arguments, **_options)

    real = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(PdfUnavailableError, match=r"libpango-1.0-0.*apt-get install libpango-1.0-0 libpangoft2"):
        pdf_of("<p>")


def test_signs_that_no_page_can_show_are_left_out():
    made = pdf.pdf_of('<html lang="nl"><title>a</title><p>a\x00b\x0b\ud800\ufffeé\n\tc</p></html>')

    assert made == pdf.pdf_of('<html lang="nl"><title>a</title><p>ab\né\n\tc</p></html>')
