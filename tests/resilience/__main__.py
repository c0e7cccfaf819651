"""Repeats the fault scenarios with other timing, and counts what was lost, duplicated or left in doubt.

    python -m tests.resilience --times 5                             all scenarios, five times in both environments
    python -m tests.resilience --environment single --only killed    scenarios with this in their name, in one of them

Exits with 1 where anything was lost, duplicated, unexpected or unfinished.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from .environments import ENVIRONMENTS, Environment, environment
from .outcomes import Outcome, job_run_errors, state_report
from .scenario_runs import scenario_run
from .scenarios import SCENARIOS

COLUMNS = {
    "runs": "runs",
    "faults": "faults",
    "flagged": "obligations flagged",
    "lost": "lost",
    "duplicated": "duplicated",
    "mails": "mails",
    "mails_lost": "lost",
    "mails_duplicated": "duplicated",
    "doubtful": "in doubt",
    "refused": "refused by the script",
    "unfinished": "unfinished",
    "failed": "failed",
}


class Total(NamedTuple):
    """The sum of the outcomes of a number of runs."""

    runs: int = 0
    faults: int = 0
    failed: int = 0
    outcome: Outcome = Outcome()

    def add(self, faults: int, ok: bool, outcome: Outcome) -> Total:
        """Return the total with one more run."""
        summed = Outcome(*map(sum, zip(self.outcome, outcome, strict=True)))
        return Total(self.runs + 1, self.faults + faults, self.failed + (not ok), summed)


def run_once(env: Environment, name: str, seed: int) -> tuple[int, bool, Outcome]:
    """Run a scenario and return the number of faults, whether the outcome is acceptable, and the outcome."""
    started_at = time.monotonic()
    with scenario_run(env, seed) as run:
        try:
            SCENARIOS[name](run)
            outcome, error_text = run.finish(), ""
        except AssertionError as error:
            outcome, error_text = Outcome(unfinished=1), str(error)
        ok = outcome.ok and outcome.doubtful <= run.max_doubtful and outcome.refused == run.expected_refused
        print(
            f"{'ok  ' if ok else 'FAIL'} {time.monotonic() - started_at:5.1f} s {env.name:11} seed {seed:<11} {name}:"
            f" {run.faults} faults, {outcome.doubtful} in doubt",
            file=sys.stderr,
            flush=True,
        )
        if not ok:
            print(outcome, error_text, job_run_errors(env), state_report(env), sep="\n", file=sys.stderr)
        return run.faults, ok, outcome


def table(totals: dict[str, Total]) -> str:
    """Return the totals as a table in Markdown."""
    lines = [["environment", *COLUMNS.values()], ["---", *["---:"] * len(COLUMNS)]]
    for name, total in totals.items():
        values = {**total.outcome._asdict(), **total._asdict()}
        lines.append([name, *(str(values[column]) for column in COLUMNS)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the scenarios that the command line selects, print the totals and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.resilience", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=1, metavar="N", help="how often to run each scenario (default: 1)")
    parser.add_argument("--environment", choices=ENVIRONMENTS, action="append", help="run in this environment only")
    parser.add_argument("--only", default="", metavar="TEXT", help="run only scenarios with this text in their name")
    parser.add_argument("--seed", type=int, default=0, help="seed of the random timing (default: 0)")
    options = parser.parse_args(arguments)
    names = [name for name in SCENARIOS if options.only in name]
    totals = {}
    for name in options.environment or ENVIRONMENTS:
        total = Total()
        with tempfile.TemporaryDirectory(prefix="resilience-") as folder, environment(name, Path(folder)) as env:
            for repetition in range(options.times):
                for scenario in names:
                    seed = zlib.crc32(f"{scenario} {options.seed + repetition}".encode())
                    total = total.add(*run_once(env, scenario, seed))
        totals[name] = total
    print(table(totals))
    return int(any(total.failed for total in totals.values()))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    sys.exit(main())
