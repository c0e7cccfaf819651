"""Abstract model for columns that name parties: slugs of organisations, or audience words."""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from .constraints import CombinedChecks
from .organisations import Organisation


class ReferencesParties(CombinedChecks):
    """A model with columns that name parties: slugs of organisations, or audience words."""

    #: Columns that name parties, with the words that they may hold besides slugs.
    PARTIES: ClassVar[Mapping[str, Collection[str]]] = {}

    class Meta:
        abstract = True

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Raise ValidationError, by field, when the row refers to something that does not exist."""
        super().clean_fields(exclude)
        errors = self.reference_errors(exclude or ())
        if errors:
            raise ValidationError(errors)

    def reference_errors(self, exclude: Collection[str]) -> dict[str, ValidationError]:
        """Return the errors of columns that name unknown parties, by field, without the excluded ones."""
        named = {field: names_in(self, field) - set(words) for field, words in self.PARTIES.items()}
        slugs = {slug for field, found in named.items() for slug in found if field not in exclude}
        known = set(Organisation.objects.filter(slug__in=slugs).values_list("slug", flat=True)) if slugs else set()
        return {
            field: unknown_names_error(_("There is no organisation %(names)s."), found - known)
            for field, found in named.items()
            if field not in exclude and found - known
        }


def names_in(row: models.Model, field: str) -> set[str]:
    """Return the names in a column that holds one name or a list."""
    value: Any = getattr(row, field)
    return (set(value) if isinstance(value, list) else {value}) - {"", None}


def unknown_names_error(message: Any, names: Collection[str]) -> ValidationError:
    """Return the error that these names do not exist."""
    return ValidationError(message, code="not_there", params={"names": ", ".join(sorted(names))})
