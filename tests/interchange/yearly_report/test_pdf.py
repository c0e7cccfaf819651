"""The accessible PDF of a yearly report."""

from __future__ import annotations

import re

import pytest
from pdfminer.pdftypes import resolve1

from participation.interchange.archive.pdf import pdf_of
from participation.interchange.yearly_report.data import report_data
from participation.interchange.yearly_report.document import report_html
from tests.interchange.archive.test_pdf import assert_accessible, tag_tree, text_of, unfolded

from .reports import report_request, town


@pytest.fixture
def whole(db, settings):
    settings.BASE_URL = "https://leidraad.example"
    town()
    return report_html(report_data(report_request()))


def test_the_pdf_is_tagged_and_every_figure_is_a_link_to_the_site(whole):
    made = pdf_of(whole)
    assert_accessible(made)
    content = unfolded(made)
    for wanted in (rb"/MarkInfo <</Marked true>>", rb"/Lang \(nl\)", rb'pdfuaid:part="1"', rb"/Outlines "):
        assert re.search(wanted, content), wanted
    assert len(re.findall(rb"/S /TD\b", content)) == len(re.findall(rb"/Headers ?\[", content)) > 0
    assert len(re.findall(rb"/S /Link\b", content)) == len(re.findall(rb"/Subtype /Link\b", content)) > 0
    assert b"https://leidraad.example/stad/punten/?van=2025-01-01&op=2025-12-31" in content


def test_each_basic_condition_with_a_share_has_a_picture_with_a_text_beside_its_table(whole):
    figures = [attributes for kind, attributes, _text in tag_tree(pdf_of(whole)).elements if kind == "Figure"]
    assert len(figures) == whole.count("<svg ") > 0
    for attributes in figures:
        assert text_of(attributes["Alt"]).startswith("Percentage op tijd per jaar. De eerste tabel heeft")
        left, lower, right, upper = resolve1(attributes["Pg"])["MediaBox"]
        box = attributes["BBox"]
        assert left < box[0] < box[2] < right
        assert lower < box[1] < box[3] < upper


def test_a_caption_is_on_the_page_of_its_table(whole):
    # Begun at two heights, so that other captions come to the foot of a page.
    for height in (0, 40):
        elements = tag_tree(pdf_of(whole.replace("<main>", f'<main><div style="height: {height}mm"></div>'))).elements
        captions = [place for place, element in enumerate(elements) if element[0] == "Caption"]
        assert len(captions) == whole.count("<caption>") > 10
        for place in captions:
            rows = [attributes["Pg"].objid for kind, attributes, _text in elements[place:] if kind == "TR"]
            assert elements[place][1]["Pg"].objid == rows[0] == rows[1], height


def test_a_year_that_is_not_over_is_named_once(db):
    town()
    made = report_html(report_data(report_request(year=2026)))
    assert ">2026 tot en met 20 april<" in made
    assert "tot en met 20 april 2026" not in made


def test_the_report_says_of_what_and_when_it_is(whole):
    assert "Jaarverslag participatie 2025" in whole
    assert "31 december 2025" in whole
    assert "20 april 2026" in whole
    assert "<td>6,8</td>" in whole  # 6.75 on average
    assert "Dit jaar is nog niet voorbij" not in whole
