"""What the readers of plannings share: the rows that they return, their limits and their error."""

from typing import NamedTuple

from django.utils.translation import gettext as _

#: Maximum size of an uploaded planning, in bytes.
MAX_BYTES = 5_000_000
#: Maximum number of characters of its text, and of lines and rows of tables together.
MAX_CHARACTERS, MAX_LINES = 500_000, 6_000
#: Maximum number of steps that one planning may become.
MAX_ENTRIES = 500


class UnreadablePlanning(ValueError):
    """The planning cannot be read; the message says what to do."""


class NoText(UnreadablePlanning):
    """There is no text in the file: it is a scan or a picture."""


class SourceRow(NamedTuple):
    """A row of a table, or a line of text as its only cell.

    ``number`` counts rows and lines from 1. ``table`` numbers the tables; 0 is text outside a table.
    """

    number: int
    cells: tuple[str, ...]
    table: int = 0


class PlanningSource(NamedTuple):
    """The rows and lines of a planning, in order.

    ``is_wrapped`` where lines end because the page does, as in a PDF; ``notes`` say which assumptions were made.
    """

    rows: tuple[SourceRow, ...]
    is_wrapped: bool = False
    notes: tuple[str, ...] = ()


def bounded_source(source: PlanningSource) -> PlanningSource:
    """Return this source. Raises UnreadablePlanning if it is empty or has too much text."""
    if not any(cell.strip() for row in source.rows for cell in row.cells):
        raise UnreadablePlanning(_("There is nothing in it yet. Paste a planning, or choose a file."))
    characters = sum(len(cell) for row in source.rows for cell in row.cells)
    if characters > MAX_CHARACTERS or len(source.rows) > MAX_LINES:
        raise UnreadablePlanning(too_much_message())
    return source


def too_much_message() -> str:
    """Return the error for a planning with too much text."""
    return _("There is too much text in it. Keep only the planning itself, and try again.")
