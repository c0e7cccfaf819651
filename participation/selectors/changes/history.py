"""The history of a trajectory, newest first; a page of it costs the same however long it is."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from django.apps import apps
from django.db.models import CharField, F, OuterRef, Q, QuerySet, Subquery, Value

from participation.models import (
    Changeset,
    Contribution,
    CounterSignal,
    Document,
    DocumentShare,
    Erasure,
    Obligation,
    Plan,
    PlanActor,
    Request,
    Scenario,
    Step,
    Trajectory,
    Transition,
    Upload,
    Waiver,
)
from participation.selectors.published_reach import publish_version

from .public_texts import (
    DELETED_ROW_TEXTS,
    changed_text_marker,
    current_names,
    current_texts,
    earlier_quotes,
    public_description,
    public_details,
    public_value,
)

#: The tables of a trajectory, each with the column that holds its key or that of the parent row.
TABLES: Mapping[str, tuple[Any, str]] = {
    "trajectory": (Trajectory, "id"),
    "plan": (Plan, "trajectory"),
    "planactor": (PlanActor, "plan"),
    "scenario": (Scenario, "trajectory"),
    "step": (Step, "trajectory"),
    "document": (Document, "trajectory"),
    "documentshare": (DocumentShare, "document"),
    "contribution": (Contribution, "trajectory"),
    "request": (Request, "trajectory"),
    "waiver": (Waiver, "trajectory"),
    "countersignal": (CounterSignal, "trajectory"),
}
#: The tables whose owner column holds the key of a row of a trajectory, each with the table of that row.
PARENT_TABLES: Mapping[str, Any] = {"planactor": Plan, "documentshare": Document}
#: Columns that are not shown: the key, and what only the dossier format tells apart.
_HIDDEN_COLUMNS = ("id", "empty_lists")
#: Foreign keys that are not shown: those to the owner, and the author, who is shown with the changeset.
_HIDDEN_RELATIONS = ("trajectory", "plan", "document", "made_by", "request")
#: The pseudo-table of changesets that changed no row of these tables but links, such as the advisers.
LINKS = "links"


class Person(NamedTuple):
    """The author: the role, and the name for readers who may see it."""

    role: str
    name: str


class ColumnChange(NamedTuple):
    """A changed column, with its value before and after."""

    column: str
    before: Any
    after: Any


class RowVersion(NamedTuple):
    """A change of one row: ``kind`` is +, ~ or -; ``row`` is the row after it (for -, before)."""

    table: str
    kind: str
    at: datetime
    by: Person | None
    row: Any
    changes: tuple[ColumnChange, ...]


class LinkChange(NamedTuple):
    """Links added and removed: names, by table and column."""

    table: str
    column: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


class ChangesetView(NamedTuple):
    """What was recorded together: the changeset, or None for an import or the admin."""

    at: datetime
    by: Person | None
    changeset: Changeset | None
    lines: tuple[RowVersion, ...]
    linked: tuple[LinkChange, ...]
    #: The description in the changeset, and the reason of an erasure, as far as the reader may see them.
    about: str = ""
    reason: str = ""


def history_rows(trajectory: int) -> Any:
    """Return every history row of a trajectory, newest first, as table, id and moment.

    Meant to be sliced for a page; ``changeset_views`` turns a slice into what is shown.
    """
    first, *others = (
        _with_table(
            model.history.filter(**{f"{owner}__in": owner_keys(table, trajectory)}),
            table,
            "history_id",
            "history_date",
        )
        for table, (model, owner) in TABLES.items()
    )
    linked = _with_table(Changeset.objects.filter(trajectory=trajectory, row_changes=[]), LINKS, "pk", "at")
    return first.union(*others, linked, all=True).order_by("-moment", "table", "-line")


def _with_table(rows: Any, table: str, line: str, at: str) -> Any:
    lines = rows.order_by().annotate(table=Value(table, CharField()), line=F(line), moment=F(at))
    return lines.values_list("table", "line", "moment")


def owner_keys(table: str, trajectory: int) -> Any:
    """Return the keys that the owner column of a table holds for this trajectory, those of deleted rows included."""
    parent = PARENT_TABLES.get(table)
    if parent is None:
        return [trajectory]
    return parent.history.filter(trajectory=trajectory).order_by().values("id")


def last_recorded_at(trajectory: int) -> datetime | None:
    """Return when anything of it was last recorded, or None; one query."""
    newest: Any = history_rows(trajectory)[:1]
    return next((moment for _of, _number, moment in newest), None)


def changeset_views(
    trajectory: int, part: Iterable[tuple[str, int, datetime]], earlier_texts: bool = False
) -> list[ChangesetView]:
    """Return the changes in this slice of ``history_rows``, in its order; the number of queries does not grow with it.

    Without ``earlier_texts``, free text is shown only where it is public now; else it is marked as changed.
    """
    part = list(part)
    numbers: dict[str, list[int]] = defaultdict(list)
    for table, number, _moment in part:
        numbers[table].append(number)
    lines = {
        (table, line): found
        for table in TABLES
        if numbers[table]
        for line, found in _row_versions(table, numbers[table], earlier_texts).items()
    }
    changesets = _changesets(trajectory, {moment for _of, _number, moment in part})
    linked = _link_changes(changesets.values())
    descriptions = _descriptions(trajectory, changesets.values(), earlier_texts)
    reasons = _reasons(changesets.values())
    found: list[ChangesetView] = []
    shown: set[int] = set()
    keys = [(table, number, moment, changesets.get((table, number))) for table, number, moment in part]
    for (moment, changeset_key), group in groupby(keys, key=lambda key: (key[2], key[3].pk if key[3] else None)):
        own = list(group)
        changeset = own[0][3]
        rows = tuple(lines[table, number] for table, number, _moment, _entry in own if (table, number) in lines)
        by = person(changeset.by) if changeset else next((line.by for line in rows if line.by), None)
        links = tuple(linked[changeset.pk]) if changeset and changeset_key not in shown else ()
        shown.add(changeset_key or 0)
        texts = (descriptions[changeset.pk], reasons.get(changeset.pk, "")) if changeset else ("", "")
        found.append(ChangesetView(moment, by, changeset, rows, links, *texts))
    return found


def _descriptions(trajectory: int, changesets: Iterable[Changeset], earlier_texts: bool) -> dict[int, str]:
    """Return the descriptions in these changesets, by key."""
    about = {changeset.pk: changeset.about for changeset in changesets}
    if earlier_texts or not any(about.values()):
        return about
    earlier = earlier_quotes(trajectory)
    return {key: public_description(text, earlier) for key, text in about.items()}


def _reasons(changesets: Iterable[Changeset]) -> dict[int, str]:
    """Return the reasons of erasures, by key of the changeset."""
    erased = {changeset.pk for changeset in changesets if changeset.verb == "erased"}
    return dict(Erasure.objects.filter(changeset__in=erased).values_list("changeset_id", "reason")) if erased else {}


def person(user: Any) -> Person | None:
    """Return the author as role and name, or None for an import."""
    return Person(user.role, user.display_name) if user else None


def _changesets(trajectory: int, moments: Collection[datetime]) -> dict[tuple[str, int], Changeset]:
    """Return the changesets of these moments, by the history rows that they wrote."""
    found: dict[tuple[str, int], Changeset] = {}
    for changeset in Changeset.objects.filter(trajectory=trajectory, at__in=moments).select_related("by"):
        for table, _pk, _before, after in changeset.row_changes:
            found[table, after] = changeset
        if not changeset.row_changes:
            found[LINKS, changeset.pk] = changeset
    return found


def _row_versions(table: str, numbers: Sequence[int], earlier_texts: bool) -> dict[int, RowVersion]:
    """Return these history rows of one table, each compared with the row before it: two queries, plus names."""
    model = TABLES[table][0]
    older = Q(history_date__lt=OuterRef("history_date")) | Q(
        history_date=OuterRef("history_date"), history_id__lt=OuterRef("history_id")
    )
    earlier = model.history.filter(older, id=OuterRef("id")).order_by("-history_date", "-history_id")
    rows = list(
        model.history.filter(history_id__in=numbers)
        .order_by()
        .select_related("history_user")
        .annotate(earlier=Subquery(earlier.values("history_id")[:1]))
    )
    before = model.history.in_bulk([row.earlier for row in rows if row.earlier], field_name="history_id")
    for version in (*rows, *before.values()):
        publish_version(version)
    found = {row.history_id: (row, _changes(row, before.get(row.earlier))) for row in rows}
    names = _names(model, [change for _row, changes in found.values() for change in changes])
    now = {} if earlier_texts else current_texts(model, {row.id for row in rows})

    def shown(row: Any, column: str, value: Any) -> Any:
        if earlier_texts:
            return names(column, value)
        return _redacted(model, column, value, now.get(row.id, DELETED_ROW_TEXTS), names)

    return {
        number: RowVersion(
            table,
            row.history_type,
            row.history_date,
            person(row.history_user),
            row,
            tuple(
                c._replace(before=shown(row, c.column, c.before), after=shown(row, c.column, c.after)) for c in changes
            ),
        )
        for number, (row, changes) in found.items()
    }


def _redacted(model: Any, column: str, value: Any, now: Mapping[str, Any], names: Any) -> Any:
    """Return the public version of a column's value; a file that was replaced or removed is not named."""
    if value and model._meta.get_field(column).related_model is Upload and value != now.get(column):
        return changed_text_marker()
    return names(column, public_value(model, column, value, now))


def _changes(row: Any, before: Any) -> list[ColumnChange]:
    """Return what changed in this row; for a new row all its values, for a deleted one nothing."""
    columns = [field for field in row.tracked_fields if _is_shown(field)]
    if row.history_type == "-":
        return []
    if before is None or before.history_type == "-" or _was_elsewhere(row, before):
        initial = ((field.name, getattr(row, field.attname)) for field in columns)
        return [ColumnChange(name, None, value) for name, value in initial if value not in (None, "", [], {}, False)]
    delta = row.diff_against(before, included_fields=[field.name for field in columns])
    order = {field.name: number for number, field in enumerate(columns)}
    changed = sorted(delta.changes, key=lambda change: order[change.field])
    return [ColumnChange(change.field, change.old, change.new) for change in changed]


def _was_elsewhere(row: Any, before: Any) -> bool:
    """Return whether a request of the register came from elsewhere: what it was there is not for everyone."""
    return row.instance_type is Request and row.trajectory_id != before.trajectory_id


def _is_shown(field: Any) -> bool:
    return field.name not in (_HIDDEN_RELATIONS if field.is_relation else _HIDDEN_COLUMNS)


def _names(model: Any, changes: Sequence[ColumnChange]) -> Any:
    """Return a function that turns a foreign key into a name: one query per column."""
    known: dict[str, dict[Any, str]] = {}
    for field in model._meta.concrete_fields:
        if field.is_relation and _is_shown(field):
            keys = {value for c in changes if c.column == field.name for value in (c.before, c.after) if value}
            rows = field.related_model._default_manager.filter(pk__in=keys) if keys else ()
            known[field.name] = {row.pk: str(row) for row in rows}
    return lambda column, value: known[column].get(value, value) if column in known else value


def _link_changes(changesets: Iterable[Changeset]) -> Mapping[int, list[LinkChange]]:
    """Return the links that these changesets changed, by changeset: one query per column."""
    changed = [
        (changeset.pk, *link) for changeset in {e.pk: e for e in changesets}.values() for link in changeset.m2m_changes
    ]
    keys: dict[tuple[str, str], set[int]] = defaultdict(set)
    for _entry, table, _pk, column, before, after in changed:
        keys[table, column].update(before, after)
    names: dict[tuple[str, str], dict[int, str]] = {}
    for (table, column), wanted in keys.items():
        model = apps.get_model("participation", table)._meta.get_field(column).related_model
        rows = model._default_manager.filter(pk__in=wanted)
        names[table, column] = {row.pk: getattr(row, "display_name", str(row)) for row in rows}
    found: dict[int, list[LinkChange]] = defaultdict(list)
    for changeset, table, _pk, column, before, after in changed:
        name_by_key = names[table, column]
        added = tuple(sorted(name_by_key.get(key, "") for key in set(after) - set(before)))
        removed = tuple(sorted(name_by_key.get(key, "") for key in set(before) - set(after)))
        found[changeset].append(LinkChange(table, column, added, removed))
    return found


def transitions_in(trajectory: int) -> QuerySet[Transition]:
    """Return the transitions of a trajectory, newest first, each with its obligation."""
    lines = Transition.objects.filter(obligation__trajectory=trajectory)
    return lines.select_related("obligation").order_by("-noticed_at", "-pk")


def redact_withdrawn(trajectory: int, obligations: Iterable[Obligation]) -> None:
    """Remove from the details of these obligations what is not public; at most one query."""
    withdrawn = [obligation for obligation in obligations if obligation.withdrawn_at is not None]
    names = current_names([trajectory]) if withdrawn else frozenset()
    for obligation in withdrawn:
        obligation.details = public_details(obligation.details, names)
