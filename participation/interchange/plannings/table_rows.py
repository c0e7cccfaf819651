"""Rows of a planning in tables: the columns are recognised by their headings, or by what is in them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from participation.interchange.sheets.text import heading

from .line_rows import split_title
from .row_collector import RawDocument, RowCollector
from .source import SourceRow
from .words import status_of

#: Columns of a table, with the headings by which each is recognised, in Dutch and English.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "date": (
        *("datum", "data", "wanneer", "dag", "datum/periode", "geplande datum", "moment", "tijdstip", "deadline"),
        *("termijn", "planning", "periode", "week", "weeknr", "weeknummer", "maand", "date", "when"),
    ),
    "title": (
        *("activiteit", "activiteiten", "wat", "actie", "acties", "stap", "processtap", "bijeenkomst", "mijlpaal"),
        *("werkzaamheden", "omschrijving", "onderwerp", "gebeurtenis", "product", "titel", "activity", "what", "title"),
    ),
    "phase": ("fase", "phase"),
    "body": ("gremium", "orgaan", "bestuur", "overleg", "body"),
    "audience": ("doelgroep", "voor wie", "met wie", "deelnemers", "betrokkenen", "audience", "for whom"),
    "place": ("locatie", "plaats", "waar", "location", "place", "where"),
    "status": ("status", "stand", "state"),
    "time": ("tijd", "tijden", "hoe laat", "time"),
    "document": ("stuk", "stukken", "document", "documenten", "bijlage", "documents"),
    "version": ("versie", "version"),
    "contribution": ("inbreng", "bijdrage", "reactie van bewoner", "opmerking van bewoner", "contribution"),
}
COLUMN_BY_HEADING: Final = {name: column for column, names in COLUMNS.items() for name in names}
#: Headings stand among the first rows of a table, and are short.
_HEADER_SEARCH_ROWS, _MAX_HEADING_LENGTH = 6, 40
#: Columns that become a fact of their own; the others also stand in the rest of the row.
_OWN_COLUMNS: Final = ("date", "title", "time", "phase", "place", "status")


def column_of_heading(text: str) -> str | None:
    """Return the column that a cell is the heading of; None for other text."""
    return COLUMN_BY_HEADING.get(heading(text).rstrip(" ?"))


def has_known_headings(cells: Iterable[str]) -> bool:
    """Return whether these cells are the headings of a table: that of the date, and another that is known."""
    columns = set(map(column_of_heading, cells)) - {None}
    return "date" in columns and len(columns) > 1


class _TableColumns(NamedTuple):
    """The index of each column that was recognised, and the number of rows up to and including the headings."""

    indexes: Mapping[str, int]
    skipped: int


class TableReader:
    """Reads the tables of a planning; one without headings has the columns of the one before."""

    def __init__(self, found: RowCollector) -> None:
        """Add what is found to this."""
        self._found = found
        self._last_columns: Mapping[str, int] = {}
        self._status_heading = ""

    def read(self, rows: list[SourceRow]) -> None:
        """Read a table: of steps, of documents or of contributions."""
        columns = self._columns_of(rows)
        indexes = columns.indexes
        if "contribution" in indexes and "title" not in indexes:
            self._found.contributions.append(tuple(rows[columns.skipped - 1 :]))
            return
        if "date" not in indexes and "title" not in indexes and "document" not in indexes:
            self._found.leftovers += [row for row in rows if any(cell.strip() for cell in row.cells)]
            return
        for row in rows[: max(columns.skipped - 1, 0)]:
            self._read_heading_row(row)
        for row in rows[columns.skipped :]:
            self._read_table_row(row, indexes)

    def _read_heading_row(self, row: SourceRow) -> None:
        filled = [cell for cell in row.cells if cell.strip()]
        if len(filled) == 1 and self._found.read_heading(filled[0]):
            return
        if filled:
            self._found.leftovers.append(row)

    def _read_table_row(self, row: SourceRow, indexes: Mapping[str, int]) -> None:
        cells = [cell.strip() for cell in row.cells]
        filled = [cell for cell in cells if cell]
        named = {name: cells[index] for name, index in indexes.items() if index < len(cells)}
        date = " ".join(named.get("date", "").split())
        if not filled:
            return
        if "document" in indexes and "title" not in indexes:
            document = " ".join(named.get("document", "").split())
            if document:
                self._found.documents.append(RawDocument(row.number, document, named.get("version", ""), date))
            return
        # The text of a heading stands in the first cell, over all columns; "Evaluatie" in another is a row.
        is_title = bool(named.get("title")) and indexes["title"] > 0
        if len(filled) == 1 and not is_title:
            if self._found.read_heading(filled[0]):
                return
            if not self._found.is_date(filled[0]):
                self._found.leftovers.append(row)
                return
        title, rest = self._title(named.get("title", ""))
        used = {indexes[name] for name in _OWN_COLUMNS if name in indexes}
        if status := named.get("status"):
            cells[indexes["status"]] = named["printed_status"] = f"{self._status_heading}: {status}"
            if not status_of(status):
                used.discard(indexes["status"])
        others = [cell for index, cell in enumerate(cells) if cell and index not in used]
        if not title and others:
            title, more = self._title(others.pop(0))
            rest = "\n".join(filter(None, (rest, more)))
        rest = "\n".join(filter(None, (rest, *others)))
        self._found.add(row.number, date, title, rest, named)

    def _columns_of(self, rows: Sequence[SourceRow]) -> _TableColumns:
        found, skipped = self._columns_by_heading(rows)
        if not found and self._last_columns and max(len(row.cells) for row in rows) > max(self._last_columns.values()):
            # A table for each phase: only the first has headings.
            found = dict(self._last_columns)
        body = rows[skipped:]
        if not ({"contribution", "document"} & set(found)) and not self._has_dates(body, found.get("date")):
            index = self._date_column(body)
            if index is not None:
                found["date"] = index
            elif not skipped:
                return _TableColumns({}, 0)
        if "date" in found and "title" not in found and not ({"contribution", "document"} & set(found)):
            found["title"] = self._title_column(body, found)
        self._last_columns = found
        return _TableColumns(found, skipped)

    def _columns_by_heading(self, rows: Sequence[SourceRow]) -> tuple[dict[str, int], int]:
        for position, row in enumerate(rows[:_HEADER_SEARCH_ROWS]):
            found: dict[str, int] = {}
            heading_of_status = ""
            for index, cell in enumerate(row.cells):
                column = column_of_heading(cell)
                # "Week" before "Datum": the more precise of the two, where both are there.
                if column == "date" and heading(cell).startswith(("datum", "wanneer", "date", "when")):
                    found[column] = index
                elif column:
                    found.setdefault(column, index)
                if column == "status":
                    heading_of_status = " ".join(cell.split()).rstrip(":")
            is_short = all(len(cell) <= _MAX_HEADING_LENGTH for cell in row.cells)
            if found and is_short and not any(self._found.is_date(cell) for cell in row.cells):
                self._status_heading = heading_of_status
                return found, position + 1
        return {}, 0

    def _has_dates(self, rows: Sequence[SourceRow], index: int | None) -> bool:
        return index is not None and any(
            index < len(row.cells) and self._found.is_date(row.cells[index]) for row in rows
        )

    def _date_column(self, rows: Sequence[SourceRow]) -> int | None:
        """Return the column with the most dates; None where there are none."""
        counts: dict[int, int] = {}
        for row in rows:
            for index, cell in enumerate(row.cells):
                if self._found.is_date(cell):
                    counts[index] = counts.get(index, 0) + 1
        return max(counts, key=lambda index: (counts[index], -index)) if counts else None

    @staticmethod
    def _title_column(rows: Sequence[SourceRow], found: Mapping[str, int]) -> int:
        """Return the first column beside the date that is filled in most rows, else the one filled most."""
        width = max(len(row.cells) for row in rows) if rows else 1
        others = [index for index in range(width) if index not in found.values()]
        # A number says nothing: it may be that of the row.
        fills = {
            index: sum(index < len(row.cells) and any(map(str.isalpha, row.cells[index])) for row in rows)
            for index in others
        }
        after = [index for index in others if index > found["date"]] or others or [found["date"]]
        return next((index for index in after if fills.get(index, 0) * 2 >= len(rows)), None) or max(
            after, key=lambda index: (fills.get(index, 0), -index)
        )

    def _title(self, text: str) -> tuple[str, str]:
        lines = text.splitlines()
        if self._found.is_wrapped:
            return split_title(lines)
        filled = [" ".join(line.split()) for line in lines if line.strip()]
        return (filled[0], "\n".join(filled[1:])) if filled else ("", "")
