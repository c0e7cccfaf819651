"""The row type and the exceptions that all readers of sheets share."""

from typing import NamedTuple


class SheetError(ValueError):
    """The sheet cannot be read; the message tells the user what to do."""


class TooManyRows(SheetError):
    """The sheet has more rows than the limit."""


class SheetRow(NamedTuple):
    """A row of a sheet: its number in the file, starting at 1, and its cells as text."""

    number: int
    cells: tuple[str, ...]
