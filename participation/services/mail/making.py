"""What all makers of mail share: each mail is made once, and what goes wrong with one harms no other."""

from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, transaction

from ..outcomes import Outcome

#: So many recipients' mails are in memory together, and recorded together.
TOGETHER = 100
#: Each time another was first, fewer are left to do: so often is more than enough.
TRIES = 5

T = TypeVar("T")


def in_one(record: Callable[[], T]) -> T:
    """Return what this recorded in one transaction: all of it, or nothing.

    Where another maker recorded the same at this moment the constraints of the database refuse it: then it is done
    anew, and must look again at what is there. Raises IntegrityError where that does not help.
    """
    for _attempt in range(TRIES - 1):
        try:
            with transaction.atomic():
                return record()
        except IntegrityError:
            continue
    with transaction.atomic():
        return record()


def note_failure(outcome: Outcome, of: str, pk: int, error: Exception) -> None:
    """Note that no mail could be made for this one: by number, because an address in a receipt outlives its owner."""
    outcome.count("failed")
    outcome.failures.append({of: str(pk), "error": f"{type(error).__name__}: {error}"})
