"""Doing once what is sent more than once: the record of a request, and what it was answered."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import IntegrityError, transaction

from participation.models import DoneOnce, User

from .expiry import REQUESTS_KEPT


class KeyReused(Exception):
    """This key was used for another request; nothing was done."""


@contextmanager
def idempotency_record(user: User, key: str, checksum: str, now: datetime) -> Iterator[DoneOnce]:
    """Yield the record of a request: new and without a status, or of an earlier one, with its answer.

    All inside is one transaction, and whoever sends the same at the same moment waits until it is over. A new record
    that got no status inside is forgotten, so that the same can be sent again. Raises KeyReused where this person used
    the key with another ``checksum``.
    """
    DoneOnce.objects.filter(user=user, key=key, at__lte=now - REQUESTS_KEPT).delete()
    with transaction.atomic():
        record, is_new = _record(user, key, checksum, now)
        if record.request != checksum:
            raise KeyReused
        yield record
        if is_new and record.status:
            record.save()
        elif is_new:
            record.delete()


def _record(user: User, key: str, checksum: str, now: datetime) -> tuple[DoneOnce, bool]:
    """Return the record, and whether it is new. It comes before what is done: the second waits for it here."""
    try:
        with transaction.atomic():
            return DoneOnce.objects.create(user=user, key=key, request=checksum, status=0, at=now), True
    except IntegrityError:
        return DoneOnce.objects.get(user=user, key=key), False
