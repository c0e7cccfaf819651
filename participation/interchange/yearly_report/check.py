"""Check of a yearly report: its files against their checksums, and every figure computed again from its lines."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final, NamedTuple

from participation.interchange.archive.bag import PAYLOAD
from participation.interchange.archive.verify import (
    DUPLICATE,
    UNREADABLE,
    UNSAFE,
    ArchiveCheck,
    NoArchiveError,
    check_archive,
)
from participation.selectors.statistics.yearly import FigureKey, Figures, years_until

from .lines import LINE_FILES
from .recompute import Line, LineProblem, recompute
from .writer import DESCRIPTION, FIGURES, RULEBOOKS

#: Findings about the ZIP after which its files are not read.
_NOT_READ: Final = (DUPLICATE, UNREADABLE, UNSAFE)
#: Maximum size of a file of the report that is read as a whole, in bytes.
_MAX_WHOLE_BYTES: Final = 1 << 26


class Difference(NamedTuple):
    """A figure that differs: what it is of, its number in the report, and the number computed from the lines."""

    key: FigureKey
    reported: Decimal
    computed: Decimal


class ReportCheck(NamedTuple):
    """Result of a check: that of the ZIP, the number of figures, those that differ, and why they were not computed."""

    archive: ArchiveCheck
    figures: int = 0
    differences: tuple[Difference, ...] = ()
    problem: str = ""

    @property
    def is_confirmed(self) -> bool:
        """Return whether the ZIP is unaltered and every figure was computed to be the same."""
        return not (self.archive.findings or self.differences or self.problem)


def check_report(path: Path) -> ReportCheck:
    """Return the result of checking this ZIP; nothing is extracted, and no database is needed.

    Raises NoArchiveError if it is no ZIP of a report.
    """
    archive = check_archive(path)
    if any(finding.kind in _NOT_READ for finding in archive.findings):
        return ReportCheck(archive, problem="a file cannot be read safely")
    with zipfile.ZipFile(path) as zipped:
        folder = zipped.namelist()[0].partition("/")[0]
        report = _Report(zipped, f"{folder}/{PAYLOAD}")
        if not report.is_complete:
            raise NoArchiveError("This is no yearly report: files of it are missing. Fetch the ZIP again.")
        try:
            reported, computed = report.reported(), report.computed()
        except LineProblem as problem:
            return ReportCheck(archive, problem=str(problem))
    zero = Decimal()
    differences = (
        Difference(key, reported.get(key, zero), computed.get(key, zero))
        for key in sorted(reported.keys() | computed.keys())
        if reported.get(key, zero) != computed.get(key, zero)
    )
    return ReportCheck(archive, len(reported), tuple(differences))


class _Report:
    """The files of a report in an open ZIP."""

    def __init__(self, zipped: zipfile.ZipFile, folder: str) -> None:
        self.zipped, self.folder = zipped, folder

    @property
    def is_complete(self) -> bool:
        names = set(self.zipped.namelist())
        needed = (FIGURES, DESCRIPTION, RULEBOOKS, *(file.name for file in LINE_FILES))
        return all(self.folder + name in names for name in needed)

    def reported(self) -> Figures:
        found: dict[FigureKey, Decimal] = {}
        for number, line in enumerate(self.lines(FIGURES), 2):
            try:
                key = FigureKey(line["part"], line["scope"], int(line["year"]), line["group"], line["name"])
                found[key] = Decimal(line["number"])
            except (KeyError, TypeError, ValueError, InvalidOperation) as error:
                raise LineProblem(f"{FIGURES}, line {number}: {error!r}") from None
        return found

    def computed(self) -> Figures:
        description, rulebooks = self.document(DESCRIPTION), self.document(RULEBOOKS)
        try:
            periods = years_until(int(description["year"]), date.fromisoformat(description["on"]))
            return recompute(self.lines, rulebooks, periods)
        except (KeyError, TypeError, IndexError) as error:
            raise LineProblem(f"{DESCRIPTION} or {RULEBOOKS}: {error!r}") from None
        except LineProblem:
            raise
        except ValueError as error:
            raise LineProblem(f"{DESCRIPTION}: {error}") from None

    def document(self, name: str) -> Any:
        entry = self.zipped.getinfo(self.folder + name)
        if entry.file_size > _MAX_WHOLE_BYTES:
            raise LineProblem(f"{name} is too large")
        try:
            return json.loads(self.zipped.read(entry))
        except (ValueError, RecursionError) as error:
            raise LineProblem(f"{name}: {error}") from None

    def lines(self, name: str) -> Iterator[Line]:
        with self.zipped.open(self.folder + name) as file:
            text = io.TextIOWrapper(file, "utf-8", newline="")
            try:
                yield from csv.DictReader(text, strict=True)
            except (csv.Error, UnicodeDecodeError) as error:
                raise LineProblem(f"{name}: {error}") from None
