"""Management command: import organisations from a sheet."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from participation.dossier.errors import MAX_LISTED, DossierError
from participation.interchange.organisations import read_organisations
from participation.management import base
from participation.services.organisations_import import (
    ProposedOrganisations,
    import_organisations,
    proposed_organisations,
)


class Command(base.TrackerCommand):
    """Import a file as a whole or not at all; organisations that are there already are left as they are."""

    help = (
        "Import organisations from a sheet (CSV or Excel) with a column Naam, and if you like Soort, Wijken (names or "
        "codes of CBS, with ; between them) and Gemeente. Importing a file twice changes nothing."
    )

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("path", metavar="FILE", type=Path, help="CSV or XLSX")
        parser.add_argument("--dry-run", action="store_true", help="print what would be added, store nothing")

    def handle(self, *, path: Path, dry_run: bool, **options: Any) -> None:
        """Import the file. Raises CommandError with every problem in it."""
        if not path.is_file():
            raise CommandError(f"{path}: no such file", returncode=base.FAILED)
        _today, now = base.today_and_now()
        parsed, municipality = read_organisations(path.name, path.read_bytes()), base.municipality_slug()
        try:
            if dry_run:
                found = proposed_organisations(parsed, municipality)
                if found.problems:
                    raise DossierError(found.problems)
            else:
                found = import_organisations(parsed, municipality, None, now)
        except DossierError as error:
            message = f"{path}: not imported, nothing was stored\n{error}"
            raise CommandError(message, returncode=base.FAILED) from None
        for line in summary_lines(found, dry_run):
            self.stdout.write(line)


def summary_lines(found: ProposedOrganisations, dry_run: bool = False) -> list[str]:
    """Return the lines that say what was imported, or would be."""
    lines = [*found.notes, *(f"new: {one.row.name} ({one.row.slug})" for one in found.new[:MAX_LISTED])]
    if (rest := len(found.new) - MAX_LISTED) > 0:
        lines.append(f"… and {rest} more")
    remedy = "keep one of the rows" if dry_run else "delete one in the administration, and keep one of the rows"
    lines += [
        f"nearly the same name: “{name}” and “{other}”. If they are one organisation, {remedy}."
        for name, other in found.similar[:MAX_LISTED]
    ]
    if (rest := len(found.similar) - MAX_LISTED) > 0:
        lines.append(f"… and {rest} more names that are nearly the same")
    added = "would be added" if dry_run else "added"
    return [*lines, f"{len(found.new)} organisations {added}, {len(found.same)} there already"]
