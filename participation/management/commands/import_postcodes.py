"""Management command: import which neighbourhood each postcode is in, from the list of CBS."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from participation.dossier.errors import MAX_LISTED, DossierError
from participation.interchange.postcodes import read_postcodes
from participation.management import base
from participation.services.postcodes_import import import_postcodes, proposed_postcodes


class Command(base.TrackerCommand):
    """Import the postcodes of one municipality as a whole or not at all, in the place of those it had."""

    help = (
        "Import which neighbourhood each postcode is in, from the list of CBS with postcode and house number "
        "(pc6hnr…_gwb.csv), so that visitors find their neighbourhood. House numbers are not stored: of a postcode in "
        "several neighbourhoods, the one with the most addresses counts."
    )

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("path", metavar="FILE", type=Path, help="CSV, unpacked")
        parser.add_argument("--municipality", required=True, metavar="GM0546", help="the code of the municipality")
        parser.add_argument("--dry-run", action="store_true", help="print what would be stored, store nothing")

    def handle(self, *, path: Path, municipality: str, dry_run: bool, **options: Any) -> None:
        """Import the list. Raises CommandError with every problem in it."""
        if not path.is_file():
            raise CommandError(f"{path}: no such file", returncode=base.FAILED)
        code = municipality.upper()
        found = read_postcodes(path, code)
        try:
            done = proposed_postcodes(found) if dry_run else import_postcodes(found, code)
        except DossierError as error:
            message = f"{path}: not imported, nothing was stored\n{error}"
            raise CommandError(message, returncode=base.FAILED) from None
        for number, (unplaced, count) in enumerate(sorted(done.unplaced.items())):
            if number == MAX_LISTED:
                self.stdout.write(f"… and {len(done.unplaced) - MAX_LISTED} more")
                break
            self.stdout.write(f"not among the neighbourhoods, nor its district: {unplaced} ({count} postcodes)")
        would = "would be " if dry_run else ""
        self.stdout.write(f"{done.stored} postcodes {would}stored, {done.divided} of them in several neighbourhoods")
