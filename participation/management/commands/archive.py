"""Management command: write a trajectory as one ZIP with a checksum manifest."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from participation.compliance.problems import closest_word_hint
from participation.interchange.archive.data import ArchiveRequest, PrivilegedReader
from participation.interchange.archive.writer import archive_name, write_archive
from participation.management import base
from participation.management.zips import write_zip
from participation.models import Trajectory
from participation.selectors.obligations.judging import rulebook_of


class Command(base.TrackerCommand):
    """Write the archive of a trajectory; the database is only read."""

    help = (
        "Write a trajectory as one ZIP: its dossier, files, history, obligations, a PDF and checksums. `check_archive` "
        "verifies such a ZIP."
    )

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("slug", metavar="SLUG", help="the trajectory")
        parser.add_argument(
            "--output", metavar="FILE", help="write to this file (default: SLUG-DAY.zip in this folder)"
        )
        parser.add_argument(
            "--public",
            action="store_true",
            help="only public data: roles instead of names",
        )
        parser.add_argument(
            "--language", choices=("nl", "en"), default="nl", help="language of the PDF and the messages"
        )
        base.add_rulebook(parser)

    def handle(self, *, slug: str, output: str | None, public: bool, language: str, **options: Any) -> None:
        """Write the ZIP and print its checksum. Raises CommandError where it cannot be written."""
        today, now = base.today_and_now()
        trajectory = Trajectory.objects.filter(slug=slug).first()
        if trajectory is None:
            hint = closest_word_hint(slug, Trajectory.objects.values_list("slug", flat=True)[:5_000])
            raise CommandError(f"There is no trajectory {slug!r}; {hint}", returncode=base.FAILED)
        user = None if public else PrivilegedReader()
        rulebook = rulebook_of(trajectory, base.rulebooks(options["rulebook"]))
        archive_request = ArchiveRequest(trajectory, rulebook, today, now, user, language)
        path = Path(output or f"{archive_name(archive_request)}.zip")
        try:
            self.stdout.write(write_zip(path, lambda file: write_archive(file, archive_request)))
        except LookupError:
            raise CommandError(
                f"{slug} is not public: omit --public to archive it for internal use.",
                returncode=base.FAILED,
            ) from None
        self.stdout.write(
            "Keep this checksum apart from the ZIP: with it `check_archive --sha256` proves that nothing was changed."
        )
