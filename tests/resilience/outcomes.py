"""What became of a Monday: read from the rows and from what the mail server took, and held against what was due."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from .dataset import MONDAY
from .environments import World

#: What is due by Monday at eight, in the timetable.
DUE = (
    "flag-due",
    "reassess-changed",
    "reassess-all",
    "open-data",
    "expire",
    "reminders",
    "weekly-reports",
    "notifications",
)
#: Alarms come or stay away with what happens: for them it counts only that none is sent twice.
ALARM = "alarm"


class Figures(NamedTuple):
    """What a Monday came to. ``excused`` are mails that the mail server refused for good, as it was told to."""

    flagged: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    mails: int = 0
    mails_lost: int = 0
    mails_doubled: int = 0
    doubtful: int = 0
    refused: int = 0
    stuck: int = 0
    receipts_wrong: int = 0

    @property
    def good(self) -> bool:
        """Whether nothing was lost, doubled or stuck; what is in doubt is for the scenario to judge."""
        bad = self.lost + self.doubled + self.wrong + self.mails_lost + self.mails_doubled
        return not bad + self.stuck + self.receipts_wrong


def is_settled(world: World) -> bool:
    """Tell whether all that was due is done, and nothing is in anybody's hands."""
    done = world.rows(f"SELECT count(*) FROM participation_jobrun WHERE slot = '{MONDAY}' AND finished_at IS NOT NULL")
    return done == [(len(DUE),)] and not _claimed(world)


def _claimed(world: World) -> int:
    counted = world.rows(
        "SELECT (SELECT count(*) FROM participation_jobrun WHERE finished_at IS NULL)"
        " + (SELECT count(*) FROM participation_jobchunk WHERE finished_at IS NULL)"
        " + (SELECT count(*) FROM participation_outboundemail WHERE state IN ('waiting', 'sending'))"
    )
    return int(counted[0][0])


class RecordedEmail(NamedTuple):
    """A row of the outbox."""

    pk: int
    kind: str
    to: int
    state: str
    message_id: str


def messages(world: World) -> list[RecordedEmail]:
    """Return the outbox."""
    rows = world.rows(
        "SELECT id, kind, coalesce(user_id, follower_id), state, headers FROM participation_outboundemail"
    )
    return [RecordedEmail(*row, _parsed(headers).get("Message-ID", "")) for *row, headers in rows]


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def figures(world: World, accepted: Iterable[str]) -> Figures:
    """Return what the Monday came to. ``accepted`` are the Message-IDs of what the mail server took."""
    flagged, lost, doubled, wrong = _transitions(world)
    found, took = messages(world), Counter(accepted)
    once = Counter((message.kind, message.to) for message in found)
    expected = {(kind, to) for kind, everyone in world.expected["mails"].items() for to in everyone}
    known = {message.message_id for message in found}
    unlooked_for = sum(1 for kind, to in once if kind != ALARM and (kind, to) not in expected)
    return Figures(
        flagged=flagged,
        lost=lost,
        doubled=doubled,
        wrong=wrong,
        mails=len(expected),
        mails_lost=len(expected - set(once)) + sum(_is_lost(message, took) for message in found),
        mails_doubled=unlooked_for
        + sum(count - 1 for (kind, _to), count in once.items() if kind != ALARM)
        + sum(count - 1 for count in took.values())
        + sum(count for message_id, count in took.items() if message_id not in known),
        doubtful=sum(message.state == "doubtful" and message.kind != ALARM for message in found),
        refused=sum(message.state == "refused" for message in found),
        stuck=_claimed(world),
        receipts_wrong=len(wrong_receipts(world)),
    )


def _is_lost(message: RecordedEmail, took: Counter[str]) -> bool:
    """Tell whether a mail is told to be sent that was not; or is not told of at all, or as held, which none should be.

    What is in doubt, or was refused for good, is told as such: a person can look.
    """
    if message.state == "sent":
        return not took[message.message_id]
    if message.state == "refused":
        return bool(took[message.message_id])
    return message.state not in ("doubtful", "waiting", "sending")


def _transitions(world: World) -> tuple[int, int, int, int]:
    """Return how many lines Monday brought, how many it should have, more than once, and that it should not."""
    rows = world.rows(
        'SELECT obligation_id, from_status, to_status, "on" FROM participation_transition'
        f" WHERE id > {world.expected['before']}"
    )
    found = Counter((pk, old, new, str(on)) for pk, old, new, on in rows)
    expected = {tuple(line) for line in world.expected["ledger"]}
    doubled = sum(count - 1 for count in found.values())
    return len(rows), len(expected - set(found)), doubled, len(set(found) - expected)


def wrong_receipts(world: World) -> list[str]:
    """Return what is wrong with the receipts, in words."""
    rows = world.rows(
        "SELECT kind, slot, finished_at, counts, failures, differences FROM participation_jobrun"
        f" WHERE day = '{MONDAY}'"
    )
    found = [
        f"{kind}: {what}" for kind, _slot, *receipt in rows for what in _wrong(kind, *receipt, expected=world.expected)
    ]
    slots = Counter(kind for kind, slot, *_rest in rows if slot)
    found += [f"{kind}: {slots[kind]} runs" for kind in DUE if slots[kind] != 1]
    noticed = sum(_parsed(counts).get("noticed", 0) for _kind, _slot, _done, counts, *_rest in rows)
    due = len(world.expected["ledger"])
    # What is written is counted in the same transaction: also by a worker that dies before its part is done.
    if noticed != due:
        found.append(f"noticed: {noticed} of {due}")
    return found


def _wrong(
    kind: str, finished_at: Any, counts: Any, failures: Any, differences: Any, expected: dict[str, Any]
) -> list[str]:
    counts, found = _parsed(counts), []
    if finished_at is None:
        found.append("not finished")
    if _parsed(failures) or counts.get("failed"):
        found.append(f"failures {failures}")
    if _parsed(differences):
        found.append(f"differences {differences}")
    if kind == "reassess-all" and counts.get("assessed") != expected["rows"]:
        found.append(f"assessed {counts.get('assessed')} of {expected['rows']}")
    if kind == "weekly-reports":
        served = sum(counts.get(name, 0) for name in ("made", "before", "nothing"))
        if served != len(expected["mails"]["weekly_report"]):
            found.append(f"served {served}")
    return found


def state_report(world: World) -> str:
    """Say what lies there: for a test that fails."""
    runs = world.rows(f"SELECT kind, slot, finished_at, counts FROM participation_jobrun WHERE day = '{MONDAY}'")
    states = world.rows("SELECT state, kind, count(*) FROM participation_outboundemail GROUP BY state, kind")
    open_chunks = world.rows(
        "SELECT run_id, attempts, claimed_until, failures FROM participation_jobchunk WHERE finished_at IS NULL"
    )
    return "\n".join(map(str, [*runs, *states, *open_chunks]))
