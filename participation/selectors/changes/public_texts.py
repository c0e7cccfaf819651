"""Privacy of earlier versions of free text: without permission, a text is readable only as it is now.

A name that was removed from a text would otherwise stay readable in its history. Dates, numbers, words of the
vocabulary, refs and parties of earlier versions stay public; of a text that differs from the current one only that it
differed. Staff can read everything, and so can everyone where ``PUBLIC_TEXT_HISTORY`` is set.
"""

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models.functions import Substr
from django.utils.translation import gettext as _

from participation.compliance.dates import ImpreciseDate
from participation.compliance.facts import Facts
from participation.compliance.wording import TITLE_DETAILS
from participation.models import Contribution, Document, Scenario, Step, Trajectory, Upload
from participation.models.columns import AddressField, is_date, is_http_url, is_text
from participation.models.fields import ImpreciseDateField
from participation.models.labels import LABELS
from participation.models.texts import free_text_columns

#: The current texts of a row that was deleted: none.
DELETED_ROW_TEXTS: Mapping[str, Any] = {}
#: The columns that a changeset quotes in its description, and the maximum length of a quote.
_QUOTED_COLUMNS: tuple[tuple[Any, str, str], ...] = (
    (Trajectory, "id", "title"),
    (Step, "trajectory", "title"),
    (Document, "trajectory", "title"),
    (Scenario, "trajectory", "title"),
    (Contribution, "trajectory", "theme"),
    (Contribution, "trajectory", "summary"),
)
_MAX_QUOTE_LENGTH = 100


def can_read_earlier_texts(user: Any) -> bool:
    """Return whether this user (None or anonymous for the public) may read free text as it was before a change."""
    return settings.PUBLIC_TEXT_HISTORY or bool(getattr(user, "sees_everything", False))


def changed_text_marker() -> str:
    """Return the placeholder for an earlier text, in the active language."""
    return _("[text changed later]")


def current_texts(model: Any, keys: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return the present free texts, dates and files of these rows, by key; one query.

    A row that was deleted is not among them: use ``DELETED_ROW_TEXTS``.
    """
    rows = model._default_manager.filter(pk__in=keys).values("pk", *_guarded_columns(model))
    return {row.pop("pk"): row for row in rows}


@lru_cache(maxsize=64)
def _guarded_columns(model: Any) -> list[str]:
    # Cached, because it is asked for each value of a history.
    columns = [
        f.name for f in model._meta.concrete_fields if isinstance(f, ImpreciseDateField) or f.related_model is Upload
    ]
    return [*free_text_columns(model), *columns]


def public_value(model: Any, column: str, value: Any, current: Mapping[str, Any]) -> Any:
    """Return the public version of a column's earlier value: free text that differs from the present one is marked."""
    now = current.get(column)
    if value == now:
        return value
    if isinstance(value, ImpreciseDate):
        return value._replace(text="")
    if column not in _guarded_columns(model):
        return value
    field: Any = model._meta.get_field(column)
    if isinstance(field, AddressField):
        return ""
    if isinstance(value, Mapping):
        return {key: _public_text(text, [(now or {}).get(key)]) for key, text in value.items()}
    if isinstance(value, list):
        return _public_items(field, value, now or [])
    return _public_text(value, [now])


def _public_items(field: Any, items: list[Any], now: list[Any]) -> list[Any]:
    """Return a list of words or objects, with a mark for each that is not public now."""
    found: list[Any] = []
    for item in items:
        if item in now:
            found.append(item)
        elif isinstance(item, Mapping):
            found.append({key: _public_part(field, key, value) for key, value in item.items()})
        elif changed_text_marker() not in found:
            found.append(_public_text(item, now))
    return found


def _public_part(field: Any, key: str, value: Any) -> Any:
    """Return a value of an object in a list: a text is marked, an address left out, a date or number stays public."""
    check = field.checks.get(key, is_text)
    if check is is_http_url:
        return None
    if check is is_date and isinstance(value, Mapping):
        return {name: part for name, part in value.items() if name != "text"}
    return _public_text(value, ()) if check is is_text else value


def _public_text(text: Any, now: Iterable[Any]) -> Any:
    return text if text in (None, "") or text in now or text in LABELS else changed_text_marker()


def redact_rows(model: Any, rows: Collection[dict[str, Any]], key: str = "id") -> None:
    """Mark what is not public now in these history rows (from ``values()``), in place; one query."""
    current = current_texts(model, {row[key] for row in rows})
    for row in rows:
        now = current.get(row[key], DELETED_ROW_TEXTS)
        row.update({name: public_value(model, name, row[name], now) for name in row if name in _guarded_columns(model)})


def public_facts(facts: Facts | None, now: Facts | None) -> Facts | None:
    """Return earlier facts without the titles, and the printed forms of dates, that are not public now.

    ``now`` are the facts as they are. What has no title is named by its ref; the outcome of rules stays the same.
    """
    if facts is None:
        return None
    sections: dict[str, Any] = {}
    for name in ("steps", "documents", "scenarios", "contributions", "requests"):
        current = {row.ref: row for row in getattr(now, name)} if now else {}
        sections[name] = tuple(_public_fact(row, current.get(row.ref)) for row in getattr(facts, name))
    plan = _public_fact(facts.plan, now.plan if now else None) if facts.plan else None
    trajectory = _public_fact(facts.trajectory, now.trajectory if now else None)
    return Facts(trajectory=trajectory, plan=plan, organisations=facts.organisations, **sections)


def without_printed_dates(facts: Any) -> Any:
    """Return these facts of a row without the printed forms of its dates, also of those in lists."""
    if isinstance(facts, ImpreciseDate):
        return facts._replace(text="")
    if hasattr(facts, "_asdict"):
        return facts._replace(**{name: without_printed_dates(value) for name, value in facts._asdict().items()})
    return tuple(map(without_printed_dates, facts)) if isinstance(facts, tuple) else facts


def _public_fact(row: Any, now: Any) -> Any:
    changed: dict[str, Any] = {}
    for name, value in row._asdict().items():
        if value == getattr(now, name, None):
            continue
        if isinstance(value, ImpreciseDate) and value.text:
            changed[name] = value._replace(text="")
        elif name == "title":
            changed[name] = ""
    return row._replace(**changed) if changed else row


def public_details(details: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Return the public version of the details of a withdrawn obligation.

    It keeps the titles of when it was open: of those only what is among ``names``, the present titles and refs, is
    public.
    """
    return {key: _public_titles(value, names) if key in TITLE_DETAILS else value for key, value in details.items()}


def _public_titles(value: Any, names: Collection[str]) -> Any:
    if isinstance(value, list):
        return [_public_titles(item, names) for item in value]
    return value if not value or value in names else changed_text_marker()


def current_names(trajectories: Collection[int]) -> frozenset[str]:
    """Return the present titles and refs in these trajectories; one query."""
    found: Any = None
    for model, owner, column in _QUOTED_COLUMNS:
        for name in dict.fromkeys(("ref" if owner != "id" else "slug", column)):
            rows = model._default_manager.filter(**{f"{owner}__in": trajectories}).order_by()
            rows = rows.annotate(quoted=Substr(name, 1, 500))
            found = rows.values("quoted") if found is None else found.union(rows.values("quoted"))
    return frozenset(row["quoted"] for row in found)


def earlier_quotes(trajectory: int) -> frozenset[str]:
    """Return the quotes in changesets of texts that are no longer public; two queries."""
    now = {name[:_MAX_QUOTE_LENGTH] for name in current_names([trajectory])}
    found: Any = None
    for model, owner, column in _QUOTED_COLUMNS:
        rows = model.history.filter(**{owner: trajectory}).order_by()
        rows = rows.annotate(quoted=Substr(column, 1, _MAX_QUOTE_LENGTH))
        found = rows.values("quoted") if found is None else found.union(rows.values("quoted"))
    return frozenset(row["quoted"] for row in found) - now - {""}


def public_description(about: str, earlier: Collection[str]) -> str:
    """Return the description of a changeset, or an empty string where it quotes a text that is not public now."""
    return "" if any(text in about for text in earlier) else about
