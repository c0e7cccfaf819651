"""One piece of work in a process of its own, so that its memory and its caches are its own.

python -m tests.benchmarks.worker prepare 1000     what it found is printed as JSON
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
        check_generator,
        exchange,
        flag_due,
        generator,
        kept,
        mails,
        pages,
        reassess,
        recipients,
        save,
        stored,
        taking_in,
        thin,
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
    fillings = {"thin": thin.fill, "recipients": recipients.fill}
    if job in fillings:
        call_command("migrate", verbosity=0)
        return fillings[job](int(arguments[0]))
    others = {
        "store": stored.store,
        "kept": lambda: kept.has(arguments[0]),
        "keep": lambda: kept.note(arguments[0]),
        "first": lambda: plain(reassess.first()),
        "peak": reassess.peak,
        "flag_due": lambda: plain(flag_due.measure(int(arguments[0]), arguments[1:])),
        "dump": lambda: plain(exchange.measure(int(arguments[0]), arguments[1])),
    }
    if job in others:
        return others[job]()
    runs = int(arguments[0])
    if job == "take_in":
        call_command("migrate", verbosity=0)
        return plain(taking_in.measure(runs, arguments[1], int(arguments[2])))
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
