"""Who was reached, as this reader may see it: in dossiers, records, histories and evidence."""

from collections.abc import Mapping
from typing import Any, Final

from participation.compliance.reach import published_columns, published_record
from participation.models import Step

#: The columns of a step that say who was reached; all are needed to know what may be published of one.
COLUMNS: Final = ("reach_total", "reach_groups", "reach_neighbourhoods")


def sees_exact_counts(user: Any) -> bool:
    """Return whether this user (None or anonymous for the public) may read counts under five in data."""
    return bool(getattr(user, "sees_everything", False))


def published_step(record: Mapping[str, Any], user: Any, *, is_past: bool = False) -> dict[str, Any]:
    """Return the record of a step with every key, as this user may read it; ``is_past`` for one as known earlier."""
    return dict(record) if sees_exact_counts(user) else published_record(record, with_counts=not is_past)


def published_dossier_step(record: Mapping[str, Any], user: Any, *, is_past: bool = False) -> dict[str, Any]:
    """Return the record of a step as a dossier has it, without empty values, as this user may read it."""
    found = published_step(record, user, is_past=is_past)
    before = record.get("reach")
    if not before or found["reach"] == before:
        return found
    reach = {}
    for key, value in found.pop("reach").items():
        if isinstance(value, list):
            value = [{name: part for name, part in row.items() if part not in (None, "")} for row in value]
        if value not in (None, []) or before[key] == value:
            reach[key] = value
    return {key: reach if key == "reach" else found[key] for key in record if key != "reach" or reach}


def publish_step(step: Any, *, is_past: bool = False) -> None:
    """Leave out of a step in memory the counts that are not published."""
    columns = {name: getattr(step, name) for name in COLUMNS}
    for name, value in published_columns(columns, with_counts=not is_past).items():
        setattr(step, name, value)


def publish_version(version: Any) -> None:
    """Leave out of a version of a row, in memory, the counts that are not published; only a step has any."""
    if version.instance_type is Step:
        publish_step(version, is_past=True)
