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
from participation.compliance.obligations import SETTLED, ObligationValue
from participation.compliance.rulebooks import Rulebooks
from participation.models import CounterSignal, Obligation, Trajectory, Transition
from participation.models.texts import free_text_columns
from participation.selectors.obligations.facts import rows_known_at

from . import public_texts
from . import state_changes as change_types
from .state_changes import KINDS, StateChange

#: The number of changes of one kind that are listed per trajectory; the rest is counted.
MAX_CHANGES_PER_KIND = 5
#: The kinds of change that are an answer to a contribution.
ANSWERED = ("answered", "answer_changed")
#: For a new trajectory only these kinds are reported: that it exists, and what is still to come.
_KINDS_OF_NEW_TRAJECTORY = ("began", "planned", "to_plan")


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
    municipality: str = ""


class _ChangeTable(NamedTuple):
    """A table with a history: the kind of its rows, the path to the trajectory, and the class of their states."""

    about: str
    model: Any
    owner: str
    state: Any


_TABLES = (
    _ChangeTable("trajectory", models.Trajectory, "id", change_types.TrajectoryState),
    _ChangeTable("plan", models.Plan, "trajectory_id", change_types.PlanState),
    _ChangeTable("actor", models.PlanActor, "plan__trajectory_id", change_types.ActorState),
    _ChangeTable("scenario", models.Scenario, "trajectory_id", change_types.ScenarioState),
    _ChangeTable("step", models.Step, "trajectory_id", change_types.StepState),
    _ChangeTable("document", models.Document, "trajectory_id", change_types.DocumentState),
    _ChangeTable("share", models.DocumentShare, "document__trajectory_id", change_types.ShareState),
    _ChangeTable("contribution", models.Contribution, "trajectory_id", change_types.ContributionState),
    _ChangeTable("request", models.Request, "trajectory_id", change_types.RequestState),
    _ChangeTable("signal", models.CounterSignal, "trajectory_id", change_types.SignalState),
    _ChangeTable("waiver", models.Waiver, "trajectory_id", change_types.WaiverState),
)


class _RowStates:
    """The states of one row, each with the moment from which it holds; the first is from before the period."""

    def __init__(self, table: _ChangeTable, pk: int) -> None:
        self.table, self.pk = table, pk
        self.states: list[tuple[datetime | None, Any]] = [(None, None)]

    def at(self, moment: datetime) -> Any:
        """Return its state at that moment, None where it did not exist."""
        return next(state for since, state in reversed(self.states) if since is None or since <= moment)

    def last_saved_in(self, since: datetime, until: datetime) -> datetime | None:
        """Return the last moment in this period at which it was saved or deleted; None where it was not."""
        return next((at for at, _state in reversed(self.states) if at is not None and since < at <= until), None)


class _StatusChange(NamedTuple):
    """A status transition, with the obligation as it is now."""

    at: datetime
    before: str
    after: str
    obligation: ObligationValue


class _Followed(NamedTuple):
    """The columns of a trajectory in the feed."""

    slug: str
    title: str
    retrospective: bool
    municipality: str


class ChangeFeed:
    """The changes of some trajectories in a period: read once, then available for any part of it.

    The number of queries does not depend on the number of trajectories: at most two per table.
    """

    def __init__(
        self,
        trajectories: QuerySet[Trajectory],
        since: datetime,
        until: datetime,
        rulebooks: Rulebooks,
        *,
        only: Collection[str] = (),
    ) -> None:
        """Read what was recorded after ``since`` and not after ``until``.

        ``trajectories`` are what the reader may see (``visible_to(None)``, ``for_member(user)``); those that are not
        public are left out in any case. With ``only``, nothing but changes about these is read ("contribution",
        "step"), and no changes of status.
        """
        visible = trajectories.filter(public=True).order_by()
        self._trajectories = {pk: _Followed(*columns) for pk, *columns in visible.values_list("pk", *_Followed._fields)}
        self._rows: dict[int, list[_RowStates]] = defaultdict(list)
        self._transitions: dict[int, dict[int, list[_StatusChange]]] = defaultdict(dict)
        # Sent mail and feeds cannot be withdrawn, so no recipient gets text that is no longer public.
        self._earlier_texts = public_texts.can_read_earlier_texts(None)
        self._signals: dict[int, tuple[str, str, str]] = {}
        if not self._trajectories:
            return
        for table in _TABLES:
            if not only or table.about in only:
                self._load_rows(table, visible.values("pk"), since, until)
        if not only:
            self._load_statuses(visible.values("pk"), since, until, rulebooks)

    def changes_between(
        self,
        since: datetime,
        until: datetime,
        trajectories: Iterable[int] | None = None,
        *,
        answers_to: Collection[str] | None = None,
    ) -> list[FeedChange]:
        """Return what changed after ``since`` and not after ``until``, by title of the trajectory, then by kind.

        The period must lie within the one that was read. ``trajectories`` narrows it to these keys, ``answers_to`` to
        answers to contributions of these parties.
        """
        wanted = (
            self._trajectories if trajectories is None else [pk for pk in set(trajectories) if pk in self._trajectories]
        )
        found: list[FeedChange] = []
        for pk in sorted(wanted, key=lambda pk: (self._trajectories[pk].title.casefold(), self._trajectories[pk].slug)):
            own = list(self._recorded_changes(pk, since, until))
            if answers_to is not None:
                answers = [change for change in own if change.kind in ANSWERED and change.parts["party"] in answers_to]
                found += _limited_per_kind(_merge_answers(answers))
                continue
            own = _merge_answers(own)
            if any(change.kind == "began" for change in own):
                own = [
                    change for change in own if change.kind in _KINDS_OF_NEW_TRAJECTORY and _is_upcoming(change, until)
                ]
            else:
                own += self._status_changes(pk, since, until)
            found += _limited_per_kind(own)
        return found

    def changes_by_day(self, since: datetime, until: datetime) -> list[FeedChange]:
        """Return the changes per local day, the newest first: stable, so that a feed repeats its entries tomorrow."""
        moments = [at for rows in self._rows.values() for row in rows for at, _state in row.states if at]
        moments += [line.at for own in self._transitions.values() for lines in own.values() for line in lines]
        found: list[FeedChange] = []
        for day in {timezone.localdate(at) for at in moments if since < at <= until}:
            start, end = _start_of_day(day), _start_of_day(day + timedelta(days=1)) - timedelta(microseconds=1)
            found += self.changes_between(max(since, start - timedelta(microseconds=1)), min(until, end))
        return sorted(found, key=lambda change: (change.at, change.key), reverse=True)

    # ------------------------------------------------------------ reading

    def _load_statuses(self, keys: Any, since: datetime, until: datetime, rulebooks: Rulebooks) -> None:
        """Read the changes of status, and which obligations the counter-signals contradict."""
        columns = ("request_id", "rule", "subject", "organisation__name")
        for request, *signal in CounterSignal.objects.filter(trajectory__in=keys).values_list(*columns):
            self._signals[request] = (signal[0], signal[1], signal[2])
        lines = Transition.objects.filter(
            obligation__trajectory__in=keys, noticed_at__gt=since, noticed_at__lte=until
        ).order_by("pk")
        columns_read = ("obligation_id", "noticed_at", "from_status", "to_status", "obligation__trajectory_id")
        for obligation_pk, at, before, after, owner, *values in lines.values_list(
            *columns_read, *(f"obligation__{name}" for name in ObligationValue._fields)
        ):
            obligation = ObligationValue(*values)
            of = self._trajectories.get(owner)
            # A rule that its rulebook no longer has has no words.
            if of and obligation.rule in rulebooks.for_municipality(of.municipality).by_id:
                line = _StatusChange(at, before, after, obligation)
                self._transitions[owner].setdefault(obligation_pk, []).append(line)
        if not self._earlier_texts:
            self._redact_withdrawn()

    def _load_rows(self, table: _ChangeTable, keys: Any, since: datetime, until: datetime) -> None:
        owner = table.owner.removesuffix("_id")
        period = table.model.history.filter(
            **{f"{owner}__in": keys}, history_date__gt=since, history_date__lte=until
        ).order_by("history_date", "history_id")
        lines = list(period.values_list("id", table.owner, "history_date", "history_type", *table.state._fields))
        rows: dict[int, _RowStates] = {}
        for pk, owner_pk, at, history_type, *columns in lines:
            if pk not in rows:
                rows[pk] = _RowStates(table, pk)
                self._rows[owner_pk].append(rows[pk])
            rows[pk].states.append((at, None if history_type == "-" else table.state(*columns)))
        if all(history_type == "+" for _pk, _of, _at, history_type, *_columns in lines):
            return
        earlier = rows_known_at(table.model, since).filter(
            id__in=period.exclude(history_type="+").order_by().values("id")
        )
        if table.model is models.Request:
            # One of the register that is linked is new here, and what it was before is not for everyone.
            earlier = earlier.filter(trajectory__in=keys)
        for pk, *columns in earlier.values_list("id", *table.state._fields):
            rows[pk].states[0] = (None, table.state(*columns))

    def _redact_withdrawn(self) -> None:
        """Mark titles in withdrawn obligations that are not public now; two queries at most."""
        keys = {key for own in self._transitions.values() for key in own}
        rows = Obligation.objects.filter(withdrawn_at__isnull=False, pk__in=keys) if keys else ()
        withdrawn = {row.pk for row in rows}
        names = public_texts.current_names(list(self._transitions)) if withdrawn else frozenset()
        for own in self._transitions.values():
            for key in withdrawn & own.keys():
                own[key] = [
                    line._replace(
                        obligation=line.obligation._replace(
                            details=public_texts.public_details(line.obligation.details, names)
                        )
                    )
                    for line in own[key]
                ]

    # ------------------------------------------------------------ changes

    def _recorded_changes(self, pk: int, since: datetime, until: datetime) -> Iterator[FeedChange]:
        shares: dict[str, FeedChange] = {}
        for row in self._rows.get(pk, ()):
            at = row.last_saved_in(since, until)
            if at is None:
                continue
            before, after = row.at(since), row.at(until)
            for state_change in row.table.state.state_changes(before, after) if before != after else ():
                change = self._feed_change(pk, at, row, after or before, state_change)
                if change is None:
                    continue
                if change.kind == "shared":
                    _merge_share(shares, change)
                else:
                    yield change
        yield from shares.values()

    def _feed_change(
        self, pk: int, at: datetime, row: _RowStates, state: Any, state_change: StateChange
    ) -> FeedChange | None:
        kind, parts, about = state_change.kind, state_change.parts, row.table.about
        if about == "request" and row.pk in self._signals:
            # Its text was reported with the counter-signal that it belongs to; only the answer is new.
            if kind != "request_answered":
                return None
            rule, subject, party = self._signals[row.pk]
            kind, parts = "signal_answered", {**parts, "rule": rule, "subject": subject, "party": party}
        ref = state.document__ref if about == "share" else getattr(state, "ref", "")
        of = self._trajectories[pk]
        if not self._earlier_texts:
            parts = _public_parts(row, state, parts)
        key = f"{about}-{row.pk}-{kind}"
        return FeedChange(pk, of.slug, of.title, at, kind, about, ref, key, parts, municipality=of.municipality)

    def _status_changes(self, pk: int, since: datetime, until: datetime) -> Iterator[FeedChange]:
        """Yield what became overdue or was done late; not for retrospective trajectories, judged by today's rules."""
        of = self._trajectories[pk]
        for obligation_pk, lines in self._transitions.get(pk, {}).items() if not of.retrospective else ():
            own = [line for line in lines if since < line.at <= until]
            kind = _transition_kind(own[0].before, own[-1].after) if own else ""
            if kind:
                obligation = own[-1].obligation
                parts = {"rule": obligation.rule, "subject": obligation.subject, "obligation": obligation}
                key = f"obligation-{obligation_pk}-{kind}"
                yield FeedChange(
                    *(pk, of.slug, of.title, own[-1].at, kind, "obligation", obligation.subject, key, parts),
                    municipality=of.municipality,
                )


def changes_between(
    trajectories: QuerySet[Trajectory], since: datetime, until: datetime, rulebooks: Rulebooks
) -> list[FeedChange]:
    """Return the changes in these trajectories after ``since`` and not after ``until``: see ``ChangeFeed``."""
    return ChangeFeed(trajectories, since, until, rulebooks).changes_between(since, until)


def _public_parts(row: _RowStates, state: Any, parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values for a change's text, without free text that has changed since."""
    now = row.states[-1][1]
    free = {*free_text_columns(row.table.model), "document__title"}
    versions = {name: (getattr(state, name), getattr(now, name, None)) for name in state._fields}
    stale = {old for name, (old, new) in versions.items() if name in free and isinstance(old, str) and old != new}
    printed = {value for _was, value in versions.values() if isinstance(value, ImpreciseDate)}

    def public(value: Any) -> Any:
        if isinstance(value, ImpreciseDate) and value.text and value not in printed:
            return value._replace(text="")
        return "" if isinstance(value, str) and value in stale else value

    return {name: public(value) for name, value in parts.items()}


def _transition_kind(before: str, after: str) -> str:
    """Return the kind of change for this transition, or an empty string."""
    if after == "overdue" and before != "overdue":
        return "overdue"
    # What was late and done when it was first recorded is not reported: nobody here was waiting for it.
    late = before == "overdue" or (after == "met_late" and before not in ("", "withdrawn", *SETTLED))
    return "done_late" if late and after in SETTLED else ""


def _merge_share(shares: dict[str, FeedChange], change: FeedChange) -> None:
    """Merge the parties with whom the same document was shared into one change."""
    known = shares.get(change.ref)
    if known is None:
        shares[change.ref] = change._replace(key=f"share-{change.ref}")
        return
    parties = [*known.parts["parties"], *change.parts["parties"]]
    shares[change.ref] = known._replace(at=max(known.at, change.at), parts={**known.parts, "parties": parties})


def _merge_answers(changes: Iterable[FeedChange]) -> list[FeedChange]:
    """Return the changes with those that give the same answer to several contributions as one.

    Its parts are those of the first, with ``count``, and ``all``: party, theme and summary of each.
    """
    found: dict[Any, list[FeedChange]] = {}
    for change in changes:
        parts = change.parts
        identity: tuple[Any, ...] = (change.key,)
        if change.kind in ANSWERED and parts["response"]:
            identity = (change.kind, parts["outcome"], parts["response"], parts["when"])
        found.setdefault(identity, []).append(change)
    return [own[0] if len(own) == 1 else _merged_answer(own) for own in found.values()]


def _merged_answer(changes: Sequence[FeedChange]) -> FeedChange:
    first = changes[0]
    contributions = [{name: change.parts[name] for name in ("party", "theme", "summary")} for change in changes]
    parts = {**first.parts, "count": len(changes), "all": contributions}
    return first._replace(at=max(change.at for change in changes), parts=parts)


def _is_upcoming(change: FeedChange, until: datetime) -> bool:
    when = change.parts.get("when")
    return change.kind == "began" or when is None or when.latest is None or when.latest >= timezone.localdate(until)


def _limited_per_kind(own: Sequence[FeedChange]) -> list[FeedChange]:
    """Return the changes by kind, at most ``MAX_CHANGES_PER_KIND`` of each, followed by a count of the rest."""
    if any(change.about == "plan" and change.parts.get("new") for change in own):
        # The actors of a new plan come with it, so only the plan is reported.
        own = [change for change in own if change.kind != "joined"]
    found: list[FeedChange] = []
    for kind in KINDS:
        group = sorted((c for c in own if c.kind == kind), key=lambda c: (_day_of(c), c.at, c.key))
        found += group[:MAX_CHANGES_PER_KIND]
        if rest := group[MAX_CHANGES_PER_KIND:]:
            last = max(rest, key=lambda c: c.at)
            more = sum(change.parts.get("count", 1) for change in rest)
            found.append(last._replace(ref="", key=f"{kind}-more", parts={}, more=more))
    return found


def _day_of(change: FeedChange) -> date:
    when = change.parts.get("when")
    return when.sort_key[0] if when is not None else date.max


def _start_of_day(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
