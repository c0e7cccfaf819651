"""Rows of a planning found in tables and in lines of text: a printed date with what stands beside it."""

from itertools import groupby

from participation.interchange.dates import DateContext

from .line_rows import LineReader
from .row_collector import Layout, RowCollector
from .source import PlanningSource
from .table_rows import COLUMN_BY_HEADING, TableReader


def find_rows(source: PlanningSource, year: int) -> Layout:
    """Return the rows of a planning. ``year`` is the year of dates that do not say theirs."""
    found = RowCollector(source.is_wrapped, DateContext(year))
    tables, lines = TableReader(found), LineReader(found, frozenset(COLUMN_BY_HEADING))
    for table, rows in groupby(source.rows, key=lambda row: row.table):
        (tables if table else lines).read(list(rows))
    return found.layout
