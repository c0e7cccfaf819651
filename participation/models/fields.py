"""Model field, lookups and form field for imprecise dates."""

import json
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import CharField, Func, Q
from django.db.models.functions import Coalesce, Substr
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from participation.compliance.dates import DATELESS, DateError, ImpreciseDate, parse_iso_day
from participation.dossier.characters import clean_line
from participation.dossier.hints import date_error_text

_OPEN_BOUND = ".." + "." * 8
_YEAR_RANGE = (1900, 2199)


class DayField(models.CharField):
    """A day stored as ISO text: the output type of the bounds of a ``ImpreciseDateField``."""

    def from_db_value(self, value: str | None, *_context: Any) -> date | None:
        """Return the day, or None when the bound is open or there is no date."""
        return date.fromisoformat(value) if value else None

    def get_prep_value(self, value: date | str | None) -> str | None:
        """Return the ISO text of a date or of ISO text. Raises ValueError on any other text."""
        if value is None or not isinstance(value, date | str):
            return value
        return (value if isinstance(value, date) else parse_iso_day(value)).isoformat()[:10]


class ImpreciseDateField(models.Field):
    """An imprecise date (``ImpreciseDate``) in one text column; None when nothing was recorded.

    ``__earliest`` and ``__latest`` give its bounds in filters, ordering and constraints. An open bound is NULL, so
    that only ISO days are compared, which sort chronologically in every collation.
    """

    description = _("A date, which may be imprecise")
    empty_strings_allowed = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the defaults of an optional field; the default is None."""
        super().__init__(*args, **{**kwargs, "null": True, "blank": True, "default": None})

    def deconstruct(self) -> Any:
        """Return the arguments for migrations, without those that are always the same."""
        name, path, args, kwargs = super().deconstruct()
        for omitted in ("null", "blank", "default"):
            kwargs.pop(omitted, None)
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        """Return the type of the column."""
        return "TextField"

    def from_db_value(self, value: str | None, *_context: Any) -> ImpreciseDate | None:
        """Return the stored date."""
        return None if value is None else ImpreciseDate.from_text(value)

    def to_python(self, value: Any) -> ImpreciseDate | None:
        """Return a ``ImpreciseDate`` from a ``ImpreciseDate``, a date, ISO or stored text, or the JSON form.

        Raises ValidationError with the reason on anything else.
        """
        try:
            return _parse(value)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValidationError(date_error_text(error), code="invalid") from None

    def validate(self, value: ImpreciseDate | None, model_instance: Any) -> None:
        """Raise ValidationError when the bounds contradict each other or the precision."""
        if value and (problem := value.problem()):
            raise ValidationError(_(problem.message), code="invalid", params=problem.values)
        if any(day and not _YEAR_RANGE[0] <= day.year <= _YEAR_RANGE[1] for day in (value or ())[:2]):
            message = _("The year must be from %(first)s to %(last)s.")
            raise ValidationError(message, code="invalid", params={"first": _YEAR_RANGE[0], "last": _YEAR_RANGE[1]})
        super().validate(value, model_instance)

    def get_prep_value(self, value: Any) -> str | None:
        """Return the text to store. Raises ValueError on contradictory bounds, even without validation."""
        value = super().get_prep_value(value)
        if value is None or hasattr(value, "resolve_expression"):
            return value
        when = _parse(value)
        if when is None:
            return None
        if problem := when.problem():
            raise ValueError(f"{self.name}: {problem}")
        return when.to_text()

    def value_to_string(self, obj: models.Model) -> str:
        """Return the stored text, for Django's serializers."""
        return self.get_prep_value(self.value_from_object(obj)) or ""

    def formfield(self, **kwargs: Any) -> Any:
        """Return the form field that parses a typed date."""
        return super().formfield(**{"form_class": ImpreciseDateFormField, **kwargs})


def _parse(value: Any) -> ImpreciseDate | None:
    if value is None or value == "":
        return None
    if isinstance(value, date):
        return ImpreciseDate.on(value)
    if isinstance(value, ImpreciseDate):
        when = value
    else:
        when = (
            ImpreciseDate.from_text(value)
            if isinstance(value, str) and "|" in value
            else ImpreciseDate.from_json(value)
        )
    # The printed text must fit on one line in pages, feeds and calendars.
    return when._replace(text=clean_line(when.text)) if when and when.text else when


@ImpreciseDateField.register_lookup
class Earliest(models.Transform):
    """The earliest bound, or NULL: the first ten characters of ``ImpreciseDate.to_text``."""

    lookup_name = "earliest"
    output_field = DayField()
    template = f"NULLIF(SUBSTR(%(expressions)s, 1, 10), '{_OPEN_BOUND}')"


@ImpreciseDateField.register_lookup
class Latest(models.Transform):
    """The latest bound, or NULL: the second day of ``ImpreciseDate.to_text``, or the only one."""

    lookup_name = "latest"
    output_field = DayField()
    template = f"NULLIF(RIGHT(SUBSTR(%(expressions)s, 1, 21), 10), '{_OPEN_BOUND}')"

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """Return the SQL for SQLite, which has no RIGHT but a SUBSTR that counts from the end."""
        template = f"NULLIF(SUBSTR(SUBSTR(%(expressions)s, 1, 21), -10), '{_OPEN_BOUND}')"
        return super().as_sql(compiler, connection, template=template, **extra)


def first_day(column: Any) -> Coalesce:
    """Return the expression for the earliest day of a date, else its latest; NULL where it has neither."""
    return Coalesce(Earliest(column), Latest(column), output_field=DayField())


def is_unknown_day(column: str) -> Q:
    """Return the condition that a date was recorded as not known."""
    # ``ImpreciseDate.to_text`` writes the reason for a missing day after 21 characters.
    return Q(Exact(Substr(column, 22, len("|unknown"), output_field=CharField()), "|unknown"))


class WithLiterals(Func):
    """An expression of which the values are written into the SQL: with parameters SQLite would not use its index."""

    template = "%(expressions)s"
    arity = 1

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the SQL, and no parameters."""
        sql, params = super().as_sql(compiler, connection, *args, **kwargs)
        quote = connection.schema_editor().quote_value
        return sql % tuple(quote(value) for value in params), ()


class ImpreciseDateFormField(forms.CharField):
    """A form field for an imprecise date: a day; bounds, precision and printed text; or JSON."""

    default_error_messages = {
        "invalid": _(
            "Write a day like 2026-03-20, or bounds with how precise they are and what was printed, like "
            "2017-06-11/2017-06-20 month_part Medio juni, ../2017-03-17 not_later_than, or unscheduled. "
            "(%(reason)s)"
        )
    }

    def to_python(self, value: Any) -> Any:
        """Return the typed date, or None. Raises ValidationError naming the accepted formats."""
        if value is None or isinstance(value, ImpreciseDate):
            return value
        text = str(value).strip()
        if not text:
            return None
        try:
            when = ImpreciseDate.from_json(json.loads(text)) if text.startswith("{") else _parse_typed(text)
            if problem := when.problem():
                raise problem
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            message = self.error_messages["invalid"]
            raise ValidationError(message, code="invalid", params={"reason": date_error_text(error)}) from None
        return when

    def prepare_value(self, value: Any) -> Any:
        """Return the date as text that can be typed."""
        return format_for_input(value) if isinstance(value, ImpreciseDate) else value


def _parse_typed(text: str) -> ImpreciseDate:
    days, _space, rest = text.partition(" ")
    if days in DATELESS:
        return ImpreciseDate(None, None, days, rest.strip())
    first, slash, last = days.partition("/")
    precision, _space, printed = rest.strip().partition(" ")
    earliest, latest = (
        None if day.strip(".") == "" else parse_iso_day(day) for day in (first, last if slash else first)
    )
    if latest is None:
        raise DateError(gettext_noop("the last day is missing"))
    default = "range" if earliest else "not_later_than"
    return ImpreciseDate(earliest, latest, precision or ("day" if earliest == latest else default), printed.strip())


def format_for_input(when: ImpreciseDate | None) -> str:
    """Return the date in the format that ``ImpreciseDateFormField`` parses back to the same date."""
    if when is None:
        return ""
    if when.latest is None:
        return f"{when.precision} {when.text}".strip()
    days = "/".join(day.isoformat() if day else ".." for day in (when.earliest, when.latest))
    if when.earliest == when.latest:
        days = when.latest.isoformat()
        if when.precision == "day" and not when.text:
            return days
    return f"{days} {when.precision} {when.text}".strip()
