"""Compares the rows of the database and the mails that the mail server accepted with what the Monday should produce."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from .dataset import MONDAY
from .environments import Environment

#: The jobs that the timetable starts before Monday at eight.
DUE_JOBS = (
    "flag-due",
    "reassess-changed",
    "reassess-all",
    "open-data",
    "expire",
    "reminders",
    "weekly-reports",
    "notifications",
    "submission-news",
)
#: Whether an alarm is mailed depends on the fault; it only must not be sent twice.
ALARM = "alarm"


class Outcome(NamedTuple):
    """Counts of what a Monday produced. ``refused`` are mails that the mail server rejected permanently."""

    flagged: int = 0
    lost: int = 0
    duplicated: int = 0
    unexpected: int = 0
    mails: int = 0
    mails_lost: int = 0
    mails_duplicated: int = 0
    doubtful: int = 0
    refused: int = 0
    unfinished: int = 0
    job_run_errors: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing was lost, duplicated or left unfinished. The scenario limits what may be in doubt."""
        bad = self.lost + self.duplicated + self.unexpected + self.mails_lost + self.mails_duplicated
        return not bad + self.unfinished + self.job_run_errors


def is_settled(env: Environment) -> bool:
    """Return whether every due job has finished and no chunk or mail is waiting or claimed."""
    done = env.query(f"SELECT count(*) FROM participation_jobrun WHERE slot = '{MONDAY}' AND finished_at IS NOT NULL")
    return done == [(len(DUE_JOBS),)] and not _unfinished(env)


def _unfinished(env: Environment) -> int:
    counted = env.query(
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


def recorded_emails(env: Environment) -> list[RecordedEmail]:
    """Return the rows of the outbox."""
    rows = env.query("SELECT id, kind, coalesce(user_id, follower_id), state, headers FROM participation_outboundemail")
    return [RecordedEmail(*row, _parsed(headers).get("Message-ID", "")) for *row, headers in rows]


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def outcome_of(env: Environment, accepted_ids: Iterable[str]) -> Outcome:
    """Return the outcome of the Monday. ``accepted_ids`` are the Message-IDs that the mail server accepted."""
    flagged, lost, duplicated, unexpected = _transitions(env)
    emails, accepted = recorded_emails(env), Counter(accepted_ids)
    recorded = Counter((email.kind, email.to) for email in emails)
    expected = {(kind, to) for kind, recipients in env.expected["mails"].items() for to in recipients}
    known_ids = {email.message_id for email in emails}
    not_expected = sum(1 for kind, to in recorded if kind != ALARM and (kind, to) not in expected)
    return Outcome(
        flagged=flagged,
        lost=lost,
        duplicated=duplicated,
        unexpected=unexpected,
        mails=len(expected),
        mails_lost=len(expected - set(recorded)) + sum(_is_lost(email, accepted) for email in emails),
        mails_duplicated=not_expected
        + sum(count - 1 for (kind, _to), count in recorded.items() if kind != ALARM)
        + sum(count - 1 for count in accepted.values())
        + sum(count for message_id, count in accepted.items() if message_id not in known_ids),
        doubtful=sum(email.state == "doubtful" and email.kind != ALARM for email in emails),
        refused=sum(email.state == "refused" for email in emails),
        unfinished=_unfinished(env),
        job_run_errors=len(job_run_errors(env)),
    )


def _is_lost(email: RecordedEmail, accepted: Counter[str]) -> bool:
    """Return whether the row's state contradicts the mail server, or is one that no mail of this Monday should have.

    A doubtful or refused mail is not lost: it is recorded as such, so a person can act on it.
    """
    if email.state == "sent":
        return not accepted[email.message_id]
    if email.state == "refused":
        return bool(accepted[email.message_id])
    return email.state not in ("doubtful", "waiting", "sending")


def _transitions(env: Environment) -> tuple[int, int, int, int]:
    """Return how many transitions were recorded, and how many are missing, duplicated and unexpected."""
    rows = env.query(
        'SELECT obligation_id, from_status, to_status, "on" FROM participation_transition'
        f" WHERE id > {env.expected['last_transition']}"
    )
    found = Counter((pk, old, new, str(on)) for pk, old, new, on in rows)
    expected = {tuple(row) for row in env.expected["transitions"]}
    duplicated = sum(count - 1 for count in found.values())
    return len(rows), len(expected - set(found)), duplicated, len(set(found) - expected)


def job_run_errors(env: Environment) -> list[str]:
    """Return a sentence for each error in the rows of the job runs."""
    rows = env.query(
        "SELECT kind, slot, finished_at, counts, failures, differences FROM participation_jobrun"
        f" WHERE day = '{MONDAY}'"
    )
    errors = [
        f"{kind}: {error}"
        for kind, _slot, *columns in rows
        for error in _errors_in(kind, *columns, expected=env.expected)
    ]
    slots = Counter(kind for kind, slot, *_rest in rows if slot)
    errors += [f"{kind}: {slots[kind]} runs" for kind in DUE_JOBS if slots[kind] != 1]
    noticed = sum(_parsed(counts).get("noticed", 0) for _kind, _slot, _done, counts, *_rest in rows)
    due = len(env.expected["transitions"])
    # Rows and their counts are written in one transaction, also by a worker that dies before its chunk is finished.
    if noticed != due:
        errors.append(f"noticed: {noticed} of {due}")
    return errors


def _errors_in(
    kind: str, finished_at: Any, counts: Any, failures: Any, differences: Any, expected: dict[str, Any]
) -> list[str]:
    counts, errors = _parsed(counts), []
    if finished_at is None:
        errors.append("not finished")
    if _parsed(failures) or counts.get("failed"):
        errors.append(f"failures {failures}")
    if _parsed(differences):
        errors.append(f"differences {differences}")
    if kind == "reassess-all" and counts.get("compared") != expected["rows"]:
        errors.append(f"compared {counts.get('compared')} of {expected['rows']}")
    if kind == "weekly-reports":
        served = sum(counts.get(name, 0) for name in ("made", "before", "nothing"))
        if served != len(expected["mails"]["weekly_report"]):
            errors.append(f"served {served}")
    return errors


def state_report(env: Environment) -> str:
    """Return job runs, mail states and unfinished chunks as text, for the message of a failed test."""
    runs = env.query(f"SELECT kind, slot, finished_at, counts FROM participation_jobrun WHERE day = '{MONDAY}'")
    states = env.query("SELECT state, kind, count(*) FROM participation_outboundemail GROUP BY state, kind")
    open_chunks = env.query(
        "SELECT run_id, attempts, claimed_until, failures FROM participation_jobchunk WHERE finished_at IS NULL"
    )
    return "\n".join(map(str, [*runs, *states, *open_chunks]))
