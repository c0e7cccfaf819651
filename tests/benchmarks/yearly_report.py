"""Measures the yearly report against reading the rows that its figures are of.

The baseline reads those rows and writes them as lines of JSON. Times are CPU seconds of this process, as other work on
the machine shows less in them; on PostgreSQL the database itself is not in them.
"""

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import process_time

from participation.interchange.yearly_report.data import ReportRequest, report_data
from participation.interchange.yearly_report.document import report_document
from participation.interchange.yearly_report.lines import LINE_FILES
from participation.interchange.yearly_report.writer import write_report
from participation.models import Commitment, Contribution, Motion, Obligation, Step, Trajectory, Waiver

from .dataset import TODAY
from .measure import Measurement, memory, queries_of, ratios, rulebooks
from .raw_rows import RowQuery, row_query, write_lines

_MODELS = (Trajectory, Obligation, Waiver, Contribution, Step, Motion, Commitment)


def measure(runs: int) -> list[Measurement]:
    """Measure the figures of the page, the lines of the ZIP, and the ZIP with its PDF."""
    request = _request()
    with tempfile.TemporaryDirectory(prefix="leidraad-report-") as name:
        folder = Path(name)
        queries = [row_query(model._meta.model_name or "", model._default_manager.all()) for model in _MODELS]
        actions: dict[str, Callable[[], object]] = {
            "baseline": lambda: write_lines(folder / "rows.jsonl", queries),
            "page": lambda: report_document(report_data(request)),
            "lines": lambda: sum(1 for file in LINE_FILES for _row in file.rows(request)),
            "zip": lambda: _write(folder, request),
        }
        times: dict[str, list[float]] = {action: [] for action in actions}
        for _run in range(runs):
            for action, act in actions.items():
                started_at = process_time()
                act()
                times[action].append(process_time() - started_at)
        rows = _number_of_rows(folder, queries)
        statements = {action: len(queries_of(actions[action])) for action in ("page", "zip")}
        size = (folder / "report.zip").stat().st_size / 1e6
    baseline = "reading its rows as JSON, in CPU"

    def measured(action: str, name: str, note: str) -> Measurement:
        seconds = f"{median(times[action]):.1f} against {median(times['baseline']):.1f} CPU seconds"
        return Measurement(name, baseline, ratios(times, action, "baseline"), note=f"{seconds}; {note}")

    return [
        measured("page", "the yearly report as a page", f"{statements['page']} queries, {rows:,} rows"),
        measured("lines", "its lines alone", f"{len(LINE_FILES)} files"),
        measured("zip", "its ZIP with PDF and lines", f"{statements['zip']} queries, {size:.1f} MB"),
    ]


def peak_memory() -> float:
    """Return the MB that writing the ZIP adds to the peak memory of this process, which must be a fresh one."""
    request = _request()
    Obligation.objects.open().exists()
    before = memory("VmRSS")
    with tempfile.TemporaryDirectory(prefix="leidraad-report-") as name:
        _write(Path(name), request)
    return memory("VmHWM") - before


def _request() -> ReportRequest:
    return ReportRequest(TODAY.year, rulebooks(), TODAY, datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC))


def _write(folder: Path, request: ReportRequest) -> None:
    with (folder / "report.zip").open("w+b") as file:
        write_report(file, request)


def _number_of_rows(folder: Path, queries: list[RowQuery]) -> int:
    return sum(write_lines(folder / "rows.jsonl", queries).values())
