"""What the pages read: stored obligations with their status on a day, explanations, and how many are overdue."""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from django.db.models import Count

from participation.compliance.obligations import Obligation as Owed
from participation.compliance.obligations import Waiver as WaiverFacts
from participation.models import Obligation, Waiver

from .statuses import with_status


class Explanation(NamedTuple):
    """Why a rule is not followed: about what and until when, by whom, and the reason."""

    waiver: WaiverFacts
    by: str
    reason: str


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
    rows = with_status(Obligation.objects.open().filter(**{f"{of}__in": keys}, rule__in=sorted(rules)), today)
    overdue = rows.filter(status="overdue").order_by()
    return dict(overdue.values_list(f"{of}_id").annotate(Count("pk")))


def explanations_of(trajectory: int, today: date) -> list[Explanation]:
    """Return the explanations given in this trajectory up to that day, also those that ran out."""
    rows = Waiver.objects.filter(trajectory=trajectory, granted_on__lte=today).order_by("granted_on", "pk")
    return [
        Explanation(WaiverFacts(*waiver), by, reason)
        for by, reason, *waiver in rows.values_list("by", "reason", *WaiverFacts._fields)
    ]
