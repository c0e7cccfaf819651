"""Constraints shared by models, with their error messages."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, ClassVar, Final

from django.core.exceptions import ValidationError
from django.db import router
from django.db.models import BaseConstraint, BooleanField, CheckConstraint, F, Model, Q, UniqueConstraint, Value
from django.db.models.functions import Coalesce
from django.db.models.sql import Query
from django.db.models.sql.constants import SINGLE
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from participation.compliance import wording
from participation.dossier.contradictions import Contradiction

from .labels import LABELS
from .languages import active_language

#: The code of the error that one date is before another that it must follow.
WRONG_ORDER: Final = "wrong_order"


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


class CombinedChecks(Model):
    """An abstract model that validates its check constraints in one query, and what did not change not again.

    The database enforces constraints and foreign keys: what it accepted needs no query while the columns are the same.
    """

    #: The stored values by attribute, where these are known; what they satisfy is not validated again.
    stored_values: Mapping[str, Any] | None = None
    #: By the name of a check constraint, the values of its columns that were found to satisfy it.
    _satisfied: Mapping[str, tuple[Any, ...]] = {}
    #: The names of the constraints that need no query, during validation.
    _valid_constraints: Collection[str] = ()

    class Meta:
        abstract = True

    def remember_stored_values(self) -> None:
        """Keep the values as those that are stored; to call on a row right after it was read."""
        self.stored_values = {field.attname: getattr(self, field.attname) for field in self._meta.concrete_fields}

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Raise ValidationError on invalid values; whether a foreign key exists is known where it did not change."""
        foreign_keys = [field for field in self._meta.concrete_fields if field.is_relation]
        known = {field.name for field in foreign_keys if self._is_stored((field.attname,))}
        super().clean_fields({*(exclude or ()), *known})

    def get_constraints(self) -> list[tuple[type[Model], Sequence[BaseConstraint]]]:
        """Return the constraints to validate, by model."""
        found = super().get_constraints()
        return [
            (model, [c for c in constraints if c.name not in self._valid_constraints]) for model, constraints in found
        ]

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Raise ValidationError where a constraint is violated: one query for all check constraints that hold."""
        columns, checks = _constraint_columns(type(self)), []
        valid = {name for name, attributes in columns.items() if self._is_stored(attributes)}
        excluded = {field.attname for field in self._meta.concrete_fields if field.name in (exclude or ())}
        for _model, constraints in self.get_constraints():
            for constraint in constraints:
                if not isinstance(constraint, CheckConstraint) or constraint.name in valid:
                    continue
                attributes = columns[constraint.name]
                is_known = self._satisfied.get(constraint.name) == self._values(attributes)
                # As Django does: one that is about an excluded field is not validated.
                if is_known or excluded.intersection(attributes):
                    valid.add(constraint.name)
                else:
                    checks.append(constraint)
        if checks and self._hold_together(checks, exclude):
            found = {check.name: self._values(columns[check.name]) for check in checks}
            valid |= found.keys()
            self._satisfied = {**self._satisfied, **found}
        self._valid_constraints = valid
        try:
            # Those that do not hold together are validated one by one: each has its own error.
            super().validate_constraints(exclude)
        finally:
            self._valid_constraints = ()

    def _hold_together(self, checks: Sequence[CheckConstraint], exclude: Collection[str] | None) -> bool:
        """Return whether all these constraints hold, as ``Q.check`` does for one, without a savepoint for the query."""
        row: Any = self
        using, query = router.db_for_write(type(self), instance=self), Query(None)
        for name, value in row._get_field_expression_map(meta=self._meta, exclude=exclude).items():
            query.add_annotation(value, name, select=False)
        query.add_annotation(Value(1), "_check")
        condition = Q(*(check.condition for check in checks))
        # In SQL a check that is neither true nor false holds.
        query.add_q(Q(Coalesce(condition, True, output_field=BooleanField())))
        return query.get_compiler(using=using).execute_sql(SINGLE) is not None

    def _is_stored(self, attributes: Sequence[str]) -> bool:
        stored = self.stored_values
        return stored is not None and self._values(attributes) == tuple(stored[name] for name in attributes)

    def _values(self, attributes: Sequence[str]) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in attributes)


@cache
def _constraint_columns(model: Any) -> dict[str, tuple[str, ...]]:
    """Return the attributes that each constraint is about, by its name; without those that have expressions."""
    found = {}
    for constraint in model._meta.constraints:
        fields = set(getattr(constraint, "fields", ()))
        if getattr(constraint, "expressions", ()):
            continue
        if condition := getattr(constraint, "condition", None):
            fields |= {path[0] for path in model._get_expr_references(condition)}
        found[constraint.name] = tuple(sorted(model._meta.get_field(name).attname for name in fields))
    return found


class OrderedDates(CombinedChecks):
    """An abstract model that validates the order of its dates, as the dossier format does."""

    #: Pairs of columns (later, earlier), as in the dossier format.
    NOT_BEFORE: ClassVar[Sequence[tuple[str, str]]] = ()

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Raise ValidationError on a later date that is certainly before the earlier one."""
        super().clean()
        errors: dict[str, list[ValidationError]] = {}
        for later, earlier in self.NOT_BEFORE:
            after, before = getattr(self, later), getattr(self, earlier)
            if after and before and after.latest and before.earliest and after.latest < before.earliest:
                errors.setdefault(later, []).append(self._wrong_order(later, earlier))
        if errors:
            raise ValidationError(errors)

    def _wrong_order(self, later: str, earlier: str) -> ValidationError:
        """Return the error with both dates; ``columns`` are those of its names, which a form may call otherwise."""
        params: dict[str, Any] = {"columns": {"later": later, "earlier": earlier}}
        for key, column in params["columns"].items():
            field: Any = self._meta.get_field(column)
            params[key] = capfirst(field.verbose_name)
            params[f"{key}_date"] = wording.format_date(getattr(self, column), active_language())
        message = _("“%(later)s” (%(later_date)s) is before “%(earlier)s” (%(earlier_date)s). Correct one of them.")
        return ValidationError(message, code=WRONG_ORDER, params=params)


class FreeOfContradictions(CombinedChecks):
    """An abstract model that rejects values that cannot go together, as the dossier format does."""

    #: The function that finds them, from values by column.
    CONTRADICTIONS: ClassVar[Callable[[Mapping[str, Any]], Iterable[Contradiction]]]

    class Meta:
        abstract = True

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Raise ValidationError on contradictory values, at the first of the columns that a form has."""
        super().clean_fields(exclude)
        values = {field.name: getattr(self, field.attname) for field in self._meta.concrete_fields}
        errors: dict[str, list[ValidationError]] = {}
        for found in type(self).CONTRADICTIONS(values):
            column = next((column for column in found.columns if column not in (exclude or ())), None)
            if column is not None:
                message = _CONTRADICTION_MESSAGES[found.kind]
                params = {key: _in_words(value) for key, value in found.values.items()}
                errors.setdefault(column, []).append(ValidationError(message, code=found.kind, params=params))
        if errors:
            raise ValidationError(errors)


def _in_words(value: Any) -> str:
    return date_format(value) if isinstance(value, date) else str(LABELS.get(value, value))


#: Of a group or neighbourhood from which more people came than there were.
ABOVE_TOTAL = _(
    "%(who)s: %(count)s people, and there were %(total)s in all. Correct one of the two: everybody of a group or "
    "neighbourhood is in the total too."
)
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
    "above_total": ABOVE_TOTAL,
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
