"""Reading of a PDF with text: its tables and lines, in a process with limits of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from . import pdf_process
from .source import NoText, SourceRow, UnreadablePlanning, too_much_message

#: Seconds that the process may take, waiting included.
_TIMEOUT: Final = 20
_ROOT: Final = Path(__file__).resolve().parents[3]


def pdf_rows(content: bytes) -> list[SourceRow]:
    """Return the rows of tables and the lines of text of a PDF. Raises UnreadablePlanning, also for a scan."""
    found = _run_process(content)
    if error := found.get("error"):
        raise UnreadablePlanning(_message(error))
    rows: list[SourceRow] = []
    table, was_table = 0, False
    for page in found["pages"]:
        for row in page:
            is_table = isinstance(row, list)
            # A table that goes on at the next page is one table: its headings stand on the first.
            table += is_table and not was_table
            if is_table or row.strip():
                was_table = is_table
            rows.append(SourceRow(len(rows) + 1, tuple(row) if is_table else (row,), table if is_table else 0))
    if not any(cell.strip() for row in rows for cell in row.cells):
        raise NoText(_("There is no text in this PDF: it is a scan or a picture. Ask for the Word or Excel file."))
    return rows


def pdf_page_count(content: bytes) -> int | None:
    """Return the number of pages of a PDF, None where it cannot be read."""
    found: int | None = _run_process(content, pdf_process.COUNT_PAGES).get("count")
    return found


def _run_process(content: bytes, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", pdf_process.__name__, *arguments]
    # Without the secrets in the settings: this process parses what a stranger made.
    environment = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "LANG") if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - our own program; what it reads comes by standard input
            command, input=content, capture_output=True, timeout=_TIMEOUT, check=True, cwd=_ROOT, env=environment
        )
        found: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError):
        return {"error": "cost"}
    return found


def _message(error: str) -> str:
    messages = {
        "password": _("This PDF is locked with a password. Take it off, or paste the planning here."),
        "pages": _("This PDF has more than %(most)s pages. Keep only the pages of the planning.")
        % {"most": pdf_process.MAX_PAGES},
        "rows": too_much_message(),
        "cost": _("Reading this PDF takes too long. Copy the planning out of it, and paste it here."),
    }
    damaged = _("This PDF cannot be opened. Save or print it to PDF again, or paste the planning here.")
    return messages.get(error, damaged)
