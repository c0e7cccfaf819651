"""The columns of Go Vocal exports: their headings, which hold personal data, and access to their cells."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Final

from ..cells import unescape_formula
from ..dates import NotADate
from ..days import read_day
from ..sheets.reading import SheetRow, heading

#: The UUIDs of the platform, and the prefix of the refs derived from them.
ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
PREFIX: Final = "gv-"

#: Headings in Dutch and English by column.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("id",),
    "input_id": ("input id",),
    "input": ("input",),
    "title": ("title", "titel", "naam"),
    "body": ("description", "beschrijving", "body"),
    "comment": ("comment",),
    "tags": ("tags", "topics"),
    "status": ("status", "new status", "nieuwe status"),
    "location": ("location", "locatie", "location description"),
    "published": ("published at", "gepubliceerd om", "gepubliceerd op"),
    "submitted": ("submitted at", "ingediend op", "ingediend om", "created at"),
    "feedback": ("feedback", "official feedback", "official update", "officiële feedback", "officiële update"),
    "feedback_on": ("feedback date", "official feedback date", "datum feedback", "datum officiële update"),
    "url": ("url",),
    "project": ("project",),
    "likes": ("likes", "likes count"),
    "dislikes": ("dislikes", "dislikes count"),
    "unsure": ("unsure", "neutral reactions count"),
    "comments": ("comments", "reacties", "comments count"),
    "votes": ("votes", "stemmen", "votes count"),
    "offline_votes": ("offline votes", "manual votes", "offline stemmen"),
    "picks": ("picks", "keuzes", "picks / participants", "keuzes / deelnemers"),
    "participants": ("participants", "deelnemers"),
    "cost": ("cost", "kosten", "budget", "begroting"),
    "left_out": (
        *("attachments", "bijlagen", "images", "afbeeldingen", "image url", "afbeelding url", "imported"),
        *("latitude", "breedtegraad", "longitude", "lengtegraad", "proposed budget", "voorgesteld budget", "bedrag"),
        *("parent comment id",),
    ),
    # Personal data, which is never imported (data minimisation).
    "person": (
        *("author name", "naam auteur", "author email", "email auteur", "e-mail auteur", "author id", "id auteur"),
        *("author", "auteur", "assignee", "toegewezen aan", "assignee email", "e-mailadres toegewezen persoon"),
        *("email", "e-mail", "email address", "e-mailadres", "first name", "first name(s)", "voornaam"),
        *("voorna(a)m(en)", "last name", "achternaam", "cosponsors", "ondersteuners", "feedback author name"),
        *("feedback email", "gender", "geslacht", "birthyear", "year of birth", "geboortejaar", "domicile"),
        *("place of residence", "waar woon je?", "profile page", "user data", "gebruikersgegevens"),
    ),
}
BY_HEADING: Final = {name: column for column, names in COLUMNS.items() for name in names}
#: Headings that identify the header row; without those that any sheet may have.
KNOWN_HEADINGS: Final = frozenset(BY_HEADING) - {
    "id",
    "naam",
    "title",
    "input",
    "project",
    "status",
    "comment",
    "feedback",
}
#: The first of these ends the questions of a form: unknown columns after it are user data of the author.
_METADATA_COLUMNS: Final = ("submitted", "published", "url", "project", "status", "comments", "likes")


class Columns:
    """The columns of an export: their positions, which are questions, and which hold personal data."""

    def __init__(self, headings: Sequence[str]) -> None:
        """Classify these headings."""
        names = [BY_HEADING.get(heading(text), "") for text in headings]
        self.headings = tuple(headings)
        self.index_by_column: dict[str, int] = {}
        for index, name in enumerate(names):
            self.index_by_column.setdefault(name, index)
        meta = [index for index, name in enumerate(names) if name in (*_METADATA_COLUMNS, "person")]
        first = meta[0] if meta else len(names)
        unknown = [index for index, name in enumerate(names) if not name and headings[index]]
        self.questions = [index for index in unknown if index < first]
        named = [index for index, name in enumerate(names) if name == "person"]
        #: Without an id column each row is a voter, and unknown columns are ideas that can be voted for.
        self.about_persons = sorted(
            {*named, *(index for index in unknown if index > first)} if "id" in self.index_by_column else named
        )
        #: Older exports, whose headings have underscores, write timestamps in UTC; newer ones in local time.
        self.utc = {name for name, index in self.index_by_column.items() if "_" in headings[index]}

    def cell(self, row: SheetRow, column: str) -> str:
        """Return the cell of this column, "" if there is no such column."""
        index = self.index_by_column.get(column)
        return unescape_formula(row.cells[index]) if index is not None and index < len(row.cells) else ""

    def day(self, row: SheetRow, *columns: str) -> str:
        """Return the date in Amsterdam of the first of these columns that is not empty."""
        for column in columns:
            if text := self.cell(row, column):
                return day_in_amsterdam(text, utc=column in self.utc)
        return ""


def contribution_row(
    number: int,
    *,
    ref: str,
    theme: str,
    summary: str,
    received_on: str = "",
    outcome: str = "",
    response: str = "",
    responded_on: str = "",
) -> SheetRow:
    """Return a row in the order of our own headings."""
    return SheetRow(number, (ref, theme, summary, received_on, outcome, response, responded_on))


def day_in_amsterdam(text: str, *, utc: bool) -> str:
    """Return the date in Amsterdam of a timestamp, in ISO format; other texts unchanged."""
    if ":" not in text:
        return text
    try:
        when = read_day(text, default_zone=UTC if utc else None).when
    except NotADate:
        return text
    return when.latest.isoformat() if when.precision == "day" and when.latest else text
