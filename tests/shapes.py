"""Invented areas in the shape of the files of CBS: squares, and a town of fields with wiggling borders."""

from __future__ import annotations

import itertools
import math

from participation.models import NeighbourhoodShape
from tests import world


def square(x=93_000, y=463_000, size=500):
    """Return the ring of a square, in metres of the national grid."""
    return [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]


def feature(code, ring=None, geometry=None):
    """Return the feature of a neighbourhood, named by its code."""
    properties = {
        "buurtcode": code,
        "buurtnaam": f"Buurt {code[4:]}",
        "wijkcode": f"WK{code[2:8]}",
        "wijknaam": "Wijk 00 Binnenstad",
        "gemeentecode": f"GM{code[2:6]}",
        "gemeentenaam": "Leiden",
        "water": "NEE",
    }
    geometry = geometry or {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def feature_collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


def grid_of_features(columns, rows, wiggles=40, size=800):
    """Return neighbouring fields with borders of many points, as detailed as those of CBS."""

    def along(start, end):
        """Return the points of a border, the same ones from either side."""
        (x, y), (to_x, to_y) = sorted((start, end))
        points = []
        for number in range(wiggles + 1):
            part = number / wiggles
            bend = 25 * math.sin(math.pi * part) * math.sin(number * 1.7 + x + 3 * y)
            points.append([x + part * (to_x - x) + (bend if x == to_x else 0), y + part * (to_y - y)])
            points[-1][1] += bend if y == to_y else 0
        return points if start < end else points[::-1]

    features = []
    for number in range(columns * rows):
        x, y = 90_000 + number % columns * size, 460_000 + number // columns * size
        corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size), (x, y)]
        ring = [point for start, end in itertools.pairwise(corners) for point in along(start, end)[:-1]]
        features.append(feature(f"BU0546{number:04}", [*ring, ring[0]]))
    return feature_collection(*features)


def drawn(slug, x=93_000, y=463_000, size=500, **columns):
    """Create a neighbourhood with a square as its shape."""
    place = world.neighbourhood(slug, **columns)
    polygons = [[[number for point in square(x, y, size) for number in point]]]
    middle = size // 2
    NeighbourhoodShape.objects.create(neighbourhood=place, polygons=polygons, label_x=x + middle, label_y=y + middle)
    return place
