"""Stored obligations as the values that the rules make, read fast: a reassessment holds all of them against those."""

import json
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import F, TextField
from django.db.models.functions import Cast

from participation.compliance.obligations import Obligation as Owed
from participation.models import Obligation


class Stored(NamedTuple):
    """An open obligation as it is stored: its key, its value, and when it is looked at again."""

    pk: int
    owed: Owed
    next_change_on: date | None


@lru_cache(maxsize=1 << 16)
def _details(text: str) -> dict[str, Any]:
    # Cached, so shared: nobody changes the details of an obligation.
    found: dict[str, Any] = json.loads(text)
    return found


@lru_cache(maxsize=1 << 12)
def _missing(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def stored_obligations(of: str, keys: Sequence[int]) -> dict[int, dict[tuple[str, str], Stored]]:
    """Return the open obligations of these trajectories (motions, commitments), by owner and identity."""
    found: dict[int, dict[tuple[str, str], Stored]] = {key: {} for key in keys}
    rows = (
        Obligation.objects.open()
        .filter(**{f"{of}__in": keys})
        .values_list(
            f"{of}_id",
            "pk",
            "rule",
            "subject",
            "trigger_on",
            "due_on",
            "strict_due_on",
            "expected_on",
            "met_on",
            Cast("missing", TextField()),
            Cast("details", TextField()),
            F("next_change_on"),
        )
    )
    for (
        owner,
        pk,
        rule,
        subject,
        trigger,
        due,
        strict,
        expected,
        met,
        missing,
        details,
        following,
    ) in rows.iterator(chunk_size=5_000):
        owed = Owed(rule, subject, trigger, due, strict, expected, met, _missing(missing), _details(details))
        found[owner][rule, subject] = Stored(pk, owed, following)
    return found
