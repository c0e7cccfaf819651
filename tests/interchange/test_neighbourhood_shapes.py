"""Shapes of neighbourhoods from GeoJSON: projections, repairs, bounds, and each mistake with its shape."""

from __future__ import annotations

import itertools
import json
import sys

import pytest
from django.utils import translation

from participation.dossier.national_grid import to_grid
from participation.interchange import neighbourhood_shapes, neighbourhoods
from participation.interchange.neighbourhoods import read_areas
from tests.shapes import feature, feature_collection, grid_of_features, square

pytest.importorskip("shapely")


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def read(tmp_path):
    def reading(document, level="buurten", municipality="GM0546", **options):
        (tmp_path / "cbs.geojson").write_text(json.dumps(document))
        path = tmp_path / "cbs.geojson"
        return read_areas(path, path.name, municipality, level, **{"with_shapes": True, **options})

    return reading


def corners(shape):
    """Return the corners of the outer ring of the first polygon."""
    ring = shape.polygons[0][0]
    return set(zip(ring[::2], ring[1::2], strict=True))


def lines(shape):
    ring = shape.polygons[0][0]
    points = list(zip(ring[::2], ring[1::2], strict=True))
    return {frozenset(line) for line in itertools.pairwise(points)}


@pytest.mark.parametrize(
    ("longitude", "latitude", "x", "y"),
    [(4.88352559, 52.37453253, 120_700.723, 487_525.501), (6.56820053, 53.21938317, 233_883.131, 582_065.167)],
)
def test_known_churches_lie_where_the_national_grid_has_them(longitude, latitude, x, y):
    found = to_grid(longitude, latitude)
    assert abs(found[0] - x) < 1
    assert abs(found[1] - y) < 1


def test_a_shape_in_the_national_grid_is_kept_in_whole_metres(read):
    found = read(feature_collection(feature("BU05460001", square(93_000.4, 463_000.2))))
    assert not found.problems
    (shape,) = found.shapes
    assert corners(shape) == {(93_000, 463_000), (93_500, 463_000), (93_500, 463_500), (93_000, 463_500)}
    assert (shape.code, shape.label_x, shape.label_y) == ("BU05460001", 93_250, 463_250)


def test_a_shape_in_degrees_is_brought_to_the_national_grid(read):
    ring = [[4.48, 52.15], [4.49, 52.15], [4.49, 52.16], [4.48, 52.16], [4.48, 52.15]]
    document = feature_collection(feature("BU05460001", ring))
    document["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    (shape,) = read(document).shapes
    assert all(92_000 < x < 95_000 and 461_000 < y < 465_000 for x, y in corners(shape))


def test_without_asking_no_shapes_are_read(read):
    assert read(feature_collection(feature("BU05460001", square())), with_shapes=False).shapes == ()


def test_a_district_is_drawn_from_its_neighbourhoods(read):
    one, other = feature("BU05460001", square()), feature("BU05460002", square(93_500))
    found = read(feature_collection(one, other), "wijken")
    (shape,) = found.shapes
    assert shape.code == "WK054600"
    assert {(93_000, 463_000), (94_000, 463_500)} <= corners(shape)


def test_holes_and_parts_are_kept_and_islets_left_out(read):
    hole = [[93_100, 463_100], [93_100, 463_200], [93_200, 463_200], [93_200, 463_100], [93_100, 463_100]]
    parts = [[square(), hole], [square(95_000)], [square(97_000, size=3)]]
    geometry = {"type": "MultiPolygon", "coordinates": parts}
    (shape,) = read(feature_collection(feature("BU05460001", geometry=geometry))).shapes
    assert [len(rings) for rings in shape.polygons] == [1, 2]


def test_neighbours_keep_one_border_between_them(read):
    found = read(grid_of_features(3, 3, wiggles=40))
    assert not found.problems
    shapes = {shape.code: shape for shape in found.shapes}
    # Each field of the three by three borders on the one to its right.
    assert len(lines(shapes["BU05460000"]) & lines(shapes["BU05460001"])) >= 2
    assert sum(len(shape.polygons[0][0]) for shape in shapes.values()) < 2 * neighbourhood_shapes._POINTS_OF_FEW + 200


def test_a_shape_that_crosses_itself_is_repaired_and_named(read):
    bow = [[93_000, 463_000], [93_500, 463_500], [93_500, 463_000], [93_000, 463_500], [93_000, 463_000]]
    found = read(feature_collection(feature("BU05460001", bow)))
    assert not found.problems
    assert found.notes == ("Repaired, for the border crosses itself: BU05460001.",)
    assert len(found.shapes[0].polygons) == 2


def test_overlapping_areas_and_areas_without_a_shape_are_named(read):
    one, other = feature("BU05460001", square()), feature("BU05460002", square(93_250))
    without = {**feature("BU05460003", square()), "geometry": None}
    found = read(feature_collection(one, other, without))
    assert len(found.shapes) == 2
    assert found.notes == (
        "Without a shape in the file: BU05460003.",
        "These overlap another area or leave a gap: BU05460001, BU05460002.",
    )


@pytest.mark.parametrize(
    ("geometry", "words"),
    [
        ({"type": "Point", "coordinates": [93_000, 463_000]}, "a shape of the kind “Point” is no area."),
        ({"type": "Polygon", "coordinates": []}, "the list of points is missing."),
        ({"type": "Polygon", "coordinates": "hier"}, "the list of points is missing."),
        ({"type": "Polygon", "coordinates": [[[1, 2], [3, 4]]]}, "a border has 2 points."),
        ({"type": "Polygon", "coordinates": [[["a", "b"]] * 4]}, "a point is not written as numbers."),
        ({"type": "Polygon", "coordinates": [[[10**400, 1]] * 4]}, "a point is not written as numbers."),
        ({"type": "Polygon", "coordinates": [[[52.15, 4.48]] * 4]}, "Latitude and longitude are exchanged"),
        ({"type": "Polygon", "coordinates": [[[500_000, 6_800_000]] * 4]}, "is not in the Netherlands."),
        ({"type": "Polygon", "coordinates": [[[93_000, 463_000]] * 4]}, "has a shape without a surface."),
        ("een vlek", "a shape of the kind “None” is no area."),
    ],
)
def test_each_mistake_is_named_by_its_shape_and_nothing_is_read(read, geometry, words):
    found = read(feature_collection(feature("BU05460001", square()), feature("BU05460002", geometry=geometry)))
    (problem,) = found.problems
    assert problem.location == "/features/1/geometry"
    assert problem.reason.startswith("BU05460002: ")
    assert words in str(problem)
    assert problem.hint
    assert found.shapes == ()


def test_an_unknown_projection_is_refused(read):
    document = feature_collection(feature("BU05460001", square()))
    document["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    (problem,) = read(document).problems
    assert problem.location == "/crs"
    assert "EPSG::3857" in problem.reason


def test_a_file_of_provinces_is_refused(read):
    province = {"type": "Feature", "properties": {"statcode": "PV28", "statnaam": "Zuid-Holland"}}
    found = read(feature_collection({**province, "geometry": {"type": "Polygon", "coordinates": [square()]}}))
    assert [problem.reason for problem in found.problems] == ["There are no codes of CBS in this file."]


def test_too_many_points_and_too_large_files_are_refused(read, monkeypatch):
    monkeypatch.setattr(neighbourhood_shapes, "MAX_POINTS", 8)
    document = feature_collection(feature("BU05460001", square()), feature("BU05460002", square(93_500)))
    assert "more than 8 points" in str(read(document).problems[0])
    monkeypatch.setattr(neighbourhoods, "MAX_BYTES", 100)
    assert "The file is larger than" in str(read(document).problems[0])


def test_without_the_library_the_rest_is_read_with_a_remedy(read, monkeypatch):
    monkeypatch.setitem(sys.modules, "shapely", None)
    found = read(feature_collection(feature("BU05460001", square())))
    assert [area.code for area in found.areas] == ["BU05460001"]
    assert found.shapes == ()
    assert "requirements/maps.txt" in found.notes[0]
