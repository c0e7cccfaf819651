"""Examples of rules: small dossiers with the status that they give on a day."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from .dossier_parser import commitment_of, facts_of, motion_of
from .evaluate import obligations_under
from .facts import OwnerFacts
from .obligations import ObligationValue, status
from .rules import NO_OBLIGATION, Example, Rule

_READERS: Final[Mapping[str, Callable[[Mapping[Any, Any]], OwnerFacts]]] = {
    "dossier": facts_of,
    "motion": motion_of,
    "commitment": commitment_of,
}


def obligations_of(rule: Rule, example: Example) -> list[ObligationValue]:
    """Return the obligations under the rule in this example. Raises ValueError where its facts cannot be parsed."""
    ((kind, document),) = example.document.items()
    return list(obligations_under(rule, _READERS[kind](document)))


def differences(rule: Rule, example: Example) -> dict[str, tuple[str, str]]:
    """Return, by subject, the status that the example expects and the one that the rule gives, where they differ."""
    found = {obligation.subject: status(obligation, example.on) for obligation in obligations_of(rule, example)}
    expected = dict(example.expected)
    if expected == {"": NO_OBLIGATION}:
        expected = dict.fromkeys(found, NO_OBLIGATION)
    return {
        subject: (wanted, given)
        for subject, wanted in expected.items()
        if (given := found.get(subject, NO_OBLIGATION)) != wanted
    }
