"""Management command: record the status transitions caused by the passing of time."""

from typing import Any

from django.utils import timezone, translation

from participation.management import base, job_output
from participation.services.jobs import jobs


class Command(base.TrackerCommand):
    """Run the nightly flag-due job; its cost depends on what falls due, not on the number of trajectories."""

    help = "Record the status transitions up to a day (run nightly; missed nights are included)."

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("--on", type=base.day, metavar="DATE", help="up to and including this day (default: today)")
        base.add_rulebook(parser)

    def handle(self, **options: Any) -> None:
        """Run the job and print its result."""
        today, now = base.today_and_now()
        rulebooks = base.rulebooks(options["rulebook"])
        with translation.override("en"):
            run = jobs.run("flag-due", options["on"] or today, rulebooks, now, timezone.now)
            seen, noticed = run.counts["assessed"], run.counts["noticed"]
            self.stdout.write(f"Up to {run.day}: {seen} assessed, {noticed} status transitions.")
            if run.failures or run.finished_at is None:
                job_output.print_result(self, run)
