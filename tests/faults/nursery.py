"""Where the processes of a fault test come from: all code is read once, and each process is a copy of that one.

    python -m tests.faults.nursery     takes orders as lines of JSON and answers each with one

What runs in them are the real doors: Celery's worker and its beat, and `manage.py`. Only what would take minutes takes
moments here, and each process may have a clock of its own.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

#: A claim lasts so many seconds, and a process that is to stop has so many.
CLAIM, PATIENCE = 2, 60


def make_ready() -> None:
    """Read everything that a worker, a beat or a command reads when it starts."""
    import django

    django.setup()
    import celery.apps.beat
    import celery.apps.worker
    import celery.beat
    import celery.bin.beat
    import celery.bin.worker
    import celery.concurrency.prefork
    import celery.concurrency.solo  # noqa: F401
    import django.core.mail.backends.smtp
    import kombu.transport.filesystem
    import kombu.transport.redis  # noqa: F401
    from django.conf import settings
    from django.core.management import get_commands, load_command_class

    from participation.compliance.rulebook import load
    from tracker.celery import app

    app.loader.import_default_modules()
    app.finalize()
    load(settings.RULEBOOK)
    for command in ("run_worker", "jobs", "send_weekly_report"):
        load_command_class(get_commands()[command], command)
    make_small(app)


def make_small(app: Any) -> None:
    """Many small parts, short claims and short waits: what takes a night takes a second."""
    from django.conf import settings

    from participation.services import assessment, outbox_rows
    from participation.services.jobs import job_definitions, jobs
    from participation.services.mail import sender

    job_definitions.CHUNK_ROWS, job_definitions.CHUNK_RECIPIENTS, job_definitions.CHUNK_DUE_ROWS = 4, 4, 8
    assessment.flag_due.__defaults__ = (3, *assessment.flag_due.__defaults__[1:])
    settings.CLAIM = timedelta(seconds=CLAIM)
    jobs.MIN_BACKOFF_SECONDS = jobs.MAX_BACKOFF_SECONDS = 1
    sender.BATCH_SIZE, outbox_rows.LEASE = 10, timedelta(seconds=CLAIM + 1)
    outbox_rows.MIN_BACKOFF_SECONDS = outbox_rows.MAX_BACKOFF_SECONDS = 1
    sender.SHORT_PAUSE = sender.LONG_PAUSE = timedelta(seconds=0.5)
    # How long a folder is left alone that had nothing in it.
    app.conf.broker_transport_options["polling_interval"] = 0.05
    app.conf.beat_schedule["catch-up"]["schedule"] = 1.0
    app.conf.beat_schedule["send-mail"]["schedule"] = 0.5


def begin(order: dict[str, Any]) -> int:
    """Begin a process in a group of its own, and return its number."""
    sys.stdout.flush()
    pid = os.fork()
    # Parent and child both say so: whichever is first, nobody finds it without its group.
    os.setpgid(pid, pid)
    if pid:
        return pid
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        out = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for number, file in ((0, nothing), (1, out), (2, out)):
            os.dup2(file, number)
        code = _live(order)
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _live(order: dict[str, Any]) -> int:
    from django.conf import settings

    time_machine.travel(datetime.fromtimestamp(time.time() + order["ahead"], UTC), tick=True).start()
    _slow_down(order["pause"])
    if "timeout" in settings.DATABASES["default"]["OPTIONS"]:
        settings.DATABASES["default"]["OPTIONS"]["timeout"] = order["database_patience"]
    settings.EMAIL_TIMEOUT = order["mail_patience"]
    name, *arguments = order["command"]
    if name == "celery":
        from tracker.celery import app

        app.start(arguments)
    elif name == "manage":
        from django.core.management import execute_from_command_line

        execute_from_command_line(["manage.py", *arguments])
    else:
        return once_more()
    return 0


def _slow_down(pause: float) -> None:
    """Let each statement take a while, as over a network: so what happens to a process happens between any two."""
    from django.db.backends.signals import connection_created

    def wait(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        time.sleep(pause)
        return execute(sql, params, many, context)

    def slow(connection: Any, **_named: Any) -> None:
        if wait not in connection.execute_wrappers:
            connection.execute_wrappers.append(wait)

    # Kept by the process: Django holds on to no receiver.
    connection_created.connect(slow, weak=False)


def once_more() -> int:
    """Do all that the timetable asks for, in this process, as if nobody had done it."""
    from participation import tasks
    from participation.timetable import JOBS
    from tracker.celery import app

    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    for job in JOBS:
        tasks.start_job(job.name)
    tasks.catch_up()
    tasks.send_mail()
    return 0


def main() -> None:
    """Take orders until there are no more."""
    orders, answers = sys.stdin, os.fdopen(os.dup(1), "w")
    # What the code prints is not an answer.
    os.dup2(2, 1)
    make_ready()
    print("ready", file=answers, flush=True)
    for line in orders:
        order = json.loads(line)
        answer = _wait(order["wait"]) if "wait" in order else begin(order)
        print(json.dumps(answer), file=answers, flush=True)


def _wait(pid: int) -> int:
    """Return the exit code of this process. What does not come to its end is killed."""
    deadline = time.monotonic() + PATIENCE
    with suppress(ChildProcessError):
        while not (ended := os.waitpid(pid, os.WNOHANG))[0]:
            if time.monotonic() > deadline:
                os.killpg(pid, signal.SIGKILL)
            time.sleep(0.005)
        return os.waitstatus_to_exitcode(ended[1])
    return 0


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    main()
