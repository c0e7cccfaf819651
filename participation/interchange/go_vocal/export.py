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

from ..cells import parse_whole_number
from ..html_texts import html_to_text
from ..sheets.reading import Sheet, SheetRow, heading
from . import survey as go_vocal_survey
from .columns import BY_HEADING, ID, KNOWN_HEADINGS, PREFIX, Columns, contribution_row

__all__ = ["KNOWN_HEADINGS", "PREFIX", "convert_export", "is_export", "without_numbers"]

#: Outcomes by status of the platform, for the statuses that imply one.
_OUTCOMES: Final = {
    **dict.fromkeys(("accepted", "aangenomen", "geaccepteerd", "implemented", "uitgevoerd", "gerealiseerd"), "adopted"),
    **dict.fromkeys(("rejected", "afgewezen", "niet weerhouden"), "not_adopted"),
}


def is_export(sheet: Sheet) -> bool:
    """Return whether this sheet, of which a few rows suffice, is an export of Go Vocal."""
    found = Columns(sheet.headings)
    if "id" in found.index_by_column:
        first = next((found.cell(row, "id") for row in sheet.rows if found.cell(row, "id")), "")
        known = set(found.index_by_column) - {"", "id", "person"}
        return bool(ID.fullmatch(first)) and len(known) >= 2 - ("feedback" in known)
    return _is_votes_export(sheet, found)


def convert_export(sheet: Sheet) -> Sheet:
    """Return the export as a sheet of contributions with our own headings, and notes on the conversion."""
    found = Columns(sheet.headings)
    notes = [
        _("This comes from Go Vocal. Importing a newer export later duplicates nothing."),
        *_personal_data_notes(found),
    ]
    if "id" not in found.index_by_column:
        rows, more = go_vocal_survey.convert_votes(sheet, found)
    elif found.index_by_column.keys() & {"title", "body", "comment", "feedback"}:
        rows, more = [_convert_row(row, found) for row in sheet.rows], _left_out_question_notes(found)
    else:
        rows, more = go_vocal_survey.convert_answers(sheet, found)
    return Sheet(_sheet_headings(), tuple(rows), sheet.title, (*sheet.notes, *notes, *more))


def _sheet_headings() -> tuple[str, ...]:
    return (_("Ref"), _("Theme"), _("Contribution"), _("Received on"), _("Outcome"), _("Answer"), _("Answered on"))


def _personal_data_notes(found: Columns) -> list[str]:
    if not found.about_persons:
        return []
    labels = ", ".join(f"“{found.headings[index]}”" for index in found.about_persons)
    return [_("Left out, because it is about persons: %(columns)s.") % {"columns": labels}]


def _left_out_question_notes(found: Columns) -> list[str]:
    if not found.questions:
        return []
    labels = ", ".join(f"“{found.headings[index]}”" for index in found.questions)
    return [_("Left out, because only managers see it on the platform: %(columns)s.") % {"columns": labels}]


def _is_votes_export(sheet: Sheet, found: Columns) -> bool:
    """Return whether each row holds the votes of one person: ideas as headings, and a timestamp in the last column."""
    if not sheet.headings or BY_HEADING.get(heading(sheet.headings[-1])) != "submitted" or not sheet.rows:
        return False
    return len(go_vocal_survey.idea_columns(sheet, found)) >= 2


def _convert_row(row: SheetRow, found: Columns) -> SheetRow:
    cell = found.cell
    title, body = html_to_text(cell(row, "title")), html_to_text(cell(row, "body") or cell(row, "comment"))
    contribution_text = body if body.startswith(title) else f"{title}\n\n{body}".strip()
    if contribution_text and (place := cell(row, "location")):
        contribution_text += "\n\n" + _("Place: %(place)s") % {"place": place}
    theme = ", ".join(part.strip() for part in re.split(r"[;,]", cell(row, "tags")) if part.strip())
    if "comment" in found.index_by_column and cell(row, "input"):
        theme = _("Comment on: %(title)s") % {"title": html_to_text(cell(row, "input"))}
    answer = html_to_text(re.sub(r"\s?\{\{ ?first_name ?\}\}", "", cell(row, "feedback")))
    outcome = _OUTCOMES.get(heading(cell(row, "status")), "")
    return contribution_row(
        row.number,
        ref=PREFIX + cell(row, "id").lower() if ID.fullmatch(cell(row, "id")) else "",
        theme=theme,
        summary=with_numbers(contribution_text, _count_texts(row, found)),
        received_on=found.day(row, "submitted", "published"),
        outcome=f"{LABELS[outcome]}?" if outcome else "",
        response=answer,
        responded_on=found.day(row, "feedback_on") if answer else "",
    )


def _count_texts(row: SheetRow, found: Columns) -> list[str]:
    labels: Mapping[str, Callable[[int], str]] = {
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
    cells = {name: found.cell(row, name) for name in labels}
    return [
        format_label(number) for name, format_label in labels.items() if (number := parse_whole_number(cells[name]))
    ]


def with_numbers(contribution_text: str, numbers: Sequence[str]) -> str:
    """Return the text with these numbers in parentheses below it."""
    return f"{contribution_text}\n\n({', '.join(numbers)})" if contribution_text and numbers else contribution_text


def without_numbers(contribution_text: str) -> str:
    """Return the text on one line, without the numbers that ``with_numbers`` appended."""
    return " ".join(
        re.sub(r"\n\n\([^()\d\n]*\d[^()\n]*\)\Z", "", contribution_text.replace("\r\n", "\n").rstrip()).split()
    )
