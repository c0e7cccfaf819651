"""Bars beside figures: segments by outcome, with shares as whole percentages."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

#: Width of a bar, in SVG units.
BAR_WIDTH: Final = 100


#: The pattern of each part of a bar, so that parts differ by more than colour; those without one are plain.
_PATTERNS: Final = {
    **dict.fromkeys(("late", "partly", "effect_some"), "diagonal"),
    **dict.fromkeys(("explained", "out_of_scope"), "dots"),
    **dict.fromkeys(("overdue", "not_adopted", "effect_none", "room_no"), "cross"),
    **dict.fromkeys(("unknown", "open", "effect_unknown", "room_unknown"), "lines"),
}


class BarPart(NamedTuple):
    """A segment of a bar: what it is of, and its offset and width."""

    outcome: str
    x: float
    width: float

    @property
    def pattern(self) -> str:
        """Return the name of its pattern; "" where it is plain."""
        return _PATTERNS.get(self.outcome, "")


class LegendItem(NamedTuple):
    """A part of bars in a legend: what it is of, its label, and its pattern."""

    outcome: str
    label: Any
    pattern: str


def legend(labels: Mapping[str, Any]) -> list[LegendItem]:
    """Return the legend of bars with these parts."""
    return [LegendItem(outcome, label, _PATTERNS.get(outcome, "")) for outcome, label in labels.items()]


def bar(parts: Iterable[tuple[str, int]]) -> list[BarPart]:
    """Return the segments of a bar over the total of these numbers, side by side."""
    counts = list(parts)
    total = sum(number for _outcome, number in counts)
    found, x = [], 0.0
    for outcome, number in counts:
        width = number / total * BAR_WIDTH if total else 0.0
        if width:
            found.append(BarPart(outcome, round(x, 2), round(width, 2)))
        x += width
    return found


def single_bar(number: int, of: int) -> list[BarPart]:
    """Return the bar of a number, of which the whole width is ``of``; without segments where it is 0."""
    return [BarPart("in_time", 0, round(number / of * BAR_WIDTH, 1))] if number else []


def bar_svg(parts: Iterable[BarPart], alt_text: str = "") -> SafeString | str:
    """Return a bar as SVG, hidden from screen readers without a text alternative; "" without segments.

    Not by a template: a page has a hundred bars.
    """
    drawn = format_html_join("", "{}", ((_part_svg(part),) for part in parts))
    if not drawn:
        return ""
    role = format_html('role="img" aria-label="{}"', alt_text) if alt_text else format_html('aria-hidden="{}"', "true")
    html = '<svg class="ld-bar" viewBox="0 0 100 8" preserveAspectRatio="none" {} focusable="false">{}</svg>'
    return format_html(html, role, drawn)


def _part_svg(part: BarPart) -> SafeString:
    place = format_html('x="{}" width="{}" height="8"', part.x, part.width)
    pattern = format_html('<rect fill="url(#ld-{})" {}/>', part.pattern, place) if part.pattern else ""
    return format_html('<rect class="ld-bar__part ld-bar__{}" {}/>{}', part.outcome, place, pattern)
