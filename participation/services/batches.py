"""Batches of many rows, so that neither a statement nor memory grows with their number."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the rows in lists of this size, of which the last may be shorter; read as they are needed."""
    remaining = iter(rows)
    while batch := list(islice(remaining, size)):
        yield batch
