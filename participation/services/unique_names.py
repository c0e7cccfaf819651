"""Saving what has a unique name, also where somebody else takes that name at the same moment."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

#: So many times something is tried: of people who choose one name at once, each time at least one gets it.
ATTEMPTS = 10

P = ParamSpec("P")
T = TypeVar("T")


def retried(function: Callable[P, T]) -> Callable[P, T]:
    """Return this function such that it runs anew where what it looked up was overtaken.

    Each attempt is a transaction of its own (a savepoint inside another), of which nothing stays where it fails.
    Raises the IntegrityError of the last of ``ATTEMPTS``.
    """

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        for _attempt in range(ATTEMPTS - 1):
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except IntegrityError:
                continue
        with transaction.atomic():
            return function(*args, **kwargs)

    return wrapped


def save_named(row: Any, column: str, save: Callable[[], T], *, chosen: bool) -> T:
    """Return what ``save`` returns, which saves this new row with a unique name in this column.

    Where the name was taken meanwhile, a name that is ``chosen`` in ``save`` is chosen anew, ``ATTEMPTS`` times in
    all. Each attempt is a transaction of its own, of which nothing stays where it fails. Raises ValidationError with
    the code "unique", at the column, where the name is in use.
    """
    for _attempt in range(ATTEMPTS if chosen else 1):
        try:
            with transaction.atomic():
                return save()
        except (IntegrityError, ValidationError):
            if not _is_taken(row, column):
                raise
    if chosen:
        message = _("Others add something with the same name at this moment. Save once more.")
    else:
        message = _("This is in use already. Choose another.")
    raise ValidationError({column: ValidationError(message, code="unique")})


def _is_taken(row: Any, column: str) -> bool:
    name = getattr(row, column)
    return bool(name) and type(row)._default_manager.filter(**{column: name}).exclude(pk=row.pk).exists()
