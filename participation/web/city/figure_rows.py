"""Rows of tables of figures: a number for each outcome, each with the URL of the lines behind it, and a bar."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from participation.selectors.statistics.city import OUTCOMES, CityFigures, percent

from .bars import BarPart, bar


class FigureCell(NamedTuple):
    """A number: the outcome that it counts, the heading of its column, its percentage, and the URL of its lines."""

    outcome: str
    name: Any
    number: int
    share: str
    url: str


class FigureRow(NamedTuple):
    """A row of a table: label with its URL, total with its URL, numbers, and the text alternative of their bar."""

    label: str
    cells: list[FigureCell]
    alt_text: str
    url: str = ""
    total: int | None = None
    total_url: str = ""

    @property
    def bar(self) -> list[BarPart]:
        """Return the segments of the bar of these numbers."""
        return bar((cell.outcome, cell.number) for cell in self.cells)


def figure_cells(
    numbers: Mapping[str, int], names: Mapping[str, Any], shares: Mapping[str, int], lines_url: str
) -> list[FigureCell]:
    """Return the cells of these numbers by outcome; ``lines_url`` leads to the lines of all of them.

    Its query has at least one parameter. ``shares`` are whole percentages; an outcome without one has none.
    """
    return [
        FigureCell(
            *(outcome, names[outcome], number),
            f"{shares[outcome]}%" if number and outcome in shares else "",
            f"{lines_url}&uitkomst={outcome}" if number else "",
        )
        for outcome, number in numbers.items()
    ]


def outcome_cells(found: CityFigures, names: Mapping[str, Any], lines_url: str) -> list[FigureCell]:
    """Return the cells of obligations by outcome; what is not known has no percentage."""
    shares = {outcome: percent(found.share(outcome)) for outcome in OUTCOMES if outcome != "unknown"}
    return figure_cells(found._asdict(), names, shares, lines_url)


def cells_text(cells: Iterable[FigureCell]) -> str:
    """Return in words what the bar of these cells shows."""
    return ", ".join(
        f"{cell.name}: {cell.number} ({cell.share})" if cell.share else f"{cell.name}: {cell.number}"
        for cell in cells
        if cell.number
    )


def number_link(number: Any, url: str, about: Any) -> Any:
    """Return a number as a link to its lines, which is named by what it is about; the number alone without a URL."""
    if not url:
        return number
    html = '<a class="ld-tap" href="{}">{}<span class="ld-visually-hidden"> {}</span></a>'
    return format_html(html, url, number, about)


def number_cells(row: FigureRow) -> SafeString:
    """Return the HTML of the cells of a row.

    Not by a template for each: a page has hundreds, and they took most of its time. A zero has no label: on a
    telephone, where a row is a card, it is left out.
    """
    about = gettext("%(name)s, %(period)s")
    return format_html_join("", "{}", ((_number_cell(cell, about, row.label),) for cell in row.cells))


def _number_cell(cell: FigureCell, about: str, label: str) -> SafeString:
    if not cell.number:
        return format_html('<td class="ld-number ld-city__none">{}</td>', 0)
    link = number_link(cell.number, cell.url, about % {"name": cell.name, "period": label})
    share = format_html(' <span class="ld-muted ld-small">{}</span>', cell.share) if cell.share else ""
    return format_html('<td class="ld-number" data-label="{}">{}{}</td>', cell.name, link, share)
