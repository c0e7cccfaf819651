"""Conversion of exports of Go Vocal (formerly CitizenLab, used by doemee.leiden.nl) to a sheet of contributions.

Supported are the workbooks with the input of a phase or a project, with comments, with votes, with the answers to a
survey (see ``survey``), and the sheet for importing official updates into the platform. Headings are in the language
of the platform (Dutch or English); those of older exports are in English with underscores. Refs are derived from the
platform's ids, so that importing a newer export again creates no duplicates.

Personal data is removed here, before the preview.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from participation.models.labels import LABELS

from ..cells import whole_number
from ..html_texts import plain
from ..sheets.reading import Sheet, SheetRow, heading
from . import survey as go_vocal_survey
from .columns import BY_HEADING, ID, KNOWN, PREFIX, Columns, our_row

__all__ = ["KNOWN", "PREFIX", "is_export", "translated", "without_numbers"]

#: Outcomes by status of the platform, for the statuses that imply one.
_OUTCOMES: Final = {
    **dict.fromkeys(("accepted", "aangenomen", "geaccepteerd", "implemented", "uitgevoerd", "gerealiseerd"), "adopted"),
    **dict.fromkeys(("rejected", "afgewezen", "niet weerhouden"), "not_adopted"),
}


def is_export(sheet: Sheet) -> bool:
    """Return whether this sheet, of which a few rows suffice, is an export of Go Vocal."""
    found = Columns(sheet.headings)
    if "id" in found.at:
        first = next((found.cell(row, "id") for row in sheet.rows if found.cell(row, "id")), "")
        known = set(found.at) - {"", "id", "person"}
        return bool(ID.fullmatch(first)) and len(known) >= 2 - ("feedback" in known)
    return _is_baskets(sheet, found)


def translated(sheet: Sheet) -> Sheet:
    """Return the export as a sheet of contributions with our own headings, and notes on the conversion."""
    found = Columns(sheet.headings)
    notes = [_("This comes from Go Vocal. Taken in again, from a newer export, nothing is doubled."), *_about(found)]
    if "id" not in found.at:
        rows, more = go_vocal_survey.of_baskets(sheet, found)
    elif found.at.keys() & {"title", "body", "comment", "feedback"}:
        rows, more = [_input(row, found) for row in sheet.rows], _not_asked(found)
    else:
        rows, more = go_vocal_survey.of_answers(sheet, found)
    return Sheet(_our_headings(), tuple(rows), sheet.title, (*sheet.notes, *notes, *more))


def _our_headings() -> tuple[str, ...]:
    return (_("Ref"), _("Theme"), _("Contribution"), _("Received on"), _("Outcome"), _("Answer"), _("Answered on"))


def _about(found: Columns) -> list[str]:
    if not found.about_persons:
        return []
    told = ", ".join(f"“{found.headings[index]}”" for index in found.about_persons)
    return [_("Left out, because it is about persons: %(columns)s.") % {"columns": told}]


def _not_asked(found: Columns) -> list[str]:
    if not found.questions:
        return []
    told = ", ".join(f"“{found.headings[index]}”" for index in found.questions)
    return [_("Left out, because only managers see it on the platform: %(columns)s.") % {"columns": told}]


def _is_baskets(sheet: Sheet, found: Columns) -> bool:
    """Return whether each row holds the votes of one person: ideas as headings, and a timestamp in the last column."""
    if not sheet.headings or BY_HEADING.get(heading(sheet.headings[-1])) != "submitted" or not sheet.rows:
        return False
    return len(go_vocal_survey.ideas_of(sheet, found)) >= 2


def _input(row: SheetRow, found: Columns) -> SheetRow:
    cell = found.cell
    title, body = plain(cell(row, "title")), plain(cell(row, "body") or cell(row, "comment"))
    said = body if body.startswith(title) else f"{title}\n\n{body}".strip()
    if said and (place := cell(row, "location")):
        said += "\n\n" + _("Place: %(place)s") % {"place": place}
    theme = ", ".join(part.strip() for part in re.split(r"[;,]", cell(row, "tags")) if part.strip())
    if "comment" in found.at and cell(row, "input"):
        theme = _("Comment on: %(title)s") % {"title": plain(cell(row, "input"))}
    answer = plain(re.sub(r"\s?\{\{ ?first_name ?\}\}", "", cell(row, "feedback")))
    outcome = _OUTCOMES.get(heading(cell(row, "status")), "")
    return our_row(
        row.number,
        ref=PREFIX + cell(row, "id").lower() if ID.fullmatch(cell(row, "id")) else "",
        theme=theme,
        summary=with_numbers(said, _numbers(row, found)),
        received_on=found.day(row, "submitted", "published"),
        outcome=f"{LABELS[outcome]}?" if outcome else "",
        response=answer,
        responded_on=found.day(row, "feedback_on") if answer else "",
    )


def _numbers(row: SheetRow, found: Columns) -> list[str]:
    told: Mapping[str, Callable[[int], str]] = {
        "likes": lambda n: ngettext("%(n)s like", "%(n)s likes", n) % {"n": n},
        "dislikes": lambda n: ngettext("%(n)s dislike", "%(n)s dislikes", n) % {"n": n},
        "unsure": lambda n: _("%(n)s unsure") % {"n": n},
        "votes": lambda n: ngettext("%(n)s vote", "%(n)s votes", n) % {"n": n},
        "offline_votes": lambda n: ngettext("%(n)s vote on paper", "%(n)s votes on paper", n) % {"n": n},
        "picks": lambda n: ngettext("chosen %(n)s time", "chosen %(n)s times", n) % {"n": n},
        "participants": lambda n: ngettext("%(n)s participant", "%(n)s participants", n) % {"n": n},
        "cost": lambda n: _("costs %(n)s euros") % {"n": n},
        "comments": lambda n: ngettext("%(n)s comment", "%(n)s comments", n) % {"n": n},
    }
    cells = {name: found.cell(row, name) for name in told}
    return [say(number) for name, say in told.items() if (number := whole_number(cells[name]))]


def with_numbers(said: str, numbers: Sequence[str]) -> str:
    """Return the text with these numbers in parentheses below it."""
    return f"{said}\n\n({', '.join(numbers)})" if said and numbers else said


def without_numbers(said: str) -> str:
    """Return the text on one line, without the numbers that ``with_numbers`` appended."""
    return " ".join(re.sub(r"\n\n\([^()\d\n]*\d[^()\n]*\)\Z", "", said.replace("\r\n", "\n").rstrip()).split())
