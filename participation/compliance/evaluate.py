"""Evaluation of rules: facts to obligations. Pure: no clock, no storage, deterministic."""

from collections.abc import Iterator

from .facts import Facts, OwnerFacts
from .obligations import ObligationValue
from .rulebook import Rulebook
from .rules import Rule, Version


class RuleFailed(Exception):
    """A check raised an exception; ``rule`` is the id of its rule, ``__cause__`` the original exception."""

    def __init__(self, rule: str) -> None:
        """Store the id of the rule."""
        self.rule = rule
        super().__init__(f"the check of rule {rule} failed")


def evaluate(facts: OwnerFacts, rulebook: Rulebook) -> list[ObligationValue]:
    """Return all obligations, sorted by rule and subject. Raises RuleFailed when a check raises."""
    found: list[ObligationValue] = []
    for rule in rulebook.rules_about(facts):
        try:
            found.extend(obligations_under(rule, facts))
        except Exception as error:
            raise RuleFailed(rule.id) from error
    found.sort(key=_identity)
    return found


def obligations_under(rule: Rule, facts: OwnerFacts, only_version: Version | None = None) -> Iterator[ObligationValue]:
    """Yield the obligations under one rule, or only under the version ``only_version``."""
    missing_facts: tuple[str, ...] = ()
    trajectory = facts.trajectory if isinstance(facts, Facts) else None
    if trajectory:
        if rule.scope.excludes(trajectory):
            return
        missing_facts = rule.scope.missing_facts(trajectory)
    for version in rule.versions if only_version is None else (only_version,):
        for draft in rule.check_definition.run(facts, rule.days, **version.parameters):
            trigger = draft.trigger
            if not rule.is_applicable_version(version, trigger, facts):
                continue
            falls_away = rule.scope.falls_away(trajectory, trigger) if trajectory else False
            if falls_away:
                continue
            missing = missing_facts or (("no_participation_decided_on",) if falls_away is None else draft.missing)
            due = None if missing else draft.due
            yield ObligationValue(
                rule.id,
                draft.subject,
                (trigger.earliest or trigger.latest) if trigger else None,
                due.latest if due else None,
                due.earliest if due else None,
                None if missing else draft.expected,
                None if missing else draft.met,
                missing,
                draft.details,
            )


def _identity(obligation: ObligationValue) -> tuple[str, str]:
    return (obligation.rule, obligation.subject)
