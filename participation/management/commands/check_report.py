"""Management command: compute every figure of a yearly report again, and say which differ."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from participation.interchange.archive.verify import NoArchiveError
from participation.interchange.yearly_report.check import Difference, check_report
from participation.management import base

from .check_archive import MESSAGES, printable_name

#: Maximum number of figures that are printed.
MAX_PRINTED = 50
LIMITATION = (
    "Lines, figures and checksums that were all replaced together do not show here: for that, compare the SHA-256 of "
    "the ZIP with the one that the municipality published (--sha256)."
)


class Command(BaseCommand):
    """Check a report from the ZIP alone: no database is needed and nothing is unpacked."""

    help = (
        "Compute every figure of a yearly report again from the lines in its ZIP, and say which differ. Exits with "
        f"{base.FAILED} if one differs, or if a file was altered."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("file", metavar="FILE", type=Path, help="the ZIP")
        parser.add_argument("--sha256", metavar="SUM", help="the SHA-256 of the ZIP that was published")

    def handle(self, *, file: Path, sha256: str | None, **options: Any) -> None:
        """Print what differs. Raises CommandError where something does, or where it is no report."""
        try:
            found = check_report(file)
        except NoArchiveError as error:
            raise CommandError(f"{file}: {error}", returncode=base.FAILED) from None
        self.stdout.write(f"{file}: {found.archive.size} bytes\nSHA-256 {found.archive.sha256}")
        for finding in found.archive.findings:
            self.stdout.write(MESSAGES[finding.kind].format(name=printable_name(finding.name)))
        for difference in found.differences[:MAX_PRINTED]:
            self.stdout.write(_sentence(difference))
        if len(found.differences) > MAX_PRINTED:
            self.stdout.write(f"and {len(found.differences) - MAX_PRINTED} more figures differ")
        if found.problem:
            self.stdout.write(f"The figures were not computed: {printable_name(found.problem)}")
        differs = sha256 is not None and sha256.strip().lower() != found.archive.sha256
        if differs:
            self.stdout.write("the SHA-256 differs from the one given: this is not the original ZIP")
        if differs or not found.is_confirmed:
            raise CommandError("This report is not confirmed.", returncode=base.FAILED)
        self.stdout.write(f"Confirmed: {found.figures} figures were computed again, and none differs.")
        if sha256 is None:
            self.stdout.write(f"\n{LIMITATION}")


def _sentence(difference: Difference) -> str:
    about = ", ".join(printable_name(str(part)) for part in difference.key if part)
    return f"differs: {about}: {difference.reported} in the report, {difference.computed} from the lines"
