"""Cell values of exported spreadsheets, and protection against formula injection."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from participation.compliance import wording
from participation.compliance.dates import ImpreciseDate

#: The value of a cell; None is an empty cell.
Cell = str | int | float | date | datetime | None

#: Characters that start a formula; full-width and other compatibility forms are normalised (NFKC) before comparison.
_FORMULA_CHARACTERS: Final = frozenset("=+-@")
#: Zero-width characters that the Unicode category does not reveal: fillers, joiners, variation selectors.
_IGNORABLE: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2065\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9))))
)
#: Text that looks like OOXML's escape of a character, such as _x0041_, and must be escaped itself.
_ESCAPE_LOOKALIKE: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def is_invisible(character: str) -> bool:
    """Return whether a character is invisible: white space, control, format or default-ignorable."""
    return (
        character.isspace()
        or unicodedata.category(character) in ("Cc", "Cf", "Zs", "Zl", "Zp")
        or character in _IGNORABLE
        or "\U000e0000" <= character <= "\U000e0fff"
    )


def escape_formula(text: str) -> str:
    """Return the text with an apostrophe before it if a spreadsheet might take it for a formula (CSV injection).

    ``unescape_formula`` is the exact inverse: "=1", "'=1" and "'s avonds" survive a round trip.
    """
    return f"'{text}" if _looks_like_formula(text) else text


def unescape_formula(text: str) -> str:
    """Return the text that ``escape_formula`` was given; other texts unchanged."""
    return text[1:] if text.startswith("'") and _looks_like_formula(text[1:]) else text


def escape_ooxml(text: str) -> str:
    """Return the text escaped for OOXML, so that a literal "_x0041_" is not read as "A"."""
    return _ESCAPE_LOOKALIKE.sub("_x005F_", text)


def parse_whole_number(text: str) -> int | None:
    """Return the text as a non-negative integer; None if it is not one or has more than nine digits."""
    return int(text) if text.isdecimal() and len(text) <= 9 else None


def safe_name(text: str, default: str = "") -> str:
    """Return a file or sheet name without invisible characters or a leading formula sign; ``default`` if empty."""
    visible = "".join(
        " " if character.isspace() else "" if is_invisible(character) else character for character in text
    )
    start = next(
        (
            index
            for index, character in enumerate(visible)
            if character not in "'. " and not _is_formula_character(character)
        ),
        len(visible),
    )
    return visible[start:].strip() or default


def _looks_like_formula(text: str) -> bool:
    """Return whether a spreadsheet, or a program that trims the text first, might take it for a formula.

    True also with apostrophes before the formula: otherwise ``unescape_formula`` could not tell ours from the author's.
    """
    if text[:1].isascii() and text[:1].isalnum():
        return False
    bare = text.lstrip("'")
    if bare.startswith(("\t", "\r", "\n")):
        return True
    first = next((character for character in bare if not is_invisible(character)), "")
    return bool(first) and _is_formula_character(first)


def _is_formula_character(character: str) -> bool:
    return unicodedata.normalize("NFKC", character) in _FORMULA_CHARACTERS


def cell(value: Any, language: str) -> Cell:
    """Return a value as a cell value. ``language`` must be the active language. Texts are not escaped yet.

    Exact dates stay dates, so that they sort; imprecise dates become text, because any single day would be a guess.
    Unknown values become empty cells.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, ImpreciseDate):
        exact = value.earliest is not None and value.earliest == value.latest and value.precision == "day"
        return value.latest if exact else wording.format_date(value, language)
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
