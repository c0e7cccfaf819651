"""Check of a decision to hold no participation."""

from collections.abc import Iterator
from typing import Annotated

from ..facts import Facts
from .base import NO_EVIDENCE, DateRules, ObligationDraft, OwnWords, check, draft_obligation, evidence_of

GroundId = Annotated[str, OwnWords("exceptions")]


@check("lacks")
def reasoned_exception(facts: Facts, days: DateRules, *, grounds: list[GroundId]) -> Iterator[ObligationDraft]:
    """Yield the obligation that a decision to hold no participation has one of these grounds and a reason, in public.

    Due on the day of that decision, and met then: its parts have no day of their own. Without such a decision there
    is no obligation.
    """
    trajectory = facts.trajectory
    if not trajectory.is_without_participation:
        return
    parts = {
        "no_participation_ground": trajectory.no_participation_ground in grounds,
        "no_participation_reason": trajectory.no_participation_reason,
        "public": trajectory.public,
    }
    lacks = [name for name, present in parts.items() if not present]
    decided = trajectory.no_participation_decided_on
    yield draft_obligation(
        "",
        decided,
        decided,
        NO_EVIDENCE if lacks else evidence_of(decided),
        missing_fact="no_participation_decided_on",
        undated="no_participation_decided_on",
        details={"lacks": lacks},
    )
