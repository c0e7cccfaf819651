"""Definitions of the jobs in the timetable: how each is cut into chunks, and the work of a chunk."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from participation.compliance.obligations import ObligationValue
from participation.compliance.rulebooks import Rulebooks
from participation.models import JobChunk, JobRun, Obligation
from participation.selectors.followers import due_followers
from participation.selectors.jobs.drift_causes import changes_recorded_since, organisations_changed_since
from participation.selectors.mail.digest_lines import digest_recipients
from participation.selectors.mail.reminders import reminder_recipients
from participation.selectors.obligations.judging import owner_rows, owners_judged_anew
from participation.services import assessment, initiatives
from participation.services.assessment import chunks
from participation.services.exports import archives, open_data
from participation.services.mail import digests, notifications, reminders

from . import retention
from .job_results import MAX_LISTED, JobResult, ResultCallback, chunk_result_callback

Clock = Callable[[], datetime]

#: Rows per chunk: enough to make the cost of queueing negligible, few enough to lose little when a worker dies.
CHUNK_ROWS, CHUNK_RECIPIENTS, CHUNK_DUE_ROWS = 1_000, 250, 5_000
#: Maximum number of concurrent workers on flag-due; each takes rows that no other has locked.
MAX_SHARES = 16


class KeyRange(NamedTuple):
    """A range of primary keys of one table, both ends included."""

    of: str
    first: int
    last: int


class JobDefinition(NamedTuple):
    """A job: how it is cut into chunks, the work of a chunk, and the counts to report even when zero.

    ``counted_as_before`` names counts that reappear as "before" when a chunk is run again.
    """

    plan: Callable[[date, datetime, Rulebooks], Iterable[KeyRange]]
    work: Callable[[JobChunk, Rulebooks, Clock], JobResult]
    counts: tuple[str, ...] = ()
    counted_as_before: tuple[str, ...] = ()


def _key_ranges(of: str, rows: QuerySet[Any], size: int) -> Iterator[KeyRange]:
    for keys in chunks(rows, size):
        yield KeyRange(of, keys[0], keys[-1])


# ---------- status transitions by the passing of time


def _plan_due(day: date, _now: datetime, _rulebooks: Rulebooks) -> Iterator[KeyRange]:
    due = Obligation.objects.due(day).count()
    for share in range(min(MAX_SHARES, due // CHUNK_DUE_ROWS + 1)):
        yield KeyRange("obligation", share, share)


def _flag_due(chunk: JobChunk, rulebooks: Rulebooks, clock: Clock) -> JobResult:
    return assessment.flag_due(rulebooks, chunk.run.day, clock(), on_result=chunk_result_callback(chunk))


# ---------- verifying that stored obligations equal those computed from the facts


def _plan_all(_day: date, _now: datetime, _rulebooks: Rulebooks) -> Iterator[KeyRange]:
    for of in assessment.OWNERS:
        yield from _key_ranges(of, owner_rows(of), CHUNK_ROWS)


def _reassess_all(chunk: JobChunk, rulebooks: Rulebooks, clock: Clock) -> JobResult:
    run, now = chunk.run, clock()
    on_result = _callback_with_causes(chunk, rulebooks)
    return assessment.reassess_range(chunk.of, chunk.first, chunk.last, rulebooks, run.day, now, on_result=on_result)


def _reassess_differing(chunk: JobChunk, rulebooks: Rulebooks, clock: Clock) -> JobResult:
    run, now = chunk.run, clock()
    on_result = _callback_with_causes(chunk, rulebooks)
    return assessment.reassess_differing(chunk.of, chunk.first, chunk.last, rulebooks, run.day, now, on_result)


def _plan_changed(_day: date, now: datetime, rulebooks: Rulebooks) -> Iterator[KeyRange]:
    before = last_reassessment_before(now)
    if before is None:
        return
    for of in assessment.OWNERS:
        keys = sorted(_keys_to_reassess(of, before, rulebooks))
        for start in range(0, len(keys), CHUNK_ROWS):
            yield KeyRange(of, keys[start], keys[min(start + CHUNK_ROWS, len(keys)) - 1])


def _reassess_changed(chunk: JobChunk, rulebooks: Rulebooks, clock: Clock) -> JobResult:
    run, now = chunk.run, clock()
    before = last_reassessment_before(run.started_at)
    own = _keys_to_reassess(chunk.of, before, rulebooks, (chunk.first, chunk.last)) if before else ()
    on_result = _callback_with_causes(chunk, rulebooks)
    return assessment.reassess_range(chunk.of, chunk.first, chunk.last, rulebooks, run.day, now, own, on_result)


def _keys_to_reassess(
    of: str, before: JobRun, rulebooks: Rulebooks, key_range: tuple[int, int] | None = None
) -> set[int]:
    """Return the keys of what may have changed since that reassessment: its facts, or the rulebook that judges it.

    A rulebook that changed costs the reassessment of what it judges: its own municipality.
    """
    judged_anew = owners_judged_anew(of, before.rulebooks, rulebooks.hashes).order_by()
    recorded = changes_recorded_since(of, before.started_at)
    if key_range is None:
        return {*recorded, *judged_anew.values_list("pk", flat=True)}
    first, last = key_range
    in_range = judged_anew.filter(pk__range=key_range)
    return {*(key for key in recorded if first <= key <= last), *in_range.values_list("pk", flat=True)}


def last_reassessment_before(now: datetime) -> JobRun | None:
    """Return the last finished reassessment before this time."""
    kinds = ("reassess-all", "reassess-changed", "reassess-full")
    reassessments = JobRun.objects.filter(kind__in=kinds, finished_at__isnull=False)
    return reassessments.filter(started_at__lt=now).order_by("-started_at").first()


def _callback_with_causes(chunk: JobChunk, rulebooks: Rulebooks) -> ResultCallback:
    """Return a callback that records the outcome of this chunk, with the cause of each difference."""
    record = chunk_result_callback(chunk)

    def on_result(result: JobResult) -> None:
        _add_causes(chunk.run, chunk.of, rulebooks, result)
        record(result)

    return on_result


def _add_causes(run: JobRun, of: str, rulebooks: Rulebooks, result: JobResult) -> None:
    """Add the cause of each difference to this outcome; those caused by a changed rulebook are only counted."""
    differences_found, result.differences = result.differences, []
    before = last_reassessment_before(run.started_at)
    if not differences_found or before is None:
        return
    keys = {line["pk"] for line in differences_found}
    judged_anew = set(
        owners_judged_anew(of, before.rulebooks, rulebooks.hashes).filter(pk__in=keys).values_list("pk", flat=True)
    )
    if by_rulebook := sum(line["pk"] in judged_anew for line in differences_found):
        result.count("by_rulebook", by_rulebook)
        differences_found = [line for line in differences_found if line["pk"] not in judged_anew]
    if not differences_found:
        return
    result.count("differences", len(differences_found))
    recorded = changes_recorded_since(of, before.started_at, {line["pk"] for line in differences_found})
    organisation = organisations_changed_since(before.started_at)
    # Of a first assessment there are a hundred for each trajectory: only those that are kept are written out.
    for line in differences_found[:MAX_LISTED]:
        last = recorded.get(line.pop("pk"))
        if last:
            cause = {"cause": "facts", "table": last.table, "at": last.at.isoformat()}
        elif organisation:
            cause = {"cause": "facts", "table": "organisation", "at": organisation.isoformat()}
        elif before.code_version != settings.CODE_VERSION:
            cause = {"cause": "code", "code_before": before.code_version, "code_after": settings.CODE_VERSION}
        else:
            cause = {"cause": "stored"}
        dates = {name: _dates(line[name]) for name in ("before", "after")}
        result.differences.append({**line, **dates, **cause})


def _dates(obligation: ObligationValue | None) -> dict[str, str]:
    if obligation is None:
        return {}
    days = {
        name: getattr(obligation, name) for name in ("trigger_on", "due_on", "strict_due_on", "expected_on", "met_on")
    }
    return {name: day.isoformat() for name, day in days.items() if day}


# ---------- mail


def _plan_reports(period: str) -> Callable[[date, datetime, Rulebooks], Iterator[KeyRange]]:
    return lambda _day, _now, _rulebooks: _key_ranges("user", digest_recipients(period), CHUNK_RECIPIENTS)


def _make_reports(period: str) -> Callable[[JobChunk, Rulebooks, Clock], JobResult]:
    def work(chunk: JobChunk, rulebooks: Rulebooks, clock: Clock) -> JobResult:
        keys = _keys(digest_recipients(period), chunk)
        return digests.make_digests(period, keys, rulebooks, chunk.run.day, clock(), chunk_result_callback(chunk))

    return work


def _plan_reminders(_day: date, _now: datetime, _rulebooks: Rulebooks) -> Iterator[KeyRange]:
    return _key_ranges("user", reminder_recipients(), CHUNK_RECIPIENTS)


def _make_reminders(chunk: JobChunk, rulebooks: Rulebooks, clock: Clock) -> JobResult:
    keys = _keys(reminder_recipients(), chunk)
    return reminders.make_reminders(keys, rulebooks, chunk.run.day, clock(), chunk_result_callback(chunk))


def _plan_notices(day: date, _now: datetime, _rulebooks: Rulebooks) -> Iterator[KeyRange]:
    return _key_ranges("follower", due_followers(notifications.period_starts(day)), CHUNK_RECIPIENTS)


def _make_notices(chunk: JobChunk, rulebooks: Rulebooks, clock: Clock) -> JobResult:
    keys = _keys(due_followers(notifications.period_starts(chunk.run.day)), chunk)
    return notifications.make_notifications(keys, rulebooks, chunk.run.day, clock(), chunk_result_callback(chunk))


def _make_submission_news(chunk: JobChunk, rulebooks: Rulebooks, clock: Clock) -> JobResult:
    return initiatives.mail_submission_news(rulebooks, chunk.run.day, clock(), chunk_result_callback(chunk))


def _keys(rows: QuerySet[Any], chunk: JobChunk) -> list[int]:
    return list(rows.filter(pk__range=(chunk.first, chunk.last)).order_by("pk").values_list("pk", flat=True))


# ---------- retention


def _plan_single_chunk(_day: date, _now: datetime, _rulebooks: Rulebooks) -> Iterator[KeyRange]:
    yield KeyRange("all", 0, 0)


def _expire(chunk: JobChunk, _rulebooks: Rulebooks, clock: Clock) -> JobResult:
    now = clock()
    result = retention.delete_expired(now, chunk_result_callback(chunk))
    # Outside the transaction: this may wait for an archive being made.
    result.count("archives", archives.remove_old_archives(timezone.localdate(now)))
    return result


# ---------- open data


def _make_open_data(chunk: JobChunk, rulebooks: Rulebooks, _clock: Clock) -> JobResult:
    result = JobResult("dumps")
    result.count("dumps", int(open_data.make_dump(chunk.run.day, rulebooks, wait=True)))
    return result


_MAIL_COUNTS = ("made", "nothing", "before")

JOB_DEFINITIONS: Mapping[str, JobDefinition] = {
    "flag-due": JobDefinition(_plan_due, _flag_due, ("assessed", "noticed")),
    "reassess-changed": JobDefinition(_plan_changed, _reassess_changed, assessment.COUNT_NAMES),
    "reassess-all": JobDefinition(_plan_all, _reassess_differing, ("compared", *assessment.COUNT_NAMES)),
    "reassess-full": JobDefinition(_plan_all, _reassess_all, assessment.COUNT_NAMES),
    "expire": JobDefinition(_plan_single_chunk, _expire),
    "open-data": JobDefinition(_plan_single_chunk, _make_open_data, ("dumps",)),
    "reminders": JobDefinition(_plan_reminders, _make_reminders, ("made",), ("made",)),
    "weekly-reports": JobDefinition(_plan_reports("weekly"), _make_reports("weekly"), _MAIL_COUNTS, _MAIL_COUNTS[:2]),
    "daily-reports": JobDefinition(_plan_reports("daily"), _make_reports("daily"), _MAIL_COUNTS, _MAIL_COUNTS[:2]),
    "notifications": JobDefinition(_plan_notices, _make_notices, ("made", "nothing")),
    "submission-news": JobDefinition(_plan_single_chunk, _make_submission_news, ("made",)),
}
