"""Management command: list the timetable of jobs, or run one of them now."""

from typing import Any

from django.utils import timezone, translation

from participation.management import base, job_output
from participation.selectors.jobs.health import jobs_health
from participation.services.jobs import jobs
from participation.services.mail import sender
from participation.timetable import JOBS_BY_NAME


class Command(base.TrackerCommand):
    """List or run jobs. Running is idempotent: finished work is not repeated and no mail is made twice."""

    help = "List the jobs of the timetable with their last and next run; or run one now, in this process."

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        subparsers = parser.add_subparsers(dest="what", metavar="run")
        run = subparsers.add_parser("run", help="run a job now, in this process")
        run.add_argument("name", choices=sorted(JOBS_BY_NAME), metavar="NAME", help=f"one of {', '.join(JOBS_BY_NAME)}")
        run.add_argument("--on", type=base.day, metavar="DATE", help="as of this day (default: today)")
        run.add_argument(
            "--send", action="store_true", help="also send the waiting e-mails (default: the worker sends them)"
        )
        base.add_rulebook(run)

    def handle(self, **options: Any) -> None:
        """List the jobs, or run one and print its result."""
        today, now = base.today_and_now()
        with translation.override("en"):
            if not options["what"]:
                self.stdout.write("\n".join(job_output.table(jobs_health(now))))
                return
            rulebooks = base.rulebooks(options["rulebook"])
            run = jobs.run(options["name"], options["on"] or today, rulebooks, now, timezone.now)
            if options["send"]:
                sending = sender.send_waiting(timezone.now)
                counts_text = ", ".join(f"{count} {name}" for name, count in sending.counts.items() if count)
                self.stdout.write(f"E-mail: {counts_text or 'nothing to send'}.")
                if sending.problem:
                    self.stderr.write(self.style.ERROR(sending.problem))
            elif run.counts.get("made"):
                self.stdout.write(
                    "The e-mails are in the outbox; the worker sends them within a minute (or use --send)."
                )
            job_output.print_result(self, run)
