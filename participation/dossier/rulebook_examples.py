"""The examples of a rulebook, tried: whether their facts are valid, and whether the rules give what they expect."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from string import Formatter
from typing import Any

from django.utils.translation import gettext

from participation.compliance import wording
from participation.compliance.examples import differences, obligations_of
from participation.compliance.facts import OrganisationFacts
from participation.compliance.obligations import ObligationValue
from participation.compliance.problem_kinds import HintKind, ProblemKind
from participation.compliance.problems import Place, ProblemReporter, RulebookError, RuleProblem
from participation.compliance.rulebook import Rulebook
from participation.compliance.rules import Example, Rule
from participation.compliance.yaml_reader import line_finder, read_yaml

from .errors import Problem
from .parties import named_parties
from .schema_errors import schema_problems
from .validate import problems_in


def example_problems(rulebook: Rulebook, content: bytes, file: str) -> list[RuleProblem]:
    """Return what is wrong with the examples of the rules in this file, from which the rulebook was loaded."""
    problems: list[RuleProblem] = []
    report = ProblemReporter(problems, file, line_finder(content))
    data = read_yaml(content, report)
    for position, entry in enumerate(data.get("rules") or ()):
        rule = rulebook.by_id[entry["id"]]
        for index, example in enumerate(rule.examples):
            place = report.at("rules", position, "examples", index, rule=rule.id)
            try:
                _try_example(rule, example, place)
            except RulebookError as error:
                return error.problems
    return problems


def _try_example(rule: Rule, example: Example, report: ProblemReporter) -> None:
    before = len(report.problems)
    ((key, document),) = example.document.items()
    for problem, place in _fact_problems(key, _as_json(document)):
        values = {"facts": "/".join(map(str, (key, *place))), "detail": problem.reason}
        remedy = problem.hint or gettext("correct it")
        report.at(key, *place).add(ProblemKind.WRONG_FACTS, remedy=remedy, **values)
    if len(report.problems) > before:
        return
    obligations = {obligation.subject: obligation for obligation in obligations_of(rule, example)}
    for subject, (expected, found) in differences(rule, example).items():
        kind = ProblemKind.OTHER_STATUS_OF if subject else ProblemKind.OTHER_STATUS
        hint, values = _hint(obligations, subject)
        values |= {"subject": subject, "found": found, "expected": expected}
        report.at("expect").add(kind, hint, day=example.on, **values)
    for name in sorted(_gaps(rule, obligations.values())):
        report.add(ProblemKind.NOT_FILLED, placeholder=name)


def _gaps(rule: Rule, obligations: Iterable[ObligationValue]) -> set[str]:
    """Return the placeholders of the message that one of these obligations does not fill."""
    named = {name for text in rule.message.values() for _, name, _, _ in Formatter().parse(text) if name}
    return {name for found in obligations for name in named - wording.details(rule, found, "en").keys()}


def _fact_problems(key: str, document: dict[str, Any]) -> Iterator[tuple[Problem, Place]]:
    """Yield the problems of the facts of an example, which may leave out anything, each with its place in them."""
    if key == "dossier":
        trajectory = document.get("trajectory") or {}
        named = {"slug": "example", "title": "example", **trajectory} if isinstance(trajectory, dict) else trajectory
        whole, skipped = {"dossier": 1, **document, "trajectory": named}, 0
    else:
        whole, skipped = {"register": 1, f"{key}s": [{"number": "1", **document}]}, 2
    _, readable = schema_problems(dict(whole), "dossier" if key == "dossier" else "register")
    # An example need not declare the organisations that it names.
    known = {party: OrganisationFacts(party, "", "") for _, party, _ in named_parties(readable)}
    for problem in problems_in(whole, known):
        parts = problem.location.strip("/").split("/")[skipped:]
        unescaped = (part.replace("~1", "/").replace("~0", "~") for part in parts if part)
        yield problem, tuple(int(part) if part.isdecimal() else part for part in unescaped)


def _hint(obligations: Mapping[str, ObligationValue], subject: str) -> tuple[HintKind | None, dict[str, str]]:
    """Return what led to the status of this subject, with its values."""
    obligation = obligations.get(subject)
    if obligation is None and (subjects := ", ".join(filter(None, obligations))):
        return HintKind.OBLIGATIONS_FOR, {"subjects": subjects}
    if obligation is None:
        return None, {}
    if obligation.missing:
        return HintKind.FACTS_MISSING, {"missing": wording.format_missing(obligation.missing, "en")}
    days = {"due": str(obligation.due_on), "met": str(obligation.met_on)}
    return HintKind.DUE_AND_MET if obligation.met_on else HintKind.DUE_NOT_MET, days


def _as_json(value: Any) -> Any:
    """Return a value of YAML as JSON has it: days as text, keys as text."""
    if isinstance(value, Mapping):
        return {str(key): _as_json(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_as_json(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value
