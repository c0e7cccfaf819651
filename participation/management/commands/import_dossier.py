"""Management command: import dossiers and registers."""

from typing import Any

from django.core.management.base import CommandError
from django.utils import translation

from participation.dossier.errors import DossierError
from participation.dossier.parser import read_document
from participation.management import base
from participation.services.changes.unique_names import retry_on_conflict
from participation.services.dossiers.dossiers import import_dossier, import_register


class Command(base.TrackerCommand):
    """Import documents, each as a whole or not at all, and assess them at once."""

    help = "Import dossiers and registers (JSON). Each is atomic, and assessed at once."

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("paths", nargs="+", metavar="FILE", help="a dossier or register, or a folder of them")
        parser.add_argument(
            "--replace",
            action="store_true",
            help="also remove rows that are absent from the document (they stay in the history)",
        )
        parser.add_argument("--on", type=base.day, metavar="DATE", help="assess as of this day (default: today)")
        base.add_rulebook(parser)

    def handle(self, *, paths: list[str], replace: bool, **options: Any) -> None:
        """Import each document; one that fails is reported and does not stop the others, but fails the command."""
        today, now = base.today_and_now()
        rulebooks = base.rulebooks(options["rulebook"])
        failed = 0
        for path in base.files(paths):
            try:
                # Commands are in English, as what is wrong in a document.
                with translation.override("en"):
                    document = read_document(path.read_bytes())
                    import_document = import_register if "register" in document else import_dossier
                    done = retry_on_conflict(import_document)(document, rulebooks, options["on"] or today, now, replace)
            except DossierError as error:
                failed += 1
                self.stderr.write(self.style.ERROR(f"{path}: not imported, nothing was stored\n{error}"))
                continue
            verb = "new" if done.created else "updated"
            self.stdout.write(
                f"{path}: {done.name} {verb}; {done.added} added, {done.changed} changed, {done.removed} removed"
            )
        if failed:
            raise CommandError(f"{failed} not imported.", returncode=base.FAILED)
