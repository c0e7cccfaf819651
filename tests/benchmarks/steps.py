"""One piece of work in a process of its own, so that its memory and its caches are its own.

python -m tests.benchmarks.steps prepare 1000     what it found is printed as JSON
"""

import json
import sys
import time
from typing import Any


def work(job: str, arguments: list[str]) -> Any:
    """Do one piece of work on the database of DATABASE_URL and return what it found."""
    import django

    django.setup()
    # Not before Django is set up.
    from django.core.management import call_command
    from django.db import transaction

    from . import (
        api,
        bulk_assessment,
        check_generator,
        exports,
        fill_markers,
        flag_due,
        generator,
        imports,
        mails,
        obligations_only,
        pages,
        reassess,
        recipients,
        save,
        workers,
    )
    from .measure import plain

    if job == "check":
        call_command("migrate", verbosity=0)
        return check_generator.check()
    if job == "prepare":
        call_command("migrate", verbosity=0)
        began = time.perf_counter()
        with transaction.atomic():
            rows = generator.fill(int(arguments[0]))
        # Without statistics PostgreSQL would read whole tables for each chunk.
        reassess.settle()
        return {"rows": sum(rows.values()), "seconds": round(time.perf_counter() - began, 1)}
    fillings = {"thin": obligations_only.fill, "recipients": recipients.fill}
    if job in fillings:
        call_command("migrate", verbosity=0)
        return fillings[job](int(arguments[0]))
    if job == "store":
        return bulk_assessment.store()
    if job == "kept":
        return fill_markers.has(arguments[0])
    if job == "keep":
        return fill_markers.note(arguments[0])
    if job == "first":
        return plain(reassess.first())
    if job == "peak":
        return reassess.peak()
    runs = int(arguments[0])
    if job == "flag_due":
        return plain(flag_due.measure(runs, arguments[1:]))
    if job == "dump":
        return plain(exports.measure(runs, arguments[1]))
    if job == "take_in":
        call_command("migrate", verbosity=0)
        return plain(imports.measure(runs, arguments[1], int(arguments[2])))
    measures = {
        "reassess": reassess.nightly,
        "save": save.measure,
        "pages": pages.measure,
        "api": api.measure,
        "mails": mails.measure,
        "workers": workers.speed_up,
        "queue": workers.queue,
    }
    return plain(measures[job](runs))


if __name__ == "__main__":
    print(json.dumps(work(sys.argv[1], sys.argv[2:])))
