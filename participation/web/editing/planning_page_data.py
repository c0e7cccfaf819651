"""The fields of the preview page of a planning, as it sends them back."""

from collections.abc import Iterable, Mapping
from datetime import time
from typing import Final

from participation.interchange.plannings.day_mentions import may_name_step
from participation.interchange.plannings.recogniser import PlannedDocument, PlannedRow, RecognisedPlanning
from participation.interchange.plannings.source import SourceRow
from participation.interchange.sheets.errors import SheetRow
from participation.interchange.sheets.reading import Sheet, as_text
from participation.models.languages import active_language
from participation.services.trajectories.planning_import import document_refs, step_refs
from participation.web.shared.dates import format_date_input

from .planning_import_forms import PlanningChoices, kind_value

#: Maximum number of documents of one planning.
MAX_DOCUMENTS: Final = 100
#: Maximum number of lines that were left out and are shown, and of characters of each.
MAX_LEFTOVERS, _MAX_LEFTOVER_LENGTH = 50, 300


def page_data(found: RecognisedPlanning, choices: PlanningChoices) -> dict[str, str]:
    """Return the fields of the preview page for a planning that was just read, as the page would send them."""
    documents = found.documents[:MAX_DOCUMENTS]
    numbers = {document.key: str(index) for index, document in enumerate(documents)}
    refs = step_refs((row.printed_date, row.title) for row in found.rows)
    of_documents = document_refs((one.title, one.version) for one in documents)
    rows = [_row_cells(*pair, choices, numbers) for pair in zip(refs, found.rows, strict=True)]
    cells = [_document_cells(*pair, numbers) for pair in zip(of_documents, documents, strict=True)]
    table, *others = found.contributions or ((),)
    left = [*found.leftovers, *(row for rows_of_table in others for row in rows_of_table)]
    return {
        "year": str(found.year.year),
        "rows": str(len(rows)),
        "documents": str(len(cells)),
        "contributions": as_text(Sheet((), tuple(SheetRow(row.number, row.cells) for row in table))) if table else "",
        "leftovers": "\n".join(_leftover_lines(left)),
        **{f"row-{index}-{name}": text for index, row in enumerate(rows) for name, text in row.items()},
        **{f"document-{index}-{name}": text for index, row in enumerate(cells) for name, text in row.items()},
    }


def _leftover_lines(rows: Iterable[SourceRow]) -> list[str]:
    """Return the text of rows that were not taken as steps, each shortened: at most fifty, those with a date first."""
    lines = (" ".join(" ".join(row.cells).split())[:_MAX_LEFTOVER_LENGTH] for row in rows)
    return sorted(filter(None, lines), key=lambda line: not may_name_step(line))[:MAX_LEFTOVERS]


def _row_cells(ref: str, row: PlannedRow, choices: PlanningChoices, numbers: Mapping[str, str]) -> dict[str, str]:
    mentioned = ",".join(numbers[key] for key in row.documents if key in numbers)
    return {
        "when": format_date_input(row.when, active_language()) if row.when else row.printed_date,
        "title": row.title[:1].upper() + row.title[1:],
        "kind": kind_value(row),
        "phase": row.phase,
        "body": choices.bodies.text([row.body]),
        "audience": choices.parties.text(row.audience),
        "times": _times_text(row.starts_at, row.ends_at),
        **({"optional": "on"} if row.optional else {}),
        **({"cancelled": "on"} if row.is_cancelled else {}),
        **({"done": "on"} if row.is_done else {}),
        "place": row.place,
        "note": row.rest,
        "origin": f"{ref} {row.number} {mentioned}",
    }


def _document_cells(ref: str, document: PlannedDocument, numbers: Mapping[str, str]) -> dict[str, str]:
    return {
        "title": document.title,
        "version": document.version,
        "kind": document.kind,
        "dated_on": format_date_input(document.dated_on, active_language()) if document.dated_on else "",
        "origin": f"{ref} {document.number} {numbers.get(document.replaces, '')}",
    }


def _times_text(starts_at: time | None, ends_at: time | None) -> str:
    return "-".join(f"{moment:%H:%M}" for moment in (starts_at, ends_at) if moment)
