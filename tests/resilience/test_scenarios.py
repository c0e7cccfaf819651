"""Whatever goes wrong on a Monday morning: everything is flagged once, mailed once, and nothing is stuck.

Alone where the tests run on SQLite, spread where they run on PostgreSQL; with servers of its own, which it kills.
`python -m tests.resilience` does the same and more, again and again, each time at other moments.
"""

from __future__ import annotations

import zlib

import pytest
from django.conf import settings

from . import dataset
from .environments import world
from .outcomes import state_report, wrong_receipts
from .scenario_runs import morning
from .scenarios import ONLY_OFTEN, SCENARIOS


@pytest.fixture(scope="session")
def faulty_world(tmp_path_factory):
    """The world that goes with the database of these tests."""
    name = "spread" if "postgresql" in settings.DATABASES["default"]["ENGINE"] else "alone"
    with world(name, tmp_path_factory.mktemp(name)) as found:
        yield found


def test_the_monday_run_gives_the_expected_transitions_and_emails(faulty_world):
    expected = faulty_world.expected
    lines = expected["ledger"]
    assert len({pk for pk, *_line in lines}) == len(lines) == expected["due"] == dataset.LATE + dataset.SOON
    assert [new for _pk, _old, new, _on in lines].count("overdue") == dataset.LATE
    assert {on for *_line, on in lines} == {dataset.MONDAY.isoformat()}
    mails = {kind: len(set(everyone)) for kind, everyone in expected["mails"].items()}
    assert mails == {
        "weekly_report": sum(dataset.PEOPLE.values()),
        "news": dataset.FOLLOWERS,
        "reminder": dataset.COMING,
    }


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name not in ONLY_OFTEN])
def test_a_fault_loses_nothing_duplicates_nothing_and_blocks_nothing(name, faulty_world):
    with morning(faulty_world, zlib.crc32(name.encode())) as monday:
        SCENARIOS[name](monday)
        found = monday.end()
        assert found.good, f"{found}\n{wrong_receipts(faulty_world)}\n{state_report(faulty_world)}"
        assert found.doubtful <= monday.may_doubt
        assert found.refused == monday.may_refuse
