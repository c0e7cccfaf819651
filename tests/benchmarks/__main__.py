"""Measures Leidraad, each figure against its floor; no figure is a limit, and none is quoted without its ratio.

    python -m tests.benchmarks                                   everything, at 1,000 and 10,000 trajectories
    python -m tests.benchmarks reassess --sizes 1000,100000 --database sqlite --runs 3 --json found.json

Databases are made for the occasion in a temporary folder and go away with it: SQLite, and a PostgreSQL server
of its own. RULEBOOK chooses another rulebook than Leiden's.
"""

import argparse
import contextlib
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from tests.servers import ServiceError, postgres, postgres_programs

WORK = ("reassess", "save", "pages", "flag_due")
ROOT = Path(__file__).resolve().parents[2]
#: Above so many trajectories each thing is measured once, for it takes minutes.
LARGE = 20_000
Databases = dict[int, tuple[str, str]]  # by size: the address of a database, and its name


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", nargs="?", default="all", choices=[*WORK, "all"])
    parser.add_argument(
        "--sizes",
        type=lambda text: sorted(int(size) for size in text.split(",")),
        default=[1_000, 10_000],
        metavar="N,N",
        help="numbers of trajectories (default: 1000,10000)",
    )
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="rounds that count (default: 5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    return parser.parse_args()


def main() -> int:
    """Measure, and print what was found."""
    chosen = options()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    kinds = ["sqlite", "postgres"] if chosen.database == "both" else [chosen.database]
    figures: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="leidraad-benchmarks-") as folder:
        if chosen.work == "all":
            check(Path(folder))
        for kind in kinds:
            try:
                with databases(kind, Path(folder), chosen.sizes) as made:
                    figures += [{**found, "database": kind} for found in measured(chosen, kind, made)]
            except ServiceError as error:
                say(str(error))
                return 1
    about = machine(kinds)
    print(table(figures, about))
    if chosen.json:
        report = {"machine": about, "command": sys.argv[1:], "figures": figures}
        chosen.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


def check(folder: Path) -> None:
    """Stop when what the generator makes is no sound dossier."""
    wrong = run(f"sqlite:///{folder / 'check.sqlite3'}", "check")
    if wrong:
        raise SystemExit("The invented trajectories are not sound:\n" + "\n".join(wrong[:20]))
    say("the invented trajectories are sound dossiers")


@contextlib.contextmanager
def databases(kind: str, folder: Path, sizes: list[int]) -> Iterator[Databases]:
    """Make an empty database for each size, for the length of the block."""
    if kind == "sqlite":
        files = {size: folder / f"{size}.sqlite3" for size in sizes}
        yield {size: (f"sqlite:///{file}", str(file)) for size, file in files.items()}
        return
    import psycopg  # only where it is asked for

    with postgres() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            for size in sizes:
                connection.execute(f"CREATE DATABASE bench_{size}")
        server = url.rpartition("/")[0]
        yield {size: (f"{server}/bench_{size}", f"bench_{size}") for size in sizes}


def measured(chosen: argparse.Namespace, kind: str, made: Databases) -> list[dict[str, Any]]:
    """Fill the databases, the smallest first, and measure in each."""
    figures: list[dict[str, Any]] = []
    peaks: dict[int, float] = {}
    runs = str(chosen.runs)

    def do(size: int, job: str, *arguments: str) -> Any:
        began = time.monotonic()
        found = run(made[size][0], job, *arguments)
        say(f"{kind}, {size:,}: {job} in {time.monotonic() - began:.0f} s")
        return found

    for size in made:
        do(size, "prepare", str(size))
        # The first assessment of very many takes hours: what it leaves behind is written past the models.
        found = do(size, "first") if size <= LARGE else do(size, "store") and []
        if chosen.work in ("all", "reassess"):
            found += do(size, "reassess", runs if size <= LARGE else "1")
            peaks[size] = do(size, "peak")
            least = min(peaks)
            found.append(
                {
                    "what": "memory that reassess_all adds, at most",
                    "against": f"the same at {least:,}",
                    "ratios": [peaks[size] / peaks[least]],
                    "note": f"{peaks[size]:.0f} MB",
                }
            )
        for work in ("save", "pages"):
            if chosen.work in ("all", work):
                found += do(size, work, runs)
        figures += [{**figure, "size": size} for figure in found]
    if chosen.work in ("all", "flag_due"):
        figures += do(min(made), "flag_due", runs, *(name for _url, name in made.values()))
    return figures


def run(url: str, job: str, *arguments: str) -> Any:
    """Do one piece of work in a process of its own and return what it found."""
    # Without DEBUG, which keeps a copy of every query.
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ("DEBUG", "DEMO", "REDIS_URL")},
        "DJANGO_SETTINGS_MODULE": "tracker.settings",
        "DATABASE_URL": url,
        "SECRET_KEY": "only-to-measure",
    }
    command = [sys.executable, "-m", "tests.benchmarks.worker", job, *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{job} failed on {url.rpartition('/')[2]}")
    return json.loads(done.stdout)


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
        spread = (f"{value:.2f}" for value in (min(found), median(found), max(found)))
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


def say(text: str) -> None:
    """Tell how far it is."""
    print(f"benchmarks: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
