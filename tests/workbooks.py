"""Workbooks to test with, made in code: what people upload, and what they should not."""

from __future__ import annotations

import io

from openpyxl import Workbook


def workbook(*rows, change=None, **more):
    """The bytes of a workbook with these rows; ``more`` are further sheets, ``change`` alters it before it is saved."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for title, others in more.items():
        sheet = book.create_sheet(title)
        for row in others:
            sheet.append(row)
    if change:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
