"""Constraints shared by models, with their error messages."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db.models import BaseConstraint, CheckConstraint, F, Model, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _


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
