"""Obligations as verdicts: of one trajectory, of motions and commitments, and of everything that a user may see."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from participation.compliance.obligations import SOON_DAYS, is_over
from participation.compliance.obligations import ObligationValue as Owed
from participation.compliance.rulebook import Rulebook
from participation.models import Obligation, Trajectory

from .explaining import explanations_known, facts_known, owed_as_known, owed_on
from .facts import commitment_facts, motion_facts
from .statuses import with_status
from .verdicts import Verdict, judged, party_names

#: The kinds of owner of an obligation, each with the column that identifies it.
OWNERS: Final[Mapping[str, str]] = {"trajectory": "slug", "motion": "number", "commitment": "number"}
#: The keys of a record; of the first three it has exactly one.
KEYS: Final = (
    *OWNERS,
    *("rule", "basic", "strength", "subject", "status", "due_on", "strict_due_on", "expected_on", "met_on"),
    *("days_late", "message", "remedy", "source", "retrospective"),
)
#: The columns that decide whether the trajectory is over; all empty for motions and commitments.
_OVER: Final = ("trajectory__retrospective", "trajectory__status", "trajectory__closed_on")
_READ: Final[Mapping[str, Any]] = {"motion": motion_facts, "commitment": commitment_facts}


def owed_in(
    trajectory: Trajectory,
    rulebook: Rulebook,
    day: date,
    known_at: datetime | None = None,
    earlier_texts: bool = False,
) -> list[Verdict] | None:
    """Return the obligations of a trajectory, with their status on that day, by rule and subject.

    As known now these are the stored ones; with ``known_at`` they are reassessed from what was recorded by then, and
    None where the trajectory did not exist yet. ``earlier_texts`` as in ``facts_known``.
    """
    names = party_names()
    if known_at is None:
        owed = owed_on(trajectory.pk, rulebook, day)
        about: Any = trajectory
    else:
        facts = facts_known(trajectory.pk, known_at, earlier_texts)
        if facts is None:
            return None
        owed = owed_as_known(facts, rulebook, day, explanations_known(trajectory.pk, day, known_at))
        about = facts.trajectory
    lines = [
        Verdict(
            "trajectory",
            trajectory.slug,
            rulebook.by_id[one.obligation.rule],
            one.obligation,
            one.status,
            day,
            about.retrospective,
            names=names,
            over=about.is_over(day),
        )
        for one in owed
    ]
    # Sorted in Python: databases collate text differently.
    return sorted(lines, key=lambda line: line.obligation.identity)


def owed_by(
    of: str, named: Mapping[int, str], rulebook: Rulebook, day: date, known_at: datetime | None = None
) -> dict[int, list[Verdict]]:
    """Return the obligations of these motions or commitments, given by key and number.

    At most three queries, however many there are.
    """
    names = party_names()
    found: dict[int, list[Verdict]] = {pk: [] for pk in named}
    if known_at is not None:
        for pk, facts in _READ[of](list(named), known_at):
            found[pk] = [line._replace(names=names) for line in judged(of, named[pk], facts, rulebook, day)]
        return found
    rows = Obligation.objects.open().filter(**{f"{of}__in": list(named)})
    for line, pk in _stored(rows, rulebook, day, names, f"{of}_id"):
        found[pk].append(line)
    return {pk: sorted(lines, key=lambda line: line.obligation.identity) for pk, lines in found.items()}


def obligations_visible_to(user: Any, rulebook: Rulebook) -> QuerySet[Obligation]:
    """Return the open obligations that this user (None or anonymous for the public) may see, by primary key.

    Those of the trajectories that they may see, and of all motions and commitments: those are public.
    """
    # A correlated EXISTS: for one page it is cheaper than a list of all trajectories.
    theirs = Trajectory.objects.visible_to(user).filter(pk=OuterRef("trajectory")).order_by()
    seen = Q(trajectory__isnull=True) | Exists(theirs)
    return Obligation.objects.open().filter(seen, rule__in=sorted(rulebook.by_id)).order_by("id")


def with_this_status(rows: QuerySet[Obligation], status: str, day: date) -> QuerySet[Obligation]:
    """Return the obligations that have this status on that day."""
    # The filter is implied by the status; it is there because an index can serve it.
    return with_status(rows.filter(_can_be(status, day)), day).filter(status=status)


def _can_be(status: str, day: date) -> Q:
    open_then = Q(met_on__isnull=True) | Q(met_on__gt=day)
    soon = day + timedelta(days=SOON_DAYS)
    conditions: Mapping[str, Q] = {
        "met": Q(met_on__lte=day),
        "met_late": Q(met_on__lte=day),
        "explained": open_then,
        "unknown": Q(due_on__isnull=True) & open_then,
        "overdue": Q(due_on__lt=day) & open_then,
        "possibly_overdue": Q(due_on__gte=day, strict_due_on__lt=day) & open_then,
        "planned_late": Q(due_on__gte=day, expected_on__isnull=False) & open_then,
        "due_soon": Q(due_on__gte=day, due_on__lte=soon) & open_then,
        "pending": Q(due_on__gt=soon) & open_then,
    }
    return conditions[status]


def lines_of(keys: Collection[int], rulebook: Rulebook, day: date) -> list[Verdict]:
    """Return these obligations with their status on that day, in this order; two queries."""
    rows = Obligation.objects.filter(pk__in=list(keys))
    found = {pk: line for line, pk in _stored(rows, rulebook, day, party_names(), "pk")}
    return [found[key] for key in keys if key in found]


def _stored(
    rows: QuerySet[Obligation], rulebook: Rulebook, day: date, names: Mapping[str, str], key: str
) -> Iterable[tuple[Verdict, Any]]:
    owners = [f"{of}__{column}" for of, column in OWNERS.items()]
    known = with_status(rows.filter(rule__in=sorted(rulebook.by_id)), day).order_by()
    columns = (key, "status", *_OVER, *owners, *Owed._fields)
    for pk, status, retrospective, state, closed_on, *values in known.values_list(*columns):
        named = dict(zip(OWNERS, values[: len(OWNERS)], strict=True))
        of = next(of for of in OWNERS if named[of] is not None)
        owed = Owed(*values[len(OWNERS) :])
        owed = owed._replace(missing=tuple(owed.missing))
        looks_back = bool(retrospective)
        over = is_over(day, retrospective=looks_back, status=state or "", closed_on=closed_on)
        rule = rulebook.by_id[owed.rule]
        yield Verdict(of, named[of], rule, owed, status, day, looks_back, names=names, over=over), pk
