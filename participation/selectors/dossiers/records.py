"""Rows as JSON records: every key that a dossier knows for them, with null where a value is not known.

The values are as the database returns them, now or as recorded at a moment. Links of a row (neighbourhoods, motions)
have no history: those are always the present ones. With ``known_at``, free text that was changed since is marked as
such, unless the reader may have the ``earlier_texts``.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Model, QuerySet

from participation.dossier.schema_fields import DOSSIER, REGISTER
from participation.models import (
    Commitment,
    DocumentShare,
    Motion,
    Neighbourhood,
    Organisation,
    Plan,
    PlanActor,
    ProgressReport,
    Trajectory,
)
from participation.selectors.changes.public_texts import redact_rows
from participation.selectors.obligations.facts import rows_known_at

from .field_mapping import RECORD_KEYS, SECTION_TABLES, from_column, section_columns

Record = dict[str, Any]

#: Keys of a trajectory that are not a column of its own, or combine two columns.
_COMPOSED_KEYS = ("neighbourhoods", "contact", "source")
_REGISTER_MODELS: Mapping[str, type[Model]] = {"motions": Motion, "commitments": Commitment}


@cache
def record_keys(section: str) -> tuple[str, ...]:
    """Return the keys of a record of this section, in order; of a trajectory including its motions."""
    if section == "trajectory":
        return (*RECORD_KEYS["trajectory"], "motions")
    if section in RECORD_KEYS:
        return RECORD_KEYS[section]
    return tuple(_schema_properties(section))


@cache
def _list_keys(section: str) -> frozenset[str]:
    """Return the keys that hold lists: an empty one is written as such, not as null."""
    return frozenset(key for key, fragment in _schema_properties(section).items() if "array" in fragment["type"])


def _schema_properties(section: str) -> Mapping[str, Any]:
    fragment = (REGISTER if section in _REGISTER_MODELS else DOSSIER)[section][0]
    found = fragment.get("items", fragment)["properties"]
    return {key: {"type": "", **value} for key, value in found.items()}


def trajectory_records(
    pks: Collection[int], known_at: datetime | None = None, earlier_texts: bool = False
) -> list[Record]:
    """Return the records of these trajectories, in this order, as far as they exist; three queries."""
    own = [key for key in RECORD_KEYS["trajectory"] if key not in _COMPOSED_KEYS]
    columns = (*own, "contact_role", "contact_name", "source_cite", "source_stance")
    rows = list(rows_known_at(Trajectory, known_at).filter(id__in=list(pks)).values("id", *columns))
    _redact(Trajectory, rows, known_at, earlier_texts)
    found = {row["id"]: row for row in rows}
    neighbourhoods = _linked_values(Trajectory.neighbourhoods.through, found, "neighbourhood__slug")
    motions = _linked_values(Trajectory.motions.through, found, "motion__number")
    records = []
    for pk in pks:
        if (row := found.get(pk)) is None:
            continue  # deleted between two reads, or did not exist yet
        values = {key: from_column(row[key]) for key in own}
        values["neighbourhoods"] = neighbourhoods[pk]
        values["contact"] = {"role": row["contact_role"] or None, "name": row["contact_name"] or None}
        values["source"] = {"cite": row["source_cite"] or None, "stance": row["source_stance"] or None}
        values["motions"] = motions[pk]
        records.append({key: values[key] for key in record_keys("trajectory")})
    return records


def _linked_values(through: Any, pks: Iterable[int], column: str) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = through.objects.filter(trajectory__in=list(pks)).order_by(column)
    for pk, value in rows.values_list("trajectory_id", column):
        found[pk].append(value)
    return found


def section_rows(section: str, trajectory: int, known_at: datetime | None = None) -> QuerySet[Any]:
    """Return the rows of a section of a trajectory, in the order in which they were first recorded."""
    return rows_known_at(SECTION_TABLES[section], known_at).filter(trajectory=trajectory).order_by("id")


def section_records(
    section: str, rows: QuerySet[Any], known_at: datetime | None = None, earlier_texts: bool = False
) -> list[Record]:
    """Return the records of these rows of a section; one query, and one more for documents."""
    columns = section_columns(section)
    found = list(rows.values("id", *columns.values()))
    _redact(SECTION_TABLES[section], found, known_at, earlier_texts)
    lists = _list_keys(section)
    shares = _share_records([row["id"] for row in found], known_at, earlier_texts) if section == "documents" else {}
    records = []
    for row in found:
        values: Record = {"id": row["id"]} if section == "waivers" else {}
        for key, column in columns.items():
            value = from_column(row[column])
            values[key] = [] if value is None and key in lists else value
        if section == "documents":
            values["shared"] = shares.get(row["id"], [])
        records.append(values)
    return records


def _redact(model: Any, rows: list[Record], known_at: datetime | None, earlier_texts: bool) -> None:
    if known_at is not None and not earlier_texts:
        redact_rows(model, rows)


def _share_records(
    documents: Collection[int], known_at: datetime | None, earlier_texts: bool
) -> Mapping[int, list[Record]]:
    found: dict[int, list[Record]] = defaultdict(list)
    query = rows_known_at(DocumentShare, known_at).filter(document__in=documents).order_by("id")
    rows = list(query.values("id", "document_id", "party", "on"))
    _redact(DocumentShare, rows, known_at, earlier_texts)
    for row in rows:
        found[row["document_id"]].append({"with": row["party"], "on": from_column(row["on"])})
    return found


def plan_record(trajectory: int, known_at: datetime | None = None, earlier_texts: bool = False) -> Record | None:
    """Return the record of a trajectory's plan, None where there was none; three queries at most."""
    columns = [key for key in RECORD_KEYS["plan"] if key != "actors"]
    row = rows_known_at(Plan, known_at).filter(trajectory=trajectory).values("id", *columns).first()
    if row is None:
        return None
    _redact(Plan, [row], known_at, earlier_texts)
    lists = _list_keys("plan")
    values = {key: from_column(row[key]) for key in columns}
    values = {key: [] if value is None and key in lists else value for key, value in values.items()}
    rows = rows_known_at(PlanActor, known_at).filter(plan=row["id"]).order_by("id")
    actors = list(rows.values_list("organisation_id", "part", "suggested_by"))
    slugs = dict(Organisation.objects.filter(pk__in=[pk for pk, *_rest in actors]).values_list("pk", "slug"))
    values["actors"] = [
        {"organisation": slugs.get(pk), "part": part or None, "suggested_by": by or None} for pk, part, by in actors
    ]
    return {key: values[key] for key in RECORD_KEYS["plan"]}


def register_records(
    section: str, rows: QuerySet[Any], known_at: datetime | None = None, earlier_texts: bool = False
) -> list[Record]:
    """Return the records of motions or commitments, with their reports; two queries.

    A motion has its normalised number, with the number as printed in ``printed_as``.
    """
    columns = [key for key in RECORD_KEYS[section] if key != "reports"]
    printed = ["printed_as"] if section == "motions" else []
    found = list(rows.values("id", *columns, *printed))
    _redact(_REGISTER_MODELS[section], found, known_at, earlier_texts)
    owner = section.removesuffix("s")
    reports: dict[int, list[Record]] = defaultdict(list)
    query = (
        rows_known_at(ProgressReport, known_at).filter(**{f"{owner}__in": [row["id"] for row in found]}).order_by("id")
    )
    report_rows = list(query.values("id", f"{owner}_id", "on", "text"))
    _redact(ProgressReport, report_rows, known_at, earlier_texts)
    for row in report_rows:
        reports[row[f"{owner}_id"]].append({"on": from_column(row["on"]), "text": from_column(row["text"])})
    lists = _list_keys(section)
    records = []
    for row in found:
        values = {key: from_column(row[key]) for key in columns}
        values = {key: [] if value is None and key in lists else value for key, value in values.items()}
        values["reports"] = reports.get(row["id"], [])
        record = {key: values[key] for key in RECORD_KEYS[section]}
        records.append({**record, "printed_as": row["printed_as"] or None} if printed else record)
    return records


def organisation_records(rows: QuerySet[Organisation]) -> list[Record]:
    """Return the records of organisations; two queries."""
    found = list(rows.values("id", "slug", "name", "kind", "municipality"))
    neighbourhoods: dict[int, list[str]] = defaultdict(list)
    links = Organisation.neighbourhoods.through.objects.filter(organisation__in=[row["id"] for row in found])
    for pk, slug in links.order_by("neighbourhood__slug").values_list("organisation_id", "neighbourhood__slug"):
        neighbourhoods[pk].append(slug)
    return [
        {
            **{key: row[key] or None for key in ("slug", "name", "kind", "municipality")},
            "neighbourhoods": neighbourhoods.get(row["id"], []),
        }
        for row in found
    ]


def neighbourhood_records(rows: QuerySet[Neighbourhood]) -> list[Record]:
    """Return the records of neighbourhoods; two queries."""
    columns = ("slug", "name", "district", "municipality", "cbs_code")
    found = list(rows.values("id", *columns))
    neighbours: dict[int, list[str]] = defaultdict(list)
    through = Neighbourhood.neighbours.through.objects.filter(from_neighbourhood__in=[row["id"] for row in found])
    for pk, slug in through.order_by("to_neighbourhood__slug").values_list(
        "from_neighbourhood_id", "to_neighbourhood__slug"
    ):
        neighbours[pk].append(slug)
    return [
        {**{key: row[key] or None for key in columns}, "neighbours": neighbours.get(row["id"], [])} for row in found
    ]
