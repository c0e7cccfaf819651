"""Generates workbooks for the tests of uploads."""

from __future__ import annotations

import io

from openpyxl import Workbook


def workbook(*rows, change=None, **sheets):
    """Return a workbook with these rows and these further sheets, after ``change`` was called with it."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for title, sheet_rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in sheet_rows:
            sheet.append(row)
    if change:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
