"""Statistics of one rule across the city: obligations by status, and where it is overdue."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet

from participation.compliance.rules import Rule
from participation.models import Obligation, Trajectory
from participation.selectors.obligations.status_expressions import overdue_on, with_status


class RuleFigures(NamedTuple):
    """The number of obligations of a rule by status, worst first; statuses with none are left out.

    ``retrospective`` counts those of retrospective trajectories, which count nowhere else.
    """

    now: list[tuple[str, int]]
    retrospective: list[tuple[str, int]]


class OverdueOwner(NamedTuple):
    """An owner where a rule is overdue: its slug or number, its title, and the number of obligations."""

    name: str
    title: str
    number: int


#: The display order of statuses: what needs action first.
STATUS_ORDER = (
    *("overdue", "possibly_overdue", "unknown", "planned_late", "due_soon", "pending", "explained"),
    *("met", "met_late"),
)
_ALL = Q()
#: The identifying column and the title column of each kind of owner.
_NAME_COLUMNS = {"trajectory": ("slug", "title"), "motion": ("number", "title"), "commitment": ("number", "text")}


def count_by_status(rule: Rule, visible: QuerySet[Trajectory], today: date, judged: Q = _ALL) -> RuleFigures:
    """Return the counts by status on that day, over these trajectories (all motions and commitments); one query.

    ``judged`` narrows it to what the rulebook of the rule judges: ``judging.judged_by``.
    """
    counts: dict[tuple[bool, str], int] = {}
    by = ("trajectory__retrospective", "status") if rule.owner_type == "trajectory" else ("status",)
    rows = (
        with_status(_open_obligations(rule, visible, judged), today).order_by().values_list(*by).annotate(Count("pk"))
    )
    for *retrospective, status, number in rows:
        counts[any(retrospective), status] = number
    return RuleFigures(*(list(_in_status_order(counts, retrospective)) for retrospective in (False, True)))


def _in_status_order(counts: dict[tuple[bool, str], int], retrospective: bool) -> Iterator[tuple[str, int]]:
    for status in STATUS_ORDER:
        if number := counts.get((retrospective, status)):
            yield status, number


def overdue_owners(rule: Rule, visible: QuerySet[Trajectory], today: date, judged: Q = _ALL) -> QuerySet[Any, Any]:
    """Return the owners where it is overdue on that day, by title, to be sliced; each row makes a ``OverdueOwner``.

    Retrospective trajectories are left out: nobody can act there any more. ``judged`` as in ``count_by_status``.
    """
    late = _open_obligations(rule, visible, judged).filter(overdue_on(today))
    if rule.owner_type == "trajectory":
        late = late.filter(trajectory__retrospective=False)
    name, title = (f"{rule.owner_type}__{column}" for column in _NAME_COLUMNS[rule.owner_type])
    return late.order_by(title, name).values_list(name, title).annotate(number=Count("pk"))


def _open_obligations(rule: Rule, visible: QuerySet[Trajectory], judged: Q) -> QuerySet[Obligation]:
    found = Obligation.objects.open().filter(judged, rule=rule.id)
    return found.for_trajectories(visible) if rule.owner_type == "trajectory" else found
