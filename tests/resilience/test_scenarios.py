"""Whatever fault happens on a Monday morning, each obligation is flagged once, each mail is sent once, and all ends.

The scenarios run in the environment of one machine where the tests run on SQLite, and in the distributed one where
they run on PostgreSQL. `python -m tests.resilience` runs more scenarios, and repeats them with other timing.
"""

from __future__ import annotations

import zlib

import pytest
from django.conf import settings

from . import dataset
from .environments import environment
from .outcomes import job_run_errors, state_report
from .scenario_runs import scenario_run
from .scenarios import COMMAND_ONLY, SCENARIOS


@pytest.fixture(scope="session")
def fault_environment(tmp_path_factory):
    """The environment that uses the same database server as these tests."""
    name = "distributed" if "postgresql" in settings.DATABASES["default"]["ENGINE"] else "single"
    with environment(name, tmp_path_factory.mktemp(name)) as env:
        yield env


def test_the_monday_run_gives_the_expected_transitions_and_emails(fault_environment):
    expected = fault_environment.expected
    transitions = expected["transitions"]
    assert len({pk for pk, *_rest in transitions}) == len(transitions) == expected["due"] == dataset.LATE + dataset.SOON
    assert [new for _pk, _old, new, _on in transitions].count("overdue") == dataset.LATE
    assert {on for *_rest, on in transitions} == {dataset.MONDAY.isoformat()}
    mails = {kind: len(set(recipients)) for kind, recipients in expected["mails"].items()}
    assert mails == {
        "weekly_report": sum(dataset.USERS.values()),
        "news": dataset.FOLLOWERS,
        "reminder": dataset.LATE_THURSDAY,
    }


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name not in COMMAND_ONLY])
def test_a_fault_loses_nothing_duplicates_nothing_and_blocks_nothing(name, fault_environment):
    with scenario_run(fault_environment, zlib.crc32(name.encode())) as run:
        SCENARIOS[name](run)
        outcome = run.finish()
        assert outcome.ok, f"{outcome}\n{job_run_errors(fault_environment)}\n{state_report(fault_environment)}"
        assert outcome.doubtful <= run.max_doubtful
        assert outcome.refused == run.expected_refused
