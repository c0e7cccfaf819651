"""What the pages read: stored obligations with their status on a day, explanations, and how many are overdue."""

from collections import Counter
from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from participation.compliance.obligations import Obligation as Owed
from participation.compliance.obligations import Waiver as WaiverFacts
from participation.models import Obligation, Waiver

from .statuses import overdue_on, with_status


class Explanation(NamedTuple):
    """Why a rule is not followed: about what and until when, by whom, and the reason; ``key`` is its row's."""

    waiver: WaiverFacts
    by: str
    reason: str
    key: int = 0


def owed_with_status(of: str, key: int, rules: Collection[str], today: date) -> list[tuple[Owed, str]]:
    """Return what this trajectory (motion, commitment) owes, each with its status on that day, in one query.

    ``rules`` are the ids that the rulebook knows; an obligation of another rule is on its way out.
    """
    rows = with_status(Obligation.objects.open().filter(**{of: key}, rule__in=sorted(rules)), today)
    found = []
    for status, *values in rows.order_by("rule", "subject").values_list("status", *Owed._fields):
        owed = Owed(*values)
        found.append((owed._replace(missing=tuple(owed.missing)), status))
    return found


def overdue_counts(of: str, keys: Collection[int], rules: Collection[str], today: date) -> dict[int, int]:
    """Return how many are overdue on that day, by owner, for those of these that have any."""
    late = Obligation.objects.open().filter(overdue_on(today), **{f"{of}__in": keys})
    # Counted here: for the rows of one page that is quicker than to have it grouped.
    return dict(Counter(key for key, rule in late.values_list(f"{of}_id", "rule") if rule in rules))


def explanations_of(trajectory: int, today: date) -> list[Explanation]:
    """Return the explanations given in this trajectory up to that day, also those that ran out."""
    rows = Waiver.objects.filter(trajectory=trajectory, granted_on__lte=today).order_by("granted_on", "pk")
    return [
        Explanation(WaiverFacts(*waiver), by, reason, key)
        for key, by, reason, *waiver in rows.values_list("pk", "by", "reason", *WaiverFacts._fields)
    ]
