"""Output of the job commands: the timetable with the state of each job, and the result of a run."""

from collections.abc import Iterator

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from participation.management import base
from participation.models import JobRun
from participation.presentation.alerts import difference_text, format_moment, job_state
from participation.selectors.jobs.health import JobsHealth


def table(health: JobsHealth) -> Iterator[str]:
    """Yield a line for each job: its last run, its next run and its state."""
    rows = [(_("job"), _("last started"), _("last finished"), _("next"), "")]
    rows += [
        (
            job.name,
            format_moment(job.started_at),
            format_moment(job.finished_at),
            format_moment(job.next_at),
            job_state(job),
        )
        for job in health.jobs
    ]
    widths = [max(len(row[index]) for row in rows) for index in range(5)]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def print_result(command: BaseCommand, run: JobRun) -> None:
    """Print the result of this run. Raises CommandError where part of it failed."""
    # jsonb does not preserve the order of keys: sorted by count.
    counts = sorted(run.counts.items(), key=lambda item: (-item[1], item[0]))
    counts_text = ", ".join(f"{count} {name}" for name, count in counts) or "nothing"
    command.stdout.write(f"{run.kind} as of {run.day}: {counts_text}.")
    for line in run.differences:
        command.stdout.write(f"  {difference_text(line)}")
    if hidden := run.counts.get("differences", 0) - len(run.differences):
        command.stdout.write(f"  and {hidden} more")
    for failure in run.failures:
        command.stderr.write(command.style.ERROR(" · ".join(f"{name}: {text}" for name, text in failure.items())))
    if run.finished_at is None:
        raise CommandError("Some chunks failed; the worker retries them.", returncode=base.FOUND)
    if failed := run.counts.get("failed", len(run.failures)):
        raise CommandError(f"{failed} failed.", returncode=base.FOUND)
