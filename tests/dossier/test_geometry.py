"""A point or area of a trajectory: what is accepted, and each mistake with its place and remedy."""

from __future__ import annotations

import math

import pytest

from participation.dossier.geometry import clean_geometry, geometry_problems, polygons_of, positions_of
from participation.dossier.national_grid import to_degrees, to_grid
from participation.dossier.schema_fields import MAX_POSITIONS
from participation.dossier.validate import problems_in

RING = [[4.48, 52.15], [4.49, 52.15], [4.49, 52.16], [4.48, 52.16], [4.48, 52.15]]
HOLE = [[4.482, 52.152], [4.484, 52.152], [4.484, 52.154], [4.482, 52.152]]
BOW = [[4.48, 52.15], [4.49, 52.16], [4.49, 52.15], [4.48, 52.16], [4.48, 52.15]]
POINT = {"type": "Point", "coordinates": [4.4925, 52.1583]}


def circle(positions):
    """Return a closed ring of so many positions."""
    angles = [2 * math.pi * number / (positions - 1) for number in range(positions - 1)]
    ring = [[4.48 + 0.01 * math.cos(angle), 52.15 + 0.01 * math.sin(angle)] for angle in angles]
    return [*ring, ring[0]]


@pytest.mark.parametrize(
    "geometry",
    [
        POINT,
        {"type": "Point", "coordinates": [4.4925, 52.1583, -2.5]},
        {"type": "Polygon", "coordinates": [RING]},
        {"type": "Polygon", "coordinates": [RING, HOLE]},
        {"type": "MultiPolygon", "coordinates": [[RING, HOLE], [[[5 + x - 4, y] for x, y in RING]]]},
        {"type": "Polygon", "coordinates": [circle(MAX_POSITIONS)]},
        None,
    ],
)
def test_points_and_areas_in_the_netherlands_are_accepted(geometry):
    assert list(geometry_problems(geometry)) == []


@pytest.mark.parametrize(
    ("geometry", "place", "words"),
    [
        ({"type": "LineString", "coordinates": RING}, "/type", "'LineString' is no point and no area"),
        ({"type": ["Point"], "coordinates": [4.5, 52.1]}, "/type", "a list is no point"),
        ("een plek", "/type", "null is no point"),
        ({**POINT, "crs": {}}, "/crs", "this key is not known here"),
        ({"type": "Point"}, "/coordinates", "this is no position"),
        ({"type": "Point", "coordinates": [4.5]}, "/coordinates", "this is no position"),
        ({"type": "Point", "coordinates": ["4.5", "52"]}, "/coordinates", "this is no position"),
        ({"type": "Point", "coordinates": [True, 52.1]}, "/coordinates", "this is no position"),
        ({"type": "Point", "coordinates": [10**400, 52.1]}, "/coordinates", "this is no position"),
        ({"type": "Point", "coordinates": [float("nan"), 52.1]}, "/coordinates", "this is no position"),
        ({"type": "Point", "coordinates": [52.15, 4.48]}, "/coordinates", "are exchanged"),
        ({"type": "Point", "coordinates": [93_000, 463_000]}, "/coordinates", "RD New, EPSG:28992"),
        ({"type": "Point", "coordinates": [2.35, 48.86]}, "/coordinates", "2.35, 48.86 is not in the Netherlands"),
        ({"type": "Polygon", "coordinates": []}, "/coordinates", "the list of positions is missing"),
        ({"type": "Polygon", "coordinates": [RING, []]}, "/coordinates/1", "the list of positions is missing"),
        ({"type": "Polygon", "coordinates": [RING[:-1]]}, "/coordinates/0", "a border of 4 positions is not closed"),
        ({"type": "Polygon", "coordinates": [[RING[0]] * 4]}, "/coordinates/0", "has no surface"),
        ({"type": "Polygon", "coordinates": [BOW]}, "/coordinates/0", "crosses itself near 52.15000, 4.48000"),
        ({"type": "MultiPolygon", "coordinates": [[RING], [RING, BOW]]}, "/coordinates/1/1", "crosses itself"),
        ({"type": "Polygon", "coordinates": [circle(MAX_POSITIONS + 1)]}, "/coordinates", "more than 500 positions"),
    ],
)
def test_each_mistake_is_named_with_its_place_and_a_remedy(geometry, place, words):
    (problem,) = geometry_problems(geometry)
    assert problem.location == place
    assert words in problem.reason
    assert problem.hint


def test_a_wrong_geometry_in_a_dossier_is_one_problem_at_its_place():
    for geometry, places in (
        (POINT, []),
        (None, []),
        ({"type": "Point", "coordinates": [52.1583, 4.4925]}, ["/trajectory/geometry/coordinates"]),
        ({"type": "Punt", "coordinates": [4.4925, 52.1583]}, ["/trajectory/geometry/type"]),
        ({"type": "Point", "coordinates": "hier"}, ["/trajectory/geometry/coordinates"]),
        ({"type": "Point"}, ["/trajectory/geometry/coordinates"]),
        ([4.4925, 52.1583], ["/trajectory/geometry"]),
    ):
        document = {"dossier": 1, "trajectory": {"slug": "plein", "title": "Plein", "geometry": geometry}}
        assert [problem.location for problem in problems_in(document)] == places


def test_positions_are_rounded_and_heights_left_out():
    geometry = {"type": "Polygon", "coordinates": [[[4.123456789, 52.1, 3.0], *RING]]}
    assert clean_geometry(geometry)["coordinates"][0][0] == [4.123457, 52.1]
    for other in (None, "hier", {"type": "Line"}, {"type": "Polygon", "coordinates": [["x"], 3]}, {"type": []}):
        assert clean_geometry(other) == other


def test_positions_and_polygons_of_a_geometry_are_found():
    assert positions_of(POINT) == [(4.4925, 52.1583)]
    assert polygons_of(POINT) == []
    parts = polygons_of({"type": "MultiPolygon", "coordinates": [[RING, HOLE], [RING]]})
    assert [len(rings) for rings in parts] == [2, 1]


@pytest.mark.parametrize(("x", "y"), [(93_250, 463_250), (155_000, 463_000), (20_000, 370_000), (270_000, 600_000)])
def test_metres_become_degrees_and_metres_again(x, y):
    found = to_grid(*to_degrees(x, y))
    assert abs(found[0] - x) < 0.01
    assert abs(found[1] - y) < 0.01
