"""Fast reads of stored obligations as the values that rules return, so that a reassessment can compare them."""

import json
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, TextField
from django.db.models.functions import Cast

from participation.compliance.obligations import ObligationValue
from participation.models import Obligation

FETCH_SIZE = 5_000
_COLUMNS: tuple[Any, ...] = (
    *("pk", "rule", "subject", "trigger_on", "due_on", "strict_due_on", "expected_on", "met_on"),
    *(Cast("missing", TextField()), Cast("details", TextField()), F("next_change_on")),
)


class StoredObligation(NamedTuple):
    """An open obligation as stored: its key, its value, and when it is reassessed next."""

    pk: int
    obligation: ObligationValue
    next_change_on: date | None


@lru_cache(maxsize=1 << 16)
def _parse_details(text: str) -> dict[str, Any]:
    # Cached, so shared: treat the details of an obligation as immutable.
    found: dict[str, Any] = json.loads(text)
    return found


@lru_cache(maxsize=1 << 12)
def _parse_missing(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


class _ParsedDays(dict[Any, date | None]):
    """A cache of parsed days: SQLite returns text, PostgreSQL dates. A table holds few distinct ones."""

    def __missing__(self, value: Any) -> date | None:
        """Return the parsed day, and cache it."""
        day = self[value] = date.fromisoformat(value) if isinstance(value, str) else value
        return day


def stored_obligations(owner_type: str, keys: Sequence[int]) -> dict[int, dict[tuple[str, str], StoredObligation]]:
    """Return the open obligations of these trajectories (motions, commitments), by owner and identity."""
    found: dict[int, dict[tuple[str, str], StoredObligation]] = {key: {} for key in keys}
    rows = (
        Obligation.objects.open()
        .filter(**{f"{owner_type}__in": list(keys)})
        .order_by()
        .values_list(*_COLUMNS, f"{owner_type}_id")
    )
    # Raw SQL compiled by the ORM: its converters, a call per cell, would cost as much as the rules.
    sql, params = rows.query.sql_with_params()
    day, make = _ParsedDays({None: None}), ObligationValue._make
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        while chunk := cursor.fetchmany(FETCH_SIZE):
            for pk, rule, subject, trigger, due, strict, expected, met, missing, details, next_change, owner in chunk:
                obligation = make(
                    (
                        *(rule, subject, day[trigger], day[due], day[strict], day[expected], day[met]),
                        *(_parse_missing(missing), _parse_details(details)),
                    )
                )
                found[owner][rule, subject] = StoredObligation(pk, obligation, day[next_change])
    return found
