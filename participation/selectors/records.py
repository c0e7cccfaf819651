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

from .facts import recorded
from .mapping import RECORDS, TABLES, from_column, section_columns
from .public_texts import public_rows

Record = dict[str, Any]

#: Keys of a trajectory that are not a column of its own, or combine two columns.
_APART = ("neighbourhoods", "contact", "source")
_OF_REGISTER: Mapping[str, type[Model]] = {"motions": Motion, "commitments": Commitment}


@cache
def keys_of(section: str) -> tuple[str, ...]:
    """Return the keys of a record of this section, in order; of a trajectory including its motions."""
    if section == "trajectory":
        return (*RECORDS["trajectory"], "motions")
    if section in RECORDS:
        return RECORDS[section]
    return tuple(_properties(section))


@cache
def _lists(section: str) -> frozenset[str]:
    """Return the keys that hold lists: an empty one is written as such, not as null."""
    return frozenset(key for key, fragment in _properties(section).items() if "array" in fragment["type"])


def _properties(section: str) -> Mapping[str, Any]:
    fragment = (REGISTER if section in _OF_REGISTER else DOSSIER)[section][0]
    found = fragment.get("items", fragment)["properties"]
    return {key: {"type": "", **value} for key, value in found.items()}


def trajectory_records(
    pks: Collection[int], known_at: datetime | None = None, earlier_texts: bool = False
) -> list[Record]:
    """Return the records of these trajectories, in this order, as far as they exist; three queries."""
    own = [key for key in RECORDS["trajectory"] if key not in _APART]
    columns = (*own, "contact_role", "contact_name", "source_cite", "source_stance")
    rows = list(recorded(Trajectory, known_at).filter(id__in=list(pks)).values("id", *columns))
    _publish(Trajectory, rows, known_at, earlier_texts)
    found = {row["id"]: row for row in rows}
    places = _linked(Trajectory.neighbourhoods.through, found, "neighbourhood__slug")
    motions = _linked(Trajectory.motions.through, found, "motion__number")
    records = []
    for pk in pks:
        if (row := found.get(pk)) is None:
            continue  # deleted between two reads, or did not exist yet
        values = {key: from_column(row[key]) for key in own}
        values["neighbourhoods"] = places[pk]
        values["contact"] = {"role": row["contact_role"] or None, "name": row["contact_name"] or None}
        values["source"] = {"cite": row["source_cite"] or None, "stance": row["source_stance"] or None}
        values["motions"] = motions[pk]
        records.append({key: values[key] for key in keys_of("trajectory")})
    return records


def _linked(through: Any, pks: Iterable[int], column: str) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = through.objects.filter(trajectory__in=list(pks)).order_by(column)
    for pk, value in rows.values_list("trajectory_id", column):
        found[pk].append(value)
    return found


def part_rows(section: str, trajectory: int, known_at: datetime | None = None) -> QuerySet[Any]:
    """Return the rows of a section of a trajectory, in the order in which they were first recorded."""
    return recorded(TABLES[section], known_at).filter(trajectory=trajectory).order_by("id")


def part_records(
    section: str, rows: QuerySet[Any], known_at: datetime | None = None, earlier_texts: bool = False
) -> list[Record]:
    """Return the records of these rows of a section; one query, and one more for documents."""
    columns = section_columns(section)
    found = list(rows.values("id", *columns.values()))
    _publish(TABLES[section], found, known_at, earlier_texts)
    lists = _lists(section)
    shares = _shares([row["id"] for row in found], known_at, earlier_texts) if section == "documents" else {}
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


def _publish(model: Any, rows: list[Record], known_at: datetime | None, earlier_texts: bool) -> None:
    if known_at is not None and not earlier_texts:
        public_rows(model, rows)


def _shares(documents: Collection[int], known_at: datetime | None, earlier_texts: bool) -> Mapping[int, list[Record]]:
    found: dict[int, list[Record]] = defaultdict(list)
    query = recorded(DocumentShare, known_at).filter(document__in=documents).order_by("id")
    rows = list(query.values("id", "document_id", "party", "on"))
    _publish(DocumentShare, rows, known_at, earlier_texts)
    for row in rows:
        found[row["document_id"]].append({"with": row["party"], "on": from_column(row["on"])})
    return found


def plan_record(trajectory: int, known_at: datetime | None = None, earlier_texts: bool = False) -> Record | None:
    """Return the record of a trajectory's plan, None where there was none; three queries at most."""
    columns = [key for key in RECORDS["plan"] if key != "actors"]
    row = recorded(Plan, known_at).filter(trajectory=trajectory).values("id", *columns).first()
    if row is None:
        return None
    _publish(Plan, [row], known_at, earlier_texts)
    lists = _lists("plan")
    values = {key: from_column(row[key]) for key in columns}
    values = {key: [] if value is None and key in lists else value for key, value in values.items()}
    rows = recorded(PlanActor, known_at).filter(plan=row["id"]).order_by("id")
    actors = list(rows.values_list("organisation_id", "part", "suggested_by"))
    slugs = dict(Organisation.objects.filter(pk__in=[pk for pk, *_rest in actors]).values_list("pk", "slug"))
    values["actors"] = [
        {"organisation": slugs.get(pk), "part": part or None, "suggested_by": by or None} for pk, part, by in actors
    ]
    return {key: values[key] for key in RECORDS["plan"]}


def register_records(
    section: str, rows: QuerySet[Any], known_at: datetime | None = None, earlier_texts: bool = False
) -> list[Record]:
    """Return the records of motions or commitments, with their reports; two queries.

    A motion has its normalised number, with the number as printed in ``printed_as``.
    """
    columns = [key for key in RECORDS[section] if key != "reports"]
    printed = ["printed_as"] if section == "motions" else []
    found = list(rows.values("id", *columns, *printed))
    _publish(_OF_REGISTER[section], found, known_at, earlier_texts)
    owner = section.removesuffix("s")
    reports: dict[int, list[Record]] = defaultdict(list)
    query = recorded(ProgressReport, known_at).filter(**{f"{owner}__in": [row["id"] for row in found]}).order_by("id")
    told = list(query.values("id", f"{owner}_id", "on", "text"))
    _publish(ProgressReport, told, known_at, earlier_texts)
    for row in told:
        reports[row[f"{owner}_id"]].append({"on": from_column(row["on"]), "text": from_column(row["text"])})
    lists = _lists(section)
    records = []
    for row in found:
        values = {key: from_column(row[key]) for key in columns}
        values = {key: [] if value is None and key in lists else value for key, value in values.items()}
        values["reports"] = reports.get(row["id"], [])
        record = {key: values[key] for key in RECORDS[section]}
        records.append({**record, "printed_as": row["printed_as"] or None} if printed else record)
    return records


def organisation_records(rows: QuerySet[Organisation]) -> list[Record]:
    """Return the records of organisations; two queries."""
    found = list(rows.values("id", "slug", "name", "kind", "municipality"))
    places: dict[int, list[str]] = defaultdict(list)
    near = Organisation.neighbourhoods.through.objects.filter(organisation__in=[row["id"] for row in found])
    for pk, slug in near.order_by("neighbourhood__slug").values_list("organisation_id", "neighbourhood__slug"):
        places[pk].append(slug)
    return [
        {
            **{key: row[key] or None for key in ("slug", "name", "kind", "municipality")},
            "neighbourhoods": places.get(row["id"], []),
        }
        for row in found
    ]


def neighbourhood_records(rows: QuerySet[Neighbourhood]) -> list[Record]:
    """Return the records of neighbourhoods; two queries."""
    columns = ("slug", "name", "district", "municipality", "cbs_code")
    found = list(rows.values("id", *columns))
    beside: dict[int, list[str]] = defaultdict(list)
    through = Neighbourhood.neighbours.through.objects.filter(from_neighbourhood__in=[row["id"] for row in found])
    for pk, slug in through.order_by("to_neighbourhood__slug").values_list(
        "from_neighbourhood_id", "to_neighbourhood__slug"
    ):
        beside[pk].append(slug)
    return [{**{key: row[key] or None for key in columns}, "neighbours": beside.get(row["id"], [])} for row in found]
