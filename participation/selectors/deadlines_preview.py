"""Preview of the terms that start when something is handed in, computed by the rules themselves."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple

from participation.compliance import facts
from participation.compliance.calendar import Term
from participation.compliance.dates import ImpreciseDate
from participation.compliance.evaluate import RuleFailed, evaluate
from participation.compliance.rulebook import Rulebook
from participation.compliance.rules import Rule
from participation.models import Obligation, Trajectory

from .facts import facts_for


class Following(NamedTuple):
    """An obligation that would follow: its rule, term and due date.

    ``term`` is None where the rule counts from something else than the day of receipt alone.
    """

    rule: Rule
    term: Term | None
    due_on: date | None


def what_follows(
    trajectory: Trajectory, kinds: Collection[str], rulebook: Rulebook, today: date
) -> Mapping[str, list[Following]]:
    """Return what would be due if a request of each of these kinds were handed in today, by kind, first due first.

    Nothing is stored. A kind without a term has an empty list, and all have where a rule fails.
    """
    ((_pk, known),) = facts_for([trajectory.pk])
    asked = {kind: f"{kind} handed in today" for kind in kinds}
    requests = tuple(facts.RequestFacts(ref, kind, received_on=ImpreciseDate.on(today)) for kind, ref in asked.items())
    found = _judged(facts.Facts(known.trajectory, requests=requests), rulebook, today)
    return {kind: found.get(ref, []) for kind, ref in asked.items()}


def what_follows_reacting(trajectory: Trajectory, rulebook: Rulebook, today: date) -> list[Following]:
    """Return what would be due if a reaction were handed in today, first due first. Nothing is stored."""
    ((_pk, known),) = facts_for([trajectory.pk])
    ref = "reaction handed in today"
    reaction = facts.ContributionFacts(ref, received_on=ImpreciseDate.on(today))
    with_it = facts.Facts(known.trajectory, steps=known.steps, contributions=(reaction,))
    return _judged(with_it, rulebook, today).get(ref, [])


def answer_due(trajectory: Trajectory, ref: str, rulebook: Rulebook) -> Following | None:
    """Return the last obligation of this request or contribution; None where no rule sets a due date."""
    owed = Obligation.objects.open().filter(trajectory=trajectory, subject=ref, due_on__isnull=False)
    found = owed.filter(rule__in=sorted(rulebook.by_id)).order_by("-due_on", "rule").first()
    return Following(rulebook.by_id[found.rule], None, found.due_on) if found else None


def _judged(known: facts.Facts, rulebook: Rulebook, today: date) -> dict[str, list[Following]]:
    try:
        owed = evaluate(known, rulebook)
    except RuleFailed:
        return {}
    found: dict[str, list[Following]] = {}
    for obligation in sorted(owed, key=lambda one: one.due_on or date.max):
        rule = rulebook.by_id[obligation.rule]
        found.setdefault(obligation.subject, []).append(
            Following(rule, _term(rule, obligation.trigger_on or today), obligation.due_on)
        )
    return found


def _term(rule: Rule, day: date) -> Term | None:
    """Return the term of the version in force on that day, where the rule counts by that alone; else None."""
    version = next((version for version in rule.versions if version.in_force(day)), None)
    if version is None or "before" in version.parameters:
        return None
    term = version.parameters.get("term")
    return term if isinstance(term, Term) else None
