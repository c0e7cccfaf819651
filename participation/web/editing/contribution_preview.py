"""Import preview of contributions: the column mapping, the outcome of each row, and which rows are ticked.

The preview keeps no state on the server: the page sends back the text of the sheet, the row numbers in the file, and
which rows could be ticked.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from participation.interchange.sheets.reading import MAX_ROWS, Sheet, SheetRow, as_text, duplicate_headings, heading
from participation.models import Contribution, Trajectory
from participation.services.contributions.sheet_preview import (
    COLUMNS,
    Defaults,
    ProposedContribution,
    detect_columns,
    propose_contributions,
)

from .contribution_forms import SheetForm, column_label

#: Maximum length of a cell shown as example of its column.
_MAX_EXAMPLE_LENGTH = 60


class PreviewColumn(NamedTuple):
    """A column of the sheet, the field that it is mapped to, and its first value as example."""

    name: str
    heading: str
    choices: list[tuple[str, str]]
    chosen: str
    example: str


class PreviewLine(NamedTuple):
    """A row of the preview: whether it is ticked, and the value of its checkbox."""

    row: ProposedContribution
    is_ticked: bool
    value: str

    @property
    def contribution_text(self) -> str:
        """Return the text of the contribution without blank lines."""
        return _without_blank_lines(self.row.contribution.summary)

    @property
    def was(self) -> str:
        """Return the stored values that the sheet differs from."""
        return _without_blank_lines(self.row.difference.was) if self.row.difference else ""

    @property
    def becomes(self) -> str:
        """Return the values in the sheet that differ from the stored ones."""
        return _without_blank_lines(self.row.difference.becomes) if self.row.difference else ""


class PreviewSheet(NamedTuple):
    """A sheet of the workbook to switch to: number on the page, title and text."""

    number: str
    title: str
    text: str


class Preview:
    """The import preview, computed from the submitted form."""

    def __init__(self, trajectory: Trajectory, form: SheetForm, data: Any, today: date) -> None:
        """Map the columns and build the rows, as the submitted page specifies."""
        self._data = data
        cleaned = form.cleaned_data
        switched = data.get("do") == "tab"
        self._was_previewed = "looked" in data and not cleaned.get("tabs") and not switched
        self.tabs = _preview_sheets(cleaned.get("tabs") or [], data)
        self.tab = data.get("tab", "0") if not cleaned.get("tabs") else "0"
        self.sheet, self.row_count_changed = _with_row_numbers(
            cleaned["sheet"], data.get("numbers", "") if self._was_previewed else ""
        )
        self.columns, self.duplicate_columns = self._chosen_columns()
        self.needs_text_column = "summary" not in self.columns
        self.lines: list[PreviewLine] = []
        if not self.needs_text_column and not self.duplicate_columns:
            defaults = Defaults(cleaned["step"], cleaned["party"], cleaned["received_on"])
            rows = propose_contributions(self.sheet, self.columns, trajectory, defaults, today)
            self.lines = list(self._build_lines(rows))
        self.repeated_headings = [name for name in duplicate_headings(self.sheet.headings) if name]

    @property
    def text(self) -> str:
        """Return the sheet as text that can be corrected."""
        return as_text(self.sheet)

    @property
    def numbers(self) -> str:
        """Return the row numbers in the file, as ranges."""
        return format_ranges(row.number for row in self.sheet.rows)

    @property
    def offered(self) -> str:
        """Return the numbers of the rows that can be ticked, as ranges."""
        return format_ranges(line.row.number for line in self.lines if line.row.is_selectable)

    @property
    def column_mapping(self) -> str:
        """Return the column mapping on the screen now."""
        return " ".join(f"{column}:{index}" for column, index in sorted(self.columns.items()))

    @property
    def can_be_saved(self) -> bool:
        """Return whether the ticked rows are the ones that were on the screen, and there are any."""
        return bool(self.new or self.changed) and not self.row_count_changed and not self.changed_columns

    @property
    def changed_columns(self) -> bool:
        """Return whether the column mapping changed since the rows were shown."""
        return self._data.get("shown", self.column_mapping) != self.column_mapping

    @property
    def new(self) -> list[Contribution]:
        """Return the ticked contributions that are new."""
        return [line.row.contribution for line in self.lines if line.is_ticked and not line.row.known]

    @property
    def changed(self) -> list[Contribution]:
        """Return the existing contributions with the changes that are ticked."""
        return [line.row.difference.contribution for line in self.lines if line.is_ticked and line.row.difference]

    @property
    def invalid_count(self) -> int:
        """Return the number of rows with errors."""
        return sum(bool(line.row.problems) for line in self.lines)

    @property
    def duplicate_count(self) -> int:
        """Return the number of rows that exist already, unchanged."""
        return sum(line.row.is_duplicate and not line.row.difference for line in self.lines)

    @property
    def difference_count(self) -> int:
        """Return the number of rows that exist already with other values."""
        return sum(bool(line.row.difference) for line in self.lines)

    @property
    def choices(self) -> list[PreviewColumn]:
        """Return the columns with the fields that each can be mapped to."""
        column_by_index = self._submitted_columns() or {index: column for column, index in self.columns.items()}
        offered = [("", _("leave out")), *((column, column_label(column)) for column in COLUMNS)]
        return [
            PreviewColumn(
                f"column-{index}", self._heading(index), offered, column_by_index.get(index, ""), self._example(index)
            )
            for index in range(self.sheet.width)
        ]

    def _heading(self, index: int) -> str:
        text = self.sheet.headings[index] if self.sheet.headings else ""
        if not text:
            return _("Column %(number)s") % {"number": get_column_letter(index + 1)}
        if heading(text) in duplicate_headings(self.sheet.headings):
            return _("%(heading)s (column %(number)s)") % {"heading": text, "number": get_column_letter(index + 1)}
        return text

    def _example(self, index: int) -> str:
        text = next((row.cells[index] for row in self.sheet.rows if row.cells[index : index + 1] != ("",)), "")
        text = " ".join(text.split())
        return text if len(text) <= _MAX_EXAMPLE_LENGTH else text[:_MAX_EXAMPLE_LENGTH].rstrip() + "…"

    def _submitted_columns(self) -> dict[int, str]:
        """Return the submitted column mapping; empty if the page had none."""
        if not self._was_previewed and "looked" in self._data:
            return {}
        chosen = {index: self._data.get(f"column-{index}") for index in range(self.sheet.width)}
        return (
            {index: column or "" for index, column in chosen.items()}
            if any(column is not None for column in chosen.values())
            else {}
        )

    def _chosen_columns(self) -> tuple[dict[str, int], list[str]]:
        """Return the column mapping, as submitted or else by the headings, and the fields that were mapped twice."""
        sent = self._submitted_columns()
        if not sent:
            return detect_columns(self.sheet), []
        counts = Counter(column for column in sent.values() if column in COLUMNS)
        found: dict[str, int] = {}
        for index, column in sent.items():
            if column in COLUMNS:
                found.setdefault(column, index)
        return found, [column_label(column) for column, times in counts.items() if times > 1]

    def _build_lines(self, rows: Iterable[ProposedContribution]) -> Iterable[PreviewLine]:
        """Yield the rows, ticked as submitted if they were offered, else if they are valid and new."""
        sent = set(self._data.getlist("row")) if self._was_previewed and not self.row_count_changed else set()
        before = (
            None
            if not self._was_previewed or self.row_count_changed
            else _parse_ranges(self._data.get("offered", "all"))
        )
        for row in rows:
            # The value holds the version of the difference: a change is accepted only if it is the one that was shown.
            value = f"{row.number}:{row.difference.version}" if row.difference else str(row.number)
            was_offered = before is not None and (before == ["all"] or row.number in before)
            is_ticked = value in sent if was_offered else row.is_preselected
            yield PreviewLine(row, is_ticked and row.is_selectable, value)


def _without_blank_lines(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if line.strip())


def _preview_sheets(sheets: list[Sheet], data: Mapping[str, str]) -> list[PreviewSheet]:
    """Return the sheets of the workbook: as just uploaded, else as the page sent them back."""
    if len(sheets) > 1:
        return [PreviewSheet(str(number), sheet.title, as_text(sheet)) for number, sheet in enumerate(sheets)]
    if sheets:
        return []
    numbers = sorted(int(key[4:]) for key in data if key.startswith("tab-") and key[4:].isdecimal())
    return [PreviewSheet(str(number), data.get(f"title-{number}", ""), data[f"tab-{number}"]) for number in numbers]


def _with_row_numbers(sheet: Sheet, numbers: str) -> tuple[Sheet, bool]:
    """Return the sheet with its row numbers in the file, and whether the number of rows changed since."""
    before = _parse_ranges(numbers)
    if not before:
        return sheet, False
    if len(before) != len(sheet.rows):
        return sheet, True
    rows = (SheetRow(number, row.cells) for number, row in zip(before, sheet.rows, strict=True))
    return sheet._replace(rows=tuple(rows)), False


def format_ranges(numbers: Iterable[int]) -> str:
    """Return the numbers as ranges: "2-5,8"."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def _parse_ranges(text: str) -> list[Any]:
    """Return the numbers in a text made by ``format_ranges``; ["all"] for "all", empty if it was tampered with."""
    if text == "all":
        return ["all"]
    found: list[int] = []
    for part in filter(None, text.split(",")):
        first, _dash, last = part.partition("-")
        if not (first.isdecimal() and (last or first).isdecimal()) or int(last or first) - int(first) > 2000:
            return []
        found += range(int(first), int(last or first) + 1)
        if len(found) > 2 * MAX_ROWS:
            return []
    return found
