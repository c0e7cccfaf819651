"""Stored obligations: as the values that rules return, as rows for pages, and as verdicts of what a user may see."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from participation.compliance.obligations import DUE_SOON_DAYS, ObligationValue, is_over
from participation.compliance.rulebook import Rulebook
from participation.models import Obligation, Trajectory

from .explanations import facts_as_known, obligations_as_known, obligations_on, waivers_as_known
from .facts import commitment_facts, motion_facts
from .statuses import Verdict, overdue_on, party_names, verdicts_on, with_status

FETCH_SIZE = 5_000
_COLUMNS: tuple[Any, ...] = (
    *("pk", "rule", "subject", "trigger_on", "due_on", "strict_due_on", "expected_on", "met_on"),
    *(Cast("missing", TextField()), Cast("details", TextField()), F("next_change_on")),
)


class StoredObligation(NamedTuple):
    """An open obligation as stored: its key, its value, and when it is reassessed next."""

    pk: int
    obligation: ObligationValue
    next_change_on: date | None


@lru_cache(maxsize=1 << 16)
def _parse_details(text: str) -> dict[str, Any]:
    # Cached, so shared: treat the details of an obligation as immutable.
    found: dict[str, Any] = json.loads(text)
    return found


@lru_cache(maxsize=1 << 12)
def _parse_missing(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


class _ParsedDays(dict[Any, date | None]):
    """A cache of parsed days: SQLite returns text, PostgreSQL dates. A table holds few distinct ones."""

    def __missing__(self, value: Any) -> date | None:
        """Return the parsed day, and cache it."""
        day = self[value] = date.fromisoformat(value) if isinstance(value, str) else value
        return day


def stored_obligations(owner_type: str, keys: Sequence[int]) -> dict[int, dict[tuple[str, str], StoredObligation]]:
    """Return the open obligations of these trajectories (motions, commitments), by owner and identity."""
    found: dict[int, dict[tuple[str, str], StoredObligation]] = {key: {} for key in keys}
    rows = (
        Obligation.objects.open()
        .filter(**{f"{owner_type}__in": list(keys)})
        .order_by()
        .values_list(*_COLUMNS, f"{owner_type}_id")
    )
    # Raw SQL compiled by the ORM: its converters, a call per cell, would cost as much as the rules.
    sql, params = rows.query.sql_with_params()
    day, make = _ParsedDays({None: None}), ObligationValue._make
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        while chunk := cursor.fetchmany(FETCH_SIZE):
            for pk, rule, subject, trigger, due, strict, expected, met, missing, details, next_change, owner in chunk:
                obligation = make(
                    (
                        *(rule, subject, day[trigger], day[due], day[strict], day[expected], day[met]),
                        *(_parse_missing(missing), _parse_details(details)),
                    )
                )
                found[owner][rule, subject] = StoredObligation(pk, obligation, day[next_change])
    return found


def owner_of_row(
    slug: str | None,
    title: str | None,
    motion: str | None,
    motion_title: str | None,
    commitment: str | None,
    text: str | None,
) -> tuple[str, str, str | None]:
    """Return the kind of owner, its slug or number, and its title or text."""
    if slug is not None:
        return "trajectory", slug, title
    if motion is not None:
        return "motion", motion, motion_title
    return "commitment", commitment or "", text


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
        owed = obligations_as_known(facts, rulebook, day, waivers_as_known(trajectory.pk, day, known_at))
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
