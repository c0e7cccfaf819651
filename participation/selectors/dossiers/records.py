"""Rows as JSON records: every key that a dossier knows for them, with null where a value is not known.

The values are as the database returns them, now or as recorded at a moment. Links of a row (neighbourhoods, motions)
have no history: those are always the present ones. With ``known_at``, free text that was changed since is marked as
such, unless the reader may have the ``earlier_texts``.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from participation.models import (
    CommitmentFulfilment,
    DocumentShare,
    Neighbourhood,
    Organisation,
    Plan,
    PlanActor,
    ProgressReport,
    Trajectory,
)
from participation.selectors.changes.public_texts import redact_rows
from participation.selectors.obligations.facts import rows_known_at

from .field_mapping import (
    RECORD_KEYS,
    RECORD_TABLES,
    SECTION_TABLES,
    Record,
    from_column,
    keeps_empty_lists,
    record_columns,
    record_of_columns,
    without_empty_values,
)

#: Keys with default false: in a dossier they are written only when they are true.
_OMITTED_IF_FALSE = ("cancelled", "optional", "retrospective")


class StoredRecord(NamedTuple):
    """A row as a record: every key, with null where a value is not known, and which lists were written as empty."""

    record: Record
    empty_lists: Collection[str] = ()

    def known(self) -> Record:
        """Return the record as a dossier has it: without what is not known, also in nested objects and lists."""
        return self._known(self.record)

    def _known(self, record: Record, parent: str = "") -> Record:
        found = {}
        for key, value in record.items():
            path = f"{parent}{key}"
            if isinstance(value, dict):
                value = self._known(value, f"{path}/")
            elif isinstance(value, list):
                value = [without_empty_values(item) if isinstance(item, dict) else item for item in value]
            is_written_empty = value == [] and path in self.empty_lists
            is_omitted = value in (None, [], {}) or (value is False and key in _OMITTED_IF_FALSE)
            if is_written_empty or not is_omitted:
                found[key] = value
        return found


def record_keys(section: str) -> tuple[str, ...]:
    """Return the keys of a record of this section, in order; of a trajectory including its motions."""
    return (*RECORD_KEYS[section], "motions") if section == "trajectory" else RECORD_KEYS[section]


def trajectory_records(
    pks: Collection[int], known_at: datetime | None = None, earlier_texts: bool = False
) -> list[Record]:
    """Return the records of these trajectories, in this order, as far as they exist; three queries."""
    return [stored.record for stored in stored_trajectories(pks, known_at, earlier_texts)]


def stored_trajectories(
    pks: Collection[int], known_at: datetime | None = None, earlier_texts: bool = False
) -> list[StoredRecord]:
    """Return what ``trajectory_records`` does, with which lists were written as empty."""
    rows = _rows("trajectory", rows_known_at(Trajectory, known_at).filter(id__in=list(pks)), known_at, earlier_texts)
    found = {row["id"]: row for row in rows}
    neighbourhoods = _linked_values(Trajectory.neighbourhoods.through, found, "neighbourhood__slug")
    motions = _linked_values(Trajectory.motions.through, found, "motion__number")
    records = []
    for pk in pks:
        if (row := found.get(pk)) is None:
            continue  # deleted between two reads, or did not exist yet
        links = {"neighbourhoods": neighbourhoods[pk], "motions": motions[pk]}
        records.append(_stored_record("trajectory", row, links))
    return records


def _rows(
    section: str, rows: QuerySet[Any], known_at: datetime | None, earlier_texts: bool, *others: str
) -> list[dict[str, Any]]:
    """Return these rows of the table of a section: the primary key, the columns of its records, and others."""
    kept = ["empty_lists"] if keeps_empty_lists(section) else []
    found = list(rows.values("id", *record_columns(section).values(), *kept, *others))
    _redact(RECORD_TABLES[section], found, known_at, earlier_texts)
    return found


def _stored_record(section: str, row: Mapping[str, Any], others: Mapping[str, Any]) -> StoredRecord:
    """Return the record of a row, with the keys that other tables hold, in the order of the schema."""
    values = {**record_of_columns(section, row), **others}
    return StoredRecord({key: values[key] for key in record_keys(section)}, row.get("empty_lists", ()))


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
    """Return the records of these rows of a section; one query, and one more for documents.

    A waiver has its primary key too, as it has no ref.
    """
    found = _stored_rows(section, rows, known_at, earlier_texts)
    return [{"id": pk, **stored.record} if section == "waivers" else stored.record for pk, stored in found]


def stored_section(
    section: str, trajectory: int, known_at: datetime | None = None, earlier_texts: bool = False
) -> list[StoredRecord]:
    """Return the records of a section of a trajectory, with which lists were written as empty."""
    rows = section_rows(section, trajectory, known_at)
    return [stored for _pk, stored in _stored_rows(section, rows, known_at, earlier_texts)]


def stored_row(section: str, row: Any) -> StoredRecord:
    """Return the record of a stored row of a section as it is in memory; one query, for the shares of a document."""
    values = {column: getattr(row, column) for column in record_columns(section).values()}
    if keeps_empty_lists(section):
        values["empty_lists"] = row.empty_lists
    shares = {"shared": _share_records([row.pk], None, True).get(row.pk, [])} if section == "documents" else {}
    return _stored_record(section, values, shares)


def _stored_rows(
    section: str, rows: QuerySet[Any], known_at: datetime | None, earlier_texts: bool
) -> list[tuple[int, StoredRecord]]:
    found = _rows(section, rows, known_at, earlier_texts)
    shares = _share_records([row["id"] for row in found], known_at, earlier_texts) if section == "documents" else {}
    stored = []
    for row in found:
        others = {"shared": shares.get(row["id"], [])} if section == "documents" else {}
        stored.append((row["id"], _stored_record(section, row, others)))
    return stored


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
    stored = stored_plan(trajectory, known_at, earlier_texts)
    return stored.record if stored else None


def stored_plan(trajectory: int, known_at: datetime | None = None, earlier_texts: bool = False) -> StoredRecord | None:
    """Return what ``plan_record`` does, with which lists were written as empty."""
    rows = _rows("plan", rows_known_at(Plan, known_at).filter(trajectory=trajectory), known_at, earlier_texts)
    if not rows:
        return None
    parts = rows_known_at(PlanActor, known_at).filter(plan=rows[0]["id"]).order_by("id")
    actors = list(parts.values_list("organisation_id", "part", "suggested_by"))
    slugs = dict(Organisation.objects.filter(pk__in=[pk for pk, *_rest in actors]).values_list("pk", "slug"))
    actor_records = [
        {"organisation": slugs.get(pk), "part": part or None, "suggested_by": by or None} for pk, part, by in actors
    ]
    return _stored_record("plan", rows[0], {"actors": actor_records})


def register_records(
    section: str, rows: QuerySet[Any], known_at: datetime | None = None, earlier_texts: bool = False
) -> list[Record]:
    """Return the records of motions or commitments, with their reports and fulfilments, or of requests of the register.

    At most three queries. A motion has its normalised number, with the number as printed in ``printed_as``.
    """
    return [stored.record for stored in stored_register(section, rows, known_at, earlier_texts)]


def stored_register(
    section: str, rows: QuerySet[Any], known_at: datetime | None = None, earlier_texts: bool = False
) -> list[StoredRecord]:
    """Return what ``register_records`` does, with which lists were written as empty."""
    printed = ("printed_as",) if section == "motions" else ()
    slug = ("trajectory__slug",) if section == "register_requests" else ()
    found = _rows(section, rows, known_at, earlier_texts, *printed, *slug)
    children = {
        key: _dated_texts(model, owner, [row["id"] for row in found], known_at, earlier_texts)
        for key, (model, owner) in _DATED_TEXTS[section].items()
    }
    stored = []
    for row in found:
        others: Record = {key: texts.get(row["id"], []) for key, texts in children.items()}
        if slug:
            others["trajectory"] = row["trajectory__slug"]
        one = _stored_record(section, row, others)
        stored.append(one._replace(record={**one.record, **{key: row[key] or None for key in printed}}))
    return stored


#: By section of a register: the lists of dated texts of a record, each with its table and the column of the owner.
_DATED_TEXTS: Mapping[str, Mapping[str, tuple[Any, str]]] = {
    "motions": {"reports": (ProgressReport, "motion")},
    "commitments": {
        "reports": (ProgressReport, "commitment"),
        "fulfilments": (CommitmentFulfilment, "commitment"),
    },
    "register_requests": {},
}


def _dated_texts(
    model: Any, owner: str, keys: Collection[int], known_at: datetime | None, earlier_texts: bool
) -> Mapping[int, list[Record]]:
    found: dict[int, list[Record]] = defaultdict(list)
    query = rows_known_at(model, known_at).filter(**{f"{owner}__in": keys}).order_by("id")
    rows = list(query.values("id", f"{owner}_id", "on", "text"))
    _redact(model, rows, known_at, earlier_texts)
    for row in rows:
        found[row[f"{owner}_id"]].append({"on": from_column(row["on"]), "text": from_column(row["text"])})
    return found


def organisation_records(rows: QuerySet[Organisation]) -> list[Record]:
    """Return the records of organisations; two queries."""
    return [stored.record for stored in stored_organisations(rows)]


def stored_organisations(rows: QuerySet[Organisation]) -> list[StoredRecord]:
    """Return what ``organisation_records`` does, with which lists were written as empty."""
    found = _rows("organisations", rows, None, True)
    neighbourhoods: dict[int, list[str]] = defaultdict(list)
    links = Organisation.neighbourhoods.through.objects.filter(organisation__in=[row["id"] for row in found])
    for pk, slug in links.order_by("neighbourhood__slug").values_list("organisation_id", "neighbourhood__slug"):
        neighbourhoods[pk].append(slug)
    return [
        _stored_record("organisations", row, {"neighbourhoods": neighbourhoods.get(row["id"], [])}) for row in found
    ]


def neighbourhood_records(rows: QuerySet[Neighbourhood]) -> list[Record]:
    """Return the records of neighbourhoods; two queries."""
    columns = ("slug", "name", "district", "municipality", "cbs_code")
    figures = ("inhabitants", "inhabitants_year")
    found = list(rows.values("id", *columns, *figures))
    neighbours: dict[int, list[str]] = defaultdict(list)
    through = Neighbourhood.neighbours.through.objects.filter(from_neighbourhood__in=[row["id"] for row in found])
    for pk, slug in through.order_by("to_neighbourhood__slug").values_list(
        "from_neighbourhood_id", "to_neighbourhood__slug"
    ):
        neighbours[pk].append(slug)
    return [
        {
            **{key: row[key] or None for key in columns},
            **{key: row[key] for key in figures},
            "neighbours": neighbours.get(row["id"], []),
        }
        for row in found
    ]
