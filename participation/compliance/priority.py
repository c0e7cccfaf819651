"""What comes first: open obligations in groups by consequence, and the fact that holds up several."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import NamedTuple

from .calendar import SATURDAY
from .obligations import DUE_SOON_DAYS, LATE
from .vocabulary import STATUTORY_STRENGTHS, STRENGTHS

#: The groups of open obligations in reading order: what the law or an ordinance asks, what is due today, what is new,
#: then the rest. Their names stand in words.yaml, under the same codes.
GROUPS = ("statutory", "today", "new", "late", "week", "soon", "planned", "unknown")
#: Old is what is overdue for longer. Four weeks: by then it was in four weekly digests, and is a backlog to plan for
#: rather than work of this week.
OLD_AFTER_DAYS = 28
#: Facts about the owner as a whole. Any other missing fact is that of one subject: a step, contribution or document.
FACTS_OF_OWNER = (
    *("first_activity", "last_activity", "first_decision", "final_decision", "setup_decision", "council_judgement"),
    *("first_inspection", "extended_inspection", "municipal_inspection", "first_exploration", "application"),
    *("plan_adoption", "plan_adopted_on", "plan_actors_shared_on", "plan_to_council_on", "participation_required"),
    *("start", "kind", "initiator", "level", "impact", "commissioner"),
)


class Priority(NamedTuple):
    """The place of an open obligation among others, to sort by; ``rank`` is the index of its group.

    ``is_old`` is whether it is overdue for longer than ``OLD_AFTER_DAYS``; what is new is never old. ``is_planned`` is
    whether it is planned in time, so that nothing needs to be done yet.
    """

    rank: int
    is_old: bool
    is_planned: bool
    strength: int
    due_on: date

    @property
    def group(self) -> str:
        """Return the code of its group."""
        return GROUPS[self.rank]


def priority_of(
    strength: str, status: str, due_on: date | None, is_new: bool, today: date, is_planned: bool = False
) -> Priority:
    """Return the priority of what has this flagged status on that day; the earliest due date is the longest overdue.

    ``strength`` is that of its rule, "" for what no rule asks.
    """
    is_old = not is_new and due_on is not None and today - due_on > timedelta(days=OLD_AFTER_DAYS)
    return Priority(
        GROUPS.index(_group(strength, status, due_on, is_new, today)),
        is_old,
        is_planned,
        STRENGTHS.index(strength) if strength else len(STRENGTHS),
        due_on or date.max,
    )


def cause_of(missing: Collection[str], subject: str) -> tuple[str, str] | None:
    """Return the fact for which an obligation waits, with its subject unless it is of the owner; None for none."""
    fact = next(iter(missing), None)
    if fact is None:
        return None
    return (fact, "" if fact in FACTS_OF_OWNER else subject)


def end_of_week(today: date) -> date:
    """Return the last day of the week of this day; at the weekend, that of the next week."""
    return today + timedelta(days=6 - today.weekday() + (7 if today.weekday() >= SATURDAY else 0))


def _group(strength: str, status: str, due_on: date | None, is_new: bool, today: date) -> str:
    if strength in STATUTORY_STRENGTHS:
        return "statutory"
    if due_on == today:
        return "today"
    if is_new:
        return "new"
    if status in LATE:
        return "late"
    if due_on is None:
        return "unknown"
    if due_on <= end_of_week(today):
        return "week"
    return "soon" if due_on <= today + timedelta(days=DUE_SOON_DAYS) else "planned"
