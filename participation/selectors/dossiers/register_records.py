"""Rows of the register as JSON records, each with its state and its obligations."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from participation.compliance.rulebooks import Rulebooks
from participation.selectors.obligations.statuses import obligations_of
from participation.selectors.register import rows_with_state

from .field_mapping import Record
from .records import register_records

#: The kind of record of each type of owner.
SECTIONS: Mapping[str, str] = {"motion": "motions", "commitment": "commitments", "request": "register_requests"}


def records_with_obligations(
    owner_type: str,
    keys: Sequence[int],
    rulebooks: Rulebooks,
    day: date,
    known_at: datetime | None = None,
    language: str = "nl",
    earlier_texts: bool = False,
) -> list[Record]:
    """Return the records of these motions, commitments or requests, in this order, as they are or were at a moment.

    Besides the keys of the register they have ``state``, on that day, and ``obligations``. Always the same number of
    queries. ``earlier_texts`` as in ``register_records``.
    """
    rows = rows_with_state(owner_type, day, known_at).filter(id__in=list(keys))
    states = {pk: (number, state) for pk, number, state in rows.values_list("id", "number", "state")}
    obligations = obligations_of(
        owner_type, {pk: number for pk, (number, _state) in states.items()}, rulebooks, day, known_at
    )
    by_number = {
        record["number"]: record for record in register_records(SECTIONS[owner_type], rows, known_at, earlier_texts)
    }
    found = []
    for pk in keys:
        number, state = states.get(pk, ("", ""))
        if number in by_number:
            lines = [line.as_json(language) for line in obligations[pk]]
            found.append({**by_number[number], "state": state, "obligations": lines})
    return found


def overdue_keys_as_known(owner_type: str, rulebooks: Rulebooks, day: date, known_at: datetime) -> set[int]:
    """Return the keys of the rows of the register with something overdue on that day, as known at a moment.

    All of them are reassessed, in a few queries however many there are.
    """
    named = dict(rows_with_state(owner_type, day, known_at).values_list("id", "number"))
    obligations = obligations_of(owner_type, named, rulebooks, day, known_at)
    return {pk for pk, lines in obligations.items() if any(line.status == "overdue" for line in lines)}
