"""Management command: import neighbourhoods from files of CBS or PDOK."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from participation.dossier.errors import MAX_LISTED, DossierError
from participation.interchange.neighbourhoods import LEVELS, read_areas
from participation.management import base
from participation.services.neighbourhoods_import import ProposedAreas, import_areas, proposed_areas


class Command(base.TrackerCommand):
    """Import a file as a whole or not at all; neighbourhoods keep their slugs, and none is removed."""

    help = (
        "Import the districts or neighbourhoods of a municipality from a file of CBS (CSV, Excel, OData JSON) or PDOK "
        "(GeoJSON), matched by code, else by name. None is removed: those absent from the file are listed. Of "
        "GeoJSON the shapes are stored too, simplified, for the map."
    )

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("path", metavar="FILE", type=Path, help="CSV, XLSX, JSON or GeoJSON")
        parser.add_argument("--municipality", required=True, metavar="GM0546", help="the code of the municipality")
        parser.add_argument("--level", choices=LEVELS, default="wijken", help="areas to import (default: wijken)")
        parser.add_argument("--dry-run", action="store_true", help="print what would change, store nothing")

    def handle(self, *, path: Path, municipality: str, level: str, dry_run: bool, **options: Any) -> None:
        """Import the file. Raises CommandError with every problem in it."""
        if not path.is_file():
            raise CommandError(f"{path}: no such file", returncode=base.FAILED)
        _today, now = base.today_and_now()
        code, municipality_slug = municipality.upper(), base.municipality_slug()
        areas = read_areas(path, path.name, code, level, with_shapes=True)
        try:
            if dry_run:
                found = proposed_areas(areas, code, level, municipality_slug)
                if found.problems:
                    raise DossierError(found.problems)
            else:
                found = import_areas(areas, code, level, None, now, municipality_slug)
        except DossierError as error:
            message = f"{path}: not imported, nothing was stored\n{error}"
            raise CommandError(message, returncode=base.FAILED) from None
        self._write_summary(found, len(areas.shapes), dry_run)

    def _write_summary(self, found: ProposedAreas, shapes: int, dry_run: bool) -> None:
        lines = [f"new: {one.row.cbs_code} {one.row.name} ({one.row.slug})" for one in found.new]
        lines += [
            f"changed: {one.row.slug}: "
            + "; ".join(
                f"{d.column} from “{d.old}” to “{d.new}”" if d.old else f"{d.column} “{d.new}”" for d in one.differences
            )
            for one in found.changed
        ]
        lines += [f"not in the file, unchanged: {row.slug} {row.cbs_code}".rstrip() for row in found.missing]
        for line in (*found.notes, *lines[:MAX_LISTED]):
            self.stdout.write(line)
        if (rest := len(lines) - MAX_LISTED) > 0:
            self.stdout.write(f"… and {rest} more")
        would = "would be " if dry_run else ""
        self.stdout.write(
            f"{len(found.new)} {would}added, {len(found.changed)} {would}changed, {found.same} unchanged, "
            f"{len(found.missing)} not in the file"
        )
        if shapes:
            self.stdout.write(f"{shapes} {would}drawn on the map")
