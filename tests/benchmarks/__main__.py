"""Measures Leidraad, each figure against its floor; no figure is a limit, and none is quoted without its ratio.

    python -m tests.benchmarks                                   everything, at 1,000 and 10,000 trajectories
    python -m tests.benchmarks reassess --sizes 1000,100000 --database sqlite --runs 3 --json found.json
    python -m tests.benchmarks night --database sqlite --keep filled

Databases are made for the occasion and go away with it: SQLite in a temporary folder, and a PostgreSQL server of its
own. With --keep large ones are filled once. RULEBOOK chooses another rulebook than Leiden's.
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

from .databases import databases, run, say
from .plans import PLANS, measured


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", nargs="?", default="all", choices=[*PLANS, "all"])
    parser.add_argument(
        "--sizes",
        type=lambda text: sorted(int(size) for size in text.split(",")),
        default=[],
        metavar="N,N",
        help="numbers of trajectories, for mails of recipients (default: 1000,10000, or what the work is about)",
    )
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="rounds that count (default: 5)")
    parser.add_argument(
        "--keep",
        default="",
        metavar="WHERE",
        help="a folder for SQLite, or the address of a PostgreSQL server: what is filled there is used again",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    chosen = parser.parse_args()
    if chosen.keep and chosen.database == "both":
        parser.error("--keep is for one kind of database: add --database sqlite or --database postgres.")
    return chosen


def main() -> int:
    """Measure, and print what was found."""
    chosen = options()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    kinds = ["sqlite", "postgres"] if chosen.database == "both" else [chosen.database]
    figures: list[dict[str, Any]] = []
    if chosen.work == "all":
        check()
    for kind in kinds:
        try:
            with databases(kind, chosen.keep) as there:
                found = measured(chosen.work, chosen.sizes, chosen.runs, there)
        except ServiceError as error:
            say(str(error))
            return 1
        figures += [{**figure, "database": kind} for figure in found]
    about = machine(kinds)
    print(table(figures, about))
    if chosen.json:
        report = {"machine": about, "command": sys.argv[1:], "figures": figures}
        chosen.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


def check() -> None:
    """Stop when what the generator makes is no sound dossier."""
    with tempfile.TemporaryDirectory(prefix="leidraad-benchmarks-") as folder:
        wrong = run(f"sqlite:///{Path(folder) / 'check.sqlite3'}", "check")
    if wrong:
        raise SystemExit("The invented trajectories are not sound:\n" + "\n".join(wrong[:20]))
    say("the invented trajectories are sound dossiers")


def machine(kinds: list[str]) -> str:
    """Return on what this was measured."""
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


def table(figures: list[dict[str, Any]], about: str) -> str:
    """Return the figures as a table that can be pasted."""
    head = ("measured", "as a multiple of", "database", "size", "min", "median", "max", "")
    rows = [head]
    for figure in figures:
        found = figure["ratios"]
        spread = (
            f"{value:.2f}" if value > 0.1 else f"{value:.4f}" for value in (min(found), median(found), max(found))
        )
        where = (figure["database"], f"{figure['size']:,}")
        rows.append((figure["what"], figure["against"], *where, *spread, figure.get("note", "")))
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    right = range(3, 7)
    lines = [
        "  ".join(
            text.rjust(width) if column in right else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([about, "", *lines])


if __name__ == "__main__":
    sys.exit(main())
