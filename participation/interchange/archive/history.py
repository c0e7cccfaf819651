"""The complete change history of a trajectory, newest first, read in chunks so that memory use stays constant."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db.models import Model

from participation.selectors.changes.history import (
    ChangesetView,
    ColumnChange,
    LinkChange,
    Person,
    RowVersion,
    changeset_views,
    history_rows,
)
from participation.selectors.dossiers.field_mapping import from_column

#: History records read per chunk.
CHUNK_SIZE = 1_000
_KINDS = {"+": "added", "~": "changed", "-": "removed"}
#: Columns whose linked names are shown only to readers who may know the names of staff.
_PRIVATE = ("advisers",)


def history_of(trajectory: int, names_known: bool, earlier_texts: bool) -> Iterator[dict[str, Any]]:
    """Yield the changesets, newest first: when, by whom in which role, and what changed.

    ``names_known`` tells whether the reader may see names of users, ``earlier_texts`` whether they may read earlier
    versions of free text.
    """
    for block in _joined_blocks(trajectory, earlier_texts):
        changeset = block.changeset
        yield {
            "at": block.at.isoformat(),
            "by": _person(block.by, names_known),
            "verb": changeset.verb if changeset else None,
            "about": block.about or None,
            **({"reason": block.reason} if block.reason else {}),
            "taken_back_at": changeset.undone_at.isoformat() if changeset and changeset.undone_at else None,
            "rows": [_line(line) for line in block.lines],
            "links": [_link(linked, names_known) for linked in block.linked],
        }


def _joined_blocks(trajectory: int, earlier_texts: bool) -> Iterator[ChangesetView]:
    """Yield the blocks, joining one that was split over two chunks."""
    # One query for all: each slice would sort all rows again.
    lines = history_rows(trajectory).iterator(CHUNK_SIZE)
    last: ChangesetView | None = None
    while part := list(islice(lines, CHUNK_SIZE)):
        for block in changeset_views(trajectory, part, earlier_texts):
            if last and _is_same_changeset(last, block):
                last = last._replace(lines=(*last.lines, *block.lines))
                continue
            if last:
                yield last
            last = block
    if last:
        yield last


def _is_same_changeset(first: ChangesetView, second: ChangesetView) -> bool:
    return first.at == second.at and (first.changeset and first.changeset.pk) == (
        second.changeset and second.changeset.pk
    )


def _person(by: Person | None, names_known: bool) -> dict[str, str] | None:
    if by is None:
        return None
    return {"role": by.role, "name": by.name} if names_known and by.name else {"role": by.role}


def _line(line: RowVersion) -> dict[str, Any]:
    row = line.row
    about = {key: getattr(row, key) for key in ("ref", "rule", "subject") if getattr(row, key, "")}
    return {
        "table": line.table,
        **about,
        "what": _KINDS[line.kind],
        "changes": [_change(change) for change in line.changes],
    }


def _change(change: ColumnChange) -> dict[str, Any]:
    return {"column": change.column, "before": _json_value(change.before), "after": _json_value(change.after)}


def _json_value(value: Any) -> Any:
    """Return a value as JSON; a related row as its ``str()``."""
    found = from_column(value)
    return str(found) if isinstance(found, Model) else found


def _link(linked: LinkChange, names_known: bool) -> dict[str, Any]:
    private = linked.column in _PRIVATE and not names_known
    link_changes = (("added", linked.added), ("removed", linked.removed))
    return {
        "table": linked.table,
        "column": linked.column,
        **{word: len(names) if private else list(names) for word, names in link_changes if names},
    }
