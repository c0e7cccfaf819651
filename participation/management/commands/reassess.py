"""Management command: recompute all stored obligations."""

from typing import Any

from django.utils import timezone, translation

from participation.management import base, job_output
from participation.services.jobs import jobs


class Command(base.TrackerCommand):
    """Reassess everything, as is needed after a rulebook change; each save already assesses its own trajectory."""

    help = "Reassess all trajectories, motions and commitments: after a change of the rulebook, or as verification."

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("--on", type=base.day, metavar="DATE", help="as of this day (default: today)")
        base.add_rulebook(parser)

    def handle(self, **options: Any) -> None:
        """Reassess everything and print the result, with the differences and their causes."""
        today, now = base.today_and_now()
        rulebook = base.rulebook(options["rulebook"])
        run = jobs.run(
            "reassess-all",
            options["on"] or today,
            rulebook,
            now,
            timezone.now,
            lambda done, total: self.stderr.write(
                f"chunk {done} of {total}", ending="\r" if self.stderr.isatty() else "\n"
            ),
        )
        self.stdout.write(f"Assessed with rulebook {run.rulebook}.")
        with translation.override("en"):
            job_output.print_result(self, run)
