"""The Dutch national grid (RD New, EPSG:28992): metres in a plane, in which shapes of neighbourhoods are kept."""

from typing import Any, Final

#: The centre of the grid, in degrees north and east, and in metres.
_LATITUDE, _LONGITUDE, _X, _Y = 52.15517440, 5.38720621, 155_000.0, 463_000.0
#: Coefficients by the powers of the differences in latitude and longitude, each in units of 10,000 seconds of arc.
#: From Schreutelkamp and Strang van Hees, "Benaderingsformules voor de transformatie tussen RD- en
#: WGS84-kaartcoördinaten" (2001): right to within half a metre, which a map of a town does not show.
_TO_X: Final = {
    (0, 1): 190_094.945,
    (1, 1): -11_832.228,
    (2, 1): -114.221,
    (0, 3): -32.391,
    (1, 0): -0.705,
    (3, 1): -2.340,
    (1, 3): -0.608,
    (0, 2): -0.008,
    (2, 3): 0.148,
}
_TO_Y: Final = {
    (1, 0): 309_056.544,
    (0, 2): 3_638.893,
    (2, 0): 73.077,
    (1, 2): -157.984,
    (3, 0): 59.788,
    (0, 1): 0.433,
    (2, 2): -6.439,
    (1, 1): -0.032,
    (0, 4): 0.092,
    (1, 4): -0.054,
}
#: The Netherlands: west, east, south and north, in degrees and in metres.
_DEGREES: Final = (3.0, 7.5, 50.5, 54.0)
_METRES: Final = (-10_000, 300_000, 280_000, 640_000)
_MAX_NUMBER: Final = 10**9


def to_grid(longitude: float, latitude: float) -> tuple[float, float]:
    """Return the coordinates in the national grid, in metres, of a place in degrees."""
    north, east = 0.36 * (latitude - _LATITUDE), 0.36 * (longitude - _LONGITUDE)
    x = sum(factor * north**p * east**q for (p, q), factor in _TO_X.items())
    y = sum(factor * north**p * east**q for (p, q), factor in _TO_Y.items())
    return _X + x, _Y + y


def to_degrees(x: float, y: float) -> tuple[float, float]:
    """Return the longitude and latitude of a place in the national grid, in degrees; the reverse of ``to_grid``."""
    longitude, latitude = _LONGITUDE, _LATITUDE
    # Each round leaves less than a hundredth of the difference, and six leave less than a millimetre.
    for _round in range(6):
        found_x, found_y = to_grid(longitude, latitude)
        longitude += (x - found_x) / (0.36 * _TO_X[0, 1])
        latitude += (y - found_y) / (0.36 * _TO_Y[1, 0])
    return longitude, latitude


def is_coordinate(value: Any) -> bool:
    """Return whether this is a number that may be a coordinate of a place, in degrees or metres."""
    # Compared first: a whole number in JSON may be larger than a float can be.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _MAX_NUMBER


def is_in_degrees(x: float, y: float) -> bool:
    """Return whether these are a longitude and latitude in the Netherlands."""
    return _is_within(x, y, _DEGREES)


def is_in_grid(x: float, y: float) -> bool:
    """Return whether these are metres of the national grid in the Netherlands."""
    return _is_within(x, y, _METRES)


def _is_within(x: float, y: float, box: tuple[float, float, float, float]) -> bool:
    west, east, south, north = box
    return west <= x <= east and south <= y <= north
