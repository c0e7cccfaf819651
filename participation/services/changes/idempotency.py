"""Idempotency: the record of a request by its Idempotency-Key, with the response to replay."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from participation.models import IdempotencyRecord, User
from participation.retention import PERIODS


class KeyReused(Exception):
    """Raised where the key was used for a different request; nothing was done."""


@contextmanager
def idempotency_record(user: User, key: str, checksum: str, now: datetime) -> Iterator[IdempotencyRecord]:
    """Yield the record for this Idempotency-Key: new and without a status, or an earlier one with its response.

    The body runs in one transaction, and a concurrent request with the same key waits until it ends. A new record that
    got no status is deleted, so that the request can be retried. Raises KeyReused where this user used the key with
    another ``checksum``.
    """
    with transaction.atomic():
        record, is_new = _record(user, key, checksum, now)
        if record.request != checksum:
            raise KeyReused
        yield record
        if is_new and record.status:
            record.save()
        elif is_new:
            record.delete()


def _record(user: User, key: str, checksum: str, now: datetime) -> tuple[IdempotencyRecord, bool]:
    """Return the record, and whether it is new. Inserted before the work: a concurrent request blocks on the insert."""
    new = IdempotencyRecord(user=user, key=key, request=checksum, status=0, at=now)
    IdempotencyRecord.objects.bulk_create([new], ignore_conflicts=True)
    record = IdempotencyRecord.objects.get(user=user, key=key)
    if record.at <= now - PERIODS["requests"]:
        record.delete()
        IdempotencyRecord.objects.bulk_create([new], ignore_conflicts=True)
        record = IdempotencyRecord.objects.get(user=user, key=key)
    # No record without a status is ever committed.
    return record, not record.status
