"""What adding steps and documents to a trajectory would mean under the rules: computed in memory, nothing is stored."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from participation.compliance.dates import ImpreciseDate
from participation.compliance.dossier_parser import organisation_of, referred_parties
from participation.compliance.evaluate import RuleFailed, evaluate
from participation.compliance.facts import DocumentFacts, Facts, StepFacts
from participation.compliance.obligations import SETTLED, ObligationValue, status
from participation.compliance.rulebook import Rulebook
from participation.compliance.what_if import NOT_IN_TIME_STATUSES, WhatIfDifference, difference
from participation.models import Organisation
from participation.selectors.obligations.facts import facts_for
from participation.selectors.obligations.statuses import waivers_of


class StepOutlook(NamedTuple):
    """What one added step would bring: what is late, which facts are missing, and what is still to be planned."""

    late: tuple[ObligationValue, ...] = ()
    missing: tuple[ObligationValue, ...] = ()
    to_do: tuple[ObligationValue, ...] = ()


class AddedStepsOutlook(NamedTuple):
    """What the added steps would bring: by the ref of each, and for the rest of the trajectory."""

    by_ref: Mapping[str, StepOutlook]
    changes: WhatIfDifference


def added_steps_outlook(
    trajectory: int,
    steps: Sequence[StepFacts],
    documents: Sequence[DocumentFacts],
    moves: Mapping[str, ImpreciseDate],
    rulebook: Rulebook,
    today: date,
) -> AddedStepsOutlook | None:
    """Return what changes with these steps and documents added, and stored steps (by ref) planned on other days.

    None where a rule fails. In a bounded number of queries.
    """
    ((_pk, known),) = facts_for([trajectory])
    waivers = waivers_of([trajectory]).get(trajectory, ())
    proposed = _with_added(known, steps, documents, moves)
    try:
        before, after = evaluate(known, rulebook), evaluate(proposed, rulebook)
    except RuleFailed:
        return None
    added = {step.ref for step in steps}
    found: dict[str, tuple[list[ObligationValue], ...]] = {ref: ([], [], []) for ref in added}
    for obligation in after:
        if obligation.subject not in added:
            continue
        late, missing, to_do = found[obligation.subject]
        current = status(obligation, today, waivers)
        if current in NOT_IN_TIME_STATUSES:
            late.append(obligation)
        elif current == "unknown":
            missing.append(obligation)
        elif current not in (*SETTLED, "explained") and obligation.expected_on is None and obligation.met_on is None:
            to_do.append(obligation)
    others = [one for one in after if one.subject not in added]
    by_ref = {ref: StepOutlook(*(tuple(sorted(group, key=_due)) for group in groups)) for ref, groups in found.items()}
    return AddedStepsOutlook(by_ref, difference(before, others, today, waivers))


def _with_added(
    known: Facts, steps: Sequence[StepFacts], documents: Sequence[DocumentFacts], moves: Mapping[str, ImpreciseDate]
) -> Facts:
    named = referred_parties(known.trajectory, None, steps, documents, (), ()) - known.organisations.keys()
    rows = Organisation.objects.filter(slug__in=named).values("slug", "kind", "municipality") if named else ()
    organisations = {row["slug"]: organisation_of(row) for row in rows}
    moved = (step._replace(planned=moves[step.ref]) if step.ref in moves else step for step in known.steps)
    return Facts(
        known.trajectory,
        known.plan,
        known.scenarios,
        (*moved, *steps),
        (*known.documents, *documents),
        known.contributions,
        known.requests,
        {**known.organisations, **organisations},
    )


def _due(obligation: ObligationValue) -> tuple[date, str]:
    return obligation.due_on or date.max, obligation.rule
