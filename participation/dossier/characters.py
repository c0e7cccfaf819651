"""Removal of characters that output formats (XML 1.0, iCalendar, mail headers, PDF, spreadsheets) do not allow.

U+000B (a soft line break in Word) and U+2028 become line breaks. Control characters, noncharacters and lone
surrogates are removed: nobody types them, and a single one makes a feed invalid.
"""

import re
from typing import Any, Final

_NONCHARACTERS: Final = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17)
)
_LINE_BREAK = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_REMOVED = re.compile(f"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff{_NONCHARACTERS}]")
_UNCLEAN = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{_NONCHARACTERS}]")
_TAB_OR_BREAK = re.compile("[\t\n]")


def clean_text(text: str) -> str:
    """Return the text with line breaks as U+000A, without characters that some output format does not allow."""
    # Most text is printable, which takes a tenth of the time of a search; what is printable matches none of these.
    if text.replace("\n", "").replace("\t", "").isprintable() or not _UNCLEAN.search(text):
        return text
    return _REMOVED.sub("", _LINE_BREAK.sub("\n", text))


def clean_line(text: str) -> str:
    """Return the cleaned text on one line, with line breaks and tabs as spaces."""
    return _TAB_OR_BREAK.sub(" ", clean_text(text))


def without_case(text: str) -> str:
    """Return the text without differences of case and spaces, for comparison."""
    return " ".join(text.casefold().split())


def clean_values(value: Any, clean: Any = clean_text) -> Any:
    """Return a JSON value with all its strings cleaned, recursively; object keys are unchanged."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [clean_values(item, clean) for item in value]
    if isinstance(value, dict):
        return {key: clean_values(item, clean) for key, item in value.items()}
    return value
