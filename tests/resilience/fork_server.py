"""Forks the processes of the fault tests: Django is imported once, and each process is a copy of that one.

    python -m tests.resilience.fork_server     reads requests as lines of JSON and answers each with one line

The processes run the real entry points: Celery's worker and beat, and `manage.py`. Only waiting times and chunk sizes
are reduced, and each process may have a clock of its own.
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

#: Seconds that a claim lasts, and that a process may take to exit before it is killed.
CLAIM_SECONDS, EXIT_SECONDS = 2, 60


def preload() -> None:
    """Import everything that a worker, a beat or a command imports when it starts."""
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

    from participation.compliance.rulebooks import load_rulebooks
    from tracker.celery import app

    app.loader.import_default_modules()
    app.finalize()
    load_rulebooks(settings.RULEBOOK)
    for command in ("run_worker", "jobs", "send_weekly_report"):
        load_command_class(get_commands()[command], command)
    shorten_waits(app)


def shorten_waits(app: Any) -> None:
    """Set small chunks, short claims and short waits, so that a night's work takes a second."""
    from django.conf import settings

    from participation.services import assessment, outbox_rows
    from participation.services.jobs import job_definitions, jobs
    from participation.services.mail import sender

    job_definitions.CHUNK_ROWS, job_definitions.CHUNK_RECIPIENTS, job_definitions.CHUNK_DUE_ROWS = 4, 4, 8
    assessment.flag_due.__defaults__ = (3, *assessment.flag_due.__defaults__[1:])
    settings.CLAIM = timedelta(seconds=CLAIM_SECONDS)
    jobs.MIN_BACKOFF_SECONDS = jobs.MAX_BACKOFF_SECONDS = 1
    sender.BATCH_SIZE = 10
    outbox_rows.MIN_BACKOFF_SECONDS = outbox_rows.MAX_BACKOFF_SECONDS = 1
    sender.SHORT_PAUSE = sender.LONG_PAUSE = timedelta(seconds=0.5)
    # How long the filesystem transport waits after it found an empty folder.
    app.conf.broker_transport_options["polling_interval"] = 0.05
    app.conf.beat_schedule["catch-up"]["schedule"] = 1.0
    app.conf.beat_schedule["send-mail"]["schedule"] = 0.5


def fork(request: dict[str, Any]) -> int:
    """Fork a process in a process group of its own, and return its process id."""
    sys.stdout.flush()
    pid = os.fork()
    # Both parent and child set the group: whichever runs first, the group exists before anyone signals it.
    os.setpgid(pid, pid)
    if pid:
        return pid
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        null = os.open(os.devnull, os.O_RDONLY)
        for number, file in ((0, null), (1, log), (2, log)):
            os.dup2(file, number)
        code = _run(request)
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _run(request: dict[str, Any]) -> int:
    from django.conf import settings

    from participation.services import outbox_rows

    time_machine.travel(datetime.fromtimestamp(time.time() + request["clock_offset"], UTC), tick=True).start()
    _delay_statements(request["statement_delay"])
    if "timeout" in settings.DATABASES["default"]["OPTIONS"]:
        settings.DATABASES["default"]["OPTIONS"]["timeout"] = request["database_timeout"]
    settings.EMAIL_TIMEOUT = request["mail_timeout"]
    outbox_rows.LEASE = timedelta(seconds=request["mail_lease"])
    name, *arguments = request["command"]
    if name == "celery":
        from tracker.celery import app

        app.start(arguments)
    elif name == "manage":
        from django.core.management import execute_from_command_line

        execute_from_command_line(["manage.py", *arguments])
    else:
        return run_all_jobs()
    return 0


def _delay_statements(seconds: float) -> None:
    """Delay each SQL statement, as a network does, so that a fault can hit between any two statements."""
    from django.db.backends.signals import connection_created

    def wait(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        time.sleep(seconds)
        return execute(sql, params, many, context)

    def add_wrapper(connection: Any, **_named: Any) -> None:
        if wait not in connection.execute_wrappers:
            connection.execute_wrappers.append(wait)

    # A strong reference: Django's signals hold weak ones by default.
    connection_created.connect(add_wrapper, weak=False)


def run_all_jobs() -> int:
    """Run every job of the timetable in this process, whatever ran before, and return the exit code."""
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
    """Answer requests until the input ends."""
    requests, answers = sys.stdin, os.fdopen(os.dup(1), "w")
    # What the code prints goes to standard error, so that it cannot be taken for an answer.
    os.dup2(2, 1)
    preload()
    print("ready", file=answers, flush=True)
    for line in requests:
        request = json.loads(line)
        answer = _wait(request["wait"]) if "wait" in request else fork(request)
        print(json.dumps(answer), file=answers, flush=True)


def _wait(pid: int) -> int:
    """Return the exit code of this process, which is killed after EXIT_SECONDS."""
    deadline = time.monotonic() + EXIT_SECONDS
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
