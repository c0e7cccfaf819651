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
_STEP, _BAR, _HIGHEST, _TEXT = 30, 22, 80, 18


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
    most, floor = max(spread, default=0) or 1, _HIGHEST + _TEXT
    bars = []
    for index, count in enumerate(spread):
        height, x = round(_HIGHEST * count / most), index * _STEP + (_STEP - _BAR) // 2
        bars.append(ScoreBar(index + 1, count, x, floor - height, _BAR, height, x + _BAR // 2))
    return Chart(bars, _STEP * len(spread), floor + _TEXT, floor, floor + _TEXT - 4)
