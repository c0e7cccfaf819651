"""Helpers for generating mail: each mail is made once, and the failure of one does not affect others."""

from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, transaction

from participation.services.jobs.job_results import JobResult

#: Number of recipients processed per batch.
BATCH_SIZE = 100
#: Maximum number of tries; after each conflict fewer mails are left to make.
MAX_ATTEMPTS = 5

T = TypeVar("T")


def retry_in_transaction(record: Callable[[], T]) -> T:
    """Return the result of ``record``, run in one transaction.

    Where a concurrent run recorded the same, a unique constraint fails: ``record`` is then run again, and must read
    what exists anew. Raises IntegrityError where that does not help.
    """
    for _attempt in range(MAX_ATTEMPTS - 1):
        try:
            with transaction.atomic():
                return record()
        except IntegrityError:
            continue
    with transaction.atomic():
        return record()


def note_failure(result: JobResult, recipient_type: str, pk: int, error: Exception) -> None:
    """Count a mail that could not be made, by primary key: an address here would outlive the erasure of its owner."""
    result.count("failed")
    result.failures.append({recipient_type: str(pk), "error": f"{type(error).__name__}: {error}"})
