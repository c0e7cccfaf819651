"""Management command: write the yearly report, with the data to compute it again."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from participation.interchange.yearly_report.data import FIRST_YEAR, ReportRequest
from participation.interchange.yearly_report.writer import report_name, write_report
from participation.management import base
from participation.management.zips import write_zip
from participation.selectors.municipalities import municipalities_of
from participation.selectors.statistics.yearly import public_trajectories


class Command(base.TrackerCommand):
    """Write the report of a year over the public trajectories; the database is only read."""

    help = (
        "Write the yearly report over the public trajectories as one ZIP: a PDF, every figure, the lines behind them "
        "and checksums. `check_report` computes every figure again."
    )

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("year", metavar="YEAR", type=int, help="the year; five years are compared, this one last")
        parser.add_argument(
            "--output", metavar="FILE", help="write to this file (default: jaarverslag-YEAR-DAY.zip in this folder)"
        )
        parser.add_argument(
            "--municipality", metavar="SLUG", default="", help="of this municipality alone (default: of all together)"
        )
        parser.add_argument("--language", choices=("nl", "en"), default="nl", help="language of the PDF")
        base.add_rulebook(parser)

    def handle(self, *, year: int, output: str | None, municipality: str, language: str, **options: Any) -> None:
        """Write the ZIP and print its checksum. Raises CommandError where it cannot be written."""
        today, now = base.today_and_now()
        if not FIRST_YEAR <= year <= today.year:
            raise CommandError(f"{year}: give a year from {FIRST_YEAR} to {today.year}", returncode=base.FAILED)
        names = municipalities_of(public_trajectories())
        if municipality and municipality not in names:
            known = ", ".join(names) or "there is one municipality here, so leave it out"
            raise CommandError(f"{municipality}: unknown municipality; {known}", returncode=base.FAILED)
        report_request = ReportRequest(
            *(year, base.rulebooks(options["rulebook"]), today, now, language),
            municipality=municipality,
            municipality_name=names.get(municipality, ""),
        )
        path = Path(output or f"{report_name(report_request)}.zip")
        self.stdout.write(write_zip(path, lambda file: write_report(file, report_request)))
        self.stdout.write("Publish this checksum apart from the ZIP: with it `check_report --sha256` proves more.")
