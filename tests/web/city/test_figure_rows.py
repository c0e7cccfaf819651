"""The cells of figures: what is shown, where it leads, and what a screen reader says of it."""

from __future__ import annotations

from django.utils import translation

from participation.selectors.statistics.city import CityFigures
from participation.web.city.bars import BarPart, bar_svg
from participation.web.city.figure_rows import FigureRow, cells_text, number_cells, outcome_cells

NAMES = {"in_time": "Op tijd", "late": "Later", "explained": "Uitleg", "overdue": "Te laat", "unknown": "Onbekend"}


def row(label="Plein", **numbers):
    cells = outcome_cells(CityFigures(**numbers), NAMES, "/stad/punten/?op=2026-04-20")
    return FigureRow(label, cells, cells_text(cells))


def html_of(found):
    with translation.override("nl"):
        return number_cells(found)


def test_a_number_leads_to_its_lines_and_is_named_by_its_column_and_row():
    assert html_of(row(in_time=3, overdue=1)).startswith(
        '<td class="ld-number" data-label="Op tijd">'
        '<a class="ld-tap" href="/stad/punten/?op=2026-04-20&amp;uitkomst=in_time">3'
        '<span class="ld-visually-hidden"> Op tijd, Plein</span></a> <span class="ld-muted ld-small">75%</span></td>'
    )


def test_what_is_not_known_has_no_percentage_and_a_zero_no_link():
    html = html_of(row(unknown=2))
    assert "%" not in html
    assert html.count("<a ") == 1
    assert html.count('<td class="ld-number ld-city__none">0</td>') == 4


def test_a_label_with_markup_is_shown_as_text():
    html = html_of(row("<b>Plein</b> & 50%", in_time=1))
    assert "Op tijd, &lt;b&gt;Plein&lt;/b&gt; &amp; 50%</span>" in html
    assert "<b>" not in html
    assert 'aria-label="&quot;x&quot;"' in bar_svg([BarPart("late", 0, 9)], '"x"')


def test_a_bar_has_a_text_alternative_or_is_hidden_from_screen_readers():
    found = row(in_time=1, late=1, unknown=2)
    assert found.alt_text == "Op tijd: 1 (50%), Later: 1 (50%), Onbekend: 2"
    assert 'role="img" aria-label="Op tijd: 1 (50%), Later: 1 (50%), Onbekend: 2"' in bar_svg(found.bar, found.alt_text)
    assert 'aria-hidden="true"' in bar_svg(found.bar)
    assert bar_svg(found.bar).count("<rect") == 5
    assert bar_svg([], "nothing") == ""
