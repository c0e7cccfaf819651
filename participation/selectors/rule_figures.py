"""Statistics of one rule across the city: obligations by status, and where it is overdue."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet

from participation.compliance.rules import Rule
from participation.models import Obligation, Trajectory

from .statuses import overdue_on, with_status


class RuleFigures(NamedTuple):
    """The number of obligations of a rule by status, worst first; statuses with none are left out.

    ``looking_back`` counts those of retrospective trajectories, which count nowhere else.
    """

    now: list[tuple[str, int]]
    looking_back: list[tuple[str, int]]


class Late(NamedTuple):
    """An owner where a rule is overdue: its slug or number, its title, and the number of obligations."""

    name: str
    title: str
    number: int


#: The display order of statuses: what needs action first.
ORDER = (
    *("overdue", "possibly_overdue", "unknown", "planned_late", "due_soon", "pending", "explained"),
    *("met", "met_late"),
)
#: The identifying column and the title column of each kind of owner.
_CALLED = {"trajectory": ("slug", "title"), "motion": ("number", "title"), "commitment": ("number", "text")}


def figures(rule: Rule, visible: QuerySet[Trajectory], today: date) -> RuleFigures:
    """Return the counts by status on that day, over these trajectories (all motions and commitments); one query."""
    counted: dict[tuple[bool, str], int] = {}
    by = ("trajectory__retrospective", "status") if rule.of == "trajectory" else ("status",)
    rows = with_status(_open(rule, visible), today).order_by().values_list(*by).annotate(Count("pk"))
    for *looking_back, status, number in rows:
        counted[any(looking_back), status] = number
    return RuleFigures(*(list(_told(counted, looking_back)) for looking_back in (False, True)))


def _told(counted: dict[tuple[bool, str], int], looking_back: bool) -> Iterator[tuple[str, int]]:
    for status in ORDER:
        if number := counted.get((looking_back, status)):
            yield status, number


def overdue(rule: Rule, visible: QuerySet[Trajectory], today: date) -> QuerySet[Any, Any]:
    """Return the owners where it is overdue on that day, by title, to be sliced; each row makes a ``Late``.

    Retrospective trajectories are left out: nobody can act there any more.
    """
    late = _open(rule, visible).filter(overdue_on(today))
    if rule.of == "trajectory":
        late = late.filter(trajectory__retrospective=False)
    name, title = (f"{rule.of}__{column}" for column in _CALLED[rule.of])
    return late.order_by(title, name).values_list(name, title).annotate(number=Count("pk"))


def _open(rule: Rule, visible: QuerySet[Trajectory]) -> QuerySet[Obligation]:
    found = Obligation.objects.open().filter(rule=rule.id)
    return found.for_trajectories(visible) if rule.of == "trajectory" else found
