"""Keeping the stored obligations equal to what the rules make of the facts, and recording status transitions."""

import gc
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Value

from participation.compliance.diff import ObligationDifference, compare
from participation.compliance.evaluate import RuleFailed, evaluate
from participation.compliance.obligations import ObligationValue, WaiverValue, next_status_change, status
from participation.compliance.rulebooks import Rulebooks
from participation.models import (
    AssessmentFingerprint,
    Commitment,
    JobRun,
    Motion,
    Obligation,
    Request,
    Trajectory,
    Transition,
)
from participation.selectors.dossiers.naming import trajectories_naming
from participation.selectors.obligations.facts import commitment_facts, facts_for, motion_facts, request_facts
from participation.selectors.obligations.fingerprints import compare_fingerprints, digests, new_fingerprint
from participation.selectors.obligations.judging import OWNER_MUNICIPALITY, owner_rows
from participation.selectors.obligations.statuses import (
    StoredObligation,
    last_logged_statuses,
    stored_obligations,
    trajectories_ever_waived,
    waivers_of,
)
from participation.services.bulk_insert import bulk_insert, insert_values
from participation.services.jobs.job_results import JobResult, ResultCallback, ignore_result

#: Large enough to amortise queries, small enough to stay in the CPU cache.
CHUNK_SIZE = 250
BATCH_SIZE = 1_000

#: For each type of owner, its model and the function that reads its facts.
OWNERS: dict[str, tuple[type[models.Model], Callable[..., Iterator[tuple[int, Any]]]]] = {
    "trajectory": (Trajectory, facts_for),
    "motion": (Motion, motion_facts),
    "commitment": (Commitment, commitment_facts),
    "request": (Request, request_facts),
}
#: Names of the counts in the outcome of an assessment.
COUNT_NAMES = ("assessed", "added", "changed", "withdrawn", "noticed", "failed")
_UPDATE_COLUMNS = [
    "trigger_on",
    "due_on",
    "strict_due_on",
    "expected_on",
    "met_on",
    "missing",
    "details",
    "next_change_on",
]
#: The columns of an obligation besides its owner.
_COLUMNS = ("rule", "subject", *_UPDATE_COLUMNS)


class _StatusCheck(NamedTuple):
    """An obligation whose current status is to be compared with the last one in the transition log.

    ``rulebook`` is the hash of the one that judged it.
    """

    pk: int
    obligation: ObligationValue
    waivers: Sequence[WaiverValue]
    stored_next: date | None
    rulebook: str


def reassess_one(owner_type: str, key: int, rulebooks: Rulebooks, today: date, now: datetime) -> JobResult:
    """Bring the obligations of one owner up to date; called by every service that saves facts."""
    with gc_disabled():
        result = reassess(owner_type, [key], rulebooks, today, now)
    if result.failures:
        # The user's change is kept, but a failed assessment must be reported.
        JobRun.objects.create(
            kind="save",
            day=today,
            started_at=now,
            finished_at=now,
            rulebooks=dict(rulebooks.hashes),
            code_version=settings.CODE_VERSION,
            counts=result.counts,
            failures=result.failures,
        )
    return result


def reassess_naming(organisations: Collection[str], rulebooks: Rulebooks, today: date, now: datetime) -> JobResult:
    """Reassess all trajectories that refer to one of these organisations, by slug.

    To call after a change of kind or municipality of an organisation: rules depend on both.
    """
    keys = sorted(trajectories_naming(organisations)) if organisations else []
    return reassess_keys("trajectory", keys, rulebooks, today, now)


def reassess_keys(owner_type: str, keys: Sequence[int], rulebooks: Rulebooks, today: date, now: datetime) -> JobResult:
    """Reassess these owners, one transaction per chunk."""
    result = JobResult(*COUNT_NAMES)
    for start in range(0, len(keys), CHUNK_SIZE):
        with gc_disabled():
            result.add(reassess(owner_type, keys[start : start + CHUNK_SIZE], rulebooks, today, now))
    return result


def reassess_register(rulebooks: Rulebooks, today: date, now: datetime) -> JobResult:
    """Bring the obligations of all motions, commitments and requests of the register up to date."""
    result = JobResult(*COUNT_NAMES)
    for owner_type in ("motion", "commitment", "request"):
        for chunk in chunks(owner_rows(owner_type)):
            result.add(reassess(owner_type, chunk, rulebooks, today, now))
    return result


def reassess_range(
    owner_type: str,
    first: int,
    last: int,
    rulebooks: Rulebooks,
    today: date,
    now: datetime,
    keys: Collection[int] | None = None,
    on_result: ResultCallback = ignore_result,
) -> JobResult:
    """Reassess the rows with primary keys from ``first`` to ``last`` inclusive, one transaction per chunk.

    ``keys`` limits it to these of them. The outcome lists the differences with what was stored, and each owner without
    any gets its fingerprint.
    """
    result = JobResult(*COUNT_NAMES)
    rows = owner_rows(owner_type).filter(pk__range=(first, last))
    for chunk in chunks(rows if keys is None else rows.filter(pk__in=keys)):
        with gc_disabled():
            result.add(reassess(owner_type, chunk, rulebooks, today, now, is_proof=True, on_result=on_result))
    return result


def reassess_differing(
    owner_type: str,
    first: int,
    last: int,
    rulebooks: Rulebooks,
    today: date,
    now: datetime,
    on_result: ResultCallback = ignore_result,
) -> JobResult:
    """Reassess the rows in this range whose fingerprint is not the stored one, or for which something falls due.

    The others are only counted as ``compared``: their obligations follow from the same facts as before.
    """
    compared, keys = compare_fingerprints(owner_type, first, last, rulebooks, today)
    result = JobResult(*COUNT_NAMES)
    if keys:
        result = reassess_range(owner_type, first, last, rulebooks, today, now, keys, on_result)
    result.count("compared", compared)
    return result


@contextmanager
def gc_disabled() -> Iterator[None]:
    """Disable cyclic garbage collection: these objects form no reference cycles, and a collection walks them all."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def chunks(rows: models.QuerySet[Any], size: int = CHUNK_SIZE) -> Iterator[list[int]]:
    """Yield the primary keys in order, in lists of ``size``, without holding all of them in memory."""
    last = 0
    while keys := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:size]):
        yield keys
        last = keys[-1]


def reassess(
    owner_type: str,
    keys: Sequence[int],
    rulebooks: Rulebooks,
    today: date,
    now: datetime,
    is_proof: bool = False,
    on_result: ResultCallback = ignore_result,
) -> JobResult:
    """Make the stored obligations of these owners equal to what the rules make of the facts.

    Each is judged by the rulebook of its municipality; the owners of one chunk may be of several. One read of what is
    stored, a set difference, bulk writes. Where a rule fails for an owner, its obligations are kept
    and the failure is reported; the others go on. ``on_result`` is called with the changes, in the same transaction.
    With ``is_proof`` the outcome lists the differences, and owners without any get a fingerprint.
    """
    result, changed = JobResult(*COUNT_NAMES), JobResult()
    model, read_facts = OWNERS[owner_type]
    # Whoever catches an error of an assessment has a transaction or a savepoint around it.
    with transaction.atomic(savepoint=False):
        # Lock the owners: two concurrent assessments would each insert the same obligations.
        locked = model._base_manager.select_for_update().filter(pk__in=keys).order_by("pk")
        municipalities = dict(locked.values_list("pk", "municipality"))
        # Before anything else is read: what another transaction then changes cannot be in the hash, only in the facts.
        hashed, proven = digests(owner_type, keys) if is_proof else {}, list[AssessmentFingerprint]()
        stored = stored_obligations(owner_type, keys)
        waived = trajectories_ever_waived(keys) if owner_type == "trajectory" else frozenset()
        # Every waiver is in the history.
        waivers = waivers_of(waived) if waived else {}
        changes, removed = _ObligationDiff(owner_type, today, now), set(stored)
        for key, facts in read_facts(keys):
            removed.discard(key)
            rulebook = rulebooks.for_municipality(municipalities.get(key))
            try:
                obligations = evaluate(facts, rulebook)
            except RuleFailed as failure:
                result.failures.append(_failure(owner_type, facts, failure))
                continue
            difference = changes.add_owner(
                key, rulebook.hash, stored.get(key, {}), obligations, waivers.get(key, ()), key in waived
            )
            if is_proof and difference:
                changed.differences += _difference_records(owner_type, key, facts, difference)
            elif key in hashed:
                proven.append(new_fingerprint(owner_type, key, hashed[key], rulebook, facts))
            result.count("assessed")
        for key in sorted(removed):
            # An owner without facts was removed: nothing is asked of it any more.
            rulebook = rulebooks.for_municipality(municipalities.get(key))
            changes.add_owner(key, rulebook.hash, stored[key], (), (), False)
        for name, number in changes.write().items():
            changed.count(name, number)
        if changed.differences or any(changed.counts.values()):
            on_result(changed)
        _store_fingerprints(proven)
    result.add(changed)
    result.count("failed", len(result.failures))
    return result


def _store_fingerprints(proven: Sequence[AssessmentFingerprint]) -> None:
    """Store these; the others keep one that is out of date, which the next comparison finds."""
    AssessmentFingerprint.objects.bulk_create(
        proven,
        batch_size=BATCH_SIZE,
        update_conflicts=True,
        unique_fields=["owner_type", "owner"],
        update_fields=["fingerprint", "parties"],
    )


def _owner_name(owner_type: str, facts: Any) -> str:
    return str(facts.trajectory.slug if owner_type == "trajectory" else facts.number)


def _difference_records(
    owner_type: str, key: int, facts: Any, difference: ObligationDifference
) -> Iterator[dict[str, Any]]:
    """Yield the differences, one per obligation, with its value before and after."""
    changes: list[tuple[str, ObligationValue, ObligationValue | None, ObligationValue | None]] = [
        ("added", new, None, new) for new in difference.added
    ]
    changes += [("changed", new, old, new) for old, new in difference.changed]
    changes += [("withdrawn", old, old, None) for old in difference.removed]
    for change, obligation, before, after in changes:
        yield {
            "of": owner_type,
            "pk": key,
            "name": _owner_name(owner_type, facts),
            "rule": obligation.rule,
            "subject": obligation.subject,
            "what": change,
            "before": before,
            "after": after,
        }


def _failure(owner_type: str, facts: Any, failure: RuleFailed) -> dict[str, str]:
    name = _owner_name(owner_type, facts)
    cause = failure.__cause__
    return {
        owner_type: name,
        "rule": failure.rule,
        "error": f"{type(cause).__name__}: {cause}",
        "place": traceback.format_tb(cause.__traceback__)[-1].strip() if cause and cause.__traceback__ else "",
    }


class _ObligationDiff:
    """The differences between stored and computed obligations of one chunk, and their bulk write."""

    def __init__(self, owner_type: str, today: date, now: datetime) -> None:
        self.owner_column, self.today, self.now = f"{owner_type}_id", today, now
        #: The values of new obligations, and for each its status and the hash of the rulebook that judged it.
        self.added: list[tuple[Any, ...]] = []
        self.added_statuses: list[tuple[str, str]] = []
        self.changed: list[Obligation] = []
        #: The withdrawn obligations, each with the hash of the rulebook by which it is.
        self.withdrawn: dict[int, str] = {}
        self.status_checks: list[_StatusCheck] = []

    def add_owner(
        self,
        key: int,
        rulebook: str,
        stored: dict[tuple[str, str], StoredObligation],
        obligations: Iterable[ObligationValue],
        waivers: Sequence[WaiverValue],
        check_all: bool,
    ) -> ObligationDifference:
        """Add one owner, judged by the rulebook with this hash, and return the differences.

        ``check_all`` where a status may differ although the obligation does not.
        """
        difference = compare((found.obligation for found in stored.values()), obligations)
        for obligation in difference.added:
            self.added.append((key, *self._values(obligation, waivers)))
            self.added_statuses.append((status(obligation, self.today, waivers), rulebook))
        for _old, obligation in difference.changed:
            values = dict(zip(_COLUMNS, self._values(obligation, waivers), strict=True))
            row = Obligation(pk=stored[obligation.identity].pk, **{self.owner_column: key}, **values)
            self.changed.append(row)
            self.status_checks.append(_StatusCheck(row.pk, obligation, waivers, row.next_change_on, rulebook))
        for obligation in difference.unchanged:
            before = stored[obligation.identity]
            if check_all or (before.next_change_on and before.next_change_on <= self.today):
                self.status_checks.append(_StatusCheck(before.pk, obligation, waivers, before.next_change_on, rulebook))
        self.withdrawn.update((stored[obligation.identity].pk, rulebook) for obligation in difference.removed)
        return difference

    def _values(self, obligation: ObligationValue, waivers: Sequence[WaiverValue]) -> tuple[Any, ...]:
        """Return the values of ``_COLUMNS``."""
        return (
            obligation.rule,
            obligation.subject,
            obligation.trigger_on,
            obligation.due_on,
            obligation.strict_due_on,
            obligation.expected_on,
            obligation.met_on,
            list(obligation.missing),
            dict(obligation.details),
            next_status_change(obligation, self.today, waivers),
        )

    def write(self) -> dict[str, int]:
        """Write everything in bulk and return the counts."""
        checked_keys = [*(check.pk for check in self.status_checks), *self.withdrawn]
        if checked_keys and connection.features.has_select_for_update:
            # Lock against flag_due: otherwise both would record the same transition, from the same status read before.
            rows = Obligation.objects.select_for_update(no_key=True).filter(pk__in=checked_keys)
            list(rows.order_by("pk").values_list("pk"))
        added = insert_values(Obligation, (self.owner_column, *_COLUMNS), self.added)
        changes = [(pk, "", found, rulebook) for pk, (found, rulebook) in zip(added, self.added_statuses, strict=True)]
        if self.changed:
            Obligation.objects.bulk_create(
                self.changed,
                batch_size=BATCH_SIZE,
                update_conflicts=True,
                unique_fields=["id"],
                update_fields=_UPDATE_COLUMNS,
            )
        before = last_logged_statuses(checked_keys)
        changes += [
            (check.pk, before.get(check.pk, ""), status(check.obligation, self.today, check.waivers), check.rulebook)
            for check in self.status_checks
        ]
        self._update_next_changes()
        if self.withdrawn:
            Obligation.objects.filter(pk__in=list(self.withdrawn)).update(withdrawn_at=self.now, next_change_on=None)
            changes += [(pk, before.get(pk, ""), "withdrawn", rulebook) for pk, rulebook in self.withdrawn.items()]
        transitions = [
            (pk, old, new, self.today, self.now, rulebook) for pk, old, new, rulebook in changes if old != new
        ]
        names = ("obligation_id", "from_status", "to_status", "on", "noticed_at", "rulebook")
        insert_values(Transition, names, transitions, with_keys=False)
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "withdrawn": len(self.withdrawn),
            "noticed": len(transitions),
        }

    def _update_next_changes(self) -> None:
        """Store the next day on which each checked status changes, where it is another one than stored."""
        next_changes: dict[date | None, list[int]] = {}
        for check in self.status_checks:
            next_day = next_status_change(check.obligation, self.today, check.waivers)
            if next_day != check.stored_next:
                next_changes.setdefault(next_day, []).append(check.pk)
        for next_day, keys in next_changes.items():
            Obligation.objects.filter(pk__in=keys).update(next_change_on=next_day)


def flag_due(
    rulebooks: Rulebooks,
    today: date,
    now: datetime,
    chunk_size: int = BATCH_SIZE,
    on_result: ResultCallback = ignore_result,
) -> JobResult:
    """Record every status transition caused by the passing of time up to today, and return the counts.

    Missed nights are made up for: the log gets a row for each day on which a status changed, as if this had run every
    night. Safe with any number of concurrent workers.
    """
    result = JobResult("assessed", "noticed")
    while (chunk_result := _flag_chunk(rulebooks, today, now, chunk_size, on_result)).counts["assessed"]:
        result.add(chunk_result)
    return result


def _flag_chunk(rulebooks: Rulebooks, today: date, now: datetime, size: int, on_result: ResultCallback) -> JobResult:
    result = JobResult()
    with transaction.atomic():
        # With one rulebook the municipality does not matter, and its join is left out.
        municipality = OWNER_MUNICIPALITY if len(rulebooks) > 1 else Value("")
        due = Obligation.objects.due(today).annotate(municipality=municipality).order_by("next_change_on", "pk")
        # SKIP LOCKED lets concurrent workers each take other rows.
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        rows: list[Any] = list(due[:size])
        waivers = waivers_of({row.trajectory_id for row in rows if row.trajectory_id})
        before = last_logged_statuses(row.pk for row in rows)
        transitions: list[Transition] = []
        next_changes: dict[date | None, list[int]] = {}
        for row in rows:
            own = waivers.get(row.trajectory_id or 0, [])
            obligation = _obligation_value(row)
            last, day = before.get(row.pk, ""), row.next_change_on
            while day is not None and day <= today:
                found = status(obligation, day, own)
                if found != last:
                    transitions.append(
                        Transition(
                            obligation_id=row.pk,
                            from_status=last,
                            to_status=found,
                            on=day,
                            noticed_at=now,
                            rulebook=rulebooks.for_municipality(row.municipality).hash,
                        )
                    )
                last, day = found, next_status_change(obligation, day, own)
            next_changes.setdefault(day, []).append(row.pk)
        bulk_insert(transitions)
        for next_day, keys in next_changes.items():
            Obligation.objects.filter(pk__in=keys).update(next_change_on=next_day)
        if rows:
            result.count("assessed", len(rows))
            result.count("noticed", len(transitions))
            on_result(result)
    return result


def _obligation_value(row: Obligation) -> ObligationValue:
    return ObligationValue(
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
