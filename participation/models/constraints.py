"""Constraints shared by models, with their error messages."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import BaseConstraint, CheckConstraint, F, Model, Q, UniqueConstraint
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from participation.dossier.contradictions import Contradiction


def vocabulary_constraints(**columns: Iterable[str]) -> list[BaseConstraint]:
    """Return a constraint per column: its value is one of these words, or "" when unknown."""
    return [
        CheckConstraint(
            condition=Q(**{f"{column}__in": ("", *words)}),
            name=f"%(class)s_{column}_known",
            violation_error_message=_("Not a valid choice. Choose from the list."),
        )
        for column, words in columns.items()
    ]


def bounds_constraints(*columns: str) -> list[BaseConstraint]:
    """Return a constraint per ``ImpreciseDateField``: its latest day is not before its earliest."""
    return [
        CheckConstraint(
            condition=Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__latest__gte": F(f"{column}__earliest")}),
            name=f"%(class)s_{column}_bounds",
            violation_error_message=_("The last day is before the first day. Correct one of them."),
        )
        for column in columns
    ]


def not_before_constraint(later: str, earlier: str) -> CheckConstraint:
    """Return the constraint that one date is not certainly before another; bounds may overlap."""
    either_missing = Q(**{f"{later}__isnull": True}) | Q(**{f"{earlier}__isnull": True})
    return CheckConstraint(
        condition=either_missing | Q(**{f"{later}__latest__gte": F(f"{earlier}__earliest")}),
        name=f"%(class)s_{later}_after_{earlier}",
        violation_error_message=_("These dates are in the wrong order. Correct one of them."),
    )


class OrderedDates(Model):
    """An abstract model that validates the order of its dates, as the dossier format does."""

    #: Pairs of columns (later, earlier), as in the dossier format.
    NOT_BEFORE: ClassVar[Sequence[tuple[str, str]]] = ()

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Raise ValidationError on a later date that is certainly before the earlier one."""
        super().clean()
        errors = {}
        for later, earlier in self.NOT_BEFORE:
            after, before = getattr(self, later), getattr(self, earlier)
            if after and before and after.latest and before.earliest and after.latest < before.earliest:
                errors[later] = ValidationError(_("These dates are in the wrong order. Correct one of them."))
        if errors:
            raise ValidationError(errors)


class FreeOfContradictions(Model):
    """An abstract model that rejects values that cannot go together, as the dossier format does."""

    #: The function that finds them, from values by column.
    CONTRADICTIONS: ClassVar[Callable[[Mapping[str, Any]], Iterable[Contradiction]]]

    class Meta:
        abstract = True

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Raise ValidationError on contradictory values, at the first of the columns that a form has."""
        super().clean_fields(exclude)
        values = {field.name: getattr(self, field.attname) for field in self._meta.concrete_fields}
        errors = {}
        for found in type(self).CONTRADICTIONS(values):
            column = next((column for column in found.columns if column not in (exclude or ())), None)
            if column is not None:
                days = {key: date_format(value) for key, value in found.values.items() if isinstance(value, date)}
                errors[column] = ValidationError(_CONTRADICTION_MESSAGES[found.kind], code=found.kind, params=days)
        if errors:
            raise ValidationError(errors)


_CONTRADICTION_MESSAGES = {
    "no_ground": _("Choose on which ground no participation is held."),
    "no_permit": _("Only a permit can have this. Choose the permit, or leave this empty."),
    "before_its_law": _(
        "This instrument exists since %(day)s, and the trajectory was closed before that. Choose another instrument, "
        "or correct the day."
    ),
    "after_its_law": _(
        "This instrument could be started until %(day)s, and the trajectory started after that. Choose another "
        "instrument, or correct the day."
    ),
    "not_next_day": _(
        "It ends on the next day, but the end is not before the start: that is more than 12 hours. Check both times."
    ),
    "is_next_day": _("It ends on the same day, but the end is before the start. Check both times."),
}


def score_constraints(*columns: str) -> list[BaseConstraint]:
    """Return a constraint per column: a score from 1 to 10, or null."""
    return [
        CheckConstraint(
            condition=Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__range": (1, 10)}),
            name=f"%(class)s_{column}_1_to_10",
            violation_error_message=_("A score is a number from 1 to 10."),
        )
        for column in columns
    ]


def exactly_one_constraint(*columns: str) -> CheckConstraint:
    """Return the constraint that exactly one of these columns is not null."""
    condition = Q()
    for present in columns:
        condition |= Q(**{f"{column}__isnull": column != present for column in columns})
    return CheckConstraint(
        condition=condition,
        name="%(class)s_is_about_one",
        violation_error_message=_("Choose exactly one subject."),
    )


def unique_ref_constraint() -> UniqueConstraint:
    """Return the constraint that a ref is unique in its trajectory."""
    return UniqueConstraint(fields=["trajectory", "ref"], name="%(class)s_ref_once")
