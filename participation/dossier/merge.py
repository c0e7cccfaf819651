"""Merging of a newer version of a dossier into an older one; absent keys and rows are kept."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .schema_fields import DOSSIER, REGISTER, Fragment

Row = Mapping[str, Any]
Key = Callable[[Row], Any]

#: The identity of a row, by section; ``ref`` elsewhere.
_ROW_KEYS: dict[str, Key] = {
    "organisations": lambda row: row.get("slug"),
    "waivers": lambda row: (row.get("rule"), row.get("subject"), row.get("granted_on")),
    "motions": lambda row: row.get("number"),
    "commitments": lambda row: row.get("number"),
    # Those of a register have no ref but a number, which is their ref once they belong to a trajectory.
    "requests": lambda row: row.get("ref") or row.get("number"),
}


def merge_documents(before: Row, after: Row) -> dict[str, Any]:
    """Return ``before`` updated with ``after``; keys and rows absent from ``after`` are kept, also within objects.

    Within an object null means unknown and overwrites, and a list of plain values is replaced as a whole.
    """
    found = dict(before)
    for key, value in after.items():
        old = before.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            found[key] = _merge_with_lists(key, old, value)
        elif isinstance(value, list) and isinstance(old, list):
            found[key] = _merge_rows(key, old, value)
        elif value is not None or key not in before:
            found[key] = value
    return found


def merge_records(section: str, before: Row, after: Row) -> dict[str, Any]:
    """Return a record of a section of a dossier or a register, updated with another; keys absent there are kept.

    A list is replaced as a whole. The types need not be valid.
    """
    found = {**before, **after}
    for key in _OBJECT_KEYS[section]:
        if isinstance(before.get(key), Mapping) and isinstance(after.get(key), Mapping):
            found[key] = {**before[key], **after[key]}
    return found


def _merge_with_lists(section: str, before: Row, after: Row) -> dict[str, Any]:
    """Return what ``merge_records`` does, but with the lists of ``_MERGED_LISTS`` merged row by row."""
    found = merge_records(section, before, after)
    for key, row_key in _MERGED_LISTS.items():
        if isinstance(after.get(key), list):
            found[key] = _merge_lists(before.get(key) or [], after[key], row_key)
    return found


def _merge_rows(section: str, before: Sequence[Any], after: Sequence[Any]) -> list[Any]:
    if not all(isinstance(row, Mapping) for row in (*before, *after)):
        return [*before, *(row for row in after if row not in before)]
    row_key = _ROW_KEYS.get(section, _row_ref)
    rows = {row_key(row): dict(row) for row in before}
    for row in after:
        rows[row_key(row)] = _merge_with_lists(section, rows.get(row_key(row), {}), row)
    return list(rows.values())


def _row_ref(row: Row) -> Any:
    return row.get("ref")


def _merge_lists(before: Sequence[Row], after: Sequence[Row], row_key: Key | None) -> list[Row]:
    """Return both lists; rows of ``after`` replace those with the same key, or are added."""
    if row_key is None:
        return [*before, *(row for row in after if row not in before)]
    named = {row_key(row) for row in after}
    return [*(row for row in before if row_key(row) not in named), *after]


#: Lists within a record that are merged row by row, each with the identity of a row; None: rows are compared whole.
_MERGED_LISTS: dict[str, Key | None] = {
    "shared": lambda share: share.get("with"),
    "actors": lambda actor: actor.get("organisation"),
    "reports": None,
    "fulfilments": None,
}


def _object_keys(fragment: Fragment) -> tuple[str, ...]:
    """Return the keys of a record whose value is an object with keys of its own; a date is one value."""
    record = fragment.get("items", fragment)
    return tuple(key for key, inner in record.get("properties", {}).items() if "object" in inner.get("type", ()))


_OBJECT_KEYS = {
    section: _object_keys(fragment) for keys in (DOSSIER, REGISTER) for section, (fragment, _words) in keys.items()
}
