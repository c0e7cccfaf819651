"""Bar chart of scores from 1 to 10."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _lazy

#: Questions of the evaluation form.
QUESTIONS: Mapping[str, Any] = {
    "fairness": _lazy("How fair was it?"),
    "heard": _lazy("Were you heard?"),
    "informed": _lazy("Were you well informed?"),
}
#: In SVG units: distance between bars, width of a bar, maximum height, and height of a line of text.
_BAR_SPACING, _BAR_WIDTH, _MAX_BAR_HEIGHT, _LINE_HEIGHT = 30, 22, 80, 18


class ScoreBar(NamedTuple):
    """The bar of one score, with how often it was given."""

    score: int
    times: int
    x: int
    y: int
    width: int
    height: int
    middle: int


class Chart(NamedTuple):
    """The bars and the size of the chart."""

    bars: list[ScoreBar]
    width: int
    height: int
    floor: int
    below: int


def chart(spread: Sequence[int]) -> Chart:
    """Return the chart of these counts, lowest score first."""
    highest_count, floor = max(spread, default=0) or 1, _MAX_BAR_HEIGHT + _LINE_HEIGHT
    bars = []
    for index, count in enumerate(spread):
        height, x = (
            round(_MAX_BAR_HEIGHT * count / highest_count),
            index * _BAR_SPACING + (_BAR_SPACING - _BAR_WIDTH) // 2,
        )
        bars.append(ScoreBar(index + 1, count, x, floor - height, _BAR_WIDTH, height, x + _BAR_WIDTH // 2))
    return Chart(bars, _BAR_SPACING * len(spread), floor + _LINE_HEIGHT, floor, floor + _LINE_HEIGHT - 4)
