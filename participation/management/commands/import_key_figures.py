"""Management command: import the inhabitants of neighbourhoods from the key figures of CBS."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from participation.compliance.dates import MAX_YEAR, MIN_YEAR
from participation.dossier.errors import MAX_LISTED, DossierError
from participation.interchange.key_figures import read_key_figures
from participation.management import base
from participation.services.key_figures_import import ImportedFigures, import_key_figures


class Command(base.TrackerCommand):
    """Import a file as a whole or not at all; what the file does not know stays as it is."""

    help = (
        "Import the number of inhabitants of each neighbourhood from the key figures of CBS (Kerncijfers wijken en "
        "buurten, CSV or Excel), matched by code."
    )

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("path", metavar="FILE", type=Path, help="CSV or XLSX")
        parser.add_argument("--year", required=True, type=int, metavar="2025", help="the year of the figures")
        parser.add_argument("--dry-run", action="store_true", help="print what would change, store nothing")

    def handle(self, *, path: Path, year: int, dry_run: bool, **options: Any) -> None:
        """Import the file. Raises CommandError with every problem in it."""
        if not path.is_file():
            raise CommandError(f"{path}: no such file", returncode=base.FAILED)
        if not MIN_YEAR <= year <= MAX_YEAR:
            raise CommandError(f"--year {year}: write the year of the figures, such as 2025", returncode=base.FAILED)
        _today, now = base.today_and_now()
        try:
            found = import_key_figures(read_key_figures(path), year, None, now, dry_run=dry_run)
        except DossierError as error:
            message = f"{path}: not imported, nothing was stored\n{error}"
            raise CommandError(message, returncode=base.FAILED) from None
        for line in _summary_lines(found, year, dry_run):
            self.stdout.write(line)


def _summary_lines(found: ImportedFigures, year: int, dry_run: bool) -> list[str]:
    lines = [f"{row.cbs_code} {row.name}: {row.inhabitants} in {year}" for row in found.changed]
    lines += [f"{figure.location}: {figure.code} has no number, unchanged" for figure in found.unknown]
    lines += [
        f"not in the file, unchanged: {row.cbs_code} {row.name} (does the file have codes of another year?)"
        for row in found.missing
    ]
    more = [f"… and {len(lines) - MAX_LISTED} more"] if len(lines) > MAX_LISTED else []
    would = "would be " if dry_run else ""
    counts = f"{len(found.changed)} {would}changed, {found.same} unchanged, {len(found.unknown)} without a number, "
    return [*lines[:MAX_LISTED], *more, f"{counts}{len(found.missing)} not in the file"]
