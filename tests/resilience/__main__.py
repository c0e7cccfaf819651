"""Faults again and again, each time at other moments: what was lost, what came twice, and what is in doubt.

    python -m tests.resilience --times 5                     all scenarios five times in both worlds
    python -m tests.resilience --world alone --only killed   those with this in their name, in one of them

Exits with 1 where anything was lost, doubled, wrong or stuck.
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

from .environments import World, world
from .outcomes import Figures, state_report, wrong_receipts
from .scenario_runs import morning
from .scenarios import SCENARIOS

WORLDS = ("alone", "spread")
COLUMNS = {
    "mornings": "mornings",
    "faults": "faults",
    "flagged": "obligations flagged",
    "lost": "lost",
    "doubled": "doubled",
    "mails": "mails",
    "mails_lost": "lost",
    "mails_doubled": "doubled",
    "doubtful": "in doubt",
    "refused": "refused, as told",
    "stuck": "stuck",
    "failed": "failed",
}


class Sum(NamedTuple):
    """What so many mornings came to."""

    mornings: int = 0
    faults: int = 0
    failed: int = 0
    figures: Figures = Figures()

    def and_then(self, faults: int, good: bool, figures: Figures) -> Sum:
        """Return it with one more."""
        together = Figures(*map(sum, zip(self.figures, figures, strict=True)))
        return Sum(self.mornings + 1, self.faults + faults, self.failed + (not good), together)


def one(where: World, name: str, seed: int) -> tuple[int, bool, Figures]:
    """Return what one morning came to: how many faults there were, whether it is good, and its figures."""
    began = time.monotonic()
    with morning(where, seed) as monday:
        try:
            SCENARIOS[name](monday)
            found, why = monday.end(), ""
        except AssertionError as error:
            found, why = Figures(stuck=1), str(error)
        good = found.good and found.doubtful <= monday.may_doubt and found.refused == monday.may_refuse
        print(
            f"{'good' if good else 'BAD '} {time.monotonic() - began:5.1f} s {where.name:6} seed {seed:<11} {name}:"
            f" {monday.faults} faults, {found.doubtful} in doubt",
            file=sys.stderr,
            flush=True,
        )
        if not good:
            print(found, why, wrong_receipts(where), state_report(where), sep="\n", file=sys.stderr)
        return monday.faults, good, found


def table(sums: dict[str, Sum]) -> str:
    """Return the figures as a table in Markdown."""
    lines = [["world", *COLUMNS.values()], ["---", *["---:"] * len(COLUMNS)]]
    for name, found in sums.items():
        values = {**found.figures._asdict(), **found._asdict()}
        lines.append([name, *(str(values[column]) for column in COLUMNS)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, and let everything go wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=1, metavar="N", help="so often each (default: 1)")
    parser.add_argument("--world", choices=WORLDS, action="append", help="only in this one")
    parser.add_argument("--only", default="", metavar="TEXT", help="only those with this in their name")
    parser.add_argument("--seed", type=int, default=0, help="where chance begins (default: 0)")
    chosen = parser.parse_args(arguments)
    names = [name for name in SCENARIOS if chosen.only in name]
    sums = {}
    for name in chosen.world or WORLDS:
        total = Sum()
        with tempfile.TemporaryDirectory(prefix="faults-") as folder, world(name, Path(folder)) as where:
            for time_ in range(chosen.times):
                for scenario in names:
                    seed = zlib.crc32(f"{scenario} {chosen.seed + time_}".encode())
                    total = total.and_then(*one(where, scenario, seed))
        sums[name] = total
    print(table(sums))
    return int(any(found.failed for found in sums.values()))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    sys.exit(main())
