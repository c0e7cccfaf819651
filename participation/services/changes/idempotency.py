"""Idempotency: the record of a request by its Idempotency-Key, with the response to replay."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import IntegrityError, transaction

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
    IdempotencyRecord.objects.filter(user=user, key=key, at__lte=now - PERIODS["requests"]).delete()
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
    try:
        with transaction.atomic():
            return IdempotencyRecord.objects.create(user=user, key=key, request=checksum, status=0, at=now), True
    except IntegrityError:
        return IdempotencyRecord.objects.get(user=user, key=key), False
