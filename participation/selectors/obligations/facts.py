"""Facts of trajectories, motions, commitments and lone requests, as they are now or as recorded at an earlier moment.

Reading rows is the main cost of a reassessment, so: one query per table for a chunk of trajectories, with SQL that the
ORM compiles once and rows as the cursor returns them, without model instances; and of a long text only whether it is
empty.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any, NamedTuple, TypeVar, cast, get_args

from django.db import connection
from django.db.models import Exists, Func, Model, OuterRef, Q, QuerySet, SmallIntegerField

from participation import models
from participation.compliance import facts
from participation.compliance.dates import ImpreciseDate
from participation.compliance.dossier_parser import (
    parse_imprecise_date,
    reached_groups,
    referred_parties,
    sorted_days,
    sorted_shares,
    sorted_suspensions,
)
from participation.compliance.facts import (
    Actors,
    Facts,
    Filled,
    FilledKeys,
    Frameworks,
    FulfilmentDays,
    Number,
    ReachedGroups,
    ReportDays,
    Shares,
    Suspensions,
    TargetGroups,
)

#: Trajectories read at a time: keeps memory flat, and stays below the database's limit on parameters.
CHUNK_SIZE = 2000
#: Above this number, all organisations are read at once instead of by slug.
_MAX_SLUGS = 500
_ROWS_AT_A_TIME = 250

Row = tuple[Any, ...]
Fact = TypeVar("Fact")


def facts_for(pks: Sequence[int], known_at: datetime | None = None) -> Iterator[tuple[int, Facts]]:
    """Yield the facts of each of these trajectories that exists, by primary key, in the order given.

    With ``known_at``, an aware moment, they are what had been recorded by then. Ten queries per chunk at most, however
    many trajectories are in it.
    """
    organisations: dict[str, facts.OrganisationFacts | None] = {}
    for chunk in _chunks(pks):
        yield from _FactChunk(chunk, known_at).iter_facts(organisations)


def motion_facts(pks: Sequence[int], known_at: datetime | None = None) -> Iterator[tuple[int, facts.MotionFacts]]:
    """Yield each of these motions that exists, by primary key, as it is or was recorded at ``known_at``."""
    for chunk in _chunks(pks):
        yield from _FactReader(chunk, known_at).facts(facts.MotionFacts)


def commitment_facts(
    pks: Sequence[int], known_at: datetime | None = None
) -> Iterator[tuple[int, facts.CommitmentFacts]]:
    """Yield each of these commitments that exists, by primary key, as it is or was recorded at ``known_at``."""
    for chunk in _chunks(pks):
        yield from _FactReader(chunk, known_at).facts(facts.CommitmentFacts)


def request_facts(pks: Sequence[int], known_at: datetime | None = None) -> Iterator[tuple[int, facts.RequestFacts]]:
    """Yield each of these requests that exists, by primary key, as it is or was recorded at ``known_at``.

    Of one that belongs to a trajectory only the ref: what it is judged by is among the facts of that trajectory.
    """
    for chunk in _chunks(pks):
        rows = rows_known_at(models.Request, known_at).filter(id__in=chunk, trajectory__isnull=False)
        linked = set(rows.values_list("id", flat=True))
        for pk, request in _FactReader(chunk, known_at).facts(facts.RequestFacts, _REGISTER_REQUESTS):
            yield pk, facts.RequestFacts(request.ref) if pk in linked else request


def _chunks(pks: Sequence[int]) -> Iterator[tuple[int, ...]]:
    distinct = tuple(dict.fromkeys(pks))
    for start in range(0, len(distinct), CHUNK_SIZE):
        yield distinct[start : start + CHUNK_SIZE]


# ---------------------------------------------------------------- tables and columns


class _IsFilled(Func):
    """Whether a text is filled in, computed by the database so that long texts are not transferred."""

    template = "CASE WHEN %(expressions)s = '' THEN 0 ELSE 1 END"
    output_field = SmallIntegerField()


class FactTable(NamedTuple):
    """A table, the column that holds the owner's key, and the columns to read."""

    model: type[Model]
    owner: str
    columns: tuple[str | _IsFilled, ...]
    #: Set where the owner is itself a child of a trajectory: the model of the owner.
    parent: type[Model] | None = None


def _fact_table(fact: type[Any], model: type[Model], owner: str = "trajectory") -> FactTable:
    """Return the table of a fact: the key of the owner, then a column for each field, in order."""
    return FactTable(model, owner, (owner, *(_column(name, of) for name, of in facts.field_types(fact).items())))


def _column(name: str, of: Any) -> str | _IsFilled:
    """Return the column of a field of this type; for what other tables hold, the key by which they refer to the row."""
    return _IsFilled(name) if of == Filled else "id" if of in _IN_OTHER_TABLES else name


#: The types of fields whose values are in other tables.
_IN_OTHER_TABLES = (Actors, Shares, ReportDays, FulfilmentDays)


_TABLES = {
    facts.TrajectoryFacts: _fact_table(facts.TrajectoryFacts, models.Trajectory, "id"),
    facts.PlanFacts: _fact_table(facts.PlanFacts, models.Plan),
    facts.ScenarioFacts: _fact_table(facts.ScenarioFacts, models.Scenario),
    facts.StepFacts: _fact_table(facts.StepFacts, models.Step),
    facts.DocumentFacts: _fact_table(facts.DocumentFacts, models.Document),
    facts.ContributionFacts: _fact_table(facts.ContributionFacts, models.Contribution),
    facts.RequestFacts: _fact_table(facts.RequestFacts, models.Request),
    facts.MotionFacts: _fact_table(facts.MotionFacts, models.Motion, "id"),
    facts.CommitmentFacts: _fact_table(facts.CommitmentFacts, models.Commitment, "id"),
}
_ACTORS = FactTable(models.PlanActor, "plan", ("plan", "organisation__slug", "part"), models.Plan)
_SHARES = FactTable(models.DocumentShare, "document", ("document", "party", "on"), models.Document)
_REGISTER_REQUESTS = _fact_table(facts.RequestFacts, models.Request, "id")
_FIELD_TYPES = {fact: tuple(facts.field_types(fact).values()) for fact in _TABLES}
#: The tables of the days that belong to a row, by the type of the field.
_DAYS: dict[Any, dict[Any, FactTable]] = {
    facts.MotionFacts: {ReportDays: FactTable(models.ProgressReport, "motion", ("motion", "on"))},
    facts.CommitmentFacts: {
        ReportDays: FactTable(models.ProgressReport, "commitment", ("commitment", "on")),
        FulfilmentDays: FactTable(models.CommitmentFulfilment, "commitment", ("commitment", "on")),
    },
}


#: For each type of owner, every table from which its facts are read, each with the columns that are.
TABLES_READ: Mapping[str, tuple[FactTable, ...]] = {
    "trajectory": (*(table for fact, table in _TABLES.items() if fact not in _DAYS), _ACTORS, _SHARES),
    "motion": (_TABLES[facts.MotionFacts], *_DAYS[facts.MotionFacts].values()),
    "commitment": (_TABLES[facts.CommitmentFacts], *_DAYS[facts.CommitmentFacts].values()),
    # Of one that belongs to a trajectory only the ref is a fact.
    "request": (_REGISTER_REQUESTS._replace(columns=(*_REGISTER_REQUESTS.columns, "trajectory")),),
}


# ---------------------------------------------------------------- reading rows


def rows_known_at(model: type[Model], known_at: datetime | None) -> QuerySet[Any]:
    """Return the rows as they are, or the last version of each recorded by that moment."""
    if known_at is None:
        return model._default_manager.order_by()
    versions: QuerySet[Any] = model.history.filter(history_date__lte=known_at)  # type: ignore[attr-defined]
    # Two versions may have the same timestamp, which the history's own as_of() does not tell apart.
    same_moment = Q(history_date=OuterRef("history_date"), history_id__gt=OuterRef("history_id"))
    newer = versions.filter(Q(history_date__gt=OuterRef("history_date")) | same_moment, id=OuterRef("id"))
    return versions.filter(~Exists(newer.order_by())).exclude(history_type="-").order_by()


def _select(table: FactTable, pks: Iterable[int], known_at: datetime | None) -> tuple[str, tuple[Any, ...]]:
    owner, owners = table.owner, list(pks)
    rows = rows_known_at(table.model, known_at)
    if table.parent and known_at is None:
        rows = rows.filter(**{f"{owner}__trajectory__in": owners})
    elif table.parent:
        # All versions of the parents: one that was deleted since is no longer in the table itself.
        versions = table.parent.history.filter(trajectory__in=owners)  # type: ignore[attr-defined]
        rows = rows.filter(**{f"{owner}__in": versions.order_by().values("id")})
    else:
        rows = rows.filter(**{f"{owner}__in": owners})
    return rows.values_list(*table.columns).query.sql_with_params()


@lru_cache(maxsize=128)
def _statement(table: FactTable, count: int) -> str:
    """Return the SQL that reads the rows of ``count`` owners; its only parameters are their keys."""
    sql, params = _select(table, range(count), None)
    if params != tuple(range(count)):
        raise AssertionError(f"{table.model.__name__}: a parameter that is not a primary key")
    return sql


class _Memo(dict[Any, Any]):
    """A cache of parsed texts: a table holds few distinct ones."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        """Map None to None; ``read`` parses any other value."""
        super().__init__({None: None})
        self._read = read

    def __missing__(self, stored: Any) -> Any:
        """Return the parsed value, and cache it."""
        parsed = self[stored] = self._read(stored)
        return parsed


class _FactReader:
    """Reads the facts of one chunk of owners, with caches of the texts that it parses."""

    def __init__(self, pks: tuple[int, ...], known_at: datetime | None) -> None:
        """Read rows of these keys, as recorded by that moment."""
        self.pks = pks
        self.known_at = known_at
        self.dates = _Memo(ImpreciseDate.from_text)
        times = _Memo(lambda stored: stored if isinstance(stored, time) else time.fromisoformat(stored))
        words = _Memo(lambda stored: tuple(sorted({str(word) for word in json.loads(stored)})))
        #: By the type of a field: the function from the stored value to that of the fact. Called once per value, so
        #: in C where that can be; None for a value that stays as it is.
        self.converters: dict[Any, Callable[[Any], Any] | None] = {
            str: None,
            Number: None,
            int | None: None,
            bool: bool,
            Filled: bool,
            bool | None: {None: None, False: False, True: True}.__getitem__,
            # SQLite returns a decimal as an integer or a float.
            Decimal | None: _Memo(lambda stored: Decimal(str(stored))).__getitem__,
            time | None: times.__getitem__,
            ImpreciseDate | None: self.dates.__getitem__,
            tuple[str, ...]: words.__getitem__,
            FilledKeys: _filled_keys,
            Suspensions: _suspensions,
            ReachedGroups: lambda stored: reached_groups(json.loads(stored)),
            Frameworks: partial(_text_pairs, get_args(Frameworks)[1:]),
            TargetGroups: partial(_text_pairs, get_args(TargetGroups)[1:]),
        }

    def facts(self, fact: type[Fact], table: FactTable | None = None) -> Iterator[tuple[int, Fact]]:
        """Yield the key of the owner and the fact of each row of the table of this fact, or of the one given.

        Values are converted a column at a time, in C where that can be, and of some rows at a time, which stay in the
        cache of the processor. Measured, it costs about what code written out for each fact did.
        """
        rows = self.rows(table or _TABLES[fact])
        converters = {**self.converters, **self._child_converters(fact)} if rows else {}
        # As ``_make`` does, without a Python function called per row.
        make: Callable[[Row], Any] = partial(tuple.__new__, cast("Any", fact))
        for start in range(0, len(rows), _ROWS_AT_A_TIME):
            owners, *columns = zip(*rows[start : start + _ROWS_AT_A_TIME], strict=True)
            values = (
                map(convert, column) if (convert := converters[of]) else column
                for of, column in zip(_FIELD_TYPES[fact], columns, strict=True)
            )
            yield from zip(owners, map(make, zip(*values, strict=True)), strict=True)

    def facts_by_owner(self, fact: type[Fact]) -> dict[int, list[Fact]]:
        """Return the facts of the rows of each owner; of an owner without rows an empty list."""
        found: dict[int, list[Fact]] = defaultdict(list)
        for owner, row in self.facts(fact):
            found[owner].append(row)
        return found

    def _child_converters(self, fact: type[Any]) -> dict[Any, Callable[[int], Any]]:
        """Return the converters of what other tables hold, from the key of the row to which they refer."""
        children: dict[int, list[Any]] = defaultdict(list)
        if fact is facts.PlanFacts:
            for key, organisation, part in self.rows(_ACTORS):
                children[key].append((organisation, part))
            return {Actors: lambda key: tuple(sorted(set(children[key])))}
        if fact is facts.DocumentFacts:
            for key, party, on in self.rows(_SHARES):
                children[key].append((party, self.dates[on]))
            return {Shares: lambda key: sorted_shares(children[key])}
        return {of: self._days_by_key(table) for of, table in _DAYS.get(fact, {}).items()}

    def _days_by_key(self, table: FactTable) -> Callable[[int], ReportDays]:
        """Return the function from the key of a row to the days in this table that refer to it, in order."""
        days: dict[int, list[ImpreciseDate | None]] = defaultdict(list)
        for key, on in self.rows(table):
            days[key].append(self.dates[on])
        return lambda key: sorted_days(days[key])

    def rows(self, table: FactTable) -> list[Row]:
        """Return the rows as the cursor returns them: dates and lists as text, booleans as 1 and 0."""
        if self.known_at is None:
            sql, params = _statement(table, len(self.pks)), self.pks
        else:
            sql, params = _select(table, self.pks, self.known_at)
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            rows: list[Row] = cursor.fetchall()
        return rows


def _text_pairs(keys: tuple[Any, ...], stored: str) -> tuple[tuple[str, str], ...]:
    first, second = keys
    pairs = {(item.get(first) or "", item.get(second) or "") for item in json.loads(stored)}
    return tuple(sorted(pairs - {("", "")}))


def _suspensions(stored: str) -> Any:
    return sorted_suspensions(
        (parse_imprecise_date(period.get("from")), parse_imprecise_date(period.get("to")))
        for period in json.loads(stored)
    )


def _filled_keys(stored: str) -> tuple[str, ...]:
    return tuple(sorted(name for name, text in json.loads(stored).items() if text and text.strip()))


# ---------------------------------------------------------------- rows as facts


class _FactChunk:
    """The facts of a chunk of trajectories: read per table, returned per trajectory."""

    def __init__(self, pks: tuple[int, ...], known_at: datetime | None) -> None:
        """Read every table once."""
        self.read = read = _FactReader(pks, known_at)
        self.trajectories = dict(read.facts(facts.TrajectoryFacts))
        self.plans = dict(read.facts(facts.PlanFacts))
        self.scenarios = read.facts_by_owner(facts.ScenarioFacts)
        self.steps = read.facts_by_owner(facts.StepFacts)
        self.documents = read.facts_by_owner(facts.DocumentFacts)
        self.contributions = read.facts_by_owner(facts.ContributionFacts)
        self.requests = read.facts_by_owner(facts.RequestFacts)

    def iter_facts(self, organisations: dict[str, facts.OrganisationFacts | None]) -> Iterator[tuple[int, Facts]]:
        """Yield the facts of each trajectory; organisations that are looked up are added to ``organisations``."""
        arguments: dict[int, Any] = {}
        wanted: dict[int, set[str]] = {}
        for pk, trajectory in self.trajectories.items():
            plan = self.plans.get(pk)
            rows = (self.steps[pk], self.documents[pk], self.contributions[pk], self.requests[pk])
            arguments[pk] = (trajectory, plan, self.scenarios[pk], *rows)
            wanted[pk] = referred_parties(trajectory, plan, *rows)
        organisations.update(
            organisations_named(set().union(*wanted.values()) - organisations.keys(), self.read.known_at)
        )
        for pk in self.read.pks:
            if pk in arguments:
                known = {slug: found for slug in wanted[pk] if (found := organisations[slug])}
                yield pk, Facts(*(*arguments[pk], known))


def organisations_named(
    slugs: Collection[str], known_at: datetime | None = None
) -> dict[str, facts.OrganisationFacts | None]:
    """Return the organisation of each of these slugs, None where there is none, and perhaps others too."""
    found: dict[str, facts.OrganisationFacts | None] = dict.fromkeys(slugs)
    if not slugs:
        return found
    rows = rows_known_at(models.Organisation, known_at)
    if len(slugs) <= _MAX_SLUGS:
        rows = rows.filter(slug__in=sorted(slugs))
    for slug, kind, municipality in rows.values_list("slug", "kind", "municipality"):
        # A municipality counts as an organisation of that municipality itself.
        own = municipality or (slug if kind == "municipality" else "")
        found[slug] = facts.OrganisationFacts(slug, kind, own)
    return found
