"""Runs one step of a benchmark in a process of its own, so that it shares no memory or caches with others.

python -m tests.benchmarks.steps prepare 1000     prints the result as JSON
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any


def run(step: str, arguments: list[str]) -> Any:
    """Run a step on the database of DATABASE_URL, and return its result."""
    import django

    django.setup()
    # These import models, so Django must be set up first.
    from django.core.management import call_command
    from django.db import transaction

    from . import (
        api,
        archives,
        bulk_assessment,
        check_generator,
        copies,
        exports,
        fill_markers,
        flag_due,
        generator,
        imports,
        load,
        mails,
        obligations_only,
        pages,
        reassess,
        recipients,
        save,
        workers,
        yearly_report,
    )
    from .measure import as_json

    if step == "check":
        call_command("migrate", verbosity=0)
        return check_generator.check()
    if step == "prepare":
        call_command("migrate", verbosity=0)
        started_at = time.perf_counter()
        with transaction.atomic():
            rows = generator.fill(int(arguments[0]))
        # Without statistics PostgreSQL would read whole tables for each chunk.
        reassess.vacuum()
        return {"rows": sum(rows.values()), "seconds": round(time.perf_counter() - started_at, 1)}
    fills = {"obligations_only": obligations_only.fill, "recipients": recipients.fill, "load_only": load.fill}
    if step in fills:
        call_command("migrate", verbosity=0)
        return fills[step](int(arguments[0]))
    others = {
        "assess_in_bulk": bulk_assessment.write_obligations,
        "judge_in_full": reassess.judge_in_full,
        "multiply": lambda: copies.multiply(int(arguments[0])),
        "is_filled": lambda: fill_markers.is_filled(arguments[0]),
        "mark_filled": lambda: fill_markers.mark_filled(arguments[0]),
        "first_assessment": lambda: as_json(reassess.first_assessment()),
        "peak_memory": reassess.peak_memory,
        "report_peak_memory": yearly_report.peak_memory,
        "flag_due": lambda: as_json(flag_due.measure(int(arguments[0]), arguments[1:])),
        "export": lambda: as_json(exports.measure(int(arguments[0]), arguments[1])),
    }
    if step in others:
        return others[step]()
    runs = int(arguments[0])
    if step == "import":
        call_command("migrate", verbosity=0)
        return as_json(imports.measure(runs, arguments[1], int(arguments[2])))
    measures: dict[str, Callable[[int], Any]] = {
        "reassess": reassess.measure,
        "compare": lambda count: reassess.measure(count, in_full=False),
        "overdue_list": api.measure_overdue,
        "archives": archives.measure,
        "save": save.measure,
        "pages": pages.measure,
        "api": api.measure,
        "mails": mails.measure,
        "load": load.measure,
        "yearly_report": yearly_report.measure,
        "workers": workers.measure_workers,
        "queue": workers.measure_queue,
    }
    return as_json(measures[step](runs))


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], sys.argv[2:])))
