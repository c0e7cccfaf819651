"""flag_due: notice what the passing of time has changed."""

from typing import Any

from django.utils import timezone

from participation.management import doors
from participation.services.assessment import flag_due


class Command(doors.Door):
    """The nightly job: its work is what falls due, however many trajectories there are."""

    help = "Notice every status that time has changed by a day (run nightly; missed nights are made up for)."

    def add_arguments(self, parser: Any) -> None:
        """Declare what can be given."""
        parser.add_argument(
            "--on", type=doors.day, metavar="DATE", help="up to and including this day (default: today)"
        )
        doors.add_rulebook(parser)

    def handle(self, **options: Any) -> None:
        """Flag, and print the receipt."""
        today, now = doors.today_and_now()
        run = flag_due(doors.rulebook(options["rulebook"]), options["on"] or today, now, timezone.now)
        self.stdout.write(
            f"Up to {run.day}: looked at {run.counts['assessed']}, noticed {run.counts['noticed']} changes of status."
        )
