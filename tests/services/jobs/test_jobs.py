"""A job run does each chunk once and completely, whichever workers do it and whatever fails meanwhile."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.db import OperationalError
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from participation.compliance.rulebooks import load_rulebooks
from participation.models import JobChunk, JobRun
from participation.services.jobs import jobs
from participation.services.jobs.job_definitions import JobDefinition, KeyRange
from participation.services.jobs.job_results import JobResult, chunk_result_callback
from tests.dossiers import rolled_back

RULEBOOKS = load_rulebooks("leiden")
#: A Wednesday morning in Amsterdam.
TODAY, NOW = date(2026, 3, 4), datetime(2026, 3, 4, 6, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

pytestmark = pytest.mark.django_db


class Counting:
    """A job of four chunks that records its calls, and runs a test's function within a chunk."""

    def __init__(self):
        self.done = []
        self.meanwhile = {}

    def plan(self, day, now, rulebooks):
        return [KeyRange("user", first, first + 9) for first in (0, 10, 20, 30)]

    def work(self, chunk, rulebook, clock):
        self.meanwhile.get(chunk.first, lambda: None)()
        self.done.append(chunk.first)
        outcome = JobResult()
        outcome.count("rows", 10)
        return outcome


@pytest.fixture
def counting(monkeypatch):
    job = Counting()
    monkeypatch.setattr(jobs, "JOB_DEFINITIONS", {"notifications": JobDefinition(job.plan, job.work, ("rows",))})
    monkeypatch.setattr(jobs, "JOBS", (jobs.JOBS_BY_NAME["notifications"],))
    return job


def start_run(now=NOW, slot=TODAY):
    return jobs.start_run("notifications", TODAY, RULEBOOKS, now, slot)


def run_chunk(pk, now=NOW):
    return jobs.do_chunk(pk, RULEBOOKS, lambda: now)


def run_chunks(keys, now=NOW):
    return [run_chunk(pk, now) for pk in keys]


def receipt():
    return JobRun.objects.get()


# ---------- once


def test_every_chunk_is_done_once_and_the_result_adds_them_up(counting):
    run = start_run()
    run_chunks(jobs.open_chunks(run, NOW), NOW + MINUTE)
    assert counting.done == [0, 10, 20, 30]
    found = receipt()
    assert (found.kind, found.slot, found.day, found.rulebooks) == ("notifications", TODAY, TODAY, {"": RULEBOOKS.hash})
    assert (found.started_at, found.finished_at) == (NOW, NOW + MINUTE)
    assert found.counts == {"rows": 40}


def test_a_run_without_chunks_finishes_immediately(counting, monkeypatch):
    monkeypatch.setattr(counting, "plan", lambda day, now, rulebooks: [])
    monkeypatch.setattr(
        jobs, "JOB_DEFINITIONS", {"notifications": JobDefinition(counting.plan, counting.work, ("rows",))}
    )
    assert start_run().pk == receipt().pk
    assert receipt().finished_at == NOW
    assert receipt().counts == {"rows": 0}


def test_two_schedulers_for_the_same_slot_start_one_run(counting):
    first, second = start_run(), start_run(NOW + MINUTE)
    assert first == second
    assert JobChunk.objects.count() == 4


def test_a_manual_run_can_be_repeated(counting):
    start_run(slot=None)
    start_run(slot=None)
    assert JobRun.objects.count() == 2


def test_a_duplicate_message_does_a_chunk_once(counting):
    keys = jobs.open_chunks(start_run(), NOW)
    run_chunks([*keys, *keys])
    assert counting.done == [0, 10, 20, 30]


def test_a_claimed_chunk_is_left_to_its_worker(counting):
    first, *_others = jobs.open_chunks(start_run(), NOW)
    seen = []
    counting.meanwhile[0] = lambda: seen.append(run_chunk(first, NOW + MINUTE))
    run_chunk(first)
    assert (seen, counting.done) == ([None], [0])


def test_chunks_may_be_done_in_any_order_by_any_number_of_workers(counting):
    run = start_run()
    *others, last = reversed(jobs.open_chunks(run, NOW))
    counting.meanwhile[0] = lambda: run_chunks(others)
    run_chunk(last)
    assert sorted(counting.done) == [0, 10, 20, 30]
    assert receipt().counts == {"rows": 40}


def test_chunks_of_a_manual_run_are_reserved_until_its_claim_expires(counting):
    first, *others = jobs.open_chunks(start_run(slot=None), NOW)
    assert jobs.catch_up(RULEBOOKS, NOW + MINUTE) == []
    run_chunk(first, NOW + settings.CLAIM)
    assert jobs.catch_up(RULEBOOKS, NOW + settings.CLAIM + MINUTE) == []
    assert jobs.catch_up(RULEBOOKS, NOW + 2 * settings.CLAIM) == others


# ---------- a worker is killed


class Killed(BaseException):
    """Raised where the machine stops: nothing after it is executed."""


def dies():
    raise Killed


class Writing(Counting):
    """A job whose chunk writes three rows; a second worker finds the rows of the first as existing."""

    def __init__(self):
        super().__init__()
        self.rows = set()

    def plan(self, day, now, rulebooks):
        return [KeyRange("user", 0, 9)]

    def work(self, chunk, rulebook, clock):
        outcome = JobResult("made", "before")
        for row in ("a", "b", "c"):
            self.meanwhile.get(row, lambda: None)()
            new = JobResult()
            new.count("made", int(row not in self.rows))
            self.rows.add(row)
            chunk_result_callback(chunk)(new)
            outcome.add(new)
            outcome.count("before", 1 - new.counts["made"])
        return outcome


@pytest.fixture
def writing(monkeypatch):
    job = Writing()
    monkeypatch.setattr(
        jobs, "JOB_DEFINITIONS", {"notifications": JobDefinition(job.plan, job.work, ("made", "before"), ("made",))}
    )
    monkeypatch.setattr(jobs, "JOBS", (jobs.JOBS_BY_NAME["notifications"],))
    return job


def test_the_result_includes_what_a_killed_worker_wrote(writing):
    (part,) = jobs.open_chunks(start_run(), NOW)
    writing.meanwhile["c"] = dies
    with pytest.raises(Killed):
        run_chunk(part)
    del writing.meanwhile["c"]
    run_chunk(part, NOW + settings.CLAIM)
    assert receipt().counts == {"made": 3, "before": 0}


def test_the_result_includes_what_is_written_after_it_was_stored(writing):
    (part,) = jobs.open_chunks(start_run(), NOW)

    def another_finishes():
        writing.meanwhile.clear()
        run_chunk(part, NOW + settings.CLAIM)
        # This worker cannot see the rows of the other yet, so its own are new to it.
        writing.rows.discard("b")

    writing.meanwhile["b"] = another_finishes
    run_chunk(part)
    assert receipt().finished_at == NOW + settings.CLAIM
    assert receipt().counts["made"] == 4


def test_chunks_of_a_dead_worker_are_dispatched_again_when_its_claim_expires(counting):
    run = start_run()
    keys = jobs.open_chunks(run, NOW)
    counting.meanwhile[20] = dies
    with pytest.raises(Killed):
        run_chunks(keys)
    counting.meanwhile.clear()
    claimed, untouched = keys[2], keys[3]
    soon, later = NOW + settings.CLAIM - MINUTE, NOW + settings.CLAIM
    assert jobs.catch_up(RULEBOOKS, soon) == [untouched]
    assert run_chunk(claimed, soon) is None
    assert jobs.catch_up(RULEBOOKS, later) == [claimed, untouched]
    run_chunks([claimed, untouched], later)
    assert counting.done == [0, 10, 20, 30]
    assert receipt().finished_at == later


def test_a_worker_that_returns_after_its_claim_expired_does_not_count_twice(counting):
    first, *others = jobs.open_chunks(start_run(), NOW)
    counting.meanwhile[0] = lambda: counting.meanwhile.pop(0) and run_chunk(first, NOW + HOUR)
    run_chunk(first)
    run_chunks(others)
    assert counting.done[:2] == [0, 0]
    assert receipt().counts == {"rows": 40}


def test_a_chunk_that_kills_every_worker_is_given_up_and_reported(counting):
    first, *others = jobs.open_chunks(start_run(), NOW)
    run_chunks(others)
    counting.meanwhile[0] = dies
    for attempt in range(jobs.MAX_ATTEMPTS):
        with pytest.raises(Killed):
            run_chunk(first, NOW + attempt * HOUR)
    last = NOW + jobs.MAX_ATTEMPTS * HOUR
    run_chunk(first, last)
    found = receipt()
    assert (found.finished_at, found.counts) == (last, {"rows": 30, "failed": 1})
    (failure,) = found.failures
    assert failure["rows"] == "user 0-9"
    assert "Given up" in failure["error"]


def test_a_worker_that_died_before_storing_the_result_is_made_up_for(counting):
    run = start_run()
    run_chunks(jobs.open_chunks(run, NOW))
    JobRun.objects.filter(pk=run.pk).update(finished_at=None)
    jobs.catch_up(RULEBOOKS, NOW + HOUR)
    assert JobRun.objects.get(pk=run.pk).finished_at == NOW + HOUR


# ---------- a chunk fails


def test_a_failed_chunk_is_retried_with_increasing_delays(counting):
    first, *others = jobs.open_chunks(start_run(), NOW)
    counting.meanwhile[0] = lambda: [][0]
    assert run_chunk(first) is None
    run_chunks(others)
    assert receipt().finished_at is None
    assert run_chunk(first, NOW + MINUTE - timedelta(seconds=1)) is None
    assert JobChunk.objects.get(pk=first).attempts == 1
    run_chunk(first, NOW + MINUTE)
    again = JobChunk.objects.get(pk=first)
    assert (again.attempts, again.claimed_until) == (2, NOW + 3 * MINUTE)
    assert again.failures == [{"rows": "user 0-9", "error": "IndexError: list index out of range"}]
    counting.meanwhile.clear()
    run_chunk(first, NOW + 3 * MINUTE)
    assert receipt().counts == {"rows": 40}
    assert receipt().failures == []


def test_a_chunk_that_always_fails_is_given_up_with_its_reason_and_blocks_nothing(counting):
    keys = jobs.open_chunks(start_run(), NOW)
    counting.meanwhile[10] = lambda: [][0]
    for attempt in range(jobs.MAX_ATTEMPTS):
        run_chunks(keys, NOW + attempt * DAY)
    found = receipt()
    assert found.counts == {"rows": 30, "failed": 1}
    assert found.failures == [{"rows": "user 10-19", "error": "IndexError: list index out of range"}]


def test_a_lost_database_connection_does_not_count_as_an_attempt(counting):
    def away():
        raise OperationalError("server closed the connection")

    first, *_others = jobs.open_chunks(start_run(), NOW)
    counting.meanwhile[0] = away
    with pytest.raises(OperationalError):
        run_chunk(first)
    assert JobChunk.objects.get(pk=first).failures == []
    counting.meanwhile.clear()
    assert run_chunk(first, NOW + settings.CLAIM).counts == {"rows": 10}


# ---------- the clock


def test_a_night_without_a_scheduler_is_caught_up(counting):
    run = start_run()
    run_chunks(jobs.open_chunks(run, NOW))
    morning = NOW + DAY + HOUR
    keys = jobs.catch_up(RULEBOOKS, morning)
    made = JobRun.objects.get(slot=TODAY + DAY)
    assert keys == jobs.open_chunks(made, morning)
    assert len(keys) == 4
    assert jobs.catch_up(RULEBOOKS, morning + MINUTE) == keys
    assert JobRun.objects.count() == 2


def test_a_new_installation_starts_with_its_first_night(counting):
    assert jobs.catch_up(RULEBOOKS, NOW) == []
    assert not JobRun.objects.exists()
    start_run(slot=None)
    jobs.catch_up(RULEBOOKS, NOW)
    assert not JobRun.objects.filter(slot__isnull=False).exists(), "what was asked for by hand is no beginning"


def test_a_scheduled_start_takes_the_latest_slot(counting):
    # Half past seven in Amsterdam is half past six in UTC.
    jobs.start_scheduled_run("notifications", RULEBOOKS, NOW + 29 * MINUTE)
    assert receipt().slot == TODAY - DAY
    assert receipt().day == TODAY
    jobs.start_scheduled_run("notifications", RULEBOOKS, NOW + 30 * MINUTE)
    assert set(JobRun.objects.values_list("slot", flat=True)) == {TODAY - DAY, TODAY}


@pytest.mark.parametrize("hours", [-1, 1])
def test_changing_the_clock_duplicates_and_omits_no_run(counting, hours):
    at = NOW + HOUR
    keys = jobs.start_scheduled_run("notifications", RULEBOOKS, at)
    counting.meanwhile[10] = dies
    with pytest.raises(Killed):
        run_chunks(keys, at)
    counting.meanwhile.clear()
    shifted = at + hours * HOUR
    started = jobs.start_scheduled_run("notifications", RULEBOOKS, shifted)
    run_chunks(started + jobs.catch_up(RULEBOOKS, shifted), shifted)
    end = at + HOUR + settings.CLAIM
    run_chunks(jobs.catch_up(RULEBOOKS, end), end)
    assert sorted(counting.done) == [0, 10, 20, 30]
    assert receipt().counts == {"rows": 40}


# ---------- any order of events


@hypothesis(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.sampled_from(["do", "die", "fail", "catch up", "start"]), st.integers(0, 3), st.integers(0, 30)),
        max_size=25,
    )
)
def test_after_any_history_each_chunk_counts_exactly_once(counting, history):
    def body():
        counting.done.clear()
        counting.meanwhile.clear()
        now = NOW + HOUR
        keys = jobs.start_scheduled_run("notifications", RULEBOOKS, now)
        for act, number, minutes in history:
            now += minutes * MINUTE
            counting.meanwhile.clear()
            if act == "start":
                jobs.start_scheduled_run("notifications", RULEBOOKS, now)
            elif act == "catch up":
                run_chunks(jobs.catch_up(RULEBOOKS, now), now)
            else:
                first = JobChunk.objects.get(pk=keys[number]).first
                counting.meanwhile = {first: {"do": lambda: None, "die": dies, "fail": lambda: [][0]}[act]}
                with suppress(Killed):
                    run_chunk(keys[number], now)
        counting.meanwhile.clear()
        for _round in range(2):
            now += 2 * HOUR
            run_chunks(jobs.catch_up(RULEBOOKS, now), now)
        found = JobRun.objects.get()
        assert found.finished_at is not None
        assert found.counts["rows"] + 10 * found.counts.get("failed", 0) == 40
        assert len(counting.done) == found.counts["rows"] / 10

    rolled_back(body)


@pytest.mark.parametrize("count", [1, 50])
def test_finishing_fifty_chunks_takes_as_many_queries_as_one(
    counting, count, monkeypatch, django_assert_max_num_queries
):
    parts = [KeyRange("user", n, n) for n in range(count)]
    monkeypatch.setattr(
        jobs, "JOB_DEFINITIONS", {"notifications": JobDefinition(lambda day, now, rulebooks: parts, counting.work)}
    )
    *others, last = jobs.open_chunks(start_run(), NOW)
    run_chunks(others)
    with django_assert_max_num_queries(13):
        run_chunk(last)
    assert receipt().finished_at == NOW
