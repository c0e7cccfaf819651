"""Merging of a newer version of a dossier into an older one; absent keys and rows are kept."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
Key = Callable[[Row], Any]

#: The identity of a row, by section; ``ref`` elsewhere.
_ROW_KEYS: dict[str, Key] = {
    "organisations": lambda row: row.get("slug"),
    "waivers": lambda row: (row.get("rule"), row.get("subject"), row.get("granted_on")),
    "motions": lambda row: row.get("number"),
    "commitments": lambda row: row.get("number"),
}


def merge_documents(before: Row, after: Row) -> dict[str, Any]:
    """Return ``before`` updated with ``after``; keys and rows absent from ``after`` are kept.

    Within an object null means unknown and overwrites, and a list of plain values is replaced as a whole.
    """
    found = dict(before)
    for key, value in after.items():
        old = before.get(key)
        if key == "plan" and isinstance(value, Mapping) and isinstance(old, Mapping):
            found[key] = _merge_plan(old, value)
        elif isinstance(value, Mapping) and isinstance(old, Mapping):
            found[key] = {**old, **value}
        elif isinstance(value, list) and isinstance(old, list):
            found[key] = _merge_rows(key, old, value)
        elif value is not None or key not in before:
            found[key] = value
    return found


def _merge_rows(section: str, before: Sequence[Any], after: Sequence[Any]) -> list[Any]:
    if not all(isinstance(row, Mapping) for row in (*before, *after)):
        return [*before, *(row for row in after if row not in before)]
    row_key = _ROW_KEYS.get(section, _row_ref)
    rows = {row_key(row): dict(row) for row in before}
    for row in after:
        old = rows.get(row_key(row), {})
        new = {**old, **row}
        if isinstance(row.get("shared"), list):
            new["shared"] = _merge_by_key(old.get("shared") or [], row["shared"], lambda share: share.get("with"))
        if isinstance(row.get("reports"), list):
            reports = old.get("reports") or []
            new["reports"] = [*reports, *(report for report in row["reports"] if report not in reports)]
        rows[row_key(row)] = new
    return list(rows.values())


def _row_ref(row: Row) -> Any:
    return row.get("ref")


def _merge_by_key(before: Sequence[Row], after: Sequence[Row], row_key: Key) -> list[Row]:
    """Return both lists, with the rows of ``after`` replacing those of the same party in ``before``."""
    named = {row_key(row) for row in after}
    return [*(row for row in before if row_key(row) not in named), *after]


def _merge_plan(before: Row, after: Row) -> dict[str, Any]:
    plan = {**before, **after}
    for key in ("roles", "resources"):
        if isinstance(before.get(key), Mapping) and isinstance(after.get(key), Mapping):
            plan[key] = {**before[key], **after[key]}
    if after.get("actors") is not None:
        plan["actors"] = _merge_by_key(
            before.get("actors") or [], after["actors"], lambda actor: actor.get("organisation")
        )
    return plan
