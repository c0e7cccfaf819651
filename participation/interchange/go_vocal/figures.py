"""Figures of Go Vocal: how many participants gave which answer to a question about themselves.

The platform's dashboard gives these as JSON and as a workbook, for everybody or for those who took part in a project.
Of the JSON, ``series.users`` has a number by option and ``options`` the words of each option; the workbook has the
headings "option" and "users". Both have "_blank" for who did not answer. Persons are not in it.
"""

import json
from typing import Any, Final

from django.utils.translation import gettext as _

from ..sheets.errors import SheetError, SheetRow
from ..sheets.reading import MAX_BYTES, MAX_ROWS, Sheet

#: The headings of the workbook.
HEADINGS: Final = ("option", "users")
#: The option of who did not answer.
NO_ANSWER: Final = "_blank"
#: Languages of the words of an option, the first that is there is used.
_LANGUAGES: Final = ("nl-NL", "nl-BE", "nl", "en", "en-GB")


def is_figures(content: bytes) -> bool:
    """Return whether this is JSON, and no sheet."""
    return content[:200].lstrip().startswith(b"{")


def read_figures(content: bytes) -> Sheet:
    """Return the figures as a sheet with the headings of the workbook. Raises SheetError where they are others."""
    if len(content) > MAX_BYTES:
        raise SheetError(_("This file is too large. Use at most 2 MB, or upload it in parts."))
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise SheetError(_("This file cannot be read as JSON. Save the figures of Go Vocal again.")) from error
    attributes = _part(_part(document, "data"), "attributes") or document
    users, options = _part(_part(attributes, "series"), "users"), _part(attributes, "options")
    if not users or len(users) > MAX_ROWS:
        raise SheetError(
            _("There are no figures of participants in this file. Save those of one question about participants.")
        )
    rows = [
        SheetRow(number, (_words(key, options), str(count) if isinstance(count, int) else ""))
        for number, (key, count) in enumerate(users.items(), 1)
    ]
    return Sheet(HEADINGS, tuple(rows))


def _part(value: Any, key: str) -> dict[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _words(key: str, options: dict[str, Any]) -> str:
    words = _part(_part(options, key), "title_multiloc")
    known = [text for language in (*_LANGUAGES, *words) if isinstance(text := words.get(language), str)]
    return known[0] if known else key
