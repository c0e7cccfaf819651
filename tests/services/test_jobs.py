"""A run is done once and done whole: whoever does its parts, in what order, and whatever dies meanwhile."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.db import OperationalError
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from participation.compliance.rulebook import load
from participation.models import JobChunk, JobRun
from participation.services import jobs
from participation.services.job_definitions import JobDefinition, KeyRange
from participation.services.job_results import JobResult, written_to
from tests.dossiers import undone

RULEBOOK = load("leiden")
#: A Wednesday morning in Amsterdam.
TODAY, NOW = date(2026, 3, 4), datetime(2026, 3, 4, 6, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

pytestmark = pytest.mark.django_db


class Counting:
    """A job of four parts that remembers what it did, and does what a test asks of it in a part."""

    def __init__(self):
        self.done = []
        self.meanwhile = {}

    def plan(self, day, now):
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
    monkeypatch.setattr(jobs, "KINDS", {"notices": JobDefinition(job.plan, job.work, ("rows",))})
    monkeypatch.setattr(jobs, "JOBS", (jobs.BY_NAME["notices"],))
    return job


def start(now=NOW, slot=TODAY):
    return jobs.start("notices", TODAY, RULEBOOK, now, slot)


def do(pk, now=NOW):
    return jobs.do_chunk(pk, RULEBOOK, lambda: now)


def do_all(keys, now=NOW):
    return [do(pk, now) for pk in keys]


def receipt():
    return JobRun.objects.get()


# ---------- once


def test_every_part_is_done_once_and_the_receipt_adds_them_up(counting):
    run = start()
    do_all(jobs.open_chunks(run, NOW), NOW + MINUTE)
    assert counting.done == [0, 10, 20, 30]
    found = receipt()
    assert (found.kind, found.slot, found.day, found.rulebook) == ("notices", TODAY, TODAY, RULEBOOK.hash)
    assert (found.started_at, found.finished_at) == (NOW, NOW + MINUTE)
    assert found.counts == {"rows": 40}


def test_a_run_without_parts_is_finished_at_once(counting, monkeypatch):
    monkeypatch.setattr(counting, "plan", lambda day, now: [])
    monkeypatch.setattr(jobs, "KINDS", {"notices": JobDefinition(counting.plan, counting.work, ("rows",))})
    assert start().pk == receipt().pk
    assert receipt().finished_at == NOW
    assert receipt().counts == {"rows": 0}


def test_two_clocks_that_start_the_same_slot_start_one_run(counting):
    first, second = start(), start(NOW + MINUTE)
    assert first == second
    assert JobChunk.objects.count() == 4


def test_what_somebody_asks_for_by_hand_runs_however_often(counting):
    start(slot=None)
    start(slot=None)
    assert JobRun.objects.count() == 2


def test_a_message_that_comes_twice_does_a_part_once(counting):
    keys = jobs.open_chunks(start(), NOW)
    do_all([*keys, *keys])
    assert counting.done == [0, 10, 20, 30]


def test_a_part_in_somebodys_hands_is_left_to_them(counting):
    first, *_others = jobs.open_chunks(start(), NOW)
    seen = []
    counting.meanwhile[0] = lambda: seen.append(do(first, NOW + MINUTE))
    do(first)
    assert (seen, counting.done) == ([None], [0])


def test_the_parts_may_be_done_in_any_order_by_any_number_of_workers(counting):
    run = start()
    *others, last = reversed(jobs.open_chunks(run, NOW))
    counting.meanwhile[0] = lambda: do_all(others)
    do(last)
    assert sorted(counting.done) == [0, 10, 20, 30]
    assert receipt().counts == {"rows": 40}


def test_what_somebody_runs_by_hand_is_theirs_until_they_are_gone(counting):
    first, *others = jobs.open_chunks(start(slot=None), NOW)
    assert jobs.catch_up(RULEBOOK, NOW + MINUTE) == []
    do(first, NOW + settings.CLAIM)
    assert jobs.catch_up(RULEBOOK, NOW + settings.CLAIM + MINUTE) == []
    assert jobs.catch_up(RULEBOOK, NOW + 2 * settings.CLAIM) == others


# ---------- a worker dies


class Killed(BaseException):
    """As when the machine stops: nothing that comes after it happens."""


def dies():
    raise Killed


class Writing(Counting):
    """A job whose part writes three rows: what a first worker wrote, the next finds as written before."""

    def __init__(self):
        super().__init__()
        self.rows = set()

    def plan(self, day, now):
        return [KeyRange("user", 0, 9)]

    def work(self, chunk, rulebook, clock):
        outcome = JobResult("made", "before")
        for row in ("a", "b", "c"):
            self.meanwhile.get(row, lambda: None)()
            new = JobResult()
            new.count("made", int(row not in self.rows))
            self.rows.add(row)
            written_to(chunk)(new)
            outcome.add(new)
            outcome.count("before", 1 - new.counts["made"])
        return outcome


@pytest.fixture
def writing(monkeypatch):
    job = Writing()
    monkeypatch.setattr(jobs, "KINDS", {"notices": JobDefinition(job.plan, job.work, ("made", "before"), ("made",))})
    monkeypatch.setattr(jobs, "JOBS", (jobs.BY_NAME["notices"],))
    return job


def test_a_receipt_counts_what_a_killed_worker_wrote(writing):
    (part,) = jobs.open_chunks(start(), NOW)
    writing.meanwhile["c"] = dies
    with pytest.raises(Killed):
        do(part)
    del writing.meanwhile["c"]
    do(part, NOW + settings.CLAIM)
    assert receipt().counts == {"made": 3, "before": 0}


def test_a_receipt_counts_what_is_written_after_it_was_made(writing):
    (part,) = jobs.open_chunks(start(), NOW)

    def another_finishes():
        writing.meanwhile.clear()
        do(part, NOW + settings.CLAIM)
        # What this one then writes is new to it: as where the other could not see it yet.
        writing.rows.discard("b")

    writing.meanwhile["b"] = another_finishes
    do(part)
    assert receipt().finished_at == NOW + settings.CLAIM
    assert receipt().counts["made"] == 4


def test_what_a_dead_worker_held_is_handed_out_again_when_its_claim_ends(counting):
    run = start()
    keys = jobs.open_chunks(run, NOW)
    counting.meanwhile[20] = dies
    with pytest.raises(Killed):
        do_all(keys)
    counting.meanwhile.clear()
    held, untouched = keys[2], keys[3]
    soon, later = NOW + settings.CLAIM - MINUTE, NOW + settings.CLAIM
    assert jobs.catch_up(RULEBOOK, soon) == [untouched]
    assert do(held, soon) is None
    assert jobs.catch_up(RULEBOOK, later) == [held, untouched]
    do_all([held, untouched], later)
    assert counting.done == [0, 10, 20, 30]
    assert receipt().finished_at == later


def test_who_comes_back_after_its_claim_ended_does_not_count_twice(counting):
    first, *others = jobs.open_chunks(start(), NOW)
    counting.meanwhile[0] = lambda: counting.meanwhile.pop(0) and do(first, NOW + HOUR)
    do(first)
    do_all(others)
    assert counting.done[:2] == [0, 0]
    assert receipt().counts == {"rows": 40}


def test_a_part_that_takes_every_worker_along_is_given_up_and_told(counting):
    first, *others = jobs.open_chunks(start(), NOW)
    do_all(others)
    counting.meanwhile[0] = dies
    for attempt in range(jobs.MOST_ATTEMPTS):
        with pytest.raises(Killed):
            do(first, NOW + attempt * HOUR)
    last = NOW + jobs.MOST_ATTEMPTS * HOUR
    do(first, last)
    found = receipt()
    assert (found.finished_at, found.counts) == (last, {"rows": 30, "failed": 1})
    (failure,) = found.failures
    assert failure["rows"] == "user 0-9"
    assert "Given up" in failure["error"]


def test_a_worker_that_died_after_its_part_but_before_the_receipt_is_made_good(counting):
    run = start()
    do_all(jobs.open_chunks(run, NOW))
    JobRun.objects.filter(pk=run.pk).update(finished_at=None)
    jobs.catch_up(RULEBOOK, NOW + HOUR)
    assert JobRun.objects.get(pk=run.pk).finished_at == NOW + HOUR


# ---------- a part goes wrong


def test_a_part_that_goes_wrong_is_tried_again_after_ever_longer(counting):
    first, *others = jobs.open_chunks(start(), NOW)
    counting.meanwhile[0] = lambda: [][0]
    assert do(first) is None
    do_all(others)
    assert receipt().finished_at is None
    assert do(first, NOW + MINUTE - timedelta(seconds=1)) is None
    assert JobChunk.objects.get(pk=first).attempts == 1
    do(first, NOW + MINUTE)
    again = JobChunk.objects.get(pk=first)
    assert (again.attempts, again.claimed_until) == (2, NOW + 3 * MINUTE)
    assert again.failures == [{"rows": "user 0-9", "error": "IndexError: list index out of range"}]
    counting.meanwhile.clear()
    do(first, NOW + 3 * MINUTE)
    assert receipt().counts == {"rows": 40}
    assert receipt().failures == []


def test_what_goes_wrong_every_time_is_given_up_with_the_reason_and_stops_nobody_else(counting):
    keys = jobs.open_chunks(start(), NOW)
    counting.meanwhile[10] = lambda: [][0]
    for attempt in range(jobs.MOST_ATTEMPTS):
        do_all(keys, NOW + attempt * DAY)
    found = receipt()
    assert found.counts == {"rows": 30, "failed": 1}
    assert found.failures == [{"rows": "user 10-19", "error": "IndexError: list index out of range"}]


def test_a_database_that_goes_away_is_not_held_against_the_part(counting):
    def away():
        raise OperationalError("server closed the connection")

    first, *_others = jobs.open_chunks(start(), NOW)
    counting.meanwhile[0] = away
    with pytest.raises(OperationalError):
        do(first)
    assert JobChunk.objects.get(pk=first).failures == []
    counting.meanwhile.clear()
    assert do(first, NOW + settings.CLAIM).counts == {"rows": 10}


# ---------- the clock


def test_a_night_without_a_clock_is_made_good(counting):
    run = start()
    do_all(jobs.open_chunks(run, NOW))
    morning = NOW + DAY + HOUR
    keys = jobs.catch_up(RULEBOOK, morning)
    made = JobRun.objects.get(slot=TODAY + DAY)
    assert keys == jobs.open_chunks(made, morning)
    assert len(keys) == 4
    assert jobs.catch_up(RULEBOOK, morning + MINUTE) == keys
    assert JobRun.objects.count() == 2


def test_a_new_installation_begins_with_its_first_night(counting):
    assert jobs.catch_up(RULEBOOK, NOW) == []
    assert not JobRun.objects.exists()
    start(slot=None)
    jobs.catch_up(RULEBOOK, NOW)
    assert not JobRun.objects.filter(slot__isnull=False).exists(), "what was asked for by hand is no beginning"


def test_starting_by_the_timetable_takes_the_last_slot_that_has_come(counting):
    # Half past seven in Amsterdam is half past six here.
    jobs.start_slot("notices", RULEBOOK, NOW + 29 * MINUTE)
    assert receipt().slot == TODAY - DAY
    assert receipt().day == TODAY
    jobs.start_slot("notices", RULEBOOK, NOW + 30 * MINUTE)
    assert set(JobRun.objects.values_list("slot", flat=True)) == {TODAY - DAY, TODAY}


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_set_starts_nothing_twice_and_leaves_nothing(counting, hours):
    at = NOW + HOUR
    keys = jobs.start_slot("notices", RULEBOOK, at)
    counting.meanwhile[10] = dies
    with pytest.raises(Killed):
        do_all(keys, at)
    counting.meanwhile.clear()
    shifted = at + hours * HOUR
    do_all(jobs.start_slot("notices", RULEBOOK, shifted) + jobs.catch_up(RULEBOOK, shifted), shifted)
    end = at + HOUR + settings.CLAIM
    do_all(jobs.catch_up(RULEBOOK, end), end)
    assert sorted(counting.done) == [0, 10, 20, 30]
    assert receipt().counts == {"rows": 40}


# ---------- whatever happens


@hypothesis(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.sampled_from(["do", "die", "fail", "catch up", "start"]), st.integers(0, 3), st.integers(0, 30)),
        max_size=25,
    )
)
def test_after_any_history_each_part_counts_exactly_once(counting, history):
    def body():
        counting.done.clear()
        counting.meanwhile.clear()
        now = NOW + HOUR
        keys = jobs.start_slot("notices", RULEBOOK, now)
        for act, number, minutes in history:
            now += minutes * MINUTE
            counting.meanwhile.clear()
            if act == "start":
                jobs.start_slot("notices", RULEBOOK, now)
            elif act == "catch up":
                do_all(jobs.catch_up(RULEBOOK, now), now)
            else:
                first = JobChunk.objects.get(pk=keys[number]).first
                counting.meanwhile = {first: {"do": lambda: None, "die": dies, "fail": lambda: [][0]}[act]}
                with suppress(Killed):
                    do(keys[number], now)
        counting.meanwhile.clear()
        for _round in range(2):
            now += 2 * HOUR
            do_all(jobs.catch_up(RULEBOOK, now), now)
        found = JobRun.objects.get()
        assert found.finished_at is not None
        assert found.counts["rows"] + 10 * found.counts.get("failed", 0) == 40
        assert len(counting.done) == found.counts["rows"] / 10

    undone(body)


@pytest.mark.parametrize("count", [1, 50])
def test_finishing_takes_the_same_queries_for_one_part_and_for_fifty(
    counting, count, monkeypatch, django_assert_max_num_queries
):
    parts = [KeyRange("user", n, n) for n in range(count)]
    monkeypatch.setattr(jobs, "KINDS", {"notices": JobDefinition(lambda day, now: parts, counting.work)})
    *others, last = jobs.open_chunks(start(), NOW)
    do_all(others)
    with django_assert_max_num_queries(13):
        do(last)
    assert receipt().finished_at == NOW
