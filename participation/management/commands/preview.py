"""Management command: what a changed rulebook would judge otherwise, before it is used."""

from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from participation.compliance import wording
from participation.compliance.evaluate import RuleFailed
from participation.compliance.problems import RulebookError
from participation.compliance.rule_changes import changed_rules, without_earlier_versions
from participation.compliance.rulebook import load
from participation.compliance.vocabulary import STATUSES
from participation.management import base
from participation.selectors.obligations.rule_changes import CHANGES, ChangedVerdict, RuleEffect, rule_changes
from participation.selectors.obligations.statuses import Verdict

_CHANGES = {
    "status": "another status",
    "added": "asked under the new rules only",
    "removed": "asked under the rules of now only",
    "last_day": "another last day only, with the same status",
}


class Command(base.TrackerCommand):
    """Compare a proposed rulebook with the one in use, over everything that is recorded; writes nothing."""

    help = "Show what a proposed rulebook would judge otherwise than the one in use. Writes nothing."

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("file", metavar="FILE", type=Path, help="the proposed rulebook")
        parser.add_argument("--on", type=base.day, metavar="DATE", help="the status on this day (default: today)")
        parser.add_argument(
            "--as-dated",
            action="store_true",
            help="use each version from its own day, instead of the newest for everything that was recorded",
        )
        parser.add_argument("--language", choices=("nl", "en"), default="nl", help="language of titles and statuses")

    def handle(self, *, file: Path, **options: Any) -> None:
        """Print the effect per rule, and each obligation that is judged otherwise."""
        today, _now = base.today_and_now()
        rulebooks, language = base.rulebooks(None), options["language"]
        try:
            proposed = load(file.resolve())
        except RulebookError as error:
            raise CommandError(f"The proposed rulebook cannot be used:\n{error}", returncode=base.FAILED) from None
        current = rulebooks.for_municipality(proposed.municipality)
        if not options["as_dated"]:
            proposed = without_earlier_versions(proposed, changed_rules(current, proposed))
        try:
            found = rule_changes(rulebooks, current, proposed, options["on"] or today)
        except RuleFailed as failure:
            raise CommandError(
                f"The rule {failure.rule} of {file} cannot be calculated. Check its terms.", returncode=base.FAILED
            ) from None
        if not found.rules:
            self.stdout.write(f"{file} judges as {current.name} does: no rule differs.")
            return
        self.stdout.write(f"{len(found.rules)} rules differ between {current.name} and {file}.")
        for effect in found.effects:
            self.stdout.write(_effect_text(effect, language))
        self.stdout.write(f"\n{len(found.changed)} obligations are judged otherwise{_changes_text(found.changes)}.")
        for pair in found.changed:
            self.stdout.write(_pair_text(pair, language))


def _changes_text(changes: Counter[str]) -> str:
    parts = [f"{changes[change]} {_CHANGES[change]}" for change in CHANGES if changes[change]]
    return f": {'; '.join(parts)}" if parts else ""


def _effect_text(effect: RuleEffect, language: str) -> str:
    suffix = f" ({wording.label('phrases', 'retrospective', language)})" if effect.retrospective else ""
    title = wording.text_in_language(effect.rule.title, language)
    lines = [f"\n{title}{suffix} [{effect.rule.id}]{_changes_text(effect.changes)}"]
    for status in STATUSES:
        if effect.current[status] or effect.proposed[status]:
            label = wording.label("statuses", status, language)
            lines.append(f"  {label}: {effect.current[status]} -> {effect.proposed[status]}")
    return "\n".join(lines)


def _pair_text(pair: ChangedVerdict, language: str) -> str:
    shown = pair.shown
    subject = f" [{shown.obligation.subject}]" if shown.obligation.subject else ""
    sides = " -> ".join(_side_text(side, language) for side in (pair.current, pair.proposed))
    return f"  {shown.name}{subject} {shown.rule.id}: {sides}"


def _side_text(verdict: Verdict | None, language: str) -> str:
    if verdict is None:
        return "-"
    due = verdict.obligation.due_on
    return wording.label("statuses", verdict.status, language) + (f" ({due.isoformat()})" if due else "")
