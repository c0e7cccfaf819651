"""Facts of trajectories, motions and commitments, as they are now or as recorded at an earlier moment.

Reading rows is the main cost of a reassessment, so: one query per table for a chunk of trajectories, with SQL that the
ORM compiles once and rows as the cursor returns them, without model instances; and of a long text only whether it is
empty.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, time
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Exists, Func, Model, OuterRef, Q, QuerySet, SmallIntegerField

from participation import models
from participation.compliance import facts
from participation.compliance.dates import ImpreciseDate
from participation.compliance.dossier_parser import referred_parties, sorted_days, sorted_shares
from participation.compliance.facts import Facts

#: Trajectories read at a time: keeps memory flat, and stays below the database's limit on parameters.
CHUNK_SIZE = 2000
#: Above this number, all organisations are read at once instead of by slug.
_MAX_SLUGS = 500

Row = tuple[Any, ...]


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
        read = _FactReader(chunk, known_at)
        reports = _reports(read, _MOTION_REPORTS)
        for pk, number, outcome, adopted_on, due_on, settled_on in read(_MOTIONS):
            days = read.dates[adopted_on], read.dates[due_on], read.dates[settled_on]
            yield pk, facts.MotionFacts(number, outcome, *days, sorted_days(reports[pk]))


def commitment_facts(
    pks: Sequence[int], known_at: datetime | None = None
) -> Iterator[tuple[int, facts.CommitmentFacts]]:
    """Yield each of these commitments that exists, by primary key, as it is or was recorded at ``known_at``."""
    for chunk in _chunks(pks):
        read = _FactReader(chunk, known_at)
        reports = _reports(read, _COMMITMENT_REPORTS)
        for pk, number, owner, made_on, due_on, fulfilled_on in read(_COMMITMENTS):
            days = read.dates[made_on], read.dates[due_on], read.dates[fulfilled_on]
            yield pk, facts.CommitmentFacts(number, owner, *days, sorted_days(reports[pk]))


def _chunks(pks: Sequence[int]) -> Iterator[tuple[int, ...]]:
    distinct = tuple(dict.fromkeys(pks))
    for start in range(0, len(distinct), CHUNK_SIZE):
        yield distinct[start : start + CHUNK_SIZE]


# ---------------------------------------------------------------- columns, in the order of the facts


class _IsFilled(Func):
    """Whether a text is filled in, computed by the database so that long texts are not transferred."""

    template = "CASE WHEN %(expressions)s = '' THEN 0 ELSE 1 END"
    output_field = SmallIntegerField()


class _FactTable(NamedTuple):
    """A table, the column that holds the owner's key, and the columns to read."""

    model: type[Model]
    owner: str
    columns: tuple[str | _IsFilled, ...]
    #: Set where the owner is itself a child of a trajectory: the model of the owner.
    parent: type[Model] | None = None


_TRAJECTORIES = _FactTable(
    models.Trajectory,
    "id",
    (
        *("id", "slug", "kind", "level", "impact", "municipality", "contact_role", "commissioner"),
        *("subject_of_study", "status", "retrospective", "started_on", "closed_on"),
    ),
)
_PLANS = _FactTable(
    models.Plan,
    "trajectory",
    (
        *("trajectory_id", "id", "adopted_on", "published_on", "to_council_on", "actors_shared_on"),
        *("frameworks", _IsFilled("room"), _IsFilled("level_motivation"), "target_groups", "silent_interests"),
        *("channels", "neighbouring_areas", _IsFilled("neighbouring_areas_reason"), "joint_start"),
        *(
            _IsFilled("joint_start_reason"),
            _IsFilled("support"),
            _IsFilled("support_reason"),
            _IsFilled("scenarios_reason"),
        ),
        *("roles", "resources"),
    ),
)
_ACTORS = _FactTable(models.PlanActor, "plan", ("plan_id", "organisation__slug", "part"), models.Plan)
_SCENARIOS = _FactTable(models.Scenario, "trajectory", ("trajectory_id", "ref", "presented_on"))
_STEPS = _FactTable(
    models.Step,
    "trajectory",
    (
        *("trajectory_id", "ref", "kind", "method", "phase", "stage", "procedure", "body", "title"),
        *("cancelled", "optional", "score", _IsFilled("recess_reason"), "starts_at", "ends_at", "audience"),
        *("about", "uses", "documents", "planned", "done", "closes", "announced_on", "evaluation_sent_on"),
    ),
)
_DOCUMENTS = _FactTable(
    models.Document,
    "trajectory",
    (
        *("trajectory_id", "id", "ref", "kind", "title", "replaces", "changes_marked", "plain_summary"),
        *("dated_on", "published_on"),
    ),
)
_SHARES = _FactTable(models.DocumentShare, "document", ("document_id", "party", "on"), models.Document)
_CONTRIBUTIONS = _FactTable(
    models.Contribution,
    "trajectory",
    ("trajectory_id", "ref", "step", "party", "outcome", _IsFilled("response"), "received_on", "responded_on"),
)
_REQUESTS = _FactTable(
    models.Request,
    "trajectory",
    (
        *("trajectory_id", "ref", "kind", "party", _IsFilled("extension_reason"), _IsFilled("answer")),
        *("received_on", "acknowledged_on", "extended_on", "answered_on"),
    ),
)
_MOTIONS = _FactTable(models.Motion, "id", ("id", "number", "outcome", "adopted_on", "due_on", "settled_on"))
_MOTION_REPORTS = _FactTable(models.ProgressReport, "motion", ("motion_id", "on"))
_COMMITMENTS = _FactTable(models.Commitment, "id", ("id", "number", "owner", "made_on", "due_on", "fulfilled_on"))
_COMMITMENT_REPORTS = _FactTable(models.ProgressReport, "commitment", ("commitment_id", "on"))


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


def _select(table: _FactTable, pks: Iterable[int], known_at: datetime | None) -> tuple[str, tuple[Any, ...]]:
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
def _statement(table: _FactTable, count: int) -> str:
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
    """Reads the rows of one chunk, with caches of the texts that it parses."""

    def __init__(self, pks: tuple[int, ...], known_at: datetime | None) -> None:
        """Read rows of these keys, as recorded by that moment."""
        self.pks = pks
        self.known_at = known_at
        self.dates = _Memo(ImpreciseDate.from_text)
        self.times = _Memo(lambda stored: stored if isinstance(stored, time) else time.fromisoformat(stored))
        self.words = _Memo(lambda stored: tuple(sorted({str(word) for word in json.loads(stored)})))

    def __call__(self, table: _FactTable) -> list[Row]:
        """Return the rows as the cursor returns them: dates and lists as text, booleans as 1 and 0."""
        if self.known_at is None:
            sql, params = _statement(table, len(self.pks)), self.pks
        else:
            sql, params = _select(table, self.pks, self.known_at)
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            rows: list[Row] = cursor.fetchall()
        return rows


def _reports(read: _FactReader, table: _FactTable) -> dict[int, list[ImpreciseDate | None]]:
    found: dict[int, list[ImpreciseDate | None]] = defaultdict(list)
    for pk, on in read(table):
        found[pk].append(read.dates[on])
    return found


def _optional_bool(stored: Any) -> bool | None:
    return None if stored is None else bool(stored)


def _text_pairs(stored: str, first: str, second: str) -> tuple[tuple[str, str], ...]:
    pairs = {(item.get(first) or "", item.get(second) or "") for item in json.loads(stored)}
    return tuple(sorted(pairs - {("", "")}))


def _filled_keys(stored: str) -> tuple[str, ...]:
    return tuple(sorted(name for name, text in json.loads(stored).items() if text and text.strip()))


# ---------------------------------------------------------------- rows as facts


class _FactChunk:
    """The facts of a chunk of trajectories: read per table, returned per trajectory."""

    def __init__(self, pks: tuple[int, ...], known_at: datetime | None) -> None:
        """Read every table once."""
        self.read = _FactReader(pks, known_at)
        self.trajectories = self._trajectories()
        self.plans = self._plans()
        self.scenarios = self._scenarios()
        self.steps = self._steps()
        self.documents = self._documents()
        self.contributions = self._contributions()
        self.requests = self._requests()

    def iter_facts(self, organisations: dict[str, facts.OrganisationFacts | None]) -> Iterator[tuple[int, Facts]]:
        """Yield the facts of each trajectory; organisations that are looked up are added to ``organisations``."""
        arguments: dict[int, Any] = {}
        wanted: dict[int, set[str]] = {}
        for pk, trajectory in self.trajectories.items():
            plan = self.plans.get(pk)
            rows = (self.steps[pk], self.documents[pk], self.contributions[pk], self.requests[pk])
            arguments[pk] = (trajectory, plan, self.scenarios[pk], *rows)
            wanted[pk] = referred_parties(trajectory, plan, *rows)
        self._load_organisations(set().union(*wanted.values()) - organisations.keys(), organisations)
        for pk in self.read.pks:
            if pk in arguments:
                known = {slug: found for slug in wanted[pk] if (found := organisations[slug])}
                yield pk, Facts(*(*arguments[pk], known))

    def _load_organisations(self, slugs: set[str], organisations: dict[str, facts.OrganisationFacts | None]) -> None:
        if not slugs:
            return
        rows = rows_known_at(models.Organisation, self.read.known_at)
        if len(slugs) <= _MAX_SLUGS:
            rows = rows.filter(slug__in=sorted(slugs))
        organisations.update(dict.fromkeys(slugs))
        for slug, kind, municipality in rows.values_list("slug", "kind", "municipality"):
            # A municipality counts as an organisation of that municipality itself.
            own = municipality or (slug if kind == "municipality" else "")
            organisations[slug] = facts.OrganisationFacts(slug, kind, own)

    def _trajectories(self) -> dict[int, facts.TrajectoryFacts]:
        dates, make = self.read.dates, facts.TrajectoryFacts._make
        return {
            pk: make((*plain, bool(retrospective), dates[started_on], dates[closed_on]))
            for pk, *plain, retrospective, started_on, closed_on in self.read(_TRAJECTORIES)
        }

    def _plans(self) -> dict[int, facts.PlanFacts]:
        dates, words = self.read.dates, self.read.words
        plans = self.read(_PLANS)
        actors: dict[int, set[tuple[str, str]]] = defaultdict(set)
        for plan, organisation, part in self.read(_ACTORS) if plans else ():
            actors[plan].add((organisation, part))
        return {
            row[0]: facts.PlanFacts(
                adopted_on=dates[row[2]],
                published_on=dates[row[3]],
                to_council_on=dates[row[4]],
                actors_shared_on=dates[row[5]],
                frameworks=_text_pairs(row[6], "what", "why"),
                room=bool(row[7]),
                level_motivation=bool(row[8]),
                target_groups=_text_pairs(row[9], "group", "method"),
                silent_interests=words[row[10]],
                channels=words[row[11]],
                neighbouring_areas=words[row[12]],
                neighbouring_areas_reason=bool(row[13]),
                joint_start=_optional_bool(row[14]),
                joint_start_reason=bool(row[15]),
                support=bool(row[16]),
                support_reason=bool(row[17]),
                scenarios_reason=bool(row[18]),
                roles=_filled_keys(row[19]),
                resources=_filled_keys(row[20]),
                actors=tuple(sorted(actors[row[1]])),
            )
            for row in plans
        }

    def _scenarios(self) -> dict[int, list[facts.ScenarioFacts]]:
        dates, found = self.read.dates, defaultdict(list)
        for pk, ref, presented_on in self.read(_SCENARIOS):
            found[pk].append(facts.ScenarioFacts(ref, dates[presented_on]))
        return found

    def _steps(self) -> dict[int, list[facts.StepFacts]]:
        dates, words, times, make = self.read.dates, self.read.words, self.read.times, facts.StepFacts._make
        found: dict[int, list[facts.StepFacts]] = defaultdict(list)
        for row in self.read(_STEPS):
            found[row[0]].append(
                make(
                    (
                        *row[1:9],
                        *(
                            bool(row[9]),
                            bool(row[10]),
                            row[11],
                            bool(row[12]),
                            times[row[13]],
                            times[row[14]],
                        ),
                        *(words[row[15]], words[row[16]], words[row[17]], words[row[18]]),
                        *(dates[row[19]], dates[row[20]], dates[row[21]], dates[row[22]], dates[row[23]]),
                    )
                )
            )
        return found

    def _documents(self) -> dict[int, list[facts.DocumentFacts]]:
        dates, found = self.read.dates, defaultdict(list)
        documents = self.read(_DOCUMENTS)
        shares: dict[int, list[tuple[str, ImpreciseDate | None]]] = defaultdict(list)
        for document, party, on in self.read(_SHARES) if documents else ():
            shares[document].append((party, dates[on]))
        for pk, key, ref, kind, title, replaces, marked, summary, dated_on, published_on in documents:
            flags = _optional_bool(marked), _optional_bool(summary)
            days = dates[dated_on], dates[published_on]
            found[pk].append(facts.DocumentFacts(ref, kind, title, replaces, *flags, *days, sorted_shares(shares[key])))
        return found

    def _contributions(self) -> dict[int, list[facts.ContributionFacts]]:
        dates, make, found = self.read.dates, facts.ContributionFacts._make, defaultdict(list)
        for pk, ref, step, party, outcome, answered, received_on, responded_on in self.read(_CONTRIBUTIONS):
            days = dates[received_on], dates[responded_on]
            found[pk].append(make((ref, step, party, outcome, bool(answered), *days)))
        return found

    def _requests(self) -> dict[int, list[facts.RequestFacts]]:
        dates, make, found = self.read.dates, facts.RequestFacts._make, defaultdict(list)
        for pk, ref, kind, party, reason, answer, received, acknowledged, extended, answered in self.read(_REQUESTS):
            days = dates[received], dates[acknowledged], dates[extended], dates[answered]
            found[pk].append(make((ref, kind, party, bool(reason), bool(answer), *days)))
        return found
