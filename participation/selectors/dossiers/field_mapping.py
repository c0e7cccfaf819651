"""The mapping between dossier records and table rows, shared by importer and exporter so that they cannot differ.

A key of a record is a column of the same name. An object without a column of its own is spread over the columns of its
keys: ``contact/role`` is ``contact_role``.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, time
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import models

from participation.compliance.dates import ImpreciseDate
from participation.compliance.dossier_parser import parse_score
from participation.compliance.facts import KEYS
from participation.dossier.characters import clean_line
from participation.dossier.schema_fields import DOSSIER, REGISTER, SECTIONS, Fragment
from participation.models import (
    Commitment,
    Contribution,
    Document,
    Motion,
    Organisation,
    Plan,
    Request,
    Scenario,
    Step,
    Trajectory,
    Waiver,
)
from participation.models.columns import CleanedColumn
from participation.models.empty_lists import KeepsEmptyLists
from participation.models.fields import ImpreciseDateField

Record = dict[str, Any]

#: The sections of a dossier that map to one table each, in order.
SECTION_TABLES: Mapping[str, type[models.Model]] = {
    "scenarios": Scenario,
    "documents": Document,
    "steps": Step,
    "contributions": Contribution,
    "requests": Request,
    "waivers": Waiver,
}
#: The lists of a register, by the name of the kind of record: a dossier has requests with other keys.
REGISTER_TABLES: Mapping[str, type[models.Model]] = {
    "motions": Motion,
    "commitments": Commitment,
    "register_requests": Request,
}
#: The table of each kind of record in a dossier or a register.
RECORD_TABLES: Mapping[str, type[models.Model]] = {
    "trajectory": Trajectory,
    "organisations": Organisation,
    "plan": Plan,
    **SECTION_TABLES,
    **REGISTER_TABLES,
}
_COLUMNS = {key: column for column, key in KEYS.items()}


def register_key(section: str) -> str:
    """Return the key of a list in a register of these records."""
    return section.removeprefix("register_")


@cache
def record_fragments(section: str) -> Mapping[str, Fragment]:
    """Return the fragment of the dossier's schema of each key of a record, in order."""
    fragment = (REGISTER[register_key(section)] if section in REGISTER_TABLES else DOSSIER[section])[0]
    properties: Mapping[str, Fragment] = fragment.get("items", fragment)["properties"]
    return properties


#: The keys of the records in a dossier or register, in the order in which they are written.
RECORD_KEYS: Mapping[str, tuple[str, ...]] = {section: tuple(record_fragments(section)) for section in RECORD_TABLES}


@cache
def record_columns(section: str) -> Mapping[str, str]:
    """Return the column of each key of a record that has one, by its path: the key, or ``object/key``.

    Keys without a column are kept in other tables, such as the neighbourhoods of a trajectory, or refer to one.
    """
    names = {field.name for field in RECORD_TABLES[section]._meta.concrete_fields if not field.is_relation}
    found = {}
    for key, fragment in record_fragments(section).items():
        column = _COLUMNS.get(key, key)
        if column in names:
            found[key] = column
        else:
            found |= {f"{key}/{inner}": f"{key}_{inner}" for inner in fragment.get("properties", ())}
    return found


@cache
def keeps_empty_lists(section: str) -> bool:
    """Return whether the rows of these records keep which lists were written as empty."""
    return issubclass(RECORD_TABLES[section], KeepsEmptyLists)


@cache
def _lists(section: str) -> tuple[str, ...]:
    """Return the paths of the lists of a record, sorted."""
    if section == "dossier":
        return tuple(sorted((*SECTIONS, "motions")))
    return tuple(sorted(_list_paths(record_fragments(section))))


def _list_paths(fragments: Mapping[str, Fragment]) -> Iterator[str]:
    for key, fragment in fragments.items():
        if "array" in fragment.get("type", ()):
            yield key
        yield from (f"{key}/{path}" for path in _list_paths(fragment.get("properties", {})))


def written_empty_lists(
    section: str, record: Mapping[str, Any], stored: Collection[str] = (), shown: Mapping[str, Any] | None = None
) -> list[str]:
    """Return the paths of the lists that a record writes as empty, sorted; ``section`` may be "dossier" itself.

    ``stored`` are those of the row: there, a path of a list that is filled has no meaning, and stays. With ``shown``,
    the record that a client of the API reads, an empty list says nothing new where the client saw an empty one.
    """
    found = []
    if RECORD_TABLES.get(section) is Request:
        # A request of the register that belongs to a trajectory is written by both kinds of document.
        found = [path for path in stored if path not in _lists(section)]
    for path in _lists(section):
        value = value_at(record, path)
        is_written = value == [] and (shown is None or value_at(shown, path) != [])
        if is_written or (value is not None and path in stored):
            found.append(path)
    return sorted(found)


def value_at(record: Mapping[str, Any], path: str) -> Any:
    """Return the value at a path in a record: a key, or ``object/key``; None where it is not there."""
    parent, _slash, key = path.rpartition("/")
    return (record.get(parent) or {} if parent else record).get(key)


def column_values(section: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the columns of the row of this record; what the record leaves out is not known."""
    model, columns = RECORD_TABLES[section], record_columns(section)
    return {column: to_column(model, column, value_at(record, path)) for path, column in columns.items()}


def row_values(section: str, record: Mapping[str, Any], stored: Any = None) -> dict[str, Any]:
    """Return what ``column_values`` does, with the lists that a dossier writes as empty; ``stored`` is the row."""
    values = column_values(section, record)
    if keeps_empty_lists(section):
        values["empty_lists"] = written_empty_lists(section, record, stored.empty_lists if stored else ())
    return values


def record_of_columns(section: str, values: Mapping[str, Any]) -> Record:
    """Return the record of a row with these values by column: each key that has a column, null where not known.

    An empty list is written as such. ``values`` is a row of ``QuerySet.values()``.
    """
    lists = _lists(section)
    found: Record = {}
    for path, column in record_columns(section).items():
        value = from_column(values[column])
        if value is None and path in lists:
            value = []
        parent, _slash, key = path.rpartition("/")
        (found.setdefault(parent, {}) if parent else found)[key] = value
    for key, fragment in record_fragments(section).items():
        # An object that has required keys is there as a whole, or it is not there.
        if key in found and any(found[key][name] is None for name in fragment.get("required", ())):
            found[key] = None
    return found


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
    if isinstance(field, models.DecimalField):
        return parse_score(value)
    if isinstance(field, CleanedColumn):
        return field.clean_value(_without_nulls(value))
    # Slugs and numbers are validated on import; a step's ``body`` may be any text, so it is cleaned here.
    return clean_line(value) if isinstance(value, str) else value


def _without_nulls(value: Any) -> Any:
    """Return a JSON value without null in its objects, nor objects that say nothing: so it is exported as well."""
    if isinstance(value, Mapping):
        return {key: inner for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [item for item in map(_without_nulls, value) if item != {}]
    return value


def from_column(value: Any) -> Any:
    """Return a column's value as a dossier writes it; None for an empty one."""
    if isinstance(value, ImpreciseDate):
        return value.to_json()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return None if value in ("", [], {}) else value


def without_empty_values(row: Mapping[str, Any]) -> Record:
    """Return the row without empty values: in a dossier, absent and null mean the same."""
    return {key: value for key, value in row.items() if value is not None and value != [] and value != {}}
