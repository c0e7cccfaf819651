"""Program that reads a PDF from standard input, and prints its tables and text, or its pages alone, as JSON.

A small PDF can unpack to gigabytes or keep a parser busy for hours, and no library for PDF bounds that. So it is read
in a process of its own, with limits that the operating system enforces. It imports neither Django nor settings.
"""

import contextlib
import io
import json
import logging
import resource
import sys
import warnings
from typing import Any

#: Seconds of processor time, and bytes of memory.
CPU_SECONDS, MEMORY_BYTES = 10, 1_000_000_000
#: The argument with which only the pages are counted.
COUNT_PAGES = "count-pages"
MAX_PAGES = 50
MAX_ROWS = 6_000
#: A table that is mostly empty was not one: lines for decoration.
_MIN_ROWS, _MIN_COLUMNS = 2, 2
#: Points for each character of a line: narrower than any letter, so that columns stay straight.
_CELL_DENSITY = 3


def limit_resources() -> None:
    """Limit the processor time and the memory of this process."""
    for kind, most in ((resource.RLIMIT_CPU, CPU_SECONDS), (resource.RLIMIT_AS, MEMORY_BYTES)):
        _current, highest = resource.getrlimit(kind)
        limit = most if highest == resource.RLIM_INFINITY else min(most, highest)
        # macOS knows no limit on memory.
        with contextlib.suppress(ValueError):
            resource.setrlimit(kind, (limit, limit))


def read_pdf(content: bytes) -> dict[str, Any]:
    """Return the pages, each a list of rows: a list of cells in a table, a text outside of one; or an ``error``."""
    import pdfplumber
    from pdfminer.pdfdocument import PDFPasswordIncorrect
    from pdfplumber.utils.exceptions import PdfminerException

    try:
        with pdfplumber.open(io.BytesIO(content)) as document:
            if len(document.pages) > MAX_PAGES:
                return {"error": "pages"}
            pages: list[list[Any]] = []
            for page in document.pages:
                pages.append(_page_rows(page))
                page.close()
                if sum(map(len, pages)) > MAX_ROWS:
                    return {"error": "rows"}
    except PdfminerException as error:
        cause = error.args[0] if error.args else None
        if isinstance(cause, MemoryError):
            return {"error": "cost"}
        return {"error": "password" if isinstance(cause, PDFPasswordIncorrect) else "damaged"}
    except MemoryError:
        return {"error": "cost"}
    # Malformed files make pdfminer raise nearly anything.
    except Exception:
        return {"error": "damaged"}
    return {"pages": pages}


def count_pages(content: bytes) -> dict[str, Any]:
    """Return the number of pages as ``count``; an ``error`` where the PDF cannot be read."""
    from pdfminer.pdfdocument import PDFDocument
    from pdfminer.pdfpage import PDFPage
    from pdfminer.pdfparser import PDFParser

    try:
        return {"count": sum(1 for _page in PDFPage.create_pages(PDFDocument(PDFParser(io.BytesIO(content)))))}
    # Malformed files make pdfminer raise nearly anything.
    except Exception:
        return {"error": "damaged"}


def _page_rows(page: Any) -> list[Any]:
    """Return the rows of the tables on a page, and the lines of text above, between and below them."""
    tables = [table for table in page.find_tables() if _is_table(table)]
    tables.sort(key=lambda table: table.bbox[1])
    rows: list[Any] = []
    top = 0.0
    for table in tables:
        rows += _lines(page, top, table.bbox[1])
        rows += [[cell or "" for cell in row] for row in table.extract()]
        top = max(top, table.bbox[3])
    return rows + _lines(page, top, page.height)


def _is_table(table: Any) -> bool:
    return len(table.rows) >= _MIN_ROWS and max(len(row.cells) for row in table.rows) >= _MIN_COLUMNS


def _lines(page: Any, top: float, bottom: float) -> list[str]:
    """Return the lines of text between two heights, with spaces and empty lines where the page has them."""
    if bottom - top < 1:
        return []
    part = page.crop((page.bbox[0], max(top, page.bbox[1]), page.bbox[2], min(bottom, page.bbox[3])), strict=False)
    # Spaces belong to the words beside them, so that only a wider gap ends a cell; some files have no spaces at all.
    has_spaces = any(char["text"] == " " for char in part.chars)
    cells = {"keep_blank_chars": True, "x_density": _CELL_DENSITY} if has_spaces else {}
    return (part.extract_text(layout=True, y_density=11, **cells) or "").splitlines()


def main() -> None:
    """Read a PDF from standard input, and print what is in it."""
    limit_resources()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    read = count_pages if COUNT_PAGES in sys.argv[1:] else read_pdf
    json.dump(read(sys.stdin.buffer.read()), sys.stdout)


if __name__ == "__main__":
    main()
