"""Reading a point or area as people type or paste it."""

from __future__ import annotations

import json
import sys

import pytest
from django.utils import translation

from participation.interchange.geometries import UnreadableGeometry, format_geometry, read_geometry
from tests.dossier.test_geometry import BOW, RING, circle
from tests.shapes import square

POINT = {"type": "Point", "coordinates": [4.4925, 52.1583]}
POLYGON = {"type": "Polygon", "coordinates": [RING]}


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    "text",
    [
        "52.1583, 4.4925",
        " 52.1583 4.4925 ",
        "52,1583 4,4925",
        "52,1583, 4,4925",
        "52,1583;4,4925",
        "4.4925, 52.1583",
        "52.1583° N, 4.4925° E",
        json.dumps(POINT),
        json.dumps({"type": "Feature", "properties": {}, "geometry": POINT}),
        json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": POINT}]}),
    ],
)
def test_a_point_is_read_however_it_was_copied(text):
    assert read_geometry(text) == POINT


def test_metres_of_the_national_grid_become_degrees():
    longitude, latitude = read_geometry("93250 463250")["coordinates"]
    assert (round(longitude, 3), round(latitude, 3)) == (4.485, 52.154)
    found = read_geometry(json.dumps({"type": "Polygon", "coordinates": [square()]}))
    assert all(4.4 < x < 4.6 and 52 < y < 52.3 for x, y in found["coordinates"][0])


def test_areas_in_a_collection_become_one_area_in_parts():
    other = [[x + 0.05, y] for x, y in RING]
    features = [{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}} for ring in (RING, other)]
    found = read_geometry(json.dumps({"type": "FeatureCollection", "features": features}))
    assert (found["type"], len(found["coordinates"])) == ("MultiPolygon", 2)


def test_nothing_typed_is_not_known():
    assert read_geometry("  ") is None


@pytest.mark.parametrize("geometry", [POINT, POLYGON])
def test_what_is_shown_in_the_form_is_read_as_the_same(geometry):
    assert read_geometry(format_geometry(geometry)) == geometry


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Stationsplein", "Write a latitude and a longitude"),
        ("52.1583", "Write a latitude and a longitude"),
        ("48.86, 2.35", "is not in the Netherlands"),
        ('{"type": "Polygon", "coordinates": [[[4.48', "not complete GeoJSON"),
        ("[" * 5000, "not complete GeoJSON"),
        ("[1, 2]", "no point or area in this GeoJSON"),
        ('{"type": "FeatureCollection", "features": 3}', "no point or area in this GeoJSON"),
        (json.dumps({"type": "LineString", "coordinates": RING}), "“LineString” is no point and no area"),
        (json.dumps({"type": "Polygon", "coordinates": [RING[:-1]]}), "close each border"),
        (json.dumps({"type": "Polygon", "coordinates": [BOW]}), "crosses itself near 52.15000, 4.48000"),
        (json.dumps({"type": "Point", "coordinates": [52.15, 4.48]}), "the longitude comes first"),
        (json.dumps({"type": "Point", "coordinates": [[[[4]]]]}), "no complete point or area"),
        (json.dumps({"type": "FeatureCollection", "features": [POINT, POLYGON]}), "Paste one point"),
        ("{" + " " * 1_000_001 + "}", "This text is too long"),
    ],
)
def test_each_mistake_says_what_to_do(text, words):
    with pytest.raises(UnreadableGeometry, match=words):
        read_geometry(text)


def test_a_detailed_area_is_simplified():
    pytest.importorskip("shapely")
    found = read_geometry(json.dumps({"type": "Polygon", "coordinates": [circle(5_000)]}))
    assert 20 < len(found["coordinates"][0]) <= 500
    with pytest.raises(UnreadableGeometry, match="has 60000 points"):
        read_geometry(json.dumps({"type": "Polygon", "coordinates": [[[4.5, 52.1]] * 60_000]}))


def test_without_shapely_a_detailed_area_is_refused_with_the_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "shapely", None)
    with pytest.raises(UnreadableGeometry, match=r"At most 500 are kept.*requirements/maps\.txt"):
        read_geometry(json.dumps({"type": "Polygon", "coordinates": [circle(600)]}))
