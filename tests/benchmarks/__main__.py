"""Runs the benchmarks. Each figure is a multiple of a baseline that is measured in the same run; none is a limit.

    python -m tests.benchmarks                                   all benchmarks, at 1,000 and 10,000 trajectories
    python -m tests.benchmarks reassess --sizes 1000,100000 --database sqlite --runs 3 --json figures.json
    python -m tests.benchmarks flag_due_large --database sqlite --keep folder

The databases are temporary: SQLite in a temporary folder, and a PostgreSQL server of its own. With --keep they stay,
so that large ones are filled once. RULEBOOK selects another rulebook than Leiden's.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from tests.servers import ServiceError, postgres_programs

from .databases import databases, log, run_step
from .plans import PLANS, measure


def options() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("benchmark", nargs="?", default="all", choices=[*PLANS, "all"])
    parser.add_argument(
        "--sizes",
        type=lambda text: sorted(int(size) for size in text.split(",")),
        default=[],
        metavar="N,N",
        help="numbers of trajectories, for mails of recipients (default: 1000,10000, or the sizes of the benchmark)",
    )
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="number of runs, after a warm-up (default: 5)")
    parser.add_argument(
        "--keep",
        default="",
        metavar="LOCATION",
        help="folder for SQLite files, or URL of a PostgreSQL server: keep the databases there and use them again",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to this file")
    chosen = parser.parse_args()
    if chosen.keep and chosen.database == "both":
        parser.error("--keep needs one kind of database: add --database sqlite or --database postgres.")
    return chosen


def main() -> int:
    """Run the benchmarks, print the figures and return the exit code."""
    chosen = options()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    kinds = ["sqlite", "postgres"] if chosen.database == "both" else [chosen.database]
    figures: list[dict[str, Any]] = []
    if chosen.benchmark == "all":
        check()
    for kind in kinds:
        try:
            with databases(kind, chosen.keep) as available:
                found = measure(chosen.benchmark, chosen.sizes, chosen.runs, available)
        except ServiceError as error:
            log(str(error))
            return 1
        figures += [{**figure, "database": kind} for figure in found]
    machine_text = machine(kinds)
    print(table(figures, machine_text))
    if chosen.json:
        report = {"machine": machine_text, "command": sys.argv[1:], "figures": figures}
        chosen.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


def check() -> None:
    """Check that the generator makes valid dossiers. Raises SystemExit where it does not."""
    with tempfile.TemporaryDirectory(prefix="leidraad-benchmarks-") as folder:
        errors = run_step(f"sqlite:///{Path(folder) / 'check.sqlite3'}", "check")
    if errors:
        raise SystemExit("The generated trajectories are not valid dossiers:\n" + "\n".join(errors[:20]))
    log("the generated trajectories are valid dossiers")


def machine(kinds: list[str]) -> str:
    """Return a description of the machine and its software."""
    import sqlite3

    version: dict[str, Callable[[], str]] = {
        "sqlite": lambda: f"SQLite {sqlite3.sqlite_version}",
        "postgres": lambda: (
            subprocess.check_output([postgres_programs() / "postgres", "--version"], text=True)
            .replace("postgres (PostgreSQL)", "PostgreSQL")
            .strip()
        ),
    }
    parts = [f"{os.cpu_count()} cores", f"Python {platform.python_version()}", *(version[kind]() for kind in kinds)]
    return ", ".join(parts)


def table(figures: list[dict[str, Any]], machine_text: str) -> str:
    """Return the figures as a text table."""
    head = ("measured", "as a multiple of", "database", "size", "min", "median", "max", "")
    rows = [head]
    for figure in figures:
        found = figure["ratios"]
        spread = (
            f"{value:.2f}" if value > 0.1 else f"{value:.4f}" for value in (min(found), median(found), max(found))
        )
        columns = (figure["database"], f"{figure['size']:,}")
        rows.append((figure["name"], figure["baseline"], *columns, *spread, figure.get("note", "")))
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    right_aligned = range(3, 7)
    lines = [
        "  ".join(
            text.rjust(width) if column in right_aligned else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([machine_text, "", *lines])


if __name__ == "__main__":
    sys.exit(main())
