"""Worked examples of a rule: a small dossier, the resulting status, and its explanation."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from participation.compliance import wording
from participation.compliance.dossier_parser import commitment_of, facts_of, motion_of
from participation.compliance.evaluate import obligations_under
from participation.compliance.explain import Explainer
from participation.compliance.explain_wording import format_trace_line
from participation.compliance.obligations import ObligationValue, status
from participation.compliance.rulebook import Rulebook
from participation.compliance.rules import Example, Rule
from participation.presentation.labels import status_label

_PARSERS: Mapping[str, Callable[[Any], Any]] = {"dossier": facts_of, "motion": motion_of, "commitment": commitment_of}


class ExampleVerdict(NamedTuple):
    """The assessment of an example: status, obligation and explanation."""

    status: str
    status_label: str
    message: str
    lines: tuple[str, ...]


class ExampleResult(NamedTuple):
    """An example with its reference day; no verdicts if the rule does not apply to it."""

    title: str
    on: str
    verdicts: tuple[ExampleVerdict, ...]


def example_results(rule: Rule, rulebook: Rulebook, language: str) -> Iterator[ExampleResult]:
    """Yield the examples of this rule, each assessed anew, so that text and outcome cannot diverge."""
    for example in rule.examples:
        title = wording.text_in_language(example.title, language)
        on = wording.format_day(example.on, language)
        yield ExampleResult(title, on, tuple(_verdicts(rule, rulebook, example, language)))


def _verdicts(rule: Rule, rulebook: Rulebook, example: Example, language: str) -> Iterator[ExampleVerdict]:
    ((kind, document),) = example.document.items()
    about = _PARSERS[kind](document)
    explainer = Explainer(about, rulebook)
    # An example may have more obligations than it demonstrates: those with an expected status come first.
    obligations = sorted(obligations_under(rule, about), key=lambda o: (o.subject not in example.expected, o.subject))
    for obligation in obligations:
        if example.expected.keys() <= {""} or obligation.subject in example.expected:
            yield _verdict(rule, obligation, explainer, example, language)


def _verdict(
    rule: Rule, obligation: ObligationValue, explainer: Explainer, example: Example, language: str
) -> ExampleVerdict:
    code = status(obligation, example.on)
    lines = tuple(
        format_trace_line(line, rule, obligation, language)
        for line in explainer.explanation_lines(obligation, example.on)
        if not line.strict
    )
    return ExampleVerdict(code, status_label(code, language), wording.message(rule, obligation, language), lines)
