"""Output of the job commands: the timetable with the state of each job, and the result of a run."""

from collections.abc import Iterator

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from participation.management import base
from participation.models import JobRun
from participation.reports.alerts import say_moment, state, tell_difference
from participation.selectors.health import JobsHealth


def table(health: JobsHealth) -> Iterator[str]:
    """Yield a line for each job: its last run, its next run and its state."""
    rows = [(_("job"), _("last began"), _("last finished"), _("next"), "")]
    rows += [
        (job.name, say_moment(job.started_at), say_moment(job.finished_at), say_moment(job.next_at), state(job))
        for job in health.jobs
    ]
    widths = [max(len(row[place]) for row in rows) for place in range(5)]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def tell(command: BaseCommand, run: JobRun) -> None:
    """Print the result of this run. Raises CommandError where part of it failed."""
    # jsonb does not preserve the order of keys: sorted by count.
    counts = sorted(run.counts.items(), key=lambda named: (-named[1], named[0]))
    told = ", ".join(f"{count} {name}" for name, count in counts) or "nothing"
    command.stdout.write(f"{run.kind} as of {run.day}: {told}.")
    for line in run.differences:
        command.stdout.write(f"  {tell_difference(line)}")
    if hidden := run.counts.get("differences", 0) - len(run.differences):
        command.stdout.write(f"  and {hidden} more")
    for failure in run.failures:
        command.stderr.write(command.style.ERROR(" · ".join(f"{name}: {text}" for name, text in failure.items())))
    if run.finished_at is None:
        raise CommandError("Some parts went wrong; the worker tries them again.", returncode=base.FOUND)
    if failed := run.counts.get("failed", len(run.failures)):
        raise CommandError(f"{failed} went wrong.", returncode=base.FOUND)
