"""What workers include that are measured: a job whose parts are empty, and a sign that a worker is ready for work.

Of a run of the empty job remains what its parts cost beside their work: their rows, and their way through the queue.
"""

import os
from collections.abc import Iterator, MutableMapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

from celery.signals import worker_process_init, worker_ready
from django.conf import settings

from participation.compliance.rulebook import load
from participation.services.jobs.job_definitions import CHUNK_ROWS, JOB_DEFINITIONS, JobDefinition, KeyRange
from participation.services.jobs.job_results import JobResult

NAME, PARTS = "empty", 200
#: The folder in which a worker that is ready leaves a file.
READY = "BENCHMARK_WORKERS_READY"


def _plan(_day: date, _now: datetime) -> Iterator[KeyRange]:
    for nth in range(PARTS):
        yield KeyRange("trajectory", nth * CHUNK_ROWS + 1, (nth + 1) * CHUNK_ROWS)


cast(MutableMapping[str, JobDefinition], JOB_DEFINITIONS)[NAME] = JobDefinition(_plan, lambda *_given: JobResult())


@worker_process_init.connect
def _warm(**_given: Any) -> None:
    """Read the rulebook before any work, as a worker has that has done some."""
    load(settings.RULEBOOK)


@worker_ready.connect
def _tell(**_given: Any) -> None:
    _warm()
    if folder := os.environ.get(READY):
        (Path(folder) / str(os.getpid())).touch()
