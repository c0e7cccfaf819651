"""Data for explanations: obligations on a day, their transitions, and the history of the facts."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from participation.compliance.reach import published_columns
from participation.models import (
    Contribution,
    Document,
    DocumentShare,
    Obligation,
    Plan,
    Request,
    Scenario,
    Step,
    Trajectory,
    Transition,
)
from participation.selectors.changes.public_texts import (
    DELETED_ROW_TEXTS,
    current_texts,
    public_value,
)
from participation.selectors.published_reach import COLUMNS as REACH_COLUMNS

#: The tables that a trace can refer to, by the names that ``compliance.evidence.facts_used`` gives them.
TABLES: Mapping[str, Any] = {
    "trajectory": Trajectory,
    "plan": Plan,
    "scenario": Scenario,
    "step": Step,
    "document": Document,
    "contribution": Contribution,
    "request": Request,
}
#: A pseudo-column for rows of another table: with whom a document was shared.
SHARES = "shares"


class TransitionRow(NamedTuple):
    """A row of the transition log: the change of status, from when it holds, and when it was noticed."""

    before: str
    after: str
    on: date
    noticed_at: datetime


class FactVersion(NamedTuple):
    """A row of the history of one record: when, by whom (role; name for readers who may see it), and its values."""

    at: datetime
    role: str
    name: str
    values: Mapping[str, Any]


def open_obligation_key(owner_type: str, key: int, identity: tuple[str, str]) -> int | None:
    """Return the primary key of the open obligation of this owner with this rule and subject; None without one."""
    rule, subject = identity
    rows = Obligation.objects.open().filter(**{owner_type: key}, rule=rule, subject=subject)
    return rows.order_by().values_list("pk", flat=True).first()


def transitions_by_obligation(
    obligations: Collection[int], until: datetime | None = None
) -> Mapping[int, list[TransitionRow]]:
    """Return the transitions of each of these obligations, oldest first; one query."""
    found: dict[int, list[TransitionRow]] = defaultdict(list)
    if not obligations:
        return found
    rows = Transition.objects.filter(obligation__in=obligations).order_by("pk")
    if until:
        rows = rows.filter(noticed_at__lte=until)
    for row in rows:
        found[row.obligation_id].append(TransitionRow(row.from_status, row.to_status, row.on, row.noticed_at))
    return found


def fact_versions(
    trajectory: int,
    wanted: Mapping[tuple[str, str], Collection[str]],
    known_at: datetime | None = None,
    earlier_texts: bool = False,
) -> Mapping[tuple[str, str], list[FactVersion]]:
    """Return the histories of these rows, by kind and ref, oldest line first; one query per table.

    ``wanted`` names the rows, each with the columns to return. A row that was deleted has no lines. Without
    ``earlier_texts``, values of the last line that were changed since are marked as such.
    """
    refs: dict[str, set[str]] = defaultdict(set)
    columns: dict[str, dict[str, None]] = defaultdict(dict)
    for (table, ref), names in wanted.items():
        refs[table].add(ref)
        columns[table].update(dict.fromkeys(name for name in names if name != SHARES))
    found: dict[tuple[str, str], list[FactVersion]] = {}
    for table in refs:
        found.update(_fact_versions(trajectory, table, refs[table], tuple(columns[table]), known_at, earlier_texts))
    shared = [ref for (table, ref), names in wanted.items() if table == "document" and SHARES in names]
    if shared:
        for ref, lines in _share_versions(trajectory, shared, known_at).items():
            found.setdefault(("document", ref), []).extend(lines)
    return found


_AUTHOR_COLUMNS = tuple(f"history_user__{name}" for name in ("role", "first_name", "last_name", "username"))


def _fact_versions(
    trajectory: int,
    table: str,
    refs: Collection[str],
    columns: tuple[str, ...],
    known_at: datetime | None,
    earlier_texts: bool,
) -> dict[tuple[str, str], list[FactVersion]]:
    model = TABLES[table]
    rows = model.history.filter(**{"id" if table == "trajectory" else "trajectory": trajectory})
    has_refs = table not in ("trajectory", "plan")
    if has_refs:
        rows = rows.filter(ref__in=refs)
    if known_at:
        rows = rows.filter(history_date__lte=known_at)
    found: dict[tuple[str, str], list[FactVersion]] = {}
    about_reach = REACH_COLUMNS if set(columns) & set(REACH_COLUMNS) else ()
    read = dict.fromkeys((*columns, *about_reach))
    selected = ("id", "history_type", "history_date", *_AUTHOR_COLUMNS, *(["ref"] if has_refs else []), *read)
    keys: dict[tuple[str, str], int] = {}
    reached: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows.order_by("history_date", "history_id").values(*selected):
        key = (table, row["ref"] if has_refs else "")
        if row["history_type"] == "-":
            found.pop(key, None)
            continue
        if about_reach:
            reached[key] = published_columns(row)
            row.update(published_columns(row, with_counts=False))
        keys[key] = row["id"]
        found.setdefault(key, []).append(_fact_version(row, {column: row[column] for column in columns}))
    if not known_at and "reach_total" in columns:
        # Of the present version alone: totals of versions side by side tell more than each.
        for key, lines in found.items():
            lines[-1] = lines[-1]._replace(values={**lines[-1].values, "reach_total": reached[key]["reach_total"]})
    if known_at and not earlier_texts:
        current = current_texts(model, set(keys.values()))
        return {key: _redacted(model, lines, current.get(keys[key], DELETED_ROW_TEXTS)) for key, lines in found.items()}
    return found


def _redacted(model: Any, lines: Sequence[FactVersion], now: Mapping[str, Any]) -> list[FactVersion]:
    """Return these lines of one row, with the values of the last line replaced by their public versions.

    An earlier line with the same value gets the same public version: since when it applied is public.
    """
    last = lines[-1].values
    public = {column: public_value(model, column, value, now) for column, value in last.items()}
    return [
        line._replace(values={c: public[c] if value == last[c] else value for c, value in line.values.items()})
        for line in lines
    ]


def _share_versions(trajectory: int, refs: Collection[str], known_at: datetime | None) -> dict[str, list[FactVersion]]:
    """Return with whom each document was shared, by its ref; each share is one line."""
    documents = dict(Document.objects.filter(trajectory=trajectory, ref__in=refs).values_list("pk", "ref"))
    rows = DocumentShare.history.filter(document__in=documents)
    if known_at:
        rows = rows.filter(history_date__lte=known_at)
    latest: dict[int, Mapping[str, Any]] = {}
    selected = ("id", "document_id", "history_type", "history_date", *_AUTHOR_COLUMNS, "party", "on")
    for row in rows.order_by("history_date", "history_id").values(*selected):
        latest[row["id"]] = row
    found: dict[str, list[FactVersion]] = defaultdict(list)
    for row in latest.values():
        if row["history_type"] != "-":
            found[documents[row["document_id"]]].append(_fact_version(row, {SHARES: (row["party"], row["on"])}))
    return found


def _fact_version(row: Mapping[str, Any], values: Mapping[str, Any]) -> FactVersion:
    name = f"{row['history_user__first_name'] or ''} {row['history_user__last_name'] or ''}".strip()
    return FactVersion(
        row["history_date"], row["history_user__role"] or "", name or row["history_user__username"] or "", values
    )


def last_change_of(lines: Iterable[FactVersion], columns: Collection[str]) -> FactVersion | None:
    """Return the line since which these columns have their present values; None where there is no line."""
    found: FactVersion | None = None
    present: Any = None
    for line in lines:
        now = {column: line.values[column] for column in columns if column in line.values}
        if found is None or now != present:
            found, present = line, now
    return found
