"""Line chart of percentages over time, as SVG coordinates."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

#: In SVG units: the size of the picture, and the space around the lines for the labels.
WIDTH: Final = 360
HEIGHT: Final = 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 16, 12, 28
#: Half the width of a mark.
_MARK: Final = 4
#: Maximum number of labels below the axis.
_MAX_LABELS: Final = 4


class ChartMark(NamedTuple):
    """A point of a line: its middle, its left upper corner and its size."""

    x: float
    y: float
    left: float
    upper: float
    size: int


class ChartLine(NamedTuple):
    """A line: its name, the path that joins points that follow one another, and its marks."""

    name: str
    path: str
    marks: list[ChartMark]


class AxisLabel(NamedTuple):
    """A label of an axis, with where its text begins, ends or has its middle."""

    text: str
    x: float
    y: float
    anchor: str


class LineChart(NamedTuple):
    """The picture: its lines, the labels of the periods, and the heights of 0, 50 and 100 percent."""

    width: int
    height: int
    left: int
    right: int
    lines: list[ChartLine]
    labels: list[AxisLabel]
    levels: list[AxisLabel]


def line_chart(lines: Mapping[str, Sequence[float | None]], labels: Sequence[str]) -> LineChart:
    """Return the picture of these lines of shares, 0 to 1; where one is None nothing is drawn."""
    xs = [_x(place, len(labels)) for place in range(len(labels))]
    step = max(1, -(-(len(labels) - 1) // (_MAX_LABELS - 1)))
    below = HEIGHT - _BOTTOM + 18
    shown = [
        AxisLabel(labels[place], xs[place], below, _anchor(place, len(labels)))
        for place in range(len(labels))
        if (len(labels) - 1 - place) % step == 0
    ]
    levels = [AxisLabel(f"{share:.0%}", _LEFT - 6, round(_y(share), 1), "end") for share in (0.0, 0.5, 1.0)]
    drawn = [_line(name, xs, shares) for name, shares in lines.items()]
    return LineChart(WIDTH, HEIGHT, _LEFT, WIDTH - _RIGHT, drawn, shown, levels)


def _x(place: int, number: int) -> float:
    room = WIDTH - _LEFT - _RIGHT
    return round(_LEFT + (room * place / (number - 1) if number > 1 else room / 2), 1)


def _y(share: float) -> float:
    return _TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - share)


def _anchor(place: int, number: int) -> str:
    return "end" if place == number - 1 and number > 1 else "start" if place == 0 and number > 1 else "middle"


def _line(name: str, xs: Sequence[float], shares: Sequence[float | None]) -> ChartLine:
    path, marks, joined = "", [], False
    for x, share in zip(xs, shares, strict=True):
        if share is None:
            joined = False
            continue
        y = round(_y(share), 1)
        path += f"{'L' if joined else 'M'}{x} {y}"
        marks.append(ChartMark(x, y, round(x - _MARK, 1), round(y - _MARK, 1), 2 * _MARK))
        joined = True
    return ChartLine(name, path, marks)
