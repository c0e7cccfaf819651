"""Evaluation of rules: facts to obligations. Pure: no clock, no storage, deterministic."""

from collections.abc import Iterator

from .facts import CommitmentFacts, Facts, MotionFacts
from .obligations import ObligationValue
from .rulebook import Rulebook
from .rules import Rule, Version


class RuleFailed(Exception):
    """A check raised an exception; ``rule`` is the id of its rule, ``__cause__`` the original exception."""

    def __init__(self, rule: str) -> None:
        """Store the id of the rule."""
        self.rule = rule
        super().__init__(f"the check of rule {rule} failed")


def evaluate(about: Facts | MotionFacts | CommitmentFacts, rulebook: Rulebook) -> list[ObligationValue]:
    """Return all obligations, sorted by rule and subject. Raises RuleFailed when a check raises."""
    found: list[ObligationValue] = []
    for rule in rulebook.rules_about(about):
        try:
            found.extend(obligations_under(rule, about))
        except Exception as error:
            raise RuleFailed(rule.id) from error
    found.sort(key=_identity)
    return found


def obligations_under(
    rule: Rule, about: Facts | MotionFacts | CommitmentFacts, only: Version | None = None
) -> Iterator[ObligationValue]:
    """Yield the obligations under one rule, or only under the version ``only``."""
    lacks: tuple[str, ...] = ()
    if isinstance(about, Facts):
        if rule.scope.excludes(about):
            return
        lacks = rule.scope.lacks(about)
    for version in rule.versions if only is None else (only,):
        for owed in rule.registered.run(about, rule.days, **version.parameters):
            trigger = owed.trigger
            if not rule.decides(version, trigger, about):
                continue
            missing = lacks or owed.missing
            due = None if missing else owed.due
            yield ObligationValue(
                rule.id,
                owed.subject,
                (trigger.earliest or trigger.latest) if trigger else None,
                due.latest if due else None,
                due.earliest if due else None,
                None if missing else owed.expected,
                None if missing else owed.met,
                missing,
                owed.details,
            )


def _identity(obligation: ObligationValue) -> tuple[str, str]:
    return (obligation.rule, obligation.subject)
