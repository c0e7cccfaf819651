"""Unique names: slugs made from titles, and saving with retries where a concurrent insert takes the name."""

import re
from collections.abc import Callable, Collection, Mapping
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from participation.compliance.vocabulary import AUDIENCES, ORGANISATION_KINDS
from participation.dossier.names import TRAJECTORY_SLUGS
from participation.models import Neighbourhood, Organisation, Trajectory

#: Maximum number of attempts; of those that compete for a name, at least one succeeds each time.
MAX_ATTEMPTS = 10

#: The slugs that cannot be used: addresses of other pages, and names of audiences and kinds of organisation.
RESERVED_SLUGS: Final[Mapping[type[Any], frozenset[str]]] = {
    Trajectory: TRAJECTORY_SLUGS.reserved,
    Organisation: frozenset({*AUDIENCES, *ORGANISATION_KINDS}),
    Neighbourhood: frozenset(),
}
_FALLBACK_SLUGS: Final[Mapping[type[Any], str]] = {
    Trajectory: "traject",
    Organisation: "partij",
    Neighbourhood: "buurt",
}
#: Maximum length of a slug, and of what is made of a name: the rest is for a suffix.
_MAX_LENGTH, _MAX_BASE_LENGTH = 100, 90

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


def free_slug(model: type[Any], name: str, taken: Collection[str] | None = None, suffix: str = "") -> str:
    """Return an unused slug for a row of this model, made from its name.

    Where the slug is in use, ``suffix`` is added to it, or else a number. ``taken`` are the slugs in use; without it
    they are looked up.
    """
    base = re.sub("[-_]+", "-", slugify(name))[:_MAX_BASE_LENGTH].strip("-") or _FALLBACK_SLUGS[model]
    if taken is None:
        taken = set(model._default_manager.filter(slug__startswith=base).values_list("slug", flat=True))
    taken = {*taken, *RESERVED_SLUGS[model]}
    suffixes = (*filter(None, (suffix,)), *range(2, len(taken) + 3))
    slugs = (base, *(f"{base}-{ending}"[:_MAX_LENGTH].strip("-") for ending in suffixes))
    return next(slug for slug in slugs if slug not in taken)


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
