"""The JSON files of an archive, machine-readable in the long term."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet

from participation.compliance.rulebook import Rulebook
from participation.compliance.rulebooks import Rulebooks
from participation.models import Obligation, Transition
from participation.presentation.rules import rulebook_as_json
from participation.selectors.associations.counter_signals import SignalView
from participation.selectors.associations.evaluations import EvaluationResults
from participation.selectors.changes.public_texts import current_names, public_details
from participation.selectors.dossiers.dossiers import published_dossier
from participation.selectors.dossiers.field_mapping import from_column
from participation.selectors.obligations.status_expressions import with_status
from participation.selectors.obligations.statuses import verdicts

from .bag import PAYLOAD, Bag
from .data import ArchiveData, ArchiveRequest
from .history import history_of

#: Rows fetched per chunk.
_CHUNK_SIZE = 2_000


def write_contents(bag: Bag, data: ArchiveData) -> None:
    """Write the JSON files, in a fixed order."""
    archive_request = data.archive_request
    _write_document(bag, "dossier.json", published_dossier(archive_request.trajectory, archive_request.user))
    _write_document(bag, "compliance.json", _compliance(archive_request))
    _write_rows(bag, "obligations.json", _obligations(archive_request))
    _write_rows(bag, "transitions.json", _transitions(archive_request.trajectory.pk))
    _write_rows(
        bag,
        "history.json",
        history_of(archive_request.trajectory.pk, archive_request.names_known, archive_request.earlier_texts),
    )
    _write_rows(bag, "documents.json", _documents(data))
    _write_rows(bag, "counter-signals.json", _signals(data))
    _write_rows(bag, "evaluations.json", (_evaluation(ref, found) for ref, found in data.evaluations.items()))
    bag.add(f"{PAYLOAD}rulebook.json", _rulebook_document(archive_request.rulebook))


def _write_document(bag: Bag, name: str, content: Any) -> None:
    bag.add(PAYLOAD + name, _document(content))


def _document(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


@lru_cache(maxsize=16)
def _rulebook_document(rulebook: Rulebook) -> bytes:
    # Rulebooks are loaded once, and theirs is the largest of these files.
    return _document(rulebook_as_json(rulebook))


def _write_rows(bag: Bag, name: str, rows: Iterable[Any]) -> None:
    """Write a JSON array with one row per line, streaming: it need not fit in memory."""
    with bag.open_member(PAYLOAD + name) as member:
        before = "[\n"
        for row in rows:
            member.write((before + json.dumps(row, ensure_ascii=False)).encode())
            before = ",\n"
        member.write(b"[]\n" if before == "[\n" else b"\n]\n")


def _compliance(archive_request: ArchiveRequest) -> dict[str, Any]:
    """Return the output of ``check_compliance --format json`` for that day, with the rulebook's name and hash."""
    rulebooks = Rulebooks([archive_request.rulebook])
    lines = verdicts(rulebooks, archive_request.today, [archive_request.trajectory.slug])
    return {
        "on": archive_request.today.isoformat(),
        "rulebook": {"name": archive_request.rulebook.name, "hash": archive_request.rulebook.hash},
        "obligations": [line.as_json(archive_request.language) for line in lines],
    }


def _obligations(archive_request: ArchiveRequest) -> Iterator[dict[str, Any]]:
    """Yield all obligations that were ever stored; those no longer required have the status "withdrawn"."""
    rows: QuerySet[Any] = Obligation.objects.filter(trajectory=archive_request.trajectory)
    names = frozenset() if archive_request.earlier_texts else current_names([archive_request.trajectory.pk])
    for row in with_status(rows, archive_request.today).order_by("rule", "subject", "pk").iterator(_CHUNK_SIZE):
        days = ("trigger_on", "due_on", "strict_due_on", "expected_on", "met_on")
        withdrawn = row.withdrawn_at
        yield {
            "number": row.pk,
            "rule": row.rule,
            "subject": row.subject or None,
            "status": "withdrawn" if withdrawn else row.status,
            **{name: _iso(getattr(row, name)) for name in days},
            "missing": row.missing,
            "details": public_details(row.details, names)
            if withdrawn and not archive_request.earlier_texts
            else row.details,
            "withdrawn_at": withdrawn.isoformat() if withdrawn else None,
        }


def _transitions(trajectory: int) -> Iterator[dict[str, Any]]:
    """Yield the status transitions, oldest first, each with the hash of its rulebook."""
    rows = Transition.objects.filter(obligation__trajectory=trajectory).order_by("noticed_at", "pk")
    columns: tuple[str, ...] = ("obligation", "obligation__rule", "obligation__subject", "from_status", "to_status")
    for number, rule, subject, before, after, on, noticed, rulebook in rows.values_list(
        *columns, "on", "noticed_at", "rulebook"
    ).iterator(_CHUNK_SIZE):
        yield {
            "obligation": number,
            "rule": rule,
            "subject": subject or None,
            "from": before or None,
            "to": after or None,
            "on": on.isoformat(),
            "noticed_at": noticed.isoformat(),
            "rulebook": rulebook,
        }


def _documents(data: ArchiveData) -> Iterator[dict[str, Any]]:
    for row in data.rows.documents:
        file = data.archived_files.get(row.file_id) if row.file_id else None
        yield {
            "of": "document",
            "ref": row.ref,
            "title": row.title or None,
            "kind": row.kind or None,
            "version": row.version or None,
            "dated_on": from_column(row.dated_on),
            "published_on": from_column(row.published_on),
            "replaces": row.replaces or None,
            "url": row.url or None,
            "file": file.as_json() if file else None,
        }
    for signal in _signals_by_date(data):
        file = data.archived_files.get(signal.file) if signal.file else None
        if file:
            yield {"of": "counter-signal", "ref": signal.request, "file": file.as_json()}


def _signals_by_date(data: ArchiveData) -> list[SignalView]:
    found = [signal for signals in data.signals.values() for signal in signals]
    return sorted(found, key=lambda signal: (signal.on, signal.pk))


def _signals(data: ArchiveData) -> Iterator[dict[str, Any]]:
    about = {signal.pk: identity for identity, signals in data.signals.items() for signal in signals}
    for signal in _signals_by_date(data):
        rule, subject = about[signal.pk]
        file = data.archived_files.get(signal.file) if signal.file else None
        yield {
            "on": signal.on.isoformat(),
            "organisation": signal.organisation,
            "rule": rule,
            "subject": subject or None,
            "status": signal.status,
            "words": signal.words or None,
            "evidence": signal.evidence or None,
            "evidence_url": signal.evidence_url or None,
            "evidence_file": (file.path or None) if file else None,
            "request": signal.request,
            "answer": signal.answer or None,
            "answered_on": from_column(signal.answered_on),
            "answer_due_on": _iso(signal.due_on),
        }


def _evaluation(ref: str, results: EvaluationResults) -> dict[str, Any]:
    """Return the public results of an evaluation form: aggregates only, never a single answer."""
    return {
        "step": ref,
        "answered": results.answered,
        "told": results.included,
        "questions": [
            {"question": q.question, "counted": q.answer_count, "average": q.average, "scores": dict(q.rows)}
            for q in results.questions
            if q.answer_count
        ],
        "remarks": list(results.remarks),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
