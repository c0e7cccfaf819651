"""The mapping between dossier records and table rows, shared by importer and exporter so that they cannot differ."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from django.db import models

from participation.compliance.dates import ImpreciseDate
from participation.compliance.facts import KEYS
from participation.dossier.characters import clean_line
from participation.dossier.schema_fields import DOSSIER, REGISTER, SECTIONS
from participation.models import Contribution, Document, Request, Scenario, Step, Waiver
from participation.models.columns import CleanedColumn
from participation.models.fields import ImpreciseDateField

#: The sections of a dossier that map to one table each, in order.
SECTION_TABLES: Mapping[str, type[models.Model]] = {
    "scenarios": Scenario,
    "documents": Document,
    "steps": Step,
    "contributions": Contribution,
    "requests": Request,
    "waivers": Waiver,
}
#: The keys of the objects in a dossier or register, in the order in which they are written.
RECORD_KEYS: Mapping[str, tuple[str, ...]] = {
    "trajectory": tuple(DOSSIER["trajectory"][0]["properties"]),
    "plan": tuple(DOSSIER["plan"][0]["properties"]),
    "motions": tuple(REGISTER["motions"][0]["items"]["properties"]),
    "commitments": tuple(REGISTER["commitments"][0]["items"]["properties"]),
}
_COLUMNS = {key: column for column, key in KEYS.items()}
#: Keys of a section that are not columns of its table.
KEYS_WITHOUT_COLUMN = {"documents": ("shared",)}


def section_columns(section: str) -> dict[str, str]:
    """Return the keys of a section that are columns, each with its column."""
    keys, _description = SECTIONS[section]
    return {key: _COLUMNS.get(key, key) for key in keys if key not in KEYS_WITHOUT_COLUMN.get(section, ())}


def to_column(model: type[models.Model], column: str, value: Any) -> Any:
    """Return a dossier's value as the column stores it, its text cleaned as the column does; null means not known."""
    field: Any = model._meta.get_field(column)
    if value is None:
        return None if field.null else field.get_default()
    if isinstance(field, ImpreciseDateField):
        return field.to_python(value)
    if isinstance(field, models.TimeField):
        return time.fromisoformat(value)
    if isinstance(field, models.DateField):
        return date.fromisoformat(value)
    if isinstance(field, CleanedColumn):
        return field.clean_value(value)
    # Slugs and numbers are validated on import; a step's ``body`` may be any text, so it is cleaned here.
    return clean_line(value) if isinstance(value, str) else value


def from_column(value: Any) -> Any:
    """Return a column's value as a dossier writes it; None for an empty one."""
    if isinstance(value, ImpreciseDate):
        return value.to_json()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return None if value in ("", [], {}) else value


def without_empty_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row without empty values: in a dossier, absent and null mean the same."""
    return {key: value for key, value in row.items() if value is not None and value != [] and value != {}}
