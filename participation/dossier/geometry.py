"""A point or area on the map: a geometry of GeoJSON (RFC 7946) in degrees (WGS 84), within the Netherlands.

No library for maps: what a dossier may hold does not depend on the libraries that an installation has.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice, pairwise
from typing import Any, Final

from django.utils.translation import gettext as _

from .errors import Problem, pointer
from .hints import format_value
from .national_grid import is_coordinate, is_in_degrees, is_in_grid
from .schema_fields import MAX_POSITIONS

#: The kinds of geometry, each with how deep its positions stand in lists.
DEPTHS: Final[Mapping[str, int]] = {"Point": 0, "Polygon": 2, "MultiPolygon": 3}
#: Number of decimals of a degree that are kept: about ten centimetres.
_DECIMALS: Final = 6

Position = tuple[float, float]
Ring = list[Position]


class GeometryError(ValueError):
    """A geometry that cannot be used: ``path`` within it, ``reason`` and ``hint``.

    ``code`` is one of "outside", "exchanged", "in_metres", "crosses" with the ``place``, or "incomplete".
    """

    def __init__(
        self, path: Sequence[str | int], reason: str, hint: str, code: str = "incomplete", place: str = ""
    ) -> None:
        """Store what is wrong."""
        super().__init__(reason)
        self.path, self.reason, self.hint, self.code, self.place = tuple(path), reason, hint, code, place


def geometry_problems(value: Any, *path: str | int) -> Iterator[Problem]:
    """Yield the first problem of a geometry at this path of a document; nothing for None."""
    try:
        if value is not None:
            check_geometry(value)
    except GeometryError as error:
        yield Problem(pointer(*path, *error.path), error.reason, error.hint)


def check_geometry(value: Any) -> None:
    """Raise GeometryError where this is no point or area in the Netherlands with at most ``MAX_POSITIONS``."""
    kind = value.get("type") if isinstance(value, Mapping) else None
    if not isinstance(kind, str) or kind not in DEPTHS:
        reason = _("%(value)s is no point and no area") % {"value": format_value(kind)}
        raise GeometryError(("type",), reason, _("use one of: %(words)s") % {"words": ", ".join(DEPTHS)})
    others = sorted(map(str, value.keys() - {"type", "coordinates"}))
    if others:
        hint = _("known here: %(known)s") % {"known": "type, coordinates"}
        raise GeometryError((others[0],), _("this key is not known here"), hint)
    coordinates = value.get("coordinates")
    for number, (found, place) in enumerate(_positions(coordinates, DEPTHS[kind], ("coordinates",)), start=1):
        if number > MAX_POSITIONS:
            most = {"most": MAX_POSITIONS}
            reason, hint = _("it has more than %(most)s positions"), _("simplify it to at most %(most)s")
            raise GeometryError(("coordinates",), reason % most, hint % most)
        _check_position(found, place)
    if kind != "Point":
        for ring, place in _positions(coordinates, DEPTHS[kind] - 1, ("coordinates",)):
            _check_ring(ring, place)


def clean_geometry(value: Any) -> Any:
    """Return the geometry with rounded positions, without heights; anything else as it is."""
    return with_positions(value, _rounded)


def with_positions(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return the geometry with its positions changed by a function; anything else as it is. It need not be valid."""
    if not isinstance(value, Mapping) or value.get("type") not in tuple(DEPTHS):
        return value
    return {**value, "coordinates": _changed(value.get("coordinates"), DEPTHS[value["type"]], change)}


def number_of_positions(value: Any) -> int:
    """Return the number of positions of a geometry; 0 where it has no such lists."""
    try:
        return sum(1 for _found in _positions(value["coordinates"], DEPTHS[value["type"]], ()))
    except (GeometryError, KeyError, TypeError):
        return 0


def positions_of(geometry: Mapping[str, Any]) -> list[Position]:
    """Return the positions of a valid geometry, longitude first."""
    found = _positions(geometry["coordinates"], DEPTHS[geometry["type"]], ())
    return [(position[0], position[1]) for position, _place in found]


def polygons_of(geometry: Mapping[str, Any]) -> list[list[Ring]]:
    """Return the polygons of a valid geometry, each with its outer ring first; none for a point."""
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "Point":
        return []
    polygons = coordinates if kind == "MultiPolygon" else [coordinates]
    return [[[(position[0], position[1]) for position in ring] for ring in rings] for rings in polygons]


def _positions(value: Any, depth: int, path: tuple[str | int, ...]) -> Iterator[tuple[Any, tuple[str | int, ...]]]:
    if depth == 0:
        yield value, path
        return
    if not isinstance(value, list) or not value:
        raise GeometryError(path, _("the list of positions is missing"), _("put it between [ and ]"))
    for index, inner in enumerate(value):
        yield from _positions(inner, depth - 1, (*path, index))


def _check_position(position: Any, path: Sequence[str | int]) -> None:
    if not isinstance(position, list) or not 2 <= len(position) <= 3 or not all(map(is_coordinate, position)):
        hint = _("write [longitude, latitude] in degrees, e.g. [4.4925, 52.1583]")
        raise GeometryError(path, _("this is no position"), hint)
    x, y = position[:2]
    if is_in_degrees(x, y):
        return
    if is_in_degrees(y, x):
        reason = _("latitude and longitude are exchanged")
        raise GeometryError(path, reason, _("write the longitude first"), "exchanged")
    if is_in_grid(x, y):
        reason = _("these are metres of the national grid (RD New, EPSG:28992)")
        raise GeometryError(path, reason, _("convert them to degrees (WGS 84, EPSG:4326)"), "in_metres")
    place = f"{x:.8g}, {y:.8g}"
    hint = _("write degrees (WGS 84, EPSG:4326), the longitude first")
    reason = _("%(place)s is not in the Netherlands") % {"place": place}
    raise GeometryError(path, reason, hint, "outside", place)


def _check_ring(ring: list[Any], path: Sequence[str | int]) -> None:
    points = [(position[0], position[1]) for position in ring]
    if len(points) < 4 or points[0] != points[-1]:
        reason = _("a border of %(count)s positions is not closed") % {"count": len(points)}
        raise GeometryError(path, reason, _("write at least four positions, of which the last is the first"))
    if len(set(points)) < 3:
        raise GeometryError(path, _("this border has no surface"), _("write at least three different positions"))
    if crossing := _crossing(points):
        place = f"{crossing[1]:.5f}, {crossing[0]:.5f}"
        reason = _("the border crosses itself near %(place)s (latitude, longitude)") % {"place": place}
        raise GeometryError(path, reason, _("draw the area again"), "crosses", place)


def _crossing(points: Ring) -> Position | None:
    """Return the start of a line of a closed ring that crosses another; None where none does."""
    lines = sorted((min(line), max(line)) for line in pairwise(points))
    for number, (start, end) in enumerate(lines, start=1):
        for other_start, other_end in islice(lines, number, None):
            if other_start[0] > end[0]:
                break
            if _cross(start, end, other_start, other_end):
                return start
    return None


def _cross(start: Position, end: Position, other_start: Position, other_end: Position) -> bool:
    """Return whether two lines cross in a point inside both; touching is allowed."""
    sides = _side(start, end, other_start), _side(start, end, other_end)
    others = _side(other_start, other_end, start), _side(other_start, other_end, end)
    return sides[0] * sides[1] < 0 and others[0] * others[1] < 0


def _side(start: Position, end: Position, point: Position) -> int:
    turn = (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (point[0] - start[0])
    return (turn > 0) - (turn < 0)


def _changed(value: Any, depth: int, change: Callable[[Any], Any]) -> Any:
    if depth == 0:
        return change(value)
    return [_changed(inner, depth - 1, change) for inner in value] if isinstance(value, list) else value


def _rounded(position: Any) -> Any:
    if not isinstance(position, list) or not all(map(is_coordinate, position)):
        return position
    return [round(float(number), _DECIMALS) for number in position[:2]]
