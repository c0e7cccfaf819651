"""What a sheet becomes, on the screen: which column holds what, what each row would be, and what is ticked.

Nothing is kept between two looks but what the page itself sends back: the text of the sheet, the numbers that its rows
had in the file, and which of them could be ticked.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from participation.exchange.sheets.reading import MOST_ROWS, Row, Sheet, as_text, heading, twice
from participation.models import Contribution, Trajectory
from participation.services.contributions_sheet import COLUMNS, Defaults, Proposed, columns_of, proposed

from .contribution_forms import SheetForm, column_label

#: So much of a cell is shown as an example of what stands in its column.
_EXAMPLE = 60


class Column(NamedTuple):
    """A column of the sheet, what it is taken for, and the first that stands in it."""

    name: str
    heading: str
    choices: list[tuple[str, str]]
    chosen: str
    example: str


class Line(NamedTuple):
    """A row of the preview: whether it is ticked, and by which value the page sends that back."""

    row: Proposed
    on: bool
    value: str

    @property
    def said(self) -> str:
        """Return what was said, its paragraphs close together."""
        return _close(self.row.contribution.summary)

    @property
    def was(self) -> str:
        """Return what is there, where the sheet says something else."""
        return _close(self.row.difference.was) if self.row.difference else ""

    @property
    def becomes(self) -> str:
        """Return what the sheet says, where something else is there."""
        return _close(self.row.difference.becomes) if self.row.difference else ""


class Tab(NamedTuple):
    """A sheet of the workbook that can be looked at: its number on the page, what it is called, and its text."""

    number: str
    title: str
    text: str


class Preview:
    """What is on the screen before anything is recorded, made of what was sent."""

    def __init__(self, trajectory: Trajectory, form: SheetForm, data: Any, today: date) -> None:
        """Look at the sheet that this form took, as the page that was sent says it should be looked at."""
        self._data = data
        cleaned = form.cleaned_data
        switched = data.get("do") == "tab"
        self._looked = "looked" in data and not cleaned.get("tabs") and not switched
        self.tabs = _tabs(cleaned.get("tabs") or [], data)
        self.tab = data.get("tab", "0") if not cleaned.get("tabs") else "0"
        self.sheet, self.recounted = _numbered(cleaned["sheet"], data.get("numbers", "") if self._looked else "")
        self.columns, self.clashes = self._chosen_columns()
        self.asks_for_column = "summary" not in self.columns
        self.lines: list[Line] = []
        if not self.asks_for_column and not self.clashes:
            defaults = Defaults(cleaned["step"], cleaned["party"], cleaned["received_on"])
            rows = proposed(self.sheet, self.columns, trajectory, defaults, today)
            self.lines = list(self._ticked(rows))
        self.doubled_headings = [name for name in twice(self.sheet.headings) if name]

    @property
    def text(self) -> str:
        """Return the sheet as the text that can be corrected."""
        return as_text(self.sheet)

    @property
    def numbers(self) -> str:
        """Return the numbers that the rows had in the file."""
        return spans(row.number for row in self.sheet.rows)

    @property
    def offered(self) -> str:
        """Return the numbers of the rows that can be ticked."""
        return spans(line.row.number for line in self.lines if line.row.can_take_part)

    @property
    def shown(self) -> str:
        """Return which columns hold what, as it is on the screen now."""
        return " ".join(f"{column}:{index}" for column, index in sorted(self.columns.items()))

    @property
    def can_be_saved(self) -> bool:
        """Tell whether what is ticked is what was on the screen."""
        return bool(self.new or self.changed) and not self.recounted and not self.changed_columns

    @property
    def changed_columns(self) -> bool:
        """Tell whether the columns hold something else than when the rows were shown."""
        return self._data.get("shown", self.shown) != self.shown

    @property
    def new(self) -> list[Contribution]:
        """Return the contributions that are ticked and not there yet."""
        return [line.row.contribution for line in self.lines if line.on and not line.row.known]

    @property
    def changed(self) -> list[Contribution]:
        """Return the contributions that are there, with the changes that are ticked."""
        return [line.row.difference.contribution for line in self.lines if line.on and line.row.difference]

    @property
    def wrong(self) -> int:
        """Return how many rows cannot be recorded as they stand."""
        return sum(bool(line.row.problems) for line in self.lines)

    @property
    def doubles(self) -> int:
        """Return how many are there already, and say nothing new."""
        return sum(line.row.double and not line.row.difference for line in self.lines)

    @property
    def differences(self) -> int:
        """Return how many are there, and say something else in the sheet."""
        return sum(bool(line.row.difference) for line in self.lines)

    @property
    def choices(self) -> list[Column]:
        """Return the columns with what each can hold."""
        taken = self._as_sent() or {index: column for column, index in self.columns.items()}
        offered = [("", _("leave out")), *((column, column_label(column)) for column in COLUMNS)]
        return [
            Column(f"column-{index}", self._heading(index), offered, taken.get(index, ""), self._example(index))
            for index in range(self.sheet.width)
        ]

    def _heading(self, index: int) -> str:
        text = self.sheet.headings[index] if self.sheet.headings else ""
        if not text:
            return _("Column %(number)s") % {"number": get_column_letter(index + 1)}
        if heading(text) in twice(self.sheet.headings):
            return _("%(heading)s (column %(number)s)") % {"heading": text, "number": get_column_letter(index + 1)}
        return text

    def _example(self, index: int) -> str:
        text = next((row.cells[index] for row in self.sheet.rows if row.cells[index : index + 1] != ("",)), "")
        text = " ".join(text.split())
        return text if len(text) <= _EXAMPLE else text[:_EXAMPLE].rstrip() + "…"

    def _as_sent(self) -> dict[int, str]:
        """Return what each column was chosen to hold; nothing where no page with choices was sent."""
        if not self._looked and "looked" in self._data:
            return {}
        chosen = {index: self._data.get(f"column-{index}") for index in range(self.sheet.width)}
        return (
            {index: column or "" for index, column in chosen.items()}
            if any(column is not None for column in chosen.values())
            else {}
        )

    def _chosen_columns(self) -> tuple[dict[str, int], list[str]]:
        """Return which column holds what, as chosen, else as the headings say; and what was chosen twice."""
        sent = self._as_sent()
        if not sent:
            return columns_of(self.sheet), []
        counted = Counter(column for column in sent.values() if column in COLUMNS)
        found: dict[str, int] = {}
        for index, column in sent.items():
            if column in COLUMNS:
                found.setdefault(column, index)
        return found, [column_label(column) for column, times in counted.items() if times > 1]

    def _ticked(self, rows: Iterable[Proposed]) -> Iterable[Line]:
        """Yield the rows, ticked as sent where they could be, else where they are sound and new."""
        sent = set(self._data.getlist("row")) if self._looked and not self.recounted else set()
        before = None if not self._looked or self.recounted else _numbers(self._data.get("offered", "all"))
        for row in rows:
            # A change is taken over only where it is the one that was shown.
            value = f"{row.number}:{row.difference.version}" if row.difference else str(row.number)
            was_offered = before is not None and (before == ["all"] or row.number in before)
            on = value in sent if was_offered else row.takes_part
            yield Line(row, on and row.can_take_part, value)


def _close(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if line.strip())


def _tabs(sheets: list[Sheet], data: Mapping[str, str]) -> list[Tab]:
    """Return the sheets of the workbook: as just uploaded, else as the page sent them along."""
    if len(sheets) > 1:
        return [Tab(str(number), sheet.title, as_text(sheet)) for number, sheet in enumerate(sheets)]
    if sheets:
        return []
    numbers = sorted(int(key[4:]) for key in data if key.startswith("tab-") and key[4:].isdecimal())
    return [Tab(str(number), data.get(f"title-{number}", ""), data[f"tab-{number}"]) for number in numbers]


def _numbered(sheet: Sheet, numbers: str) -> tuple[Sheet, bool]:
    """Return the sheet with the numbers that its rows had in the file, and whether rows came or went since."""
    before = _numbers(numbers)
    if not before:
        return sheet, False
    if len(before) != len(sheet.rows):
        return sheet, True
    rows = (Row(number, row.cells) for number, row in zip(before, sheet.rows, strict=True))
    return sheet._replace(rows=tuple(rows)), False


def spans(numbers: Iterable[int]) -> str:
    """Return these numbers in few letters: "2-5,8"."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def _numbers(text: str) -> list[Any]:
    """Return what ``spans`` wrote; "all" as it is, and nothing of what somebody else made of it."""
    if text == "all":
        return ["all"]
    found: list[int] = []
    for part in filter(None, text.split(",")):
        first, _dash, last = part.partition("-")
        if not (first.isdecimal() and (last or first).isdecimal()) or int(last or first) - int(first) > 2000:
            return []
        found += range(int(first), int(last or first) + 1)
        if len(found) > 2 * MOST_ROWS:
            return []
    return found
