"""Management command: import contributions from a sheet of any length."""

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.utils import translation

from participation.compliance.dates import ImpreciseDate
from participation.compliance.vocabulary import AUDIENCES
from participation.interchange.dates import NotADate, parse_imprecise_date
from participation.interchange.go_vocal import export as go_vocal
from participation.interchange.sheets.reading import Sheet, SheetError, SheetRow, heading, read_file
from participation.management import base
from participation.models import Organisation, Step, Trajectory, User
from participation.services.contributions.bulk_import import InvalidRows, import_contributions
from participation.services.contributions.sheet_preview import (
    COLUMNS,
    KNOWN_HEADINGS,
    Defaults,
    Proposer,
    detect_columns,
)

#: Maximum number of invalid rows reported one by one.
_MAX_REPORTED_ROWS = 200
#: Number of rows read to detect the format; the rest is streamed during the import.
_DETECTION_ROWS = 5


class Command(base.TrackerCommand):
    """Import a sheet as one changeset, all rows or none; each invalid row is reported by its number."""

    help = (
        "Import contributions from a sheet (CSV, XLSX, or an export of Go Vocal) of any length, as one changeset: all "
        "rows or none. Existing contributions are not duplicated."
    )

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("trajectory", metavar="TRAJECTORY", help="its slug, such as parkeren-noord")
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--by", metavar="USERNAME", help="the user who records them; must be able to edit this trajectory"
        )
        parser.add_argument("--step", metavar="REF", help="the activity in which they were received")
        parser.add_argument("--party", default="residents", help="party of rows without one (default: residents)")
        parser.add_argument("--received-on", metavar="DATE", help="date of rows without one: 20-3-2026, mid-June 2026")
        parser.add_argument("--sheet", default="", metavar="NAME", help="sheet of the workbook")
        parser.add_argument(
            "--columns",
            metavar="FIELD=HEADING,…",
            help=f"column of each field, by heading or letter; fields: {', '.join(COLUMNS)}",
        )
        parser.add_argument("--changes", action="store_true", help="update existing contributions that differ")
        parser.add_argument("--dry-run", action="store_true", help="check every row, record nothing")
        parser.add_argument("--language", choices=("nl", "en"), default="nl", help="language of the output")
        base.add_rulebook(parser)

    def handle(self, *, trajectory: str, file: Path, **options: Any) -> None:
        """Import the file and print the counts. Raises CommandError where nothing was recorded."""
        today, now = base.today_and_now()
        with translation.override(options["language"]):
            found = Trajectory.objects.filter(slug=trajectory).first()
            if found is None:
                raise CommandError(f"There is no trajectory {trajectory}.", returncode=base.FAILED)
            by = self._recording_user(found, options)
            try:
                sheet, rows = _open_sheet(file, options["sheet"])
                proposer = Proposer(_column_indexes(sheet, options["columns"]), found, _defaults(found, options), today)
                for note in sheet.notes:
                    self.stdout.write(note)
                self._invalid_rows = 0
                result = import_contributions(
                    by,
                    found,
                    rows,
                    proposer,
                    self._report_problem,
                    update_existing=options["changes"],
                    rulebooks=base.rulebooks(options["rulebook"]),
                    today=today,
                    now=now,
                )
            except (SheetError, ValidationError) as error:
                reason = "; ".join(error.messages) if isinstance(error, ValidationError) else str(error)
                raise CommandError(f"{file}: nothing was recorded. {reason}", returncode=base.FAILED) from None
            except InvalidRows as error:
                result = error.found
        if result.invalid > _MAX_REPORTED_ROWS:
            self.stderr.write(f"… and {result.invalid - _MAX_REPORTED_ROWS} more.")
        if result.invalid:
            raise CommandError(f"{file}: nothing was recorded; invalid rows: {result.invalid}.", returncode=base.FAILED)
        verb = "recorded" if by else "would be recorded"
        self.stdout.write(
            f"{file}: {result.added} {verb}, {result.changed} changed, {result.unchanged} unchanged, "
            f"{result.different} that differ were not changed (see --changes)."
        )

    def _report_problem(self, number: int, problem: str) -> None:
        self._invalid_rows += 1
        if self._invalid_rows <= _MAX_REPORTED_ROWS:
            self.stderr.write(f"row {number}: {problem}")

    def _recording_user(self, trajectory: Trajectory, options: Mapping[str, Any]) -> User | None:
        """Return the user who records it, None for a dry run. Raises CommandError without permission."""
        if options["dry_run"]:
            return None
        if not options["by"]:
            raise CommandError("Name the user with --by, or use --dry-run.", returncode=base.FAILED)
        by = User.objects.filter(username=options["by"]).first()
        if by is None or not Trajectory.objects.editable_by(by).filter(pk=trajectory.pk).exists():
            raise CommandError(f"{options['by']} may not edit {trajectory.slug}.", returncode=base.FAILED)
        return by


def _open_sheet(file: Path, tab: str) -> tuple[Sheet, Iterator[SheetRow]]:
    """Return the headings and the rows of the file, converting a Go Vocal export to our columns. Raises SheetError."""
    if not file.is_file():
        raise SheetError("No such file.")
    sheet, rows = read_file(file, KNOWN_HEADINGS | go_vocal.KNOWN_HEADINGS, tab)
    first = list(islice(rows, _DETECTION_ROWS))
    start = sheet._replace(rows=tuple(first))
    if not go_vocal.is_export(start):
        return sheet if sheet.headings else start, chain(first, rows)
    # Survey exports are aggregated over all answers, so all rows are needed.
    converted = go_vocal.convert_export(sheet._replace(rows=(*first, *rows)))
    return converted, iter(converted.rows)


def _column_indexes(sheet: Sheet, given: str | None) -> dict[str, int]:
    """Return the column index of each field, from the headings and from --columns. Raises SheetError."""
    found = detect_columns(sheet)
    headings = [heading(text) for text in sheet.headings]
    for part in filter(None, (given or "").split(",")):
        field, _equals, column = (text.strip() for text in part.partition("="))
        if field not in COLUMNS:
            raise SheetError(f"“{field}” is none of: {', '.join(COLUMNS)}.")
        if heading(column) in headings:
            found[field] = headings.index(heading(column))
        elif len(column) == 1 and column.isalpha() and column.isascii():
            found[field] = ord(column.upper()) - ord("A")
        elif not column:
            found.pop(field, None)
        else:
            raise SheetError(f"There is no heading “{column}”. There are: {', '.join(sheet.headings)}.")
    return found


def _defaults(trajectory: Trajectory, options: Mapping[str, Any]) -> Defaults:
    """Return the values for rows that leave them empty. Raises SheetError where a step or party does not exist."""
    step = None
    if options["step"]:
        step = Step.objects.filter(trajectory=trajectory, ref=options["step"]).first()
        if step is None:
            raise SheetError(f"There is no step {options['step']} in {trajectory.slug}.")
    party = options["party"]
    if party not in AUDIENCES and not Organisation.objects.filter(slug=party).exists():
        raise SheetError(f"There is no organisation {party}.")
    return Defaults(step, party, _received_on(options["received_on"], step))


def _received_on(text: str | None, step: Step | None) -> ImpreciseDate | None:
    if not text:
        return (step.done or step.planned) if step else None
    try:
        return parse_imprecise_date(text)
    except NotADate as error:
        raise SheetError(f"“{text}”: {error}") from None
