"""Saving rows with a unique name, with retries where a concurrent insert takes the name."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

#: Maximum number of attempts; of those that compete for a name, at least one succeeds each time.
MAX_ATTEMPTS = 10

P = ParamSpec("P")
T = TypeVar("T")


def retry_on_conflict(function: Callable[P, T]) -> Callable[P, T]:
    """Return this function, run again where a concurrent write makes it fail with IntegrityError.

    Each attempt is a transaction of its own (a savepoint inside another), rolled back where it fails. Raises the
    IntegrityError of the last of ``MAX_ATTEMPTS``.
    """

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        for _attempt in range(MAX_ATTEMPTS - 1):
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except IntegrityError:
                continue
        with transaction.atomic():
            return function(*args, **kwargs)

    return wrapped


def save_with_unique_name(row: Any, column: str, save: Callable[[], T], *, is_generated: bool) -> T:
    """Return the result of ``save``, which saves this new row with a unique name in this column.

    Where the name was taken concurrently, and ``save`` makes the name itself (``is_generated``), it is called again, up
    to ``MAX_ATTEMPTS`` times. Each attempt is a transaction of its own, rolled back where it fails. Raises
    ValidationError with code "unique", by column, where the name is in use.
    """
    for _attempt in range(MAX_ATTEMPTS if is_generated else 1):
        try:
            with transaction.atomic():
                return save()
        except (IntegrityError, ValidationError):
            if not _is_taken(row, column):
                raise
    if is_generated:
        message = _("Others add something with the same name at this moment. Save once more.")
    else:
        message = _("This is in use already. Choose another.")
    raise ValidationError({column: ValidationError(message, code="unique")})


def _is_taken(row: Any, column: str) -> bool:
    name = getattr(row, column)
    return bool(name) and type(row)._default_manager.filter(**{column: name}).exclude(pk=row.pk).exists()
