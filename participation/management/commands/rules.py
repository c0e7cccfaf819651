"""Management command: list the rules, explain one, or export the rulebook as JSON or HTML."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from participation.compliance import wording
from participation.compliance.problems import closest_word_hint
from participation.management import base
from participation.presentation.rules import rule_as_json, rule_text, rulebook_as_json, rulebook_html, sorted_rules


class Command(base.TrackerCommand):
    """Print rules; all of it is generated from the rulebook."""

    help = "List the rules, explain one, or write the whole rulebook as JSON or HTML."
    # This command reports a broken rulebook itself, with all problems.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("rule", nargs="?", metavar="RULE", help="explain this rule, e.g. feedback-given")
        parser.add_argument("--format", choices=("text", "json", "html"), default="text")
        parser.add_argument("--language", choices=("nl", "en"), default="nl")
        parser.add_argument("--output", metavar="FILE", help="write to this file (default: standard output)")
        base.add_rulebook(parser)

    def handle(self, *, rule: str | None, **options: Any) -> None:
        """Print the list, the rule or the export, of the first rulebook. Raises CommandError for an unknown rule."""
        rulebook, language = base.rulebooks(options["rulebook"]).first, options["language"]
        if rule and rule not in rulebook.by_id:
            raise CommandError(
                f"There is no rule {rule!r}; {closest_word_hint(rule, rulebook.by_id)}", returncode=base.FAILED
            )
        if options["format"] == "html":
            if rule:
                raise CommandError(
                    "HTML is available only for the whole rulebook: omit the rule.", returncode=base.FAILED
                )
            text = rulebook_html(rulebook, language)
        elif options["format"] == "json":
            value = rule_as_json(rulebook.by_id[rule]) if rule else rulebook_as_json(rulebook)
            text = json.dumps(value, ensure_ascii=False, indent=1)
        elif rule:
            text = rule_text(rulebook.by_id[rule], rulebook, language)
        else:
            lines, heading = [], ""
            for found in sorted_rules(rulebook):
                basic = wording.label("basics", found.basic, language)
                if basic != heading:
                    lines.append(f"\n{basic}")
                    heading = basic
                strength = wording.label("strengths", found.strength, language)
                lines.append(f"  {found.id:26} {found.title[language]} ({strength})")
            notice = [rulebook.notice[language]] if rulebook.notice else []
            text = "\n".join([rulebook.title[language], *notice, *lines])
        if options["output"]:
            Path(options["output"]).write_text(f"{text}\n", encoding="utf-8")
        else:
            self.stdout.write(text)
