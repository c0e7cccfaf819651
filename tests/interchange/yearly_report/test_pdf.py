"""The accessible PDF of a yearly report."""

from __future__ import annotations

import re

import pytest

from participation.interchange.archive.pdf import pdf_of
from participation.interchange.yearly_report.data import report_data
from participation.interchange.yearly_report.document import report_html
from tests.interchange.archive.test_pdf import assert_accessible, unfolded

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


def test_the_report_says_of_what_and_when_it_is(whole):
    assert "Jaarverslag participatie 2025" in whole
    assert "31 december 2025" in whole
    assert "20 april 2026" in whole
    assert "<td>6,8</td>" in whole  # 6.75 on average
    assert "Dit jaar is nog niet voorbij" not in whole
