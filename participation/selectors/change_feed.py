"""The change feed: what changed in trajectories between two moments, from row histories and the transition log.

It is the difference between the two states: what was added and removed in between is not reported.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from participation import models
from participation.compliance.dates import ImpreciseDate
from participation.compliance.obligations import SETTLED
from participation.compliance.obligations import ObligationValue as Owed
from participation.models import CounterSignal, Obligation, Trajectory, Transition
from participation.models.texts import free_texts

from . import change_types as kinds
from . import public_texts
from .change_types import KINDS, News
from .facts import recorded

#: The number of changes of one kind that are listed per trajectory; the rest is counted.
MOST = 5
#: For a new trajectory only these kinds are reported: that it exists, and what is still to come.
_OF_THE_NEW = ("began", "planned", "to_plan")


class FeedChange(NamedTuple):
    """One change, as values; the text is made when it is shown.

    ``at`` is the moment at which it was recorded. ``about`` and ``ref`` name what it is about within its trajectory: a
    step by its ref, an obligation (a waiver, a counter-signal) by rule and subject in ``parts``. ``kind`` is one of
    KINDS, and ``parts`` are the values for its text. Where ``more`` is not 0, this stands for that many others of its
    kind, and for none in particular. ``key`` is stable between reads.
    """

    trajectory: int
    slug: str
    title: str
    at: datetime
    kind: str
    about: str
    ref: str
    key: str
    parts: Mapping[str, Any]
    more: int = 0


class _ChangeTable(NamedTuple):
    """A table with a history: the kind of its rows, the path to the trajectory, and the class of their states."""

    about: str
    model: Any
    owner: str
    state: Any


_TABLES = (
    _ChangeTable("trajectory", models.Trajectory, "id", kinds.TrajectoryState),
    _ChangeTable("plan", models.Plan, "trajectory_id", kinds.PlanState),
    _ChangeTable("actor", models.PlanActor, "plan__trajectory_id", kinds.ActorState),
    _ChangeTable("scenario", models.Scenario, "trajectory_id", kinds.ScenarioState),
    _ChangeTable("step", models.Step, "trajectory_id", kinds.StepState),
    _ChangeTable("document", models.Document, "trajectory_id", kinds.DocumentState),
    _ChangeTable("share", models.DocumentShare, "document__trajectory_id", kinds.ShareState),
    _ChangeTable("contribution", models.Contribution, "trajectory_id", kinds.ContributionState),
    _ChangeTable("request", models.Request, "trajectory_id", kinds.RequestState),
    _ChangeTable("signal", models.CounterSignal, "trajectory_id", kinds.SignalState),
    _ChangeTable("waiver", models.Waiver, "trajectory_id", kinds.WaiverState),
)


class _Row:
    """The states of one row, each with the moment from which it holds; the first is from before the period."""

    def __init__(self, table: _ChangeTable, pk: int) -> None:
        self.table, self.pk = table, pk
        self.states: list[tuple[datetime | None, Any]] = [(None, None)]

    def at(self, moment: datetime) -> Any:
        """Return its state at that moment, None where it did not exist."""
        return next(state for since, state in reversed(self.states) if since is None or since <= moment)

    def last_in(self, since: datetime, until: datetime) -> datetime | None:
        """Return the last moment in this period at which it was saved or deleted; None where it was not."""
        return next((at for at, _state in reversed(self.states) if at is not None and since < at <= until), None)


class _Line(NamedTuple):
    """A status transition, with the obligation as it is now."""

    at: datetime
    before: str
    after: str
    owed: Owed


class ChangeFeed:
    """The changes of some trajectories in a period: read once, then available for any part of it.

    The number of queries does not depend on the number of trajectories: at most two per table.
    """

    def __init__(
        self, trajectories: QuerySet[Trajectory], since: datetime, until: datetime, rules: Collection[str]
    ) -> None:
        """Read what was recorded after ``since`` and not after ``until``.

        ``trajectories`` are what the reader may see (``visible_to(None)``, ``for_member(user)``); those that are not
        public are left out in any case. ``rules`` are the ids that the rulebook knows.
        """
        theirs = trajectories.filter(public=True).order_by()
        self._named = {
            pk: (slug, title, retrospective)
            for pk, slug, title, retrospective in theirs.values_list("pk", "slug", "title", "retrospective")
        }
        self._rows: dict[int, list[_Row]] = defaultdict(list)
        self._ledger: dict[int, dict[int, list[_Line]]] = defaultdict(dict)
        # Sent mail and feeds cannot be withdrawn, so no recipient gets text that is no longer public.
        self._earlier_texts = public_texts.may_read_earlier(None)
        self._signals: dict[int, tuple[str, str, str]] = {}
        if self._named:
            self._read(theirs.values("pk"), since, until, rules)

    def between(self, since: datetime, until: datetime, trajectories: Iterable[int] | None = None) -> list[FeedChange]:
        """Return what changed after ``since`` and not after ``until``, by title of the trajectory, then by kind.

        The period must lie within the one that was read. ``trajectories`` narrows it to these keys.
        """
        wanted = self._named if trajectories is None else [pk for pk in set(trajectories) if pk in self._named]
        found: list[FeedChange] = []
        for pk in sorted(wanted, key=lambda pk: (self._named[pk][1].casefold(), self._named[pk][0])):
            own = list(self._recorded(pk, since, until))
            if any(change.kind == "began" for change in own):
                own = [change for change in own if change.kind in _OF_THE_NEW and _is_to_come(change, until)]
            else:
                own += self._noticed(pk, since, until)
            found += _counted(own)
        return found

    def by_day(self, since: datetime, until: datetime) -> list[FeedChange]:
        """Return the changes per local day, the newest first: stable, so that a feed repeats its entries tomorrow."""
        moments = [at for rows in self._rows.values() for row in rows for at, _state in row.states if at]
        moments += [line.at for own in self._ledger.values() for lines in own.values() for line in lines]
        found: list[FeedChange] = []
        for day in {timezone.localdate(at) for at in moments if since < at <= until}:
            start, end = _midnight(day), _midnight(day + timedelta(days=1)) - timedelta(microseconds=1)
            found += self.between(max(since, start - timedelta(microseconds=1)), min(until, end))
        return sorted(found, key=lambda change: (change.at, change.key), reverse=True)

    # ------------------------------------------------------------ reading

    def _read(self, keys: Any, since: datetime, until: datetime, rules: Collection[str]) -> None:
        for table in _TABLES:
            self._read_rows(table, keys, since, until)
        columns = ("request_id", "rule", "subject", "organisation__name")
        for request, *signal in CounterSignal.objects.filter(trajectory__in=keys).values_list(*columns):
            self._signals[request] = (signal[0], signal[1], signal[2])
        lines = Transition.objects.filter(
            obligation__trajectory__in=keys,
            obligation__rule__in=sorted(rules),
            noticed_at__gt=since,
            noticed_at__lte=until,
        ).order_by("pk")
        read = ("obligation_id", "noticed_at", "from_status", "to_status", "obligation__trajectory_id")
        for obligation_pk, at, before, after, owner, *values in lines.values_list(
            *read, *(f"obligation__{name}" for name in Owed._fields)
        ):
            line = _Line(at, before, after, Owed(*values))
            self._ledger[owner].setdefault(obligation_pk, []).append(line)
        if not self._earlier_texts:
            self._publish_withdrawn()

    def _read_rows(self, table: _ChangeTable, keys: Any, since: datetime, until: datetime) -> None:
        owner = table.owner.removesuffix("_id")
        period = table.model.history.filter(
            **{f"{owner}__in": keys}, history_date__gt=since, history_date__lte=until
        ).order_by("history_date", "history_id")
        lines = list(period.values_list("id", table.owner, "history_date", "history_type", *table.state._fields))
        rows: dict[int, _Row] = {}
        for pk, of, at, sort, *columns in lines:
            if pk not in rows:
                rows[pk] = _Row(table, pk)
                self._rows[of].append(rows[pk])
            rows[pk].states.append((at, None if sort == "-" else table.state(*columns)))
        if all(sort == "+" for _pk, _of, _at, sort, *_columns in lines):
            return
        earlier = recorded(table.model, since).filter(id__in=period.exclude(history_type="+").order_by().values("id"))
        for pk, *columns in earlier.values_list("id", *table.state._fields):
            rows[pk].states[0] = (None, table.state(*columns))

    def _publish_withdrawn(self) -> None:
        """Mark titles in withdrawn obligations that are not public now; two queries at most."""
        keys = {key for own in self._ledger.values() for key in own}
        rows = Obligation.objects.filter(withdrawn_at__isnull=False, pk__in=keys) if keys else ()
        gone = {row.pk for row in rows}
        names = public_texts.names_now(list(self._ledger)) if gone else frozenset()
        for own in self._ledger.values():
            for key in gone & own.keys():
                own[key] = [
                    line._replace(
                        owed=line.owed._replace(details=public_texts.public_details(line.owed.details, names))
                    )
                    for line in own[key]
                ]

    # ------------------------------------------------------------ changes

    def _recorded(self, pk: int, since: datetime, until: datetime) -> Iterator[FeedChange]:
        shares: dict[str, FeedChange] = {}
        for row in self._rows.get(pk, ()):
            at = row.last_in(since, until)
            if at is None:
                continue
            before, after = row.at(since), row.at(until)
            for state_change in row.table.state.news(before, after) if before != after else ():
                change = self._change(pk, at, row, after or before, state_change)
                if change is None:
                    continue
                if change.kind == "shared":
                    _share(shares, change)
                else:
                    yield change
        yield from shares.values()

    def _change(self, pk: int, at: datetime, row: _Row, state: Any, state_change: News) -> FeedChange | None:
        kind, parts, about = state_change.kind, state_change.parts, row.table.about
        if about == "request" and row.pk in self._signals:
            # Its text was reported with the counter-signal that it belongs to; only the answer is new.
            if kind != "request_answered":
                return None
            rule, subject, party = self._signals[row.pk]
            kind, parts = "signal_answered", {**parts, "rule": rule, "subject": subject, "party": party}
        ref = state.document__ref if about == "share" else getattr(state, "ref", "")
        slug, title, _retrospective = self._named[pk]
        if not self._earlier_texts:
            parts = _public_parts(row, state, parts)
        return FeedChange(pk, slug, title, at, kind, about, ref, f"{about}-{row.pk}-{kind}", parts)

    def _noticed(self, pk: int, since: datetime, until: datetime) -> Iterator[FeedChange]:
        """Yield what became overdue or was done late; not for retrospective trajectories, judged by today's rules."""
        slug, title, retrospective = self._named[pk]
        for obligation_pk, lines in self._ledger.get(pk, {}).items() if not retrospective else ():
            own = [line for line in lines if since < line.at <= until]
            kind = _turn(own[0].before, own[-1].after) if own else ""
            if kind:
                owed = own[-1].owed
                parts = {"rule": owed.rule, "subject": owed.subject, "obligation": owed}
                key = f"obligation-{obligation_pk}-{kind}"
                yield FeedChange(pk, slug, title, own[-1].at, kind, "obligation", owed.subject, key, parts)


def changes_between(
    trajectories: QuerySet[Trajectory], since: datetime, until: datetime, rules: Collection[str]
) -> list[FeedChange]:
    """Return the changes in these trajectories after ``since`` and not after ``until``: see ``ChangeFeed``."""
    return ChangeFeed(trajectories, since, until, rules).between(since, until)


def _public_parts(row: _Row, state: Any, parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values for a change's text, without free text that has changed since."""
    now = row.states[-1][1]
    free = {*free_texts(row.table.model), "document__title"}
    held = {name: (getattr(state, name), getattr(now, name, None)) for name in state._fields}
    stale = {was for name, (was, is_now) in held.items() if name in free and isinstance(was, str) and was != is_now}
    printed = {value for _was, value in held.values() if isinstance(value, ImpreciseDate)}

    def public(value: Any) -> Any:
        if isinstance(value, ImpreciseDate) and value.text and value not in printed:
            return value._replace(text="")
        return "" if isinstance(value, str) and value in stale else value

    return {name: public(value) for name, value in parts.items()}


def _turn(before: str, after: str) -> str:
    """Return the kind of change for this transition, or an empty string."""
    if after == "overdue" and before != "overdue":
        return "overdue"
    # What was late and done when it was first recorded is not reported: nobody here was waiting for it.
    late = before == "overdue" or (after == "met_late" and before not in ("", "withdrawn", *SETTLED))
    return "done_late" if late and after in SETTLED else ""


def _share(shares: dict[str, FeedChange], change: FeedChange) -> None:
    """Merge the parties with whom the same document was shared into one change."""
    known = shares.get(change.ref)
    if known is None:
        shares[change.ref] = change._replace(key=f"share-{change.ref}")
        return
    parties = [*known.parts["parties"], *change.parts["parties"]]
    shares[change.ref] = known._replace(at=max(known.at, change.at), parts={**known.parts, "parties": parties})


def _is_to_come(change: FeedChange, until: datetime) -> bool:
    when = change.parts.get("when")
    return change.kind == "began" or when is None or when.latest is None or when.latest >= timezone.localdate(until)


def _counted(own: Sequence[FeedChange]) -> list[FeedChange]:
    """Return the changes by kind, at most MOST of each, followed by a count of the rest."""
    if any(change.about == "plan" and change.parts.get("new") for change in own):
        # The actors of a new plan come with it, so only the plan is reported.
        own = [change for change in own if change.kind != "joined"]
    found: list[FeedChange] = []
    for kind in KINDS:
        group = sorted((c for c in own if c.kind == kind), key=lambda c: (_day(c), c.at, c.key))
        found += group[:MOST]
        if rest := group[MOST:]:
            last = max(rest, key=lambda c: c.at)
            found.append(last._replace(ref="", key=f"{kind}-more", parts={}, more=len(rest)))
    return found


def _day(change: FeedChange) -> date:
    when = change.parts.get("when")
    return when.sort_key[0] if when is not None else date.max


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
