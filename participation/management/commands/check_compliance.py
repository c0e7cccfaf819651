"""Management command: obligations and their status on a day, computed from the facts."""

import json
from typing import Any

from django.core.management.base import CommandError

from participation.compliance import wording
from participation.compliance.problems import closest_word_hint
from participation.compliance.vocabulary import STATUSES
from participation.management import base
from participation.models import Trajectory
from participation.presentation.digest_data import phrase
from participation.selectors.obligations.statuses import Verdict, verdicts

#: Statuses shown in text output without ``--all``: those that may need action.
SHOWN_STATUSES = ("overdue", "possibly_overdue", "planned_late", "due_soon", "unknown", "explained", "met_late")


class Command(base.TrackerCommand):
    """Compute obligations as of any day and as known at any moment; writes nothing."""

    help = "List the obligations with their status, due date and source on a day. Writes nothing."

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("slugs", nargs="*", metavar="SLUG", help="only these trajectories (default: everything)")
        parser.add_argument("--on", type=base.day, metavar="DATE", help="the status on this day (default: today)")
        parser.add_argument(
            "--known-at",
            type=base.moment,
            metavar="TIMESTAMP",
            help="the facts as recorded at that moment (a date means the end of that day)",
        )
        base.add_rulebook(parser)
        parser.add_argument("--format", choices=("text", "json"), default="text")
        parser.add_argument("--language", choices=("nl", "en"), default="nl", help="language of messages and remedies")
        parser.add_argument(
            "--all",
            action="store_true",
            help="also rules that do not apply; in text also obligations that were met or are pending",
        )
        parser.add_argument(
            "--fail-on",
            metavar="STATUS[,STATUS]",
            help=f"exit with {base.FOUND} if an obligation has one of these statuses, e.g. overdue",
        )

    def handle(self, *, slugs: list[str], **options: Any) -> None:
        """Print the obligations. Raises CommandError where one has a status given in --fail-on."""
        today, _now = base.today_and_now()
        on, language = options["on"] or today, options["language"]
        fail_on = self._parse_fail_on(options["fail_on"])
        self._validate_slugs(slugs)
        rulebooks = base.rulebooks(options["rulebook"])
        found = list(verdicts(rulebooks, on, slugs, options["known_at"], options["all"]))
        if options["format"] == "json":
            lines = [verdict.as_json(language) for verdict in found]
            self.stdout.write(json.dumps(lines, ensure_ascii=False, indent=1))
        else:
            self._write_text(found, options["all"], language)
        failing = sum(verdict.status in fail_on for verdict in found)
        if failing:
            raise CommandError(f"{failing} with status {' or '.join(fail_on)}.", returncode=base.FOUND)

    def _parse_fail_on(self, text: str | None) -> tuple[str, ...]:
        statuses = tuple(word.strip() for word in text.split(",")) if text else ()
        for word in statuses:
            if word not in STATUSES:
                raise CommandError(
                    f"--fail-on: unknown status {word!r}; {closest_word_hint(word, STATUSES)}", returncode=base.FAILED
                )
        return statuses

    def _validate_slugs(self, slugs: list[str]) -> None:
        known = set(Trajectory.history.filter(slug__in=slugs).values_list("slug", flat=True)) if slugs else set()
        known |= set(Trajectory.objects.filter(slug__in=slugs).values_list("slug", flat=True)) if slugs else set()
        for slug in slugs:
            if slug not in known:
                hint = closest_word_hint(
                    slug, Trajectory.objects.values_list("slug", flat=True)[:5_000], "import it first"
                )
                raise CommandError(f"There is no trajectory {slug!r}; {hint}", returncode=base.FAILED)

    def _write_text(self, found: list[Verdict], show_all: bool, language: str) -> None:
        shown = [v for v in found if show_all or v.status in SHOWN_STATUSES]
        heading = ""
        for verdict in shown:
            name = f"{verdict.name}{self._retrospective_suffix(verdict, language)}"
            if name != heading:
                self.stdout.write(f"\n{name}")
                heading = name
            self.stdout.write(self._line(verdict, language))
        counts = {s: sum(v.status == s for v in found) for s in STATUSES}
        counts_text = ", ".join(
            f"{count} {wording.label('statuses', s, language)}" for s, count in counts.items() if count
        )
        self.stdout.write(f"\n{counts_text or wording.label('phrases', 'nothing', language)}.")

    def _retrospective_suffix(self, verdict: Verdict, language: str) -> str:
        return f" ({wording.label('phrases', 'retrospective', language)})" if verdict.retrospective else ""

    def _line(self, verdict: Verdict, language: str) -> str:
        obligation, rule = verdict.obligation, verdict.rule
        status = wording.label("statuses", verdict.status, language)
        subject = f" [{obligation.subject}]" if obligation.subject else ""
        parts = [f"  {status}: {verdict.message(language)}{subject}"]
        if obligation.due_on:
            due = f"{wording.label('phrases', 'due', language)} {wording.format_day(obligation.due_on, language)}"
            late = verdict.days_late
            if late is None:
                due += f", {phrase('not_done', language)}"
            elif late:
                due += f", {late} {wording.label('units', 'days_one' if late == 1 else 'days', language)}"
            parts.append(due)
        strength = wording.label("strengths", rule.strength, language)
        word = f"{rule.id} · {strength} · {rule.source}"
        return "\n    ".join(filter(None, [" · ".join(parts), word, verdict.remedy(language)]))
