"""Shapes of neighbourhoods from GeoJSON of CBS or PDOK: read, repaired and simplified together.

Only this module needs the library Shapely, and only while it imports: an installation without maps does without it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _

from participation.dossier.errors import Problem
from participation.dossier.national_grid import is_coordinate, is_in_degrees, is_in_grid, to_grid

#: The maximum number of points in the file of one municipality, and in one shape.
MAX_POINTS, MAX_POINTS_PER_SHAPE = 2_000_000, 200_000
#: The number of points to which shapes are simplified: per area on average, and for all of a few areas.
_POINTS_PER_AREA, _POINTS_OF_FEW = 26, 500
#: The tolerance at the start, in metres, and how often it may be doubled.
_TOLERANCE, _DOUBLINGS = 4.0, 10
#: Maximum number of names in a note.
_MAX_NAMED = 10
#: Names of projections in the member ``crs``: the national grid, and degrees.
_GRID_NAME: Final = re.compile(r"28992|7415")
_DEGREES_NAME: Final = re.compile(r"CRS84|4326|4258|4979", re.IGNORECASE)

Ring = list[int]
Point = tuple[float, float]


class AreaShape(NamedTuple):
    """The simplified shape of an area, in whole metres of the national grid.

    ``polygons`` are lists of rings, the outer one first, each with x and y in turn. The label is a point inside.
    """

    code: str
    polygons: list[list[Ring]]
    label_x: int
    label_y: int


class Shapes(NamedTuple):
    """The shapes of the areas in a file. With ``problems`` they cannot be imported."""

    shapes: tuple[AreaShape, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def has_shapes(document: Any) -> bool:
    """Return whether this is GeoJSON with at least one shape."""
    return any(_features(document))


def read_shapes(document: Any, locations: Mapping[str, Sequence[int]]) -> Shapes:
    """Return the shapes of these areas: by code, the numbers of their features.

    Features of the same area are joined, so that a district is drawn from a file of its neighbourhoods.
    """
    try:
        import shapely
    except ImportError:
        remedy = _(
            "The shapes for the map were left out. Install what reads them with "
            "“pip install -r requirements/maps.txt”, and import the file again."
        )
        return Shapes(notes=(remedy,))
    return _ShapeReader(document, shapely).read(locations)


class _ShapeError(ValueError):
    """A shape that cannot be read: ``reason`` and ``hint``."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.reason, self.hint = reason, hint


class _ShapeReader:
    """Reads the shapes of one file, and collects their problems."""

    def __init__(self, document: Any, shapely: Any) -> None:
        self.shapely = shapely
        self.geometries = dict(_features(document))
        self.crs = _crs_name(document)
        self.points = 0
        self.problems: list[Problem] = []
        self.repaired: list[str] = []

    def read(self, locations: Mapping[str, Sequence[int]]) -> Shapes:
        """Return the shapes of these areas."""
        if self.crs and not (_GRID_NAME.search(self.crs) or _DEGREES_NAME.search(self.crs)):
            reason = _("The file is in the projection “%(name)s”, which is not read.") % {"name": self.crs[:60]}
            hint = _("Use the national grid (EPSG:28992) or degrees (EPSG:4326).")
            return Shapes(problems=(Problem("/crs", reason, hint),))
        found: dict[str, Any] = {}
        without: list[str] = []
        for code, numbers in locations.items():
            parts = [part for number in numbers if (part := self._read_feature(code, number)) is not None]
            if parts:
                found[code] = self.shapely.union_all(parts) if len(parts) > 1 else parts[0]
            elif not any(number in self.geometries for number in numbers):
                without.append(code)
        if self.problems:
            return Shapes(problems=tuple(self.problems))
        notes = []
        if without:
            notes.append(_("Without a shape in the file: %(codes)s.") % {"codes": _listed(without)})
        if self.repaired:
            notes.append(_("Repaired, for the border crosses itself: %(codes)s.") % {"codes": _listed(self.repaired)})
        if overlapping := self._overlapping(found):
            notes.append(_("These overlap another area or leave a gap: %(codes)s.") % {"codes": _listed(overlapping)})
        return Shapes(tuple(self._simplified(found)), (), tuple(notes))

    def _read_feature(self, code: str, number: int) -> Any:
        """Return the polygons of a feature, None where it has none or a problem."""
        geometry = self.geometries.get(number)
        if geometry is None:
            return None
        try:
            polygons = self._polygons(geometry)
            shape = self.shapely.MultiPolygon([(rings[0], rings[1:]) for rings in polygons])
            if not self.shapely.is_valid(shape):
                self.repaired.append(code)
                shape = self._only_areas(self.shapely.make_valid(shape))
            if shape.is_empty or shape.area < 1:
                reason = _("%(code)s has a shape without a surface.") % {"code": code}
                raise _ShapeError(reason, _("Download the file again, or draw the area again."))
        except _ShapeError as error:
            if len(self.problems) < 200:
                location = f"/features/{number}/geometry"
                self.problems.append(Problem(location, f"{code}: {error.reason}", error.hint))
            return None
        return shape

    def _only_areas(self, shape: Any) -> Any:
        """Return the polygons of a repaired shape, without the lines and points that are left of it."""
        parts = self.shapely.get_parts(shape)
        flat = self.shapely.get_parts(parts)
        return self.shapely.union_all([part for part in flat if part.geom_type == "Polygon"])

    def _polygons(self, geometry: Any) -> list[list[list[Point]]]:
        kind = geometry.get("type") if isinstance(geometry, Mapping) else None
        coordinates = geometry.get("coordinates") if isinstance(geometry, Mapping) else None
        if kind not in ("Polygon", "MultiPolygon"):
            reason = _("a shape of the kind “%(kind)s” is no area.") % {"kind": str(kind)[:40]}
            raise _ShapeError(reason, _("Use areas: Polygon or MultiPolygon."))
        polygons = [coordinates] if kind == "Polygon" else coordinates
        found = [[self._ring(ring) for ring in _list_of(polygon)] for polygon in _list_of(polygons)]
        if sum(len(ring) for rings in found for ring in rings) > MAX_POINTS_PER_SHAPE:
            raise _too_detailed(MAX_POINTS_PER_SHAPE)
        return found

    def _ring(self, ring: Any) -> list[Point]:
        points = _list_of(ring)
        self.points += len(points)
        if self.points > MAX_POINTS:
            raise _too_detailed(MAX_POINTS)
        if len(points) < 4:
            reason = _("a border has %(n)s points.") % {"n": len(points)}
            raise _ShapeError(reason, _("A border has at least four points, of which the last is the first."))
        return [self._point(point) for point in points]

    def _point(self, point: Any) -> Point:
        if not isinstance(point, list) or len(point) < 2 or not all(map(is_coordinate, point[:2])):
            hint = _("A point is two numbers: [longitude, latitude], or metres of the national grid.")
            raise _ShapeError(_("a point is not written as numbers."), hint)
        x, y = point[:2]
        if is_in_degrees(x, y):
            return to_grid(x, y)
        if is_in_grid(x, y):
            return float(x), float(y)
        reason = _("the point %(x)s, %(y)s is not in the Netherlands.") % {"x": f"{x:.8g}", "y": f"{y:.8g}"}
        if is_in_degrees(y, x):
            raise _ShapeError(reason, _("Latitude and longitude are exchanged: write the longitude first."))
        raise _ShapeError(reason, _("Use the national grid (EPSG:28992) or degrees (EPSG:4326)."))

    def _overlapping(self, found: Mapping[str, Any]) -> list[str]:
        shapes = list(found.values())
        if len(shapes) < 2 or self.shapely.coverage_is_valid(shapes):
            return []
        edges = self.shapely.coverage_invalid_edges(shapes)
        return [code for code, edge in zip(found, edges, strict=True) if not edge.is_empty]

    def _simplified(self, found: Mapping[str, Any]) -> Iterator[AreaShape]:
        """Yield the shapes with fewer points. Together, so that neighbours keep one border between them."""
        if not found:
            return
        shapes = list(found.values())
        most, tolerance = max(_POINTS_OF_FEW, _POINTS_PER_AREA * len(shapes)), _TOLERANCE
        simplified = shapes
        for _round in range(_DOUBLINGS):
            simplified = self.shapely.coverage_simplify(shapes, tolerance)
            if self.shapely.get_num_coordinates(simplified).sum() <= most:
                break
            tolerance *= 2
        for code, original, shape in zip(found, shapes, simplified, strict=True):
            kept = original if shape.is_empty else shape
            parts = sorted(self.shapely.get_parts(kept), key=lambda part: -part.area)
            # Islets that a map of the town does not show.
            large = [part for part in parts if part.area >= tolerance**2] or parts[:1]
            label = self.shapely.maximum_inscribed_circle(large[0], tolerance=max(1.0, tolerance)).coords[0]
            polygons = [[_whole_metres(ring.coords) for ring in (part.exterior, *part.interiors)] for part in large]
            yield AreaShape(code, polygons, round(label[0]), round(label[1]))


def _features(document: Any) -> Iterator[tuple[int, Any]]:
    """Yield the number and geometry of each feature that has one."""
    features = document.get("features") if isinstance(document, Mapping) else None
    for number, feature in enumerate(features if isinstance(features, list) else ()):
        if isinstance(feature, Mapping) and feature.get("geometry") is not None:
            yield number, feature["geometry"]


def _crs_name(document: Any) -> str:
    crs = document.get("crs") if isinstance(document, Mapping) else None
    properties = crs.get("properties") if isinstance(crs, Mapping) else None
    return str(properties.get("name") or "") if isinstance(properties, Mapping) else ""


def _list_of(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise _ShapeError(_("the list of points is missing."), _("Download the file again."))
    return value


def _too_detailed(most: int) -> _ShapeError:
    reason = _("the shapes have more than %(n)s points.") % {"n": most}
    return _ShapeError(reason, _("Use the generalised areas (gegeneraliseerd), of one municipality."))


def _whole_metres(points: Iterable[Sequence[float]]) -> Ring:
    return [round(number) for point in points for number in point[:2]]


def _listed(codes: Sequence[str]) -> str:
    rest = len(codes) - _MAX_NAMED
    return ", ".join(codes[:_MAX_NAMED]) + (f" (+{rest})" if rest > 0 else "")
