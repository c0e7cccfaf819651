"""When the last full assessment ran, and whether that is too long ago."""

from datetime import timedelta

import pytest

from participation.models import JobRun
from participation.selectors.jobs.health import LastReassessment, last_reassessment
from tests.world import moment

NOW = moment("2026-03-20 09:00")

pytestmark = pytest.mark.django_db


def run(kind="flag-due", finished="2026-03-20 02:00"):
    return JobRun.objects.create(
        kind=kind,
        day=NOW.date(),
        started_at=moment("2026-03-18 01:00"),
        finished_at=moment(finished) if finished else None,
        rulebooks={"": "0" * 16},
        code_version="0",
    )


@pytest.mark.parametrize("kind", ["flag-due", "reassess-all"])
def test_the_last_complete_run_counts(kind):
    run(finished="2026-03-18 02:00")
    run(kind)

    assert last_reassessment(NOW) == LastReassessment(moment("2026-03-20 02:00"), is_stale=False)


def test_an_unfinished_or_partial_run_does_not_count():
    run(finished="2026-03-19 02:00")
    run(finished=None)
    run("settle")

    assert last_reassessment(NOW).at == moment("2026-03-19 02:00")


@pytest.mark.parametrize(("hours", "silent"), [(1, False), (36, False), (37, True)])
def test_after_a_day_and_a_half_without_a_run_it_is_stale(hours, silent):
    made = run(finished="2026-03-18 12:00")

    assert last_reassessment(made.finished_at + timedelta(hours=hours)).is_stale is silent


def test_without_any_run_it_is_stale():
    assert last_reassessment(NOW) == LastReassessment(None, is_stale=True)


def test_freshness_can_be_asked_as_of_an_earlier_moment():
    run(finished="2026-03-18 02:00")
    run(finished="2026-03-20 02:00")

    assert last_reassessment(moment("2026-03-19 09:00")).at == moment("2026-03-18 02:00")


def test_freshness_takes_one_query(django_assert_num_queries):
    run()

    with django_assert_num_queries(1):
        last_reassessment(NOW)
