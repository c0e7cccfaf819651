"""reassess: bring all stored obligations up to date."""

from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from participation.management import doors
from participation.models import Trajectory
from participation.services.assessment import CHUNK, reassess_all


class Command(doors.Door):
    """Needed after a new rulebook; every save already assesses its own trajectory."""

    help = "Reassess every trajectory, motion and commitment: needed only when the rulebook changed, or as a proof."

    def add_arguments(self, parser: Any) -> None:
        """Declare what can be given."""
        parser.add_argument("--on", type=doors.day, metavar="DATE", help="as of this day (default: today)")
        parser.add_argument("--chunk", type=int, default=CHUNK, metavar="N", help="so many trajectories a transaction")
        doors.add_rulebook(parser)

    def handle(self, **options: Any) -> None:
        """Reassess, and print the receipt."""
        today, now = doors.today_and_now()
        if options["chunk"] < 1:
            raise CommandError("--chunk: at least 1.", returncode=doors.FAILED)
        total = Trajectory.objects.count()
        run = reassess_all(
            doors.rulebook(options["rulebook"]),
            options["on"] or today,
            now,
            timezone.now,
            lambda done: self.stderr.write(f"{done} of {total}", ending="\r" if self.stderr.isatty() else "\n"),
            options["chunk"],
        )
        self.stdout.write(f"Assessed as of {run.day} by rulebook {run.rulebook}.")
        self.stdout.write(", ".join(f"{count} {name}" for name, count in run.counts.items()) + ".")
        for failure in run.failures:
            self.stderr.write(self.style.ERROR(" · ".join(f"{k}: {v}" for k, v in failure.items())))
        if run.failures:
            raise CommandError(f"{len(run.failures)} could not be assessed.", returncode=doors.FOUND)
