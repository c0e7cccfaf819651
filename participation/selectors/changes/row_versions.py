"""Conflict detection: what changed in a row since the version that a user saw: by whom, when, from what to what."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Max

from participation.models import Changeset, Plan, PlanActor, Trajectory

#: Many-to-many fields that are edited together with the columns of a row.
LINK_FIELDS: dict[type[models.Model], tuple[str, ...]] = {Trajectory: ("neighbourhoods", "motions", "advisers")}
#: The number of newest changesets of a trajectory that are searched for who changed a link.
_MAX_CHANGESETS_SEARCHED = 50


class ColumnChangeSince(NamedTuple):
    """One changed column: ``by`` is None for an import, ``at`` None where the time is not recorded."""

    column: str
    old: Any
    new: Any
    by: Any
    at: datetime | None


class ExpectedVersion(NamedTuple):
    """The version of a row that a user saw: ids of history rows, and primary keys of linked rows.

    ``line`` is the newest row of its own history, ``parts`` that of its child rows; both are 0 where there is none.
    """

    line: int = 0
    parts: int = 0
    links: tuple[tuple[int, ...], ...] = ()

    def to_text(self) -> str:
        """Return the version as a form carries it in a hidden field."""
        return ";".join([f"{self.line}.{self.parts}", *(",".join(map(str, pks)) for pks in self.links)])

    @classmethod
    def from_text(cls, text: str) -> "ExpectedVersion":
        """Return the version that ``to_text`` wrote; the empty version for any other text."""
        lines, *links = text.split(";")
        try:
            line, _dot, parts = lines.partition(".")
            return cls(int(line), int(parts), tuple(tuple(int(pk) for pk in p.split(",") if pk) for p in links))
        except ValueError:
            return cls()


def current_version(row: Any) -> ExpectedVersion:
    """Return the stored version of this row; the empty version for a new one."""
    if not row.pk:
        return ExpectedVersion()
    line = type(row).history.filter(id=row.pk).aggregate(newest=Max("history_id"))["newest"] or 0
    links = tuple(
        tuple(sorted(getattr(row, column).values_list("pk", flat=True))) for column in LINK_FIELDS.get(type(row), ())
    )
    parts = 0
    if isinstance(row, Plan):
        parts = PlanActor.history.filter(plan=row.pk).aggregate(newest=Max("history_id"))["newest"] or 0
    return ExpectedVersion(line, parts, links)


def newest_versions(model: Any, keys: Sequence[int]) -> dict[int, int]:
    """Return the id of the newest row in the history of each of these rows, by primary key; one query."""
    rows = model.history.filter(**{f"{model._meta.pk.name}__in": keys}).order_by()
    return dict(rows.values_list(model._meta.pk.name).annotate(at=Max("history_id")))


def row_at_version(row: Any, version: ExpectedVersion) -> Any:
    """Return this row as it was at that version; an empty one where it did not exist."""
    line = type(row).history.filter(id=row.pk, history_id=version.line).first() if row.pk else None
    return row_of_version(line) if line else type(row)()


def row_of_version(version: Any) -> Any:
    """Return the row as a row of its history has it.

    ``version.instance`` does the same, with one more query where the table has a column without history. Those are
    search texts, which are derived from the other columns.
    """
    return version.instance_type(**{field.attname: getattr(version, field.attname) for field in version.tracked_fields})


def changes_since(row: Any, version: ExpectedVersion) -> list[ColumnChangeSince]:
    """Return the changes since that version, one for each column or link."""
    model = type(row)
    found: dict[str, ColumnChangeSince] = {}
    lines = list(
        model.history.filter(id=row.pk, history_id__gte=version.line)
        .order_by("history_id")
        .select_related("history_user")
    )
    columns = [
        field.attname
        for field in model.history.model.tracked_fields
        # Nobody sees in a form which empty lists a dossier wrote, so that is no conflict.
        if not field.primary_key and field.name != "empty_lists"
    ]
    if lines and lines[0].history_id != version.line:
        lines.insert(0, row_at_version(row, version))
    for before, after in pairwise(lines):
        for column in columns:
            old, new = getattr(before, column), getattr(after, column)
            if old != new:
                first = found[column].old if column in found else old
                found[column] = ColumnChangeSince(column, first, new, after.history_user, after.history_date)
    links = zip(LINK_FIELDS.get(model, ()), version.links, current_version(row).links, strict=False)
    changed = [(column, old, new) for column, old, new in links if old != new]
    authors = _link_authors(row, [column for column, _old, _new in changed]) if changed else {}
    return [
        *(change for change in found.values() if change.old != change.new),
        *(ColumnChangeSince(column, old, new, *authors.get(column, (None, None))) for column, old, new in changed),
    ]


def _link_authors(row: Any, columns: Iterable[str]) -> dict[str, tuple[Any, datetime]]:
    """Return by whom and when these links were last changed, as far as a changeset records it."""
    found: dict[str, tuple[Any, datetime]] = {}
    for changeset in Changeset.objects.filter(trajectory=row.pk).select_related("by")[:_MAX_CHANGESETS_SEARCHED]:
        for model, pk, column, *_ in changeset.m2m_changes:
            if model == row._meta.model_name and pk == row.pk and column in columns:
                found.setdefault(column, (changeset.by, changeset.at))
    return found


ActorTuple = tuple[str, str, str]


def actors_of(plan: Plan, at: int | None = None) -> list[ActorTuple]:
    """Return the actors of a plan as (organisation, part, suggested by), in order of creation.

    With ``at``, the id of a row of their history, they are what they were right after that row.
    """
    if not plan.pk:
        return []
    if at is None:
        rows = PlanActor.objects.filter(plan=plan).order_by("pk")
        return list(rows.values_list("organisation__slug", "part", "suggested_by"))
    lines = PlanActor.history.filter(plan=plan.pk, history_id__lte=at).order_by("history_id")
    found: dict[int, ActorTuple] = {}
    for pk, history_type, *actor in lines.values_list(
        "id", "history_type", "organisation__slug", "part", "suggested_by"
    ):
        if history_type == "-":
            found.pop(pk, None)
        else:
            found[pk] = (actor[0] or "", actor[1], actor[2])
    return list(found.values())


def last_actor_change(plan: Plan) -> tuple[Any, datetime | None]:
    """Return who last changed an actor of this plan, and when; (None, None) where nobody did."""
    line = PlanActor.history.filter(plan=plan.pk).select_related("history_user").order_by("-history_id").first()
    return (line.history_user, line.history_date) if line else (None, None)
