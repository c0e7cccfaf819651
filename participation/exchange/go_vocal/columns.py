"""The columns of Go Vocal's exports: their headings, what is about persons, and what their cells say."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Final

from ..cells import unescaped
from ..dates import NotADate
from ..days import read_day
from ..sheets.reading import Row, heading

#: What the id of something on the platform looks like, and what is made of it.
ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
PREFIX: Final = "gv-"

#: What a column of the platform holds, by its headings in Dutch and English.
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
    # What says who somebody is. It is never taken in.
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
#: Headings by which the row of headings is found. That of names alone would be one of any sheet.
KNOWN: Final = frozenset(BY_HEADING) - {"id", "naam", "title", "input", "project", "status", "comment", "feedback"}
#: At these columns the questions of a form are over: what follows and is not known is about the author.
_META: Final = ("submitted", "published", "url", "project", "status", "comments", "likes")


class Columns:
    """The columns of an export: where what stands, which are questions, and which are about persons."""

    def __init__(self, headings: Sequence[str]) -> None:
        """Look at these headings."""
        names = [BY_HEADING.get(heading(text), "") for text in headings]
        self.headings = tuple(headings)
        self.at: dict[str, int] = {}
        for index, name in enumerate(names):
            self.at.setdefault(name, index)
        meta = [index for index, name in enumerate(names) if name in (*_META, "person")]
        first = meta[0] if meta else len(names)
        unknown = [index for index, name in enumerate(names) if not name and headings[index]]
        self.questions = [index for index in unknown if index < first]
        named = [index for index, name in enumerate(names) if name == "person"]
        #: Without an id the rows are of persons, and what is not known is an idea that they voted for.
        self.about_persons = sorted(
            {*named, *(index for index in unknown if index > first)} if "id" in self.at else named
        )
        #: Older exports, with underscores, write moments in UTC; the others in the time of the platform.
        self.utc = {name for name, index in self.at.items() if "_" in headings[index]}

    def cell(self, row: Row, column: str) -> str:
        """Return what stands in this column of the row, "" where there is no such column."""
        index = self.at.get(column)
        return unescaped(row.cells[index]) if index is not None and index < len(row.cells) else ""

    def day(self, row: Row, *columns: str) -> str:
        """Return the day in Amsterdam in the first of these columns that holds anything."""
        for column in columns:
            if text := self.cell(row, column):
                return day_in_amsterdam(text, utc=column in self.utc)
        return ""


def our_row(
    number: int,
    *,
    ref: str,
    theme: str,
    summary: str,
    received_on: str = "",
    outcome: str = "",
    response: str = "",
    responded_on: str = "",
) -> Row:
    """Return a row under our headings."""
    return Row(number, (ref, theme, summary, received_on, outcome, response, responded_on))


def day_in_amsterdam(text: str, *, utc: bool) -> str:
    """Return the day of a moment as it was in Amsterdam; a text that is no moment as it is."""
    if ":" not in text:
        return text
    try:
        when = read_day(text, naive=UTC if utc else None).when
    except NotADate:
        return text
    return when.latest.isoformat() if when.precision == "day" and when.latest else text
