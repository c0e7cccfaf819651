"""A map of neighbourhoods as SVG, with a number for each: no tiles, no JavaScript, no service unless one is set.

``templates/components/neighbourhood_map.html`` draws it. Darkness, a pattern and the number itself say the same.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings

from participation.selectors.neighbourhood_shapes import PlacedGeometry, Ring, ShapedNeighbourhood

#: The longest side of the drawing, in its own units, and the edge around it.
_SIZE, _EDGE = 1000, 8
#: The number of shades for more than nothing.
SHADES: Final = 4
#: Why a value has no number: it is there but not published, or nothing is recorded. Neither is nought.
HIDDEN, UNKNOWN = "hidden", "unknown"
_MISSING_SHADES: Final = {HIDDEN: SHADES + 1, UNKNOWN: SHADES + 2}
#: The width of a letter and the height of a line of a name, in units of the drawing; see .ld-map__name.
_LETTER, _LINE = 11, 26


class MapValue(NamedTuple):
    """The value of an area: a number, in words, and the address that it leads to ("" for none).

    ``is_least`` is whether it is this number or more. ``missing`` is why there is no number: ``HIDDEN`` or ``UNKNOWN``.
    """

    number: int
    words: str
    href: str
    is_least: bool = False
    missing: str = ""


#: The value of an area that has none.
_NOTHING: Final = MapValue(0, "", "")


class MapArea(NamedTuple):
    """An area as it is drawn. ``shade`` is that of the legend; ``lines`` is its name where that fits."""

    name: str
    value: MapValue
    shade: int
    path: str
    x: int
    y: int
    lines: tuple[tuple[int, str], ...]
    current: bool


class MapShade(NamedTuple):
    """A shade in the legend: 0 for none, up to ``SHADES``, with the numbers it stands for.

    What is ``missing`` has a shade of its own behind those, with ``words`` in place of numbers.
    """

    shade: int
    first: int
    last: int
    missing: str = ""
    words: str = ""

    def is_of(self, value: MapValue) -> bool:
        """Return whether this is the shade of a value."""
        return self.missing == value.missing and (bool(self.missing) or self.first <= value.number <= self.last)


class MapPlace(NamedTuple):
    """A place on the map, in words: a point, or with ``path`` an area around it."""

    words: str
    x: int
    y: int
    path: str


class BaseMap(NamedTuple):
    """The image beneath a map: its URL, and the server that it comes from."""

    url: str
    server: str


class NeighbourhoodMap(NamedTuple):
    """A map. ``id`` is unique on its page; ``label`` says what the map shows."""

    id: str
    label: str
    width: int
    height: int
    areas: list[MapArea]
    legend: list[MapShade]
    base_map: BaseMap | None
    place: MapPlace | None = None


def neighbourhood_map(
    map_id: str, label: str, shapes: Sequence[ShapedNeighbourhood], values: Mapping[str, MapValue], current: str = ""
) -> NeighbourhoodMap | None:
    """Return the map of these neighbourhoods, None for none. ``values`` and ``current`` are by slug.

    An area without a value is drawn, and is no link.
    """
    if not shapes:
        return None
    drawing = _Drawing([ring for shape in shapes for rings in shape.polygons for ring in rings])
    legend = _legend([values.get(shape.slug, _NOTHING) for shape in shapes])
    areas = list(_areas(drawing, shapes, values, legend, current))
    return NeighbourhoodMap(map_id, label, drawing.width, drawing.height, areas, legend, drawing.base_map())


def place_map(
    map_id: str,
    label: str,
    shapes: Sequence[ShapedNeighbourhood],
    values: Mapping[str, MapValue],
    geometry: PlacedGeometry,
    words: str,
) -> NeighbourhoodMap | None:
    """Return the map of these neighbourhoods with a point or area on it, which ``words`` describe too.

    None where there are no neighbourhoods to draw it in. Numbers of ``values`` are not shown.
    """
    if not shapes:
        return None
    polygons = [[_whole(ring) for ring in rings] for rings in geometry.polygons]
    own = [ring for rings in polygons for ring in rings] or [_whole([(geometry.x, geometry.y)])]
    drawing = _Drawing([*own, *(ring for shape in shapes for rings in shape.polygons for ring in rings)])
    areas = list(_areas(drawing, shapes, values, [], ""))
    path = "".join(_ring_path(points) for points in drawing.rings(polygons))
    place = MapPlace(words, *drawing.point(round(geometry.x), round(geometry.y)), path)
    return NeighbourhoodMap(map_id, label, drawing.width, drawing.height, areas, [], drawing.base_map(), place)


def _areas(
    drawing: "_Drawing",
    shapes: Iterable[ShapedNeighbourhood],
    values: Mapping[str, MapValue],
    legend: Sequence[MapShade],
    current: str,
) -> Iterator[MapArea]:
    for shape in shapes:
        value = values.get(shape.slug, _NOTHING)
        shade = next((one.shade for one in legend if one.is_of(value)), 0)
        x, y = drawing.point(shape.label_x, shape.label_y)
        lines = tuple(drawing.name_lines(shape))
        yield MapArea(shape.name, value, shade, drawing.path(shape), x, y, lines, shape.slug == current)


def _whole(ring: Iterable[tuple[float, float]]) -> Ring:
    return [round(number) for point in ring for number in point]


def _legend(values: Collection[MapValue]) -> list[MapShade]:
    """Return nought where it occurs, the numbers up to the highest in at most ``SHADES`` parts, what is missing."""
    numbers = [value.number for value in values if not value.missing]
    highest = max(numbers, default=0)
    parts = min(SHADES, highest)
    ends = [highest * part // parts for part in range(1, parts + 1)]
    first = SHADES - parts + 1 if parts > 1 else SHADES // 2
    shades = [MapShade(first + index, begin + 1, end) for index, (begin, end) in enumerate(pairwise([0, *ends]))]
    words = {value.missing: value.words for value in values}
    missing = [MapShade(shade, 0, 0, code, words[code]) for code, shade in _MISSING_SHADES.items() if code in words]
    return [*([MapShade(0, 0, 0)] if 0 in numbers else []), *shades, *missing]


class _Drawing:
    """The scale from metres of the grid, with north up, to units of the drawing."""

    def __init__(self, rings: Sequence[Ring]) -> None:
        self.west, self.north = min(min(ring[::2]) for ring in rings), max(max(ring[1::2]) for ring in rings)
        east, south = max(max(ring[::2]) for ring in rings), min(min(ring[1::2]) for ring in rings)
        self.scale = _SIZE / max(east - self.west, self.north - south, 1)
        self.width, self.height = (2 * _EDGE + side for side in self._scaled(east, south))

    def base_map(self) -> BaseMap | None:
        """Return the image of the setting that lies beneath the whole drawing, None where there is none."""
        if not (url := settings.BASE_MAP_URL):
            return None
        west, north = self.west - _EDGE / self.scale, self.north + _EDGE / self.scale
        box = (west, north - self.height / self.scale, west + self.width / self.scale, north)
        given = {"bbox": ",".join(str(round(side)) for side in box), "width": self.width, "height": self.height}
        for name, value in given.items():
            url = url.replace(f"{{{name}}}", str(value))
        return BaseMap(url, urlsplit(url).hostname or "")

    def point(self, x: int, y: int) -> tuple[int, int]:
        """Return this place in the drawing."""
        right, down = self._scaled(x, y)
        return right + _EDGE, down + _EDGE

    def path(self, shape: ShapedNeighbourhood) -> str:
        """Return its border as an SVG path, relative and in whole units, which is the shortest."""
        return "".join(_ring_path(points) for points in self.rings(shape.polygons))

    def name_lines(self, shape: ShapedNeighbourhood) -> Iterator[tuple[int, str]]:
        """Yield the lines of the name with their heights, if it fits under the number in one line or two."""
        outer = max(self.rings(shape.polygons), key=len)
        x, y = self.point(shape.label_x, shape.label_y)
        lines = [shape.name]
        if not self._fits(lines, outer, x, y) and (cut := _middle_break(shape.name)):
            lines = [shape.name[:cut].strip(), shape.name[cut:].strip()]
        if self._fits(lines, outer, x, y):
            yield from ((y + _LINE * (number + 1), line) for number, line in enumerate(lines))

    def _fits(self, lines: Sequence[str], outer: Sequence[tuple[int, int]], x: int, y: int) -> bool:
        """Return whether the lines stay within the area, by its extent at their height."""
        half = max(map(len, lines)) * _LETTER / 2
        heights = range(y, y + _LINE * len(lines) + 1, _LINE // 2)
        return all(left <= x - half and x + half <= right for left, right in (_extent(outer, x, h) for h in heights))

    def rings(self, polygons: Iterable[Iterable[Ring]]) -> list[list[tuple[int, int]]]:
        """Return the rings of these polygons in the drawing."""
        return [
            [self.point(x, y) for x, y in zip(ring[::2], ring[1::2], strict=True)]
            for rings in polygons
            for ring in rings
        ]

    def _scaled(self, x: int, y: int) -> tuple[int, int]:
        return round((x - self.west) * self.scale), round((self.north - y) * self.scale)


def _ring_path(points: Sequence[tuple[int, int]]) -> str:
    (x, y), steps = points[0], []
    text = f"M{x} {y}l"
    for right, down in points[1:-1]:
        if (right, down) != (x, y):
            steps.append(f"{right - x}{'' if down < y else ' '}{down - y}")
            x, y = right, down
    for number, step in enumerate(steps):
        text += f"{'' if number == 0 or step[0] == '-' else ' '}{step}"
    return f"{text}z" if steps else ""


def _extent(outer: Sequence[tuple[int, int]], x: int, height: int) -> tuple[float, float]:
    """Return how far one can go left and right from a point inside a ring, at this height; (x, x) outside of it."""
    crossings = sorted(
        left + (height - up) * (right - left) / (down - up)
        for (left, up), (right, down) in zip(outer, [*outer[1:], outer[0]], strict=True)
        if (up > height) != (down > height)
    )
    lefts, rights = [one for one in crossings if one <= x], [one for one in crossings if one > x]
    return (lefts[-1], rights[0]) if len(lefts) % 2 else (float(x), float(x))


def _middle_break(name: str) -> int:
    """Return where a name is best cut in two: behind a space or hyphen near its middle; 0 for nowhere."""
    breaks = [index + 1 for index, letter in enumerate(name[:-1]) if letter in " -"]
    return min(breaks, key=lambda index: abs(index - len(name) / 2), default=0)
