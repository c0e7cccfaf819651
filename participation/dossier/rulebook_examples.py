"""The examples of a rulebook, tried: whether their facts are valid, and whether the rules give what they expect."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from string import Formatter
from typing import Any

from participation.compliance import wording
from participation.compliance.examples import differences, obligations_of
from participation.compliance.facts import OrganisationFacts
from participation.compliance.obligations import ObligationValue
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
        name = "/".join(map(str, (key, *place)))
        report.at(key, *place).add(f"{name}: {problem.reason}", problem.hint or "correct it")
    if len(report.problems) > before:
        return
    obligations = {obligation.subject: obligation for obligation in obligations_of(rule, example)}
    for subject, (expected, found) in differences(rule, example).items():
        name = f" of {subject}" if subject else ""
        reason = f"on {example.on} the status{name} is {found}, where {expected} is expected"
        report.at("expect").add(reason, _hint(obligations, subject))
    for name in sorted(_gaps(rule, obligations.values())):
        reason = f"the message names {{{name}}}, and in this example there is nothing to fill it with"
        report.add(reason, "leave it out of the message")


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


def _hint(obligations: Mapping[str, ObligationValue], subject: str) -> str:
    """Return what led to the status of this subject."""
    obligation = obligations.get(subject)
    if obligation is None and (subjects := ", ".join(filter(None, obligations))):
        return f"there are obligations for: {subjects}"
    if obligation is None:
        return "the rule does not apply here: look at `applies_to`, at `from`, and at the kinds that it is about"
    if obligation.missing:
        return f"what is missing: {wording.format_missing(obligation.missing, 'en')}"
    return f"it is due on {obligation.due_on}, and {f'met on {obligation.met_on}' if obligation.met_on else 'not met'}"


def _as_json(value: Any) -> Any:
    """Return a value of YAML as JSON has it: days as text, keys as text."""
    if isinstance(value, Mapping):
        return {str(key): _as_json(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_as_json(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value
