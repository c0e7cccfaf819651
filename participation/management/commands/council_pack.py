"""Management command: write the council pack of a trajectory as PDF."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from participation.compliance.problems import closest_word_hint
from participation.interchange.archive.pdf import PdfUnavailableError
from participation.interchange.council_pack import council_packs_pdf
from participation.management import base
from participation.models import Trajectory
from participation.presentation.council_pack import CouncilPackRequest, council_packs
from participation.selectors.council import COUNCIL_STEPS, meeting_steps
from participation.selectors.obligations.judging import rulebook_of


class Command(base.TrackerCommand):
    """Write two pages on a trajectory before its decision; the database is only read."""

    help = (
        "Write two pages for the council on a trajectory, as PDF: what is to be decided, who was heard, what is "
        "overdue, explained and contradicted, and the questions that follow."
    )

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("slug", metavar="SLUG", nargs="?", help="the trajectory")
        parser.add_argument("--step", metavar="REF", default="", help="its decision or briefing (default: the next)")
        parser.add_argument(
            "--meeting",
            type=base.day,
            metavar="DATE",
            help="instead of a trajectory: all public ones with a decision or briefing of the council on this day",
        )
        parser.add_argument("--body", metavar="SLUG", default="", help="with --meeting: only those of this body")
        parser.add_argument("--on", type=base.day, metavar="DATE", help="the status on this day (default: today)")
        parser.add_argument(
            "--known-at",
            type=base.moment,
            metavar="MOMENT",
            help="only what was recorded by this moment (default: now)",
        )
        parser.add_argument("--output", metavar="FILE", help="write to this file (default: raadsstuk-SLUG-DATE.pdf)")
        parser.add_argument("--language", choices=("nl", "en"), default="nl", help="language of the pages")
        base.add_rulebook(parser)

    def handle(
        self,
        *,
        slug: str | None,
        meeting: date | None,
        on: date | None,
        known_at: datetime | None,
        output: str | None,
        **options: Any,
    ) -> None:
        """Write the PDF. Raises CommandError where it cannot be written."""
        today, now = base.today_and_now()
        if (slug is None) == (meeting is None):
            raise CommandError("Name a trajectory, or a day with --meeting.", returncode=base.FAILED)
        if known_at and known_at > now:
            raise CommandError(f"--known-at {known_at.isoformat()} is still to come.", returncode=base.FAILED)
        wanted = _of_meeting(meeting, options["body"]) if meeting else [_of_slug(slug or "", options["step"])]
        rulebooks = base.rulebooks(options["rulebook"])
        requests = [
            CouncilPackRequest(
                trajectory,
                rulebook_of(trajectory, rulebooks),
                on or today,
                known_at or now,
                options["language"],
                step=step,
            )
            for trajectory, step in wanted
        ]
        # What was not recorded yet at that moment has no pack.
        packs = [pack for pack in council_packs(requests) if pack]
        if not packs:
            raise CommandError(
                f"{slug or meeting}: nothing was recorded yet at {(known_at or now).isoformat()}.",
                returncode=base.FAILED,
            )
        path = Path(output or (f"raadsstukken-{meeting}.pdf" if meeting else packs[0].request.file_name))
        try:
            path.write_bytes(council_packs_pdf(packs))
        except PdfUnavailableError as error:
            raise CommandError(str(error), returncode=base.FAILED) from None
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror or error}", returncode=base.FAILED) from None
        self.stdout.write(f"{path}: {len(packs)}")
        for pack in packs:
            self.stdout.write(f"To make it again: {pack.request.command}")


def _of_slug(slug: str, step: str) -> tuple[Trajectory, str]:
    """Return the trajectory and the ref of its step. Raises CommandError where there is none."""
    trajectory = Trajectory.objects.filter(slug=slug).first()
    if trajectory is None:
        hint = closest_word_hint(slug, Trajectory.objects.values_list("slug", flat=True)[:5_000])
        raise CommandError(f"There is no trajectory {slug!r}; {hint}", returncode=base.FAILED)
    steps = trajectory.steps.filter(kind__in=COUNCIL_STEPS).values_list("ref", flat=True)
    if step and step not in steps:
        raise CommandError(
            f"{slug} has no decision or briefing {step!r}; {closest_word_hint(step, steps)}", returncode=base.FAILED
        )
    return trajectory, step


def _of_meeting(day: date, body: str) -> list[tuple[Trajectory, str]]:
    """Return the public trajectories of a meeting, each with the ref of its step. Raises CommandError without any."""
    public = Trajectory.objects.visible_to(None)
    found = [(step.trajectory, step.ref) for step in meeting_steps(public, day, body)]
    if not found:
        bodies = ", ".join(sorted({step.body for step in meeting_steps(public, day) if step.body}))
        hint = f" There is on that day of: {bodies}." if bodies else ""
        raise CommandError(f"No decision or briefing of the council on {day}.{hint}", returncode=base.FAILED)
    return found
