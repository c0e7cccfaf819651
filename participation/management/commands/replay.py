"""Management command: replay which obligations of a trajectory would have been flagged, day by day."""

from collections import Counter
from itertools import groupby
from typing import Any

from django.core.management.base import CommandError

from participation.compliance import wording
from participation.compliance.problems import closest_word_hint
from participation.demo import flag_text
from participation.demo.messages import demo_text
from participation.management import base
from participation.models import Trajectory
from participation.selectors.obligations.replay import FLAG_STATUSES, Replay, StatusTransition, replay_trajectory


class Command(base.TrackerCommand):
    """Replay a trajectory from its facts, as if it had been followed from the start; writes nothing."""

    help = (
        "Replay a trajectory through time: what would have been flagged on which day, by which rule, and how many days "
        "before the decision."
    )

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("slug", metavar="SLUG", help="the trajectory")
        parser.add_argument(
            "--from",
            dest="first",
            type=base.day,
            metavar="DATE",
            help="start on this day (default: the first day with a change)",
        )
        parser.add_argument(
            "--to",
            dest="last",
            type=base.day,
            metavar="DATE",
            help="end on this day, also in the future (default: the last day with a change, at most today)",
        )
        parser.add_argument("--all", action="store_true", help="also obligations that become due and those met in time")
        parser.add_argument("--language", choices=("nl", "en"), default="nl", help="language of the output")
        base.add_rulebook(parser)

    def handle(self, *, slug: str, **options: Any) -> None:
        """Print the days with status transitions, and a summary."""
        today, _now = base.today_and_now()
        first, last, language = options["first"], options["last"], options["language"]
        if first and first > (last or max(first, today)):
            raise CommandError(f"--from {first} is after --to {last}.", returncode=base.FAILED)
        found = replay_trajectory(slug, base.rulebooks(options["rulebook"]), today, first, last)
        if found is None:
            hint = closest_word_hint(slug, Trajectory.objects.values_list("slug", flat=True)[:5_000], "import it first")
            raise CommandError(f"There is no trajectory {slug!r}; {hint}", returncode=base.FAILED)
        self._write_title(found, language)
        shown = [transition for transition in found.transitions if options["all"] or not transition.is_quiet]
        for day, transitions in groupby(shown, key=lambda transition: transition.on):
            self.stdout.write(f"\n{self.style.MIGRATE_HEADING(wording.format_day(day, language))}")
            for _alike, group in groupby(transitions, key=lambda transition: self._headline(transition, language)):
                self._write_transitions(list(group), found, language)
        if not shown:
            self.stdout.write(f"\n{demo_text('nothing_changed' if found.days else 'nothing_owed', language)}")
        self.stdout.write(f"\n{flag_text.summary(found, language)}")
        if not options["all"] and len(shown) < len(found.transitions):
            self.stdout.write(demo_text("all_hint", language))
        if shown:
            self.stdout.write(f"\n{demo_text('sources', language)}")
            rules = (found.rulebook.by_id[transition.obligation.rule] for transition in shown)
            for line in flag_text.sources(rules, found.rulebook, language):
                self.stdout.write(f"  {line}")

    def _write_title(self, found: Replay, language: str) -> None:
        suffix = f" ({wording.label('phrases', 'retrospective', language)})" if found.retrospective else ""
        self.stdout.write(self.style.MIGRATE_HEADING(f"{found.title}{suffix}"))
        if found.days:
            days = {
                "first": wording.format_day(found.first, language),
                "last": wording.format_day(found.last, language),
            }
            self.stdout.write(demo_text("walk", language, **days))

    def _headline(self, transition: StatusTransition, language: str) -> tuple[str, str]:
        """Return the rule and the headline of the transition, by which similar transitions of a day are grouped."""
        headline = flag_text.headline(transition, language)
        if transition.after in FLAG_STATUSES and (lead_time := flag_text.lead_time_text(transition, language)):
            headline += f" · {lead_time}"
        return transition.obligation.rule, headline

    def _write_transitions(self, transitions: list[StatusTransition], replay: Replay, language: str) -> None:
        first = transitions[0]
        rule, headline = self._headline(first, language)
        style = self.style.WARNING if first.after in FLAG_STATUSES else self.style.SUCCESS
        self.stdout.write(f"  {style(headline)}")
        for what, count in Counter(
            flag_text.message(transition, replay, language) for transition in transitions
        ).items():
            self.stdout.write(f"    {demo_text('times', language, count=count, what=what) if count > 1 else what}")
        self.stdout.write(f"    {rule} · {flag_text.strength_and_source(replay.rulebook.by_id[rule], language)}")
