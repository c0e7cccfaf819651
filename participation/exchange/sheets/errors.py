"""What reading a sheet shares: a row of it, and the error that says what to do."""

from typing import NamedTuple


class SheetError(ValueError):
    """The sheet cannot be read; the message says what to do."""


class TooManyRows(SheetError):
    """The sheet has more rows than is read in one go."""


class Row(NamedTuple):
    """A row as it stood in the sheet: its number there, counted from 1, and its cells as text."""

    number: int
    cells: tuple[str, ...]
