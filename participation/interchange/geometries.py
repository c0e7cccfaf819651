"""Reading a point or area that somebody typed or pasted: a latitude and longitude, or GeoJSON.

Metres of the national grid (RD New) are converted to degrees. Only an area with too many positions needs Shapely.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from participation.dossier.geometry import (
    GeometryError,
    check_geometry,
    clean_geometry,
    number_of_positions,
    with_positions,
)
from participation.dossier.national_grid import is_coordinate, is_in_degrees, is_in_grid, to_degrees
from participation.dossier.schema_fields import MAX_POSITIONS

#: Maximum number of characters that are read, and of positions that are simplified.
MAX_CHARACTERS: Final = 1_000_000
_MAX_READ: Final = 50_000
#: The tolerance of simplifying at the start, in degrees (about a metre), and how often it may be doubled.
_TOLERANCE, _DOUBLINGS = 0.00001, 10
_NUMBER: Final = r"([0-9]+(?:[.,][0-9]+)?)"
_PAIR: Final = re.compile(rf"{_NUMBER}(?:\s*[;,]\s*|\s+){_NUMBER}")
#: What maps write beside a latitude and longitude, in Dutch or English.
_SIGNS: Final = re.compile(r"[°NEBOL]", re.IGNORECASE)
_INCOMPLETE: Final = _lazy("This is no complete point or area. Copy all of it, and close each border.")


class UnreadableGeometry(ValueError):
    """Text that is no point or area; the message says why and what to do."""


def read_geometry(text: str) -> dict[str, Any] | None:
    """Return the geometry in this text, None where it is blank. Raises UnreadableGeometry."""
    text = text.strip()
    if not text:
        return None
    if len(text) > MAX_CHARACTERS:
        raise UnreadableGeometry(_("This text is too long. Draw a simpler area."))
    found: dict[str, Any] = _from_json(text) if text[0] in "{[" else _from_pair(text)
    try:
        found = clean_geometry(found)
        check_geometry(found)
    except GeometryError as error:
        raise UnreadableGeometry(_message(error)) from error
    return found


def format_geometry(geometry: Mapping[str, Any]) -> str:
    """Return a geometry as ``read_geometry`` reads it: a point as latitude and longitude, an area as GeoJSON."""
    if geometry["type"] == "Point":
        longitude, latitude = geometry["coordinates"]
        return f"{latitude}, {longitude}"
    return json.dumps({"type": geometry["type"], "coordinates": geometry["coordinates"]}, separators=(",", ":"))


def _from_pair(text: str) -> dict[str, Any]:
    match = _PAIR.fullmatch(_SIGNS.sub(" ", text).strip())
    if match is None:
        raise UnreadableGeometry(
            _("Write a latitude and a longitude, like 52.1583, 4.4925, or paste the GeoJSON of an area.")
        )
    first, second = (float(number.replace(",", ".")) for number in match.groups())
    # In the Netherlands a latitude is never a longitude: the order does not matter.
    if is_in_degrees(second, first):
        first, second = second, first
    return {"type": "Point", "coordinates": _in_degrees([first, second])}


def _from_json(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableGeometry(
            _("This is not complete GeoJSON. Copy all of it, from the first { to the last }.")
        ) from error
    geometries = list(_geometries(document))
    if not geometries:
        raise UnreadableGeometry(_("There is no point or area in this GeoJSON."))
    geometry = geometries[0] if len(geometries) == 1 else _joined(geometries)
    if geometry.get("type") not in ("Point", "Polygon", "MultiPolygon"):
        kind = str(geometry.get("type"))[:40]
        raise UnreadableGeometry(_("“%(kind)s” is no point and no area. Draw a point or an area.") % {"kind": kind})
    found = {"type": geometry["type"], "coordinates": geometry.get("coordinates")}
    number = number_of_positions(found)
    if number > _MAX_READ:
        raise UnreadableGeometry(_too_detailed(number))
    found = with_positions(found, _in_degrees)
    return found if number <= MAX_POSITIONS else _simplified(found, number)


def _geometries(document: Any) -> Iterator[dict[str, Any]]:
    """Yield the geometries of a FeatureCollection, of a Feature, or this one."""
    if not isinstance(document, dict):
        return
    if document.get("type") == "FeatureCollection":
        features = document.get("features")
        for feature in features if isinstance(features, list) else ():
            yield from _geometries(feature)
    elif document.get("type") == "Feature":
        yield from _geometries(document.get("geometry"))
    else:
        yield document


def _joined(geometries: list[dict[str, Any]]) -> dict[str, Any]:
    """Return several areas as one in parts."""
    parts: list[Any] = []
    for geometry in geometries:
        if geometry.get("type") not in ("Polygon", "MultiPolygon") or not isinstance(geometry.get("coordinates"), list):
            raise UnreadableGeometry(_("Paste one point, or one or more areas."))
        parts += geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return {"type": "MultiPolygon", "coordinates": parts}


def _in_degrees(position: Any) -> Any:
    """Return a position in metres of the national grid in degrees, any other as it is."""
    is_in_metres = isinstance(position, list) and len(position) >= 2 and all(map(is_coordinate, position))
    return list(to_degrees(*position[:2])) if is_in_metres and is_in_grid(*position[:2]) else position


def _simplified(geometry: dict[str, Any], number: int) -> dict[str, Any]:
    """Return an area with at most ``MAX_POSITIONS``. Raises UnreadableGeometry, also where Shapely is missing."""
    try:
        import shapely
    except ImportError:
        remedy = _("Whoever looks after this website can let it simplify areas: pip install -r requirements/maps.txt")
        raise UnreadableGeometry(f"{_too_detailed(number)} {remedy}") from None
    try:
        shape = shapely.from_geojson(json.dumps(geometry))
    except shapely.errors.ShapelyError as error:
        raise UnreadableGeometry(_INCOMPLETE) from error
    tolerance = _TOLERANCE
    for _round in range(_DOUBLINGS):
        simple = shapely.simplify(shape, tolerance)
        if shapely.get_num_coordinates(simple) <= MAX_POSITIONS and not simple.is_empty:
            found: dict[str, Any] = json.loads(shapely.to_geojson(simple))
            return found
        tolerance *= 2
    raise UnreadableGeometry(_too_detailed(number))


def _too_detailed(number: int) -> str:
    text = _("This area has %(n)s points. At most %(most)s are kept: draw a simpler area.")
    return text % {"n": number, "most": MAX_POSITIONS}


def _message(error: GeometryError) -> str:
    """Return why a geometry cannot be used, in the active language."""
    messages = {
        "crosses": _("The border crosses itself near %(place)s. Draw the area again."),
        "outside": _("%(place)s is not in the Netherlands. Write degrees, like 52.1583, 4.4925."),
        "exchanged": _("Latitude and longitude are exchanged. In GeoJSON the longitude comes first."),
    }
    return messages.get(error.code, str(_INCOMPLETE)) % {"place": error.place}
