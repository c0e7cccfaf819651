"""Text that every output can hold: XML 1.0, iCalendar, mail headers, PDF and spreadsheets take less than Unicode does.

Word writes a soft line break as U+000B and some editors write U+2028: those are line breaks. Control characters,
noncharacters and halves of surrogate pairs are nothing that people wrote, and one of them makes a feed unreadable.
"""

import re
from typing import Any, Final

_NONCHARACTERS: Final = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17)
)
_LINE_BREAK = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_REMOVED = re.compile(f"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff{_NONCHARACTERS}]")
#: Most text has none of these, and is returned as it is after one look.
_UNCLEAN = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{_NONCHARACTERS}]")
_TAB_OR_BREAK = re.compile("[\t\n]")


def clean_text(text: str) -> str:
    """Return the text with every line break as U+000A, and without characters that some output cannot hold."""
    if not _UNCLEAN.search(text):
        return text
    return _REMOVED.sub("", _LINE_BREAK.sub("\n", text))


def clean_line(text: str) -> str:
    """Return the text as ``clean_text`` does, on one line: a space for every line break and tab."""
    return _TAB_OR_BREAK.sub(" ", clean_text(text))


def clean_values(value: Any, clean: Any = clean_text) -> Any:
    """Return a value of JSON with its texts cleaned, however deep they lie; keys of objects are left as they are."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [clean_values(item, clean) for item in value]
    if isinstance(value, dict):
        return {key: clean_values(item, clean) for key, item in value.items()}
    return value
