"""Edit conflicts: the change by another user, as shown beside the form."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.template.defaultfilters import floatformat
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from participation.compliance.dates import ImpreciseDate
from participation.compliance.dossier_parser import parse_imprecise_date
from participation.models.columns import GeometryField
from participation.presentation.values import geometry_text
from participation.selectors.changes.row_versions import ColumnChangeSince
from participation.web.shared.dates import NaturalDateField
from participation.web.shared.formatting import date_text

from .fields import FieldColumn, RowsField, filled_cells
from .forms import RowForm


def conflict_data(change: ColumnChangeSince, form: RowForm, mine: bool) -> dict[str, Any]:
    """Return the template data of a change: label, values, user, time; ``mine`` if this user changed it too."""
    field: Any = form.fields.get(change.column)
    column: Any = next((f for f in form.row._meta.get_fields() if f.name == change.column), None)
    label = field.label if field is not None else getattr(column, "verbose_name", change.column)
    return {
        "label": capfirst(str(label)),
        "old": format_value(change.old, field, column),
        "new": format_value(change.new, field, column),
        "by": change.by.display_name if change.by else "",
        "at": change.at,
        "mine": mine,
    }


def format_value(value: Any, field: Any, column: Any) -> str:
    """Return the display text of the value of a field or column."""
    if isinstance(value, ImpreciseDate):
        return date_text(value)
    if value is None or value == "" or value == [] or value == {} or value == ():
        return _("not recorded")
    if isinstance(value, Decimal):
        return str(floatformat(value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(field, RowsField):
        return "; ".join(_format_row(row, field) for row in value)
    if isinstance(column, GeometryField):
        return geometry_text(value)
    labels = _labels_by_value(getattr(field, "choices", None) or getattr(column, "choices", None) or ())
    if isinstance(value, dict):
        return "; ".join(f"{key}: {text}" for key, text in value.items() if text)
    if isinstance(value, (list, tuple)):
        return ", ".join(labels.get(str(item), str(item)) for item in value)
    return labels.get(str(value), str(value))


def _format_row(row: dict[str, Any], field: RowsField) -> str:
    columns = {column.key: column for column in field.columns}
    return ", ".join(_format_cell(value, columns[key]) for key, value in filled_cells(row).items() if key in columns)


def _format_cell(value: Any, column: FieldColumn) -> str:
    if isinstance(column.field, NaturalDateField):
        return date_text(parse_imprecise_date(value))
    return _labels_by_value(column.choices).get(str(value), str(value))


def _labels_by_value(choices: Iterable[Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for value, label in choices:
        if isinstance(label, (list, tuple)):
            found.update(_labels_by_value(label))
        else:
            found[str(value)] = str(label)
    return found
