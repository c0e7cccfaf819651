"""Places in a file with agendas, in words: who exports it does not know JSON pointers."""

from collections.abc import Iterator
from typing import Final

from django.utils.translation import pgettext_lazy

from ..register.entries import normalize_key

_LABELS: Final = {
    **dict.fromkeys(("meeting", "meetings", "vergaderingen", "events"), pgettext_lazy("place in a file", "meeting")),
    **dict.fromkeys(("meetingitems", "agendaitems", "items", "agenda"), pgettext_lazy("place in a file", "item")),
    **dict.fromkeys(("documents", "attachments", "bijlagen"), pgettext_lazy("place in a file", "document")),
    **dict.fromkeys(("startdate", "meetingdate", "date", "datum"), pgettext_lazy("place in a file", "day")),
    **dict.fromkeys(("title", "name", "titel", "naam"), pgettext_lazy("place in a file", "title")),
    "plannings": pgettext_lazy("place in a file", "planning"),
}

_PART: Final = pgettext_lazy("place in a file", "part")


def place_in_words(pointer: str) -> str:
    """Return the place of a JSON pointer in words, as "meeting 2, item 1, title"; what is counted begins at 1."""
    return ", ".join(_parts(pointer))


def _parts(pointer: str) -> Iterator[str]:
    """Yield each part; the number of an item of a list stands behind the name of the list, or of what it is."""
    name, number = "", ""
    for part in pointer.removeprefix("/").split("/"):
        if not part.isdecimal():
            if name:
                yield f"{name} {number}".strip()
                number = ""
            key = part.replace("~1", "/").replace("~0", "~")
            name = str(_LABELS.get(normalize_key(key), f"“{key}”"))
        elif not number:
            number = str(int(part) + 1)
        else:
            yield f"{name or _PART} {number}"
            name, number = "", str(int(part) + 1)
    yield f"{name or _PART} {number}".strip()
