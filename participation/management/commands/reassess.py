"""Management command: recompute all stored obligations."""

from typing import Any

from django.utils import timezone, translation

from participation.management import base, job_output
from participation.services.jobs import jobs
from participation.services.jobs.job_definitions import last_reassessment_before


class Command(base.TrackerCommand):
    """Reassess what differs, all, or what a changed rulebook judges; each save already assesses its own trajectory."""

    help = (
        "Compare all trajectories, motions, commitments and requests with what was last judged, and reassess those "
        "that differ; with --full all of them. After a change of a rulebook, with --changed, those of its municipality."
    )

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("--on", type=base.day, metavar="DATE", help="as of this day (default: today)")
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--changed",
            action="store_true",
            help="only what may have changed since the last one: its facts, or the rulebook of its municipality",
        )
        which.add_argument(
            "--full", action="store_true", help="judge everything again, also where nothing differs since the last time"
        )
        base.add_rulebook(parser)

    def handle(self, **options: Any) -> None:
        """Reassess and print the result, with the differences and their causes."""
        today, now = base.today_and_now()
        rulebooks = base.rulebooks(options["rulebook"])
        job = "reassess-all"
        if options["full"]:
            job = "reassess-full"
        elif options["changed"] and last_reassessment_before(now):
            job = "reassess-changed"
        run = jobs.run(
            job,
            options["on"] or today,
            rulebooks,
            now,
            timezone.now,
            lambda done, total: self.stderr.write(
                f"chunk {done} of {total}", ending="\r" if self.stderr.isatty() else "\n"
            ),
        )
        self.stdout.write(f"Assessed with rulebook {run.rulebook_hashes}.")
        with translation.override("en"):
            job_output.print_result(self, run)
