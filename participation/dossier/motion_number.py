"""Normalization of motion numbers."""

import re

_MOTION = re.compile(r"(?:M(?:otie)?)?(?:00)?([0-9]{2})[./]([0-9]{4})(?:/([0-9]+))?", re.IGNORECASE)


def normalize_number(printed: str) -> str:
    """Return the normal form of a motion number: "21.0098/04" for "M21.0098/04" or "0021/0098/4".

    An unrecognized number is returned as is, stripped.
    """
    stripped = printed.strip()
    found = _MOTION.fullmatch(stripped.replace(" ", ""))
    if not found:
        return stripped
    year, number, part = found.groups()
    return f"{year}.{number}/{part.lstrip('0') or '0':0>2}" if part else f"{year}.{number}"
