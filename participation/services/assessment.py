"""Keeping the stored obligations equal to what the rules make of the facts, and recording status transitions."""

import gc
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, models, transaction

from participation.compliance.diff import ObligationDifference, compare
from participation.compliance.evaluate import RuleFailed, evaluate
from participation.compliance.obligations import ObligationValue as Owed
from participation.compliance.obligations import WaiverValue, next_change, status
from participation.compliance.rulebook import Rulebook
from participation.models import Commitment, JobRun, Motion, Obligation, Trajectory, Transition
from participation.selectors.facts import commitment_facts, facts_for, motion_facts
from participation.selectors.naming import trajectories_naming
from participation.selectors.obligations import Stored, stored_obligations
from participation.selectors.statuses import ever_waived, last_noticed, waivers_of

from .job_results import JobResult, Written, unrecorded

#: Large enough to amortise queries, small enough to stay in the CPU cache.
CHUNK = 250
BATCH = 1_000

#: For each type of owner, its model and the function that reads its facts.
OWNERS: dict[str, tuple[type[models.Model], Callable[..., Iterator[tuple[int, Any]]]]] = {
    "trajectory": (Trajectory, facts_for),
    "motion": (Motion, motion_facts),
    "commitment": (Commitment, commitment_facts),
}
#: Names of the counts in the outcome of an assessment.
COUNTED = ("assessed", "added", "changed", "withdrawn", "noticed", "failed")
_CHANGING = [
    "trigger_on",
    "due_on",
    "strict_due_on",
    "expected_on",
    "met_on",
    "missing",
    "details",
    "next_change_on",
]


class _StatusCheck(NamedTuple):
    """An obligation whose current status is to be compared with the last one in the transition log."""

    pk: int
    owed: Owed
    waivers: Sequence[WaiverValue]
    stored_next: date | None


def reassess_one(trajectory: int, rulebook: Rulebook, today: date, now: datetime) -> JobResult:
    """Bring the obligations of one trajectory up to date; called by every service that saves facts."""
    with uncollected():
        outcome = reassess("trajectory", [trajectory], rulebook, today, now)
    if outcome.failures:
        # The user's change is kept, but a failed assessment must be reported.
        JobRun.objects.create(
            kind="save",
            day=today,
            started_at=now,
            finished_at=now,
            rulebook=rulebook.hash,
            code_version=settings.CODE_VERSION,
            counts=outcome.counts,
            failures=outcome.failures,
        )
    return outcome


def reassess_naming(organisations: Collection[str], rulebook: Rulebook, today: date, now: datetime) -> JobResult:
    """Reassess all trajectories that refer to one of these organisations, by slug.

    To call after a change of kind or municipality of an organisation: rules depend on both.
    """
    outcome, keys = JobResult(*COUNTED), sorted(trajectories_naming(organisations)) if organisations else []
    for start in range(0, len(keys), CHUNK):
        with uncollected():
            outcome.add(reassess("trajectory", keys[start : start + CHUNK], rulebook, today, now))
    return outcome


def reassess_register(rulebook: Rulebook, today: date, now: datetime) -> JobResult:
    """Bring the obligations of all motions and commitments up to date."""
    outcome = JobResult(*COUNTED)
    for of in ("motion", "commitment"):
        for chunk in chunks(OWNERS[of][0]._default_manager.all()):
            outcome.add(reassess(of, chunk, rulebook, today, now))
    return outcome


def reassess_range(
    of: str,
    first: int,
    last: int,
    rulebook: Rulebook,
    today: date,
    now: datetime,
    keys: Collection[int] | None = None,
    written: Written = unrecorded,
) -> JobResult:
    """Reassess the rows with primary keys from ``first`` to ``last`` inclusive, one transaction per chunk.

    ``keys`` limits it to these of them. The outcome lists the differences with what was stored.
    """
    outcome = JobResult(*COUNTED)
    rows = OWNERS[of][0]._default_manager.filter(pk__range=(first, last))
    for chunk in chunks(rows if keys is None else rows.filter(pk__in=keys)):
        with uncollected():
            outcome.add(reassess(of, chunk, rulebook, today, now, tell_differences=True, written=written))
    return outcome


@contextmanager
def uncollected() -> Iterator[None]:
    """Disable cyclic garbage collection: these objects form no reference cycles, and a collection walks them all."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def chunks(rows: models.QuerySet[Any], size: int = CHUNK) -> Iterator[list[int]]:
    """Yield the primary keys in order, in lists of ``size``, without holding all of them in memory."""
    last = 0
    while keys := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:size]):
        yield keys
        last = keys[-1]


def reassess(
    of: str,
    keys: Sequence[int],
    rulebook: Rulebook,
    today: date,
    now: datetime,
    tell_differences: bool = False,
    written: Written = unrecorded,
) -> JobResult:
    """Make the stored obligations of these owners equal to what the rules make of the facts.

    One read of what is stored, a set difference, bulk writes. Where a rule fails for an owner, its obligations are kept
    and the failure is reported; the others go on. ``written`` is called with the changes, in the same transaction.
    """
    outcome, changed = JobResult(*COUNTED), JobResult()
    model, read_facts = OWNERS[of]
    with transaction.atomic():
        # Lock the owners: two concurrent assessments would each insert the same obligations.
        list(model._default_manager.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
        stored = stored_obligations(of, keys)
        waivers, explained = (waivers_of(keys), ever_waived(keys)) if of == "trajectory" else ({}, frozenset())
        changes = _ObligationDiff(of, today, now)
        for key, facts in read_facts(keys):
            try:
                obligations = evaluate(facts, rulebook)
            except RuleFailed as failure:
                outcome.failures.append(_failure(of, facts, failure))
                continue
            difference = changes.weigh(key, stored.get(key, {}), obligations, waivers.get(key, ()), key in explained)
            if tell_differences:
                changed.differences += _told(of, key, facts, difference)
            outcome.count("assessed")
        for name, number in changes.write(rulebook.hash).items():
            changed.count(name, number)
        if changed.differences or any(changed.counts.values()):
            written(changed)
    outcome.add(changed)
    outcome.count("failed", len(outcome.failures))
    return outcome


def _name(of: str, facts: Any) -> str:
    return str(facts.trajectory.slug if of == "trajectory" else facts.number)


def _told(of: str, key: int, facts: Any, difference: ObligationDifference) -> Iterator[dict[str, Any]]:
    """Yield the differences, one per obligation, with the dates before and after."""
    lines: list[tuple[str, Owed, Owed | None, Owed | None]] = [("added", new, None, new) for new in difference.added]
    lines += [("changed", new, old, new) for old, new in difference.changed]
    lines += [("withdrawn", old, old, None) for old in difference.gone]
    for what, owed, before, after in lines:
        yield {
            "of": of,
            "pk": key,
            "name": _name(of, facts),
            "rule": owed.rule,
            "subject": owed.subject,
            "what": what,
            "before": _dates(before),
            "after": _dates(after),
        }


def _dates(owed: Owed | None) -> dict[str, str]:
    if owed is None:
        return {}
    days = {name: getattr(owed, name) for name in ("trigger_on", "due_on", "strict_due_on", "expected_on", "met_on")}
    return {name: day.isoformat() for name, day in days.items() if day}


def _failure(of: str, facts: Any, failure: RuleFailed) -> dict[str, str]:
    name = _name(of, facts)
    cause = failure.__cause__
    return {
        of: name,
        "rule": failure.rule,
        "error": f"{type(cause).__name__}: {cause}",
        "place": traceback.format_tb(cause.__traceback__)[-1].strip() if cause and cause.__traceback__ else "",
    }


class _ObligationDiff:
    """The differences between stored and computed obligations of one chunk, and their bulk write."""

    def __init__(self, of: str, today: date, now: datetime) -> None:
        self.of, self.today, self.now = of, today, now
        self.added: list[Obligation] = []
        self.changed: list[Obligation] = []
        self.withdrawn: list[int] = []
        self.looks: list[_StatusCheck] = []
        self.fresh: list[tuple[Obligation, str]] = []

    def weigh(
        self,
        key: int,
        stored: dict[tuple[str, str], Stored],
        obligations: Iterable[Owed],
        waivers: Sequence[WaiverValue],
        look_at_all: bool,
    ) -> ObligationDifference:
        """Add one owner and return the differences.

        ``look_at_all`` where a status may differ although the obligation does not.
        """
        difference = compare((found.owed for found in stored.values()), obligations)
        for obligation in difference.added:
            row = self._row(key, obligation, waivers)
            self.added.append(row)
            self.fresh.append((row, status(obligation, self.today, waivers)))
        for _old, obligation in difference.changed:
            row = self._row(key, obligation, waivers)
            row.pk = stored[obligation.identity].pk
            self.changed.append(row)
            self.looks.append(_StatusCheck(row.pk, obligation, waivers, row.next_change_on))
        for obligation in difference.same:
            before = stored[obligation.identity]
            if look_at_all or (before.next_change_on and before.next_change_on <= self.today):
                self.looks.append(_StatusCheck(before.pk, obligation, waivers, before.next_change_on))
        self.withdrawn.extend(stored[obligation.identity].pk for obligation in difference.gone)
        return difference

    def _row(self, key: int, owed: Owed, waivers: Sequence[WaiverValue]) -> Obligation:
        return Obligation(
            **{f"{self.of}_id": key},
            rule=owed.rule,
            subject=owed.subject,
            trigger_on=owed.trigger_on,
            due_on=owed.due_on,
            strict_due_on=owed.strict_due_on,
            expected_on=owed.expected_on,
            met_on=owed.met_on,
            missing=list(owed.missing),
            details=dict(owed.details),
            next_change_on=next_change(owed, self.today, waivers),
        )

    def write(self, rulebook_hash: str) -> dict[str, int]:
        """Write everything in bulk and return the counts."""
        lines: list[Transition] = []

        def noticed(pk: int, before: str, after: str) -> None:
            if before != after:
                lines.append(
                    Transition(
                        obligation_id=pk,
                        from_status=before,
                        to_status=after,
                        on=self.today,
                        noticed_at=self.now,
                        rulebook=rulebook_hash,
                    )
                )

        looked_at = [*(look.pk for look in self.looks), *self.withdrawn]
        if looked_at and connection.features.has_select_for_update:
            # Lock against flag_due: otherwise both would record the same transition, from the same status read before.
            rows = Obligation.objects.select_for_update(no_key=True).filter(pk__in=looked_at)
            list(rows.order_by("pk").values_list("pk"))
        Obligation.objects.bulk_create(self.added, batch_size=BATCH)
        for row, found in self.fresh:
            noticed(row.pk, "", found)
        if self.changed:
            Obligation.objects.bulk_create(
                self.changed,
                batch_size=BATCH,
                update_conflicts=True,
                unique_fields=["id"],
                update_fields=_CHANGING,
            )
        before = last_noticed(looked_at)
        nexts: dict[date | None, list[int]] = {}
        for look in self.looks:
            noticed(look.pk, before.get(look.pk, ""), status(look.owed, self.today, look.waivers))
            following = next_change(look.owed, self.today, look.waivers)
            if following != look.stored_next:
                nexts.setdefault(following, []).append(look.pk)
        for following, keys in nexts.items():
            Obligation.objects.filter(pk__in=keys).update(next_change_on=following)
        if self.withdrawn:
            Obligation.objects.filter(pk__in=self.withdrawn).update(withdrawn_at=self.now, next_change_on=None)
            for pk in self.withdrawn:
                noticed(pk, before.get(pk, ""), "withdrawn")
        Transition.objects.bulk_create(lines, batch_size=BATCH)
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "withdrawn": len(self.withdrawn),
            "noticed": len(lines),
        }


def flag_due(
    rulebook: Rulebook, today: date, now: datetime, chunk_size: int = BATCH, written: Written = unrecorded
) -> JobResult:
    """Record every status transition caused by the passing of time up to today, and return the counts.

    Missed nights are made up for: the log gets a row for each day on which a status changed, as if this had run every
    night. Safe with any number of concurrent workers.
    """
    outcome = JobResult("assessed", "noticed")
    while (part := _flag_chunk(rulebook, today, now, chunk_size, written)).counts["assessed"]:
        outcome.add(part)
    return outcome


def _flag_chunk(rulebook: Rulebook, today: date, now: datetime, size: int, written: Written) -> JobResult:
    outcome = JobResult()
    with transaction.atomic():
        due = Obligation.objects.due(today).order_by("next_change_on", "pk")
        # SKIP LOCKED lets concurrent workers each take other rows.
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        rows = list(due[:size])
        waivers = waivers_of({row.trajectory_id for row in rows if row.trajectory_id})
        before = last_noticed(row.pk for row in rows)
        lines: list[Transition] = []
        nexts: dict[date | None, list[int]] = {}
        for row in rows:
            own = waivers.get(row.trajectory_id or 0, [])
            owed = _owed(row)
            last, day = before.get(row.pk, ""), row.next_change_on
            while day is not None and day <= today:
                found = status(owed, day, own)
                if found != last:
                    lines.append(
                        Transition(
                            obligation_id=row.pk,
                            from_status=last,
                            to_status=found,
                            on=day,
                            noticed_at=now,
                            rulebook=rulebook.hash,
                        )
                    )
                last, day = found, next_change(owed, day, own)
            nexts.setdefault(day, []).append(row.pk)
        Transition.objects.bulk_create(lines, batch_size=BATCH)
        for following, keys in nexts.items():
            Obligation.objects.filter(pk__in=keys).update(next_change_on=following)
        if rows:
            outcome.count("assessed", len(rows))
            outcome.count("noticed", len(lines))
            written(outcome)
    return outcome


def _owed(row: Obligation) -> Owed:
    return Owed(
        row.rule,
        row.subject,
        row.trigger_on,
        row.due_on,
        row.strict_due_on,
        row.expected_on,
        row.met_on,
        tuple(row.missing),
        row.details,
    )
