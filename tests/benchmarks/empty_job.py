"""Code that the measured Celery workers include: a job with empty chunks, and a signal that a worker is ready.

A run of the empty job takes what its chunks cost beside their work: their rows, and their way through the queue.
"""

import os
from collections.abc import Iterator, MutableMapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

from celery.signals import worker_process_init, worker_ready
from django.conf import settings

from participation.compliance.rulebooks import load_rulebooks
from participation.services.jobs.job_definitions import CHUNK_ROWS, JOB_DEFINITIONS, JobDefinition, KeyRange
from participation.services.jobs.job_results import JobResult

NAME, CHUNKS = "empty", 200
#: The variable with the folder in which each worker that is ready creates a file.
READY = "BENCHMARK_WORKERS_READY"


def _plan(_day: date, _now: datetime) -> Iterator[KeyRange]:
    for number in range(CHUNKS):
        yield KeyRange("trajectory", number * CHUNK_ROWS + 1, (number + 1) * CHUNK_ROWS)


cast(MutableMapping[str, JobDefinition], JOB_DEFINITIONS)[NAME] = JobDefinition(_plan, lambda *_given: JobResult())


@worker_process_init.connect
def _load_rulebook(**_given: Any) -> None:
    """Load the rulebook before the first task, as in a worker that has run for a while."""
    load_rulebooks(settings.RULEBOOK)


@worker_ready.connect
def _report_ready(**_given: Any) -> None:
    _load_rulebook()
    if folder := os.environ.get(READY):
        (Path(folder) / str(os.getpid())).touch()
