"""One number for a motion, however it was printed."""

import re

_MOTION = re.compile(r"(?:M(?:otie)?)?(?:00)?([0-9]{2})[./]([0-9]{4})(?:/([0-9]+))?", re.IGNORECASE)


def normal_number(printed: str) -> str:
    """Return a motion's number as "21.0098/04", also where it is printed "M21.0098/04" or "0021/0098/4".

    What is not recognised as such is returned as printed, without the white space around it.
    """
    stripped = printed.strip()
    found = _MOTION.fullmatch(stripped.replace(" ", ""))
    if not found:
        return stripped
    year, number, part = found.groups()
    return f"{year}.{number}/{part.lstrip('0') or '0':0>2}" if part else f"{year}.{number}"
