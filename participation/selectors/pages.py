"""Data of pages: stored obligations with their status on a day, waivers, and counts of overdue ones."""

from collections import Counter
from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from participation.compliance.obligations import ObligationValue, WaiverValue
from participation.models import Obligation, Waiver

from .statuses import overdue_on, with_status


class Explanation(NamedTuple):
    """A waiver with its public reason and who gave it; ``key`` is its primary key."""

    waiver: WaiverValue
    by: str
    reason: str
    key: int = 0


def obligations_with_status(
    owner_type: str, key: int, rules: Collection[str], today: date
) -> list[tuple[ObligationValue, str]]:
    """Return the obligations of this trajectory (motion, commitment) with their status on that day; one query.

    ``rules`` are the ids that the rulebook knows; an obligation of another rule is about to be withdrawn.
    """
    rows = with_status(Obligation.objects.open().filter(**{owner_type: key}, rule__in=sorted(rules)), today)
    found = []
    for status, *values in rows.order_by("rule", "subject").values_list("status", *ObligationValue._fields):
        obligation = ObligationValue(*values)
        found.append((obligation._replace(missing=tuple(obligation.missing)), status))
    return found


def overdue_counts(owner_type: str, keys: Collection[int], rules: Collection[str], today: date) -> dict[int, int]:
    """Return the number of obligations overdue on that day, by owner, for owners that have any."""
    late = Obligation.objects.open().filter(overdue_on(today), **{f"{owner_type}__in": keys})
    # Counted in Python: for the rows of one page that is faster than GROUP BY.
    return dict(Counter(key for key, rule in late.values_list(f"{owner_type}_id", "rule") if rule in rules))


def explanations_of(trajectory: int, today: date) -> list[Explanation]:
    """Return the waivers granted in this trajectory up to that day, including those that ended."""
    rows = Waiver.objects.filter(trajectory=trajectory, granted_on__lte=today).order_by("granted_on", "pk")
    return [
        Explanation(WaiverValue(*waiver), by, reason, key)
        for key, by, reason, *waiver in rows.values_list("pk", "by", "reason", *WaiverValue._fields)
    ]
