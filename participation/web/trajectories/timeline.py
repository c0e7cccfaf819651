"""Layout of the timeline drawing: from steps to coordinates."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from participation.compliance.dates import ImpreciseDate
from participation.compliance.vocabulary import PHASES

#: Units of the drawing; on a phone about one pixel.
RADIUS = 11.0
GAP = 3.0
SIDE_MARGIN = 16.0
ROW_HEIGHT = 31.0
LABEL_HEIGHT = 20.0
HEADER_HEIGHT = 34.0
FOOTER_HEIGHT = 24.0
#: Minimum distance between dates on the axis.
MIN_TICK_DISTANCE = 62.0
#: Half width of shapes that are wider than their radius, so that a number fits.
HALF_WIDTHS = {"diamond": 13.0, "triangle": 15.0}
#: Vertical offset of the line of a span below the middle of its shape, where the shape does not hide it.
SPAN_OFFSET = 13.5
#: Widths of the two drawings: phone and desktop.
NARROW_WIDTH, WIDE_WIDTH = 320, 720

SHAPES = {
    "activity": "circle",
    "plan_review": "circle",
    "decision": "diamond",
    "inspection": "bar",
    "briefing": "triangle",
}
#: Tick intervals of the axis; the first that fits is used.
_TICK_INTERVALS = (
    *(("days", n) for n in (1, 2, 7, 14)),
    *(("months", n) for n in (1, 2, 3, 6)),
    *(("years", n) for n in (1, 2, 5, 10, 20, 50, 100)),
)


class TimelineEvent(NamedTuple):
    """A step as drawn; ``end`` is the closing day of a window.

    ``state`` (cancelled, open, done, optional or planned) determines its style.
    """

    ref: str
    kind: str = ""
    phase: str = ""
    when: ImpreciseDate | None = None
    end: ImpreciseDate | None = None
    state: str = "planned"


class Marker(NamedTuple):
    """A numbered shape; ``x`` and ``y`` are its centre."""

    number: int
    ref: str
    shape: str
    state: str
    x: float
    y: float

    @property
    def points(self) -> str:
        """Return the corners as SVG path data; "" for shapes without."""
        far, x, y = HALF_WIDTHS.get(self.shape, RADIUS), self.x, self.y
        corners = {
            "diamond": ((x, y - far), (x + far, y), (x, y + far), (x - far, y)),
            "triangle": ((x, y - far + 1), (x + far, y + RADIUS), (x - far, y + RADIUS)),
        }.get(self.shape, ())
        return "L".join(f"{_round(a)} {_round(b)}" for a, b in corners)

    @property
    def left(self) -> float:
        """Return the left side of a rectangle."""
        return _round(self.x - RADIUS)

    @property
    def upper(self) -> float:
        """Return the top of a rectangle."""
        return _round(self.y - self.rect_height / 2)

    @property
    def rect_height(self) -> float:
        """Return the height of a rectangle: a bar is lower than a square."""
        return 16.0 if self.shape == "bar" else 20.0

    @property
    def text_y(self) -> float:
        """Return the baseline of the number."""
        return _round(self.y + (7.5 if self.shape == "triangle" else 4))


class Span(NamedTuple):
    """A range of days: a window or, with ``imprecise``, the bounds of an imprecise date."""

    number: int
    x: float
    to: float
    y: float
    imprecise: bool


class Band(NamedTuple):
    """A phase: its rows, and the range from its first day to its last; both None if it has no dates."""

    phase: str
    top: float
    height: float
    x: float | None
    to: float | None

    @property
    def label_y(self) -> float:
        """Return the baseline of its label."""
        return self.top + LABEL_HEIGHT - 6

    @property
    def width(self) -> float:
        """Return the width of its range."""
        return _round((self.to or 0) - (self.x or 0))


class Tick(NamedTuple):
    """A date on the axis at ``x``."""

    day: date
    x: float


class Drawing(NamedTuple):
    """A timeline with coordinates; ``unit`` is the format of the dates on the axis: days, months or years.

    ``today`` is None if that day is outside the drawing.
    """

    width: int
    height: float
    bands: tuple[Band, ...]
    spans: tuple[Span, ...]
    markers: tuple[Marker, ...]
    ticks: tuple[Tick, ...]
    unit: str
    today: float | None

    @property
    def axis_y(self) -> float:
        """Return the y of the axis."""
        return _round(self.height - FOOTER_HEIGHT)

    @property
    def dates_y(self) -> float:
        """Return the baseline of the dates."""
        return _round(self.height - 7)

    @property
    def today_anchor(self) -> str:
        """Return the text-anchor of the label of today, so that it stays within the drawing."""
        if self.today is None:
            return ""
        return "start" if self.today < 40 else "end" if self.today > self.width - 40 else "middle"


def shape_of(event: TimelineEvent) -> str:
    """Return the shape: kinds of step must not differ by colour alone (WCAG 1.4.1)."""
    return SHAPES.get(event.kind, "square")


def sort_events(events: Iterable[TimelineEvent]) -> list[TimelineEvent]:
    """Return the events by date, undated ones last; the sort is stable."""
    return sorted(events, key=lambda e: (e.when or ImpreciseDate.unknown()).sort_key)


def draw_timeline(events: Iterable[TimelineEvent], today: date, width: int = NARROW_WIDTH) -> Drawing:
    """Return the drawing; events are numbered by their position in ``sort_events``."""
    ordered = sort_events(events)
    scale = _scale(ordered, today, width)
    bands: list[Band] = []
    spans: list[Span] = []
    markers: list[Marker] = []
    top = HEADER_HEIGHT
    for phase in (*PHASES, "", None):
        own = [(n, e) for n, e in enumerate(ordered, 1) if _lane(e) == phase]
        if not own:
            continue
        rows = list(_pack_rows(own, scale) if scale and phase is not None else _undated_rows(own, width))
        for number, event, row, first, last, x in rows:
            y = _round(top + LABEL_HEIGHT + row * ROW_HEIGHT + ROW_HEIGHT / 2)
            markers.append(Marker(number, event.ref, shape_of(event), event.state, _round(x), y))
            before, after = _imprecision(event)
            if last + after > first - before:
                low = _round(y + SPAN_OFFSET)
                spans.append(Span(number, _round(first - before), _round(last + after), low, not _is_window(event)))
        height = LABEL_HEIGHT + ROW_HEIGHT * (1 + max(row[2] for row in rows))
        extents = [(first, last) for _n, e, _r, first, last, _x in rows if e.state != "cancelled"]
        dated = phase is not None and extents
        bands.append(
            Band(
                "undated" if phase is None else phase or "none",
                top,
                height,
                _round(min(first for first, _last in extents) - RADIUS) if dated else None,
                _round(max(last for _first, last in extents) + RADIUS) if dated else None,
            )
        )
        top += height + 6
    return Drawing(
        width,
        _round(top + FOOTER_HEIGHT),
        tuple(bands),
        tuple(spans),
        tuple(markers),
        tuple(scale.ticks()) if scale else (),
        scale.unit if scale else "",
        _round(scale.x_of(today)) if scale and scale.first <= today <= scale.last else None,
    )


def _lane(event: TimelineEvent) -> str | None:
    """Return the phase in which it is drawn; None for undated events."""
    return event.phase if event.when is not None and event.when.latest is not None else None


class _Scale:
    """A linear scale from days to x coordinates."""

    def __init__(self, first: date, last: date, width: int) -> None:
        self.first, self.last = first, last
        self.left, self.right = SIDE_MARGIN + RADIUS, width - SIDE_MARGIN - RADIUS
        max_ticks = max(2, int((self.right - self.left) // MIN_TICK_DISTANCE))
        self.unit, self.interval = next(
            (step for step in _TICK_INTERVALS if sum(1 for _ in self._days(*step)) <= max_ticks), _TICK_INTERVALS[-1]
        )

    def x_of(self, day: date) -> float:
        share = (day - self.first).days / max(1, (self.last - self.first).days)
        return self.left + share * (self.right - self.left)

    def ticks(self) -> Iterator[Tick]:
        for day in self._days(self.unit, self.interval):
            yield Tick(day, _round(self.x_of(day)))

    def _days(self, unit: str, interval: int) -> Iterator[date]:
        if unit == "days":
            length = (self.last - self.first).days
            # Bounded: counting each day of several decades would be slow, and no drawing can hold so many.
            yield from (self.first + timedelta(days=n) for n in range(0, min(length, 400 * interval) + 1, interval))
            return
        months = interval if unit == "months" else 12 * interval
        month = -(-(self.first.year * 12 + self.first.month - 1) // months) * months
        while (day := _month(month)) <= self.last:
            if day >= self.first:
                yield day
            month += months


def _month(number: int) -> date:
    year, month = divmod(number, 12)
    return date(year, month + 1, 1) if year <= date.max.year else date.max


def _scale(events: Sequence[TimelineEvent], today: date, width: int) -> _Scale | None:
    days = [day for e in events for day in _bounds(e) or ()]
    if not days:
        return None
    first, last = min(days), max(days)
    # Include today, unless that would compress the rest, as in an old trajectory.
    margin = max(timedelta(days=60), (last - first) / 2)
    if first - margin <= today <= last + margin:
        first, last = min(first, today), max(last, today)
    if first == last:
        first, last = first - timedelta(days=3), last + timedelta(days=3)
    return _Scale(first, last, width)


def _bounds(event: TimelineEvent) -> tuple[date, date] | None:
    """Return the first and last day drawn: of a window until it closes, else of the date; None without a day."""
    if event.when is None or event.when.latest is None:
        return None
    first, last = event.when.earliest or event.when.latest, event.when.latest
    if _is_window(event) and event.end and event.end.latest:
        return (first, max(event.end.latest, first))
    return (first, last)


def _imprecision(event: TimelineEvent) -> tuple[float, float]:
    """Return how far the line of an imprecise date without bounds extends to the left and right."""
    precision = event.when.precision if event.when and not _is_window(event) else "day"
    return {"not_later_than": (20.0, 0.0), "approximate": (14.0, 14.0), "tentative": (14.0, 14.0)}.get(
        precision if event.when and event.when.earliest in (None, event.when.latest) else "day", (0.0, 0.0)
    )


def _is_window(event: TimelineEvent) -> bool:
    return event.end is not None and event.end.latest is not None


def _pack_rows(
    own: Sequence[tuple[int, TimelineEvent]], scale: _Scale
) -> Iterator[tuple[int, TimelineEvent, int, float, float, float]]:
    """Yield each dated event with its row: the first row in which it overlaps nothing."""
    free: list[float] = []
    for number, event, bounds in ((number, event, bounds) for number, event in own if (bounds := _bounds(event))):
        first, last = scale.x_of(bounds[0]), scale.x_of(bounds[1])
        x = first if _is_window(event) else (first + last) / 2
        half = HALF_WIDTHS.get(shape_of(event), RADIUS)
        begin, end = min(first, x - half), max(last, x + half)
        row = next((r for r, until in enumerate(free) if until + GAP <= begin), len(free))
        if row == len(free):
            free.append(end)
        free[row] = end
        yield number, event, row, first, last, x


def _undated_rows(
    own: Sequence[tuple[int, TimelineEvent]], width: int
) -> Iterator[tuple[int, TimelineEvent, int, float, float, float]]:
    """Yield the undated events in rows; their position has no meaning."""
    step = 2 * RADIUS + 8
    per_row = max(1, int((width - 2 * SIDE_MARGIN) // step))
    for index, (number, event) in enumerate(own):
        x = SIDE_MARGIN + RADIUS + (index % per_row) * step
        yield number, event, index // per_row, x, x, x


def _round(index: float) -> float:
    return round(index, 1)
