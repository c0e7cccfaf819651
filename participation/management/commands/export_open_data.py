"""Management command: export all public data as files, with a data package description."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from participation.interchange.open_data.metadata import PACKAGE, export
from participation.management import base


class Command(base.TrackerCommand):
    """Export the same open data as the website offers for download."""

    help = "Write all public data as CSV and JSON, with metadata and a licence, to a folder or a ZIP."

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("target", metavar="FOLDER|FILE.zip", help="where to write it")
        base.add_rulebook(parser)

    def handle(self, *, target: str, **options: Any) -> None:
        """Write the open data and print the number of rows per file. Raises CommandError where it cannot be written."""
        path, rulebooks = Path(target), base.rulebooks(options["rulebook"])
        today, _now = base.today_and_now()
        if not path.parent.is_dir():
            raise CommandError(f"{path.parent}: no such folder; create it first", returncode=base.FAILED)
        if path.suffix.lower() != ".zip":
            _make_folder(path)
        try:
            written = export(path, today, rulebooks, settings.MUNICIPALITY)
        except OSError as error:
            raise CommandError(f"{path}: cannot be written: {error.strerror}", returncode=base.FAILED) from None
        for file in written:
            if file.path.startswith("csv/"):
                self.stdout.write(f"{file.rows:9} {file.kind}")
        self.stdout.write(f"Written to {path}, as of {today}.")


def _make_folder(folder: Path) -> None:
    """Create the folder. Raises CommandError where it holds anything but an earlier dump."""
    if folder.is_file():
        raise CommandError(
            f"{folder}: this is a file; name a folder, or a file that ends in .zip", returncode=base.FAILED
        )
    folder.mkdir(exist_ok=True)
    if any(folder.iterdir()) and not (folder / PACKAGE).is_file():
        raise CommandError(f"{folder}: this folder has other files; name an empty one", returncode=base.FAILED)
