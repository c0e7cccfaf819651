"""Obligations as verdicts: of one trajectory, of motions and commitments, and of everything that a user may see."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from participation.compliance.obligations import DUE_SOON_DAYS, ObligationValue, is_over
from participation.compliance.rulebook import Rulebook
from participation.models import Obligation, Trajectory

from .explaining import explanations_as_known, facts_as_known, obligations_as_known, obligations_on
from .facts import commitment_facts, motion_facts
from .statuses import with_status
from .verdicts import Verdict, party_names, verdicts_on

#: The kinds of owner of an obligation, each with the column that identifies it.
OWNER_COLUMNS: Final[Mapping[str, str]] = {"trajectory": "slug", "motion": "number", "commitment": "number"}
#: The keys of a record; of the first three it has exactly one.
RECORD_KEYS: Final = (
    *OWNER_COLUMNS,
    *("rule", "basic", "strength", "subject", "status", "due_on", "strict_due_on", "expected_on", "met_on"),
    *("days_late", "message", "remedy", "source", "retrospective"),
)
#: The columns that decide whether the trajectory is over; all empty for motions and commitments.
_OVER_COLUMNS: Final = ("trajectory__retrospective", "trajectory__status", "trajectory__closed_on")
_FACT_READERS: Final[Mapping[str, Any]] = {"motion": motion_facts, "commitment": commitment_facts}


def trajectory_obligations(
    trajectory: Trajectory,
    rulebook: Rulebook,
    day: date,
    known_at: datetime | None = None,
    earlier_texts: bool = False,
) -> list[Verdict] | None:
    """Return the obligations of a trajectory, with their status on that day, by rule and subject.

    As known now these are the stored ones; with ``known_at`` they are reassessed from what was recorded by then, and
    None where the trajectory did not exist yet. ``earlier_texts`` as in ``facts_as_known``.
    """
    names = party_names()
    if known_at is None:
        owed = obligations_on(trajectory.pk, rulebook, day)
        about: Any = trajectory
    else:
        facts = facts_as_known(trajectory.pk, known_at, earlier_texts)
        if facts is None:
            return None
        owed = obligations_as_known(facts, rulebook, day, explanations_as_known(trajectory.pk, day, known_at))
        about = facts.trajectory
    lines = [
        Verdict(
            "trajectory",
            trajectory.slug,
            rulebook.by_id[item.obligation.rule],
            item.obligation,
            item.status,
            day,
            about.retrospective,
            names=names,
            over=about.is_over(day),
        )
        for item in owed
    ]
    # Sorted in Python: databases collate text differently.
    return sorted(lines, key=lambda line: line.obligation.identity)


def obligations_of(
    owner_type: str, numbers: Mapping[int, str], rulebook: Rulebook, day: date, known_at: datetime | None = None
) -> dict[int, list[Verdict]]:
    """Return the obligations of these motions or commitments, given by key and number.

    At most three queries, however many there are.
    """
    names = party_names()
    found: dict[int, list[Verdict]] = {pk: [] for pk in numbers}
    if known_at is not None:
        for pk, facts in _FACT_READERS[owner_type](list(numbers), known_at):
            found[pk] = [
                line._replace(names=names) for line in verdicts_on(owner_type, numbers[pk], facts, rulebook, day)
            ]
        return found
    rows = Obligation.objects.open().filter(**{f"{owner_type}__in": list(numbers)})
    for line, pk in _stored_verdicts(rows, rulebook, day, names, f"{owner_type}_id"):
        found[pk].append(line)
    return {pk: sorted(lines, key=lambda line: line.obligation.identity) for pk, lines in found.items()}


def obligations_visible_to(user: Any, rulebook: Rulebook) -> QuerySet[Obligation]:
    """Return the open obligations that this user (None or anonymous for the public) may see, by primary key.

    Those of the trajectories that they may see, and of all motions and commitments: those are public.
    """
    # A correlated EXISTS: for one page it is cheaper than a list of all trajectories.
    trajectories = Trajectory.objects.visible_to(user).filter(pk=OuterRef("trajectory")).order_by()
    visible = Q(trajectory__isnull=True) | Exists(trajectories)
    return Obligation.objects.open().filter(visible, rule__in=sorted(rulebook.by_id)).order_by("id")


def filter_by_status(rows: QuerySet[Obligation], status: str, day: date) -> QuerySet[Obligation]:
    """Return the obligations that have this status on that day."""
    # The filter is implied by the status; it is there because an index can serve it.
    return with_status(rows.filter(_implied_filter(status, day)), day).filter(status=status)


def _implied_filter(status: str, day: date) -> Q:
    is_open = Q(met_on__isnull=True) | Q(met_on__gt=day)
    soon = day + timedelta(days=DUE_SOON_DAYS)
    conditions: Mapping[str, Q] = {
        "met": Q(met_on__lte=day),
        "met_late": Q(met_on__lte=day),
        "explained": is_open,
        "unknown": Q(due_on__isnull=True) & is_open,
        "overdue": Q(due_on__lt=day) & is_open,
        "possibly_overdue": Q(due_on__gte=day, strict_due_on__lt=day) & is_open,
        "planned_late": Q(due_on__gte=day, expected_on__isnull=False) & is_open,
        "due_soon": Q(due_on__gte=day, due_on__lte=soon) & is_open,
        "pending": Q(due_on__gt=soon) & is_open,
    }
    return conditions[status]


def verdicts_by_keys(keys: Collection[int], rulebook: Rulebook, day: date) -> list[Verdict]:
    """Return these obligations with their status on that day, in this order; two queries."""
    rows = Obligation.objects.filter(pk__in=list(keys))
    found = {pk: line for line, pk in _stored_verdicts(rows, rulebook, day, party_names(), "pk")}
    return [found[key] for key in keys if key in found]


def _stored_verdicts(
    rows: QuerySet[Obligation], rulebook: Rulebook, day: date, names: Mapping[str, str], key: str
) -> Iterable[tuple[Verdict, Any]]:
    owners = [f"{owner_type}__{column}" for owner_type, column in OWNER_COLUMNS.items()]
    known = with_status(rows.filter(rule__in=sorted(rulebook.by_id)), day).order_by()
    columns = (key, "status", *_OVER_COLUMNS, *owners, *ObligationValue._fields)
    for pk, status, retrospective, state, closed_on, *values in known.values_list(*columns):
        numbers = dict(zip(OWNER_COLUMNS, values[: len(OWNER_COLUMNS)], strict=True))
        owner_type = next(owner_type for owner_type in OWNER_COLUMNS if numbers[owner_type] is not None)
        owed = ObligationValue(*values[len(OWNER_COLUMNS) :])
        owed = owed._replace(missing=tuple(owed.missing))
        is_retrospective = bool(retrospective)
        over = is_over(day, retrospective=is_retrospective, status=state or "", closed_on=closed_on)
        rule = rulebook.by_id[owed.rule]
        yield (
            Verdict(owner_type, numbers[owner_type], rule, owed, status, day, is_retrospective, names=names, over=over),
            pk,
        )
