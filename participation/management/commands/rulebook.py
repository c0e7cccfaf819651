"""Management command: make a rulebook, check one, or print what an editor or a writer of one needs."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import translation

from participation.compliance.problems import ProblemReporter, RulebookError
from participation.compliance.rulebook import SLUG, Rulebook, load, shipped_rulebooks
from participation.compliance.yaml_reader import read_yaml
from participation.dossier.rulebook_examples import example_problems
from participation.dossier.rulebook_schema import schema_text
from participation.management import base
from participation.presentation.check_reference import check_reference
from participation.presentation.new_rulebook import SCHEMA_PATH, new_rulebook_text


class Command(base.TrackerCommand):
    help = "Make a rulebook for a municipality, check one with its examples, or print the JSON Schema for editors."
    # The rulebook in use may be the one with the mistakes.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        actions = parser.add_subparsers(dest="action", required=True)
        new = actions.add_parser("new", help="write a rulebook with comments, ready to fill in")
        new.add_argument("name", metavar="NAME", help="its name, e.g. onze-stad")
        new.add_argument("--municipality", metavar="SLUG", help="whose trajectories it judges (default: its name)")
        new.add_argument("--extends", metavar="NAME|FILE", default="basis", help="what it adds to (default: basis)")
        new.add_argument("--folder", metavar="DIR", type=Path, default=Path(), help="where (default: here)")
        check = actions.add_parser("check", help="list every mistake, and try the examples of its own rules")
        check.add_argument("file", metavar="FILE", type=Path)
        actions.add_parser("checks", help="print the checks and their parameters, as Markdown")
        actions.add_parser("schema", help="print the JSON Schema of a rulebook")

    def handle(self, *, action: str, **options: Any) -> None:
        """Make, check or describe a rulebook. Raises CommandError with every mistake."""
        if action == "new":
            self._make(options["name"], options["municipality"], options["extends"], options["folder"])
        elif action == "check":
            self._check(options["file"])
        elif action == "checks":
            self.stdout.write(check_reference())
        else:
            self.stdout.write(schema_text(), ending="")

    def _make(self, name: str, municipality: str | None, extends: str, folder: Path) -> None:
        municipality = municipality or name
        report = ProblemReporter([], "")
        for option, value in {"NAME": name, "--municipality": municipality}.items():
            SLUG.read(value, report.at(option))
        for problem in report.problems[:1]:
            raise CommandError(f"{problem.reason}: {problem.hint}.", returncode=base.FAILED)
        if name in shipped_rulebooks():
            reason = (
                f"Leidraad has a rulebook {name!r}: choose another name, and write --extends {name} to build on it."
            )
            raise CommandError(reason, returncode=base.FAILED)
        file = folder / f"{name}.yaml"
        try:
            extended = load(extends, folder.resolve())
            schema = Path(os.path.relpath(SCHEMA_PATH, folder.resolve())).as_posix()
            text = new_rulebook_text(name, municipality, extends, extended, file, schema)
            with file.open("x", encoding="utf-8") as opened:
                opened.write(text)
        except RulebookError as error:
            raise CommandError(f"The rulebook to extend cannot be used:\n{error}", returncode=base.FAILED) from None
        except FileExistsError:
            raise CommandError(f"{file} is there already: choose another name.", returncode=base.FAILED) from None
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.", returncode=base.FAILED) from None
        self.stdout.write(f"Written: {file}. Fill it in, and check it with: python manage.py rulebook check {file}")

    def _check(self, file: Path) -> None:
        try:
            found = load(file.resolve())
            content = file.read_bytes()
        except RulebookError as error:
            problems = error.problems
        else:
            with translation.override("en"):
                problems = example_problems(found, content, file.name)
        if problems:
            count = f"{len(problems)} mistake{'s' if len(problems) > 1 else ''}"
            lines = "\n".join(map(str, problems))
            raise CommandError(f"{lines}\n{count} in {file}.", returncode=base.FAILED)
        self._write_summary(found, read_yaml(content, ProblemReporter([], file.name)))

    def _write_summary(self, found: Rulebook, data: dict[str, Any]) -> None:
        own, adjusted, sources = (len(data.get(key) or ()) for key in ("rules", "adjust", "sources"))
        examples = sum(len(found.by_id[entry["id"]].examples) for entry in data.get("rules") or ())
        judged = f"judges the trajectories of {found.municipality}" if found.municipality else "is a base"
        inherited = len(found.rules) - own
        for line in (
            f"No mistakes: {found.name} {judged}.",
            f"Rules: {len(found.rules)}, of which {own} its own and {inherited} inherited ({adjusted} adjusted).",
            f"Sources: {len(found.sources)}, of which {sources} its own.",
            f"Examples of its own rules: {examples}, each with the status that it expects.",
        ):
            self.stdout.write(line)
