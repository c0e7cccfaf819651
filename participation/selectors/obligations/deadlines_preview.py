"""Preview of the terms that start when something is submitted, computed by the rules themselves."""

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


class DeadlinePreview(NamedTuple):
    """An obligation that would follow: its rule, term and due date.

    ``term`` is None where the rule counts from something else than the day of receipt alone.
    """

    rule: Rule
    term: Term | None
    due_on: date | None


def preview_request_deadlines(
    trajectory: Trajectory, kinds: Collection[str], rulebook: Rulebook, today: date
) -> Mapping[str, list[DeadlinePreview]]:
    """Return what would be due if a request of each of these kinds were submitted today, by kind, first due first.

    Nothing is stored. A kind without a term has an empty list, and all have where a rule fails.
    """
    ((_pk, known),) = facts_for([trajectory.pk])
    refs = {kind: f"{kind} submitted today" for kind in kinds}
    requests = tuple(facts.RequestFacts(ref, kind, received_on=ImpreciseDate.on(today)) for kind, ref in refs.items())
    found = _deadlines_by_subject(facts.Facts(known.trajectory, requests=requests), rulebook, today)
    return {kind: found.get(ref, []) for kind, ref in refs.items()}


def preview_contribution_deadlines(trajectory: Trajectory, rulebook: Rulebook, today: date) -> list[DeadlinePreview]:
    """Return what would be due if a reaction were submitted today, first due first. Nothing is stored."""
    ((_pk, known),) = facts_for([trajectory.pk])
    ref = "reaction submitted today"
    contribution = facts.ContributionFacts(ref, received_on=ImpreciseDate.on(today))
    hypothetical = facts.Facts(known.trajectory, steps=known.steps, contributions=(contribution,))
    return _deadlines_by_subject(hypothetical, rulebook, today).get(ref, [])


def answer_deadline(trajectory: Trajectory, ref: str, rulebook: Rulebook) -> DeadlinePreview | None:
    """Return the last obligation of this request or contribution; None where no rule sets a due date."""
    obligations = Obligation.objects.open().filter(trajectory=trajectory, subject=ref, due_on__isnull=False)
    found = obligations.filter(rule__in=sorted(rulebook.by_id)).order_by("-due_on", "rule").first()
    return DeadlinePreview(rulebook.by_id[found.rule], None, found.due_on) if found else None


def _deadlines_by_subject(known: facts.Facts, rulebook: Rulebook, today: date) -> dict[str, list[DeadlinePreview]]:
    try:
        obligations = evaluate(known, rulebook)
    except RuleFailed:
        return {}
    found: dict[str, list[DeadlinePreview]] = {}
    for obligation in sorted(obligations, key=lambda value: value.due_on or date.max):
        rule = rulebook.by_id[obligation.rule]
        found.setdefault(obligation.subject, []).append(
            DeadlinePreview(rule, _term(rule, obligation.trigger_on or today), obligation.due_on)
        )
    return found


def _term(rule: Rule, day: date) -> Term | None:
    """Return the term of the version in force on that day, where the rule counts by that alone; else None."""
    version = rule.version_in_force(day)
    if version is None or "before" in version.parameters:
        return None
    term = version.parameters.get("term")
    return term if isinstance(term, Term) else None
