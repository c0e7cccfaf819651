"""Shapes of neighbourhoods, as maps draw them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise, product
from typing import Any, Final, NamedTuple

from participation.dossier.geometry import polygons_of, positions_of
from participation.dossier.national_grid import to_grid
from participation.models import NeighbourhoodShape

from .postcodes import district_code

Ring = list[int]
Point = tuple[float, float]

#: An area is compared with neighbourhoods by the points of a lattice of so many by so many that lie in it.
_LATTICE: Final = 12
#: The part of an area that must lie in a neighbourhood for it to be about that neighbourhood.
_MIN_PART: Final = 0.1


class PlacedGeometry(NamedTuple):
    """A point or area in metres of the national grid: its polygons, none for a point, and its middle."""

    polygons: list[list[list[Point]]]
    x: float
    y: float

    def inside(self) -> list[Point]:
        """Return points that lie in it, spread evenly; of a point, or an area that is very narrow, its middle."""
        rings = [ring for polygon in self.polygons for ring in polygon]
        if not rings:
            return [(self.x, self.y)]
        xs, ys = ([point[axis] for ring in rings for point in ring] for axis in (0, 1))
        lattice = product(_between(min(xs), max(xs)), _between(min(ys), max(ys)))
        return [point for point in lattice if _is_inside(rings, *point)] or [(self.x, self.y)]


class ShapedNeighbourhood(NamedTuple):
    """A neighbourhood with its shape, in metres of the national grid: rings with x and y in turn."""

    pk: int
    slug: str
    name: str
    municipality: str
    cbs_code: str
    polygons: list[list[Ring]]
    label_x: int
    label_y: int

    @property
    def borders(self) -> set[frozenset[tuple[int, int]]]:
        """Return the lines of its border, which it shares with its neighbours."""
        return {
            frozenset(line)
            for rings in self.polygons
            for ring in rings
            for line in pairwise(zip(ring[::2], ring[1::2], strict=True))
        }


def shaped_neighbourhoods(municipality: str | None = None) -> list[ShapedNeighbourhood]:
    """Return the neighbourhoods with a shape, of a municipality or all, by name; one query.

    A district of which the neighbourhoods have shapes too is left out: it would lie over them.
    """
    rows = NeighbourhoodShape.objects.order_by("neighbourhood__name", "neighbourhood__slug")
    if municipality is not None:
        rows = rows.filter(neighbourhood__municipality=municipality)
    columns = [f"neighbourhood__{name}" for name in ("slug", "name", "municipality", "cbs_code")]
    found = [ShapedNeighbourhood(*row) for row in rows.values_list("pk", *columns, "polygons", "label_x", "label_y")]
    divided = {district_code(row.cbs_code) for row in found if row.cbs_code.startswith("BU")}
    return [row for row in found if row.cbs_code not in divided]


def by_municipality(shapes: Iterable[ShapedNeighbourhood]) -> dict[str, list[ShapedNeighbourhood]]:
    """Return these by municipality, in the order of their names."""
    found: dict[str, list[ShapedNeighbourhood]] = {}
    for shape in shapes:
        found.setdefault(shape.municipality, []).append(shape)
    return dict(sorted(found.items()))


def shapes_around(slug: str, shapes: Iterable[ShapedNeighbourhood], others: Iterable[str]) -> list[ShapedNeighbourhood]:
    """Return the neighbourhood, those that share a border with it, and the ``others`` by slug.

    Nothing where it has no shape itself.
    """
    found, names = list(shapes), set(others)
    own = next((shape for shape in found if shape.slug == slug), None)
    if own is None:
        return []
    borders = own.borders
    return [shape for shape in found if shape is own or shape.slug in names or not borders.isdisjoint(shape.borders)]


def placed(geometry: Mapping[str, Any]) -> PlacedGeometry:
    """Return a valid geometry of GeoJSON in metres of the national grid."""
    positions = [to_grid(*position) for position in positions_of(geometry)]
    polygons = [[[to_grid(*position) for position in ring] for ring in rings] for rings in polygons_of(geometry)]
    x, y = ((min(side) + max(side)) / 2 for side in zip(*positions, strict=True))
    return PlacedGeometry(polygons, x, y)


def neighbourhoods_at(geometry: PlacedGeometry, shapes: Iterable[ShapedNeighbourhood]) -> list[ShapedNeighbourhood]:
    """Return the neighbourhoods in which a point lies, or at least a tenth of an area, in the order of ``shapes``."""
    points = geometry.inside()
    fewest = max(1, len(points) * _MIN_PART)
    return [shape for shape in shapes if _number_inside(shape, points) >= fewest]


def _number_inside(shape: ShapedNeighbourhood, points: Iterable[Point]) -> int:
    """Return how many of these points lie in a neighbourhood."""
    rings = [list(zip(ring[::2], ring[1::2], strict=True)) for rings in shape.polygons for ring in rings]
    (west, east), (south, north) = ((min(side), max(side)) for side in zip(*chain(*rings), strict=True))
    return sum(west <= x <= east and south <= y <= north and _is_inside(rings, x, y) for x, y in points)


def _between(low: float, high: float) -> Iterator[float]:
    """Yield ``_LATTICE`` numbers between these, none at an end."""
    yield from (low + (high - low) * (number + 0.5) / _LATTICE for number in range(_LATTICE))


def _is_inside(rings: Iterable[Sequence[Point]], x: float, y: float) -> bool:
    """Return whether a point lies within these rings, of which some may be holes: an odd number of borders is east."""
    borders_east = (
        (up > y) != (down > y) and x < left + (y - up) * (right - left) / (down - up)
        for ring in rings
        for (left, up), (right, down) in pairwise(ring)
    )
    return sum(borders_east) % 2 == 1
