"""Management command: record the status transitions caused by the passing of time."""

from typing import Any

from django.utils import timezone, translation

from participation.management import doors, receipts
from participation.services import jobs


class Command(doors.TrackerCommand):
    """Run the nightly flag-due job; its cost depends on what falls due, not on the number of trajectories."""

    help = "Notice every status that time has changed by a day (run nightly; missed nights are made up for)."

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument(
            "--on", type=doors.day, metavar="DATE", help="up to and including this day (default: today)"
        )
        doors.add_rulebook(parser)

    def handle(self, **options: Any) -> None:
        """Run the job and print its result."""
        today, now = doors.today_and_now()
        rulebook = doors.rulebook(options["rulebook"])
        with translation.override("en"):
            run = jobs.run("flag-due", options["on"] or today, rulebook, now, timezone.now)
            seen, noticed = run.counts["assessed"], run.counts["noticed"]
            self.stdout.write(f"Up to {run.day}: looked at {seen}, noticed {noticed} changes of status.")
            if run.failures or run.finished_at is None:
                receipts.tell(self, run)
