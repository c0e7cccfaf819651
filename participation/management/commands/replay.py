"""Management command: replay which obligations of a trajectory would have been flagged, day by day."""

from collections import Counter
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from django.core.management.base import CommandError

from participation.compliance import wording
from participation.compliance.rule_parser import nearest
from participation.compliance.rulebook import Rulebook
from participation.demo import flag_text
from participation.demo.messages import say
from participation.management import base
from participation.models import Trajectory
from participation.selectors.replay import FLAGS, Replay, StatusTurn, replay_of


class Command(base.TrackerCommand):
    """Replay a trajectory from its facts, as if it had been followed from the start; writes nothing."""

    help = (
        "Walk through a trajectory in time: what would have been flagged on which day, on whose word, and "
        "how many days before it mattered."
    )

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("slug", metavar="SLUG", help="the trajectory")
        parser.add_argument(
            "--from",
            dest="first",
            type=base.day,
            metavar="DATE",
            help="begin on this day (default: the first day on which something changes)",
        )
        parser.add_argument(
            "--to",
            dest="last",
            type=base.day,
            metavar="DATE",
            help="end on this day, also one to come (default: the last with a change, at most today)",
        )
        parser.add_argument("--all", action="store_true", help="also what comes near and what was done in time")
        parser.add_argument("--language", choices=("nl", "en"), default="nl", help="of what is printed")
        base.add_rulebook(parser)

    def handle(self, *, slug: str, **options: Any) -> None:
        """Print the days with status transitions, and a summary."""
        today, _now = base.today_and_now()
        first, last, language = options["first"], options["last"], options["language"]
        if first and first > (last or max(first, today)):
            raise CommandError(f"--from {first} lies after --to {last}.", returncode=base.FAILED)
        rulebook = base.rulebook(options["rulebook"])
        found = replay_of(slug, rulebook, today, first, last)
        if found is None:
            hint = nearest(slug, Trajectory.objects.values_list("slug", flat=True)[:5_000], "import it first")
            raise CommandError(f"There is no trajectory {slug!r}; {hint}", returncode=base.FAILED)
        self._head(found, language)
        shown = [turn for turn in found.turns if options["all"] or not turn.quiet]
        for day, turns in groupby(shown, key=lambda turn: turn.on):
            self.stdout.write(f"\n{self.style.MIGRATE_HEADING(wording.say_day(day, language))}")
            for _alike, group in groupby(turns, key=lambda turn: self._told(turn, language)):
                self._turns(list(group), rulebook, found.names, language)
        if not shown:
            self.stdout.write(f"\n{say('nothing_changed' if found.days else 'nothing_owed', language)}")
        self.stdout.write(f"\n{flag_text.summary(found, language)}")
        if not options["all"] and len(shown) < len(found.turns):
            self.stdout.write(say("all_hint", language))
        if shown:
            self.stdout.write(f"\n{say('sources', language)}")
            rules = (rulebook.by_id[turn.obligation.rule] for turn in shown)
            for line in flag_text.sources(rules, rulebook, language):
                self.stdout.write(f"  {line}")

    def _head(self, found: Replay, language: str) -> None:
        apart = f" ({wording.label('phrases', 'retrospective', language)})" if found.retrospective else ""
        self.stdout.write(self.style.MIGRATE_HEADING(f"{found.title}{apart}"))
        if found.days:
            days = {
                "first": wording.say_day(found.first, language),
                "last": wording.say_day(found.last, language),
            }
            self.stdout.write(say("walk", language, **days))

    def _told(self, turn: StatusTurn, language: str) -> tuple[str, str]:
        """Return the rule and the headline of the transition, by which similar transitions of a day are grouped."""
        told = flag_text.headline(turn, language)
        if turn.after in FLAGS and (ahead := flag_text.before_what(turn, language)):
            told += f" · {ahead}"
        return turn.obligation.rule, told

    def _turns(self, turns: list[StatusTurn], rulebook: Rulebook, names: Mapping[str, str], language: str) -> None:
        first = turns[0]
        rule, told = self._told(first, language)
        style = self.style.WARNING if first.after in FLAGS else self.style.SUCCESS
        self.stdout.write(f"  {style(told)}")
        for what, count in Counter(flag_text.message(turn, rulebook, names, language) for turn in turns).items():
            self.stdout.write(f"    {say('times', language, count=count, what=what) if count > 1 else what}")
        self.stdout.write(f"    {rule} · {flag_text.on_whose_word(rulebook.by_id[rule], language)}")
