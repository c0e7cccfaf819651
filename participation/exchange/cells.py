"""What stands in one cell of a sheet that we write, and how a text is kept from being taken for a formula."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from participation.compliance import words
from participation.compliance.dates import When

#: What a cell can hold once it is made: a text, a number, a day or a moment; None is empty.
Cell = str | int | float | date | datetime | None

#: What begins a formula, also as Japanese keyboards write it; compatibility forms are compared as what they stand for.
_SIGNS: Final = frozenset("=+-@")
#: Signs without a width that are of no category by which that could be seen: fillers, joiners, variation selectors.
_IGNORABLE: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2065\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9))))
)
#: How a workbook writes a sign by its number; a text that looks so must not be read as one.
_LIKE_AN_ESCAPE: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def is_invisible(sign: str) -> bool:
    """Tell whether a sign shows nothing: white space, controls, formats, and what fonts leave out by default."""
    return (
        sign.isspace()
        or unicodedata.category(sign) in ("Cc", "Cf", "Zs", "Zl", "Zp")
        or sign in _IGNORABLE
        or "\U000e0000" <= sign <= "\U000e0fff"
    )


def escaped(text: str) -> str:
    """Return a text such that no spreadsheet takes it for a formula: with an apostrophe before what looks like one.

    ``unescaped`` gives back the very same text: what is written "=1", "'=1" and "'s avonds" is read as it was.
    """
    return f"'{text}" if _is_like_a_formula(text) else text


def unescaped(text: str) -> str:
    """Return the text that ``escaped`` made this of; any other text as it is."""
    return text[1:] if text.startswith("'") and _is_like_a_formula(text[1:]) else text


def for_workbook(text: str) -> str:
    """Return a text such that a workbook gives back the same: "_x0041_" is not read as "A"."""
    return _LIKE_AN_ESCAPE.sub("_x005F_", text)


def whole_number(text: str) -> int | None:
    """Return the whole number that this text is; None where it is none, or more than anybody counts."""
    return int(text) if text.isdecimal() and len(text) <= 9 else None


def safe_name(text: str, otherwise: str = "") -> str:
    """Return a name of a file or sheet that looks like no formula, and in which nothing hides; else ``otherwise``."""
    seen = "".join(" " if sign.isspace() else "" if is_invisible(sign) else sign for sign in text)
    begins = next((index for index, sign in enumerate(seen) if sign not in "'. " and not _is_sign(sign)), len(seen))
    return seen[begins:].strip() or otherwise


def _is_like_a_formula(text: str) -> bool:
    """Tell whether a spreadsheet, or a program that cleans a text before one, may see a formula here.

    An apostrophe of our own before one counts too, or it could not be told from one of the writer's.
    """
    if text[:1].isascii() and text[:1].isalnum():
        return False
    bare = text.lstrip("'")
    if bare.startswith(("\t", "\r", "\n")):
        return True
    first = next((sign for sign in bare if not is_invisible(sign)), "")
    return bool(first) and _is_sign(first)


def _is_sign(sign: str) -> bool:
    return unicodedata.normalize("NFKC", sign) in _SIGNS


def cell(value: Any, language: str) -> Cell:
    """Return a value as a cell holds it, in the language that is active, which is this one.

    Exact days are days, which sort and count; imprecise dates are told in words, for a day would be a guess.
    What is not known is empty. Texts are not escaped yet.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, When):
        exact = value.earliest is not None and value.earliest == value.latest and value.precision == "day"
        return value.latest if exact else words.say_when(value, language)
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None, microsecond=0) if timezone.is_aware(value) else value
    if isinstance(value, int | float | date):
        return value
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {text}" for key, text in value.items() if text) or None
    if isinstance(value, list | tuple):
        return "; ".join(str(cell(item, language)) for item in value if item not in (None, "")) or None
    return str(value)
