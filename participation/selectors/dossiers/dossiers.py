"""A trajectory as one JSON document, for ``export_dossier`` and the API."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models

from participation.models import Commitment, Motion, Organisation, Trajectory

from .field_mapping import RECORD_KEYS, SECTION_TABLES, from_column, without_empty_values
from .records import organisation_records, plan_record, section_records, section_rows, trajectory_records

#: Columns with default false: written only when they are true.
OMIT_IF_FALSE = ("cancelled", "optional", "retrospective")


def dossier_document(
    trajectory: Trajectory, known_at: datetime | None = None, earlier_texts: bool = False
) -> dict[str, Any]:
    """Return the dossier, with its keys in a fixed order and its rows in the order in which they were first recorded.

    With ``known_at``, an aware moment, it is what had been recorded by then; empty where it did not exist yet. Free
    text that was changed since is marked as such, unless the reader may have the ``earlier_texts``.
    """
    records = trajectory_records([trajectory.pk], known_at, earlier_texts)
    if not records:
        return {}
    own = records[0]
    motions = own.pop("motions")
    document: dict[str, Any] = {"dossier": 1, "trajectory": _without_unknown(own), "organisations": []}
    plan = plan_record(trajectory.pk, known_at, earlier_texts)
    if plan is not None:
        document["plan"] = _without_unknown(plan)
    for section in SECTION_TABLES:
        rows = section_records(section, section_rows(section, trajectory.pk, known_at), known_at, earlier_texts)
        document[section] = [
            _without_unknown({key: value for key, value in row.items() if key != "id"}) for row in rows
        ]
    document["motions"] = motions
    document["organisations"] = _organisations(document)
    return {key: value for key, value in document.items() if value or key in ("dossier", "plan")}


def register_document() -> dict[str, Any]:
    """Return the register: all motions and commitments with their reports."""
    document: dict[str, Any] = {"register": 1}
    for section, model in (("motions", Motion), ("commitments", Commitment)):
        rows = model._default_manager.prefetch_related("reports").order_by("pk")
        columns = {key: key for key in RECORD_KEYS[section] if key != "reports"}
        document[section] = [without_empty_values({**_row(row, columns), "reports": _reports(row)}) for row in rows]
        for row, written_row in zip(rows, document[section], strict=True):
            if isinstance(row, Motion) and row.printed_as:
                written_row["number"] = row.printed_as
    return document


def _reports(row: Any) -> list[dict[str, Any]]:
    found = sorted(row.reports.all(), key=lambda report: report.pk)
    return [without_empty_values({"on": from_column(report.on), "text": from_column(report.text)}) for report in found]


def _row(row: models.Model, columns: dict[str, str]) -> dict[str, Any]:
    found = {key: from_column(getattr(row, column)) for key, column in columns.items()}
    return {key: value for key, value in found.items() if not (key in OMIT_IF_FALSE and value is False)}


def _without_unknown(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record without unknown values, also in nested objects and lists."""
    found = {}
    for key, value in record.items():
        if isinstance(value, dict):
            value = without_empty_values(value)
        elif isinstance(value, list):
            value = [without_empty_values(item) if isinstance(item, dict) else item for item in value]
        if not (key in OMIT_IF_FALSE and value is False):
            found[key] = value
    return without_empty_values(found)


def _organisations(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the organisations that this dossier refers to, so that it is self-contained."""
    rows = {section: document.get(section) or () for section in SECTION_TABLES}
    slugs = {document["trajectory"].get(key) for key in ("commissioner", "subject_of_study")}
    slugs.update(name for step in rows["steps"] for name in (*step.get("audience", ()), step.get("body")))
    slugs.update(row.get("from") for section in ("contributions", "requests") for row in rows[section])
    slugs.update(share["with"] for row in rows["documents"] for share in row.get("shared", ()))
    actors = (document.get("plan") or {}).get("actors") or ()
    slugs.update(actor.get(key) for actor in actors for key in ("organisation", "suggested_by"))
    found = Organisation.objects.filter(slug__in=slugs - {None, ""}).order_by("slug")
    return [without_empty_values(record) for record in organisation_records(found)]
