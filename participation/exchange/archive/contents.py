"""The JSON files of an archive, machine-readable in the long term."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.db.models import QuerySet

from participation.models import Obligation, Transition
from participation.reports.rules import rulebook_as_json
from participation.selectors.counter_signals import Signal
from participation.selectors.dossiers import dossier_of
from participation.selectors.evaluations import Results
from participation.selectors.mapping import from_column
from participation.selectors.public_texts import names_now, public_details
from participation.selectors.statuses import with_status
from participation.selectors.verdicts import verdicts

from .bag import PAYLOAD, Bag
from .data import ArchiveData, ArchiveRequest
from .history import history_of

#: Rows fetched per chunk.
_ROWS = 2_000


def write_contents(bag: Bag, told: ArchiveData) -> None:
    """Write the JSON files, in a fixed order."""
    asked = told.asked
    _document(bag, "dossier.json", dossier_of(asked.trajectory))
    _document(bag, "compliance.json", _compliance(asked))
    _rows(bag, "obligations.json", _obligations(asked))
    _rows(bag, "transitions.json", _transitions(asked.trajectory.pk))
    _rows(bag, "history.json", history_of(asked.trajectory.pk, asked.names_known, asked.earlier_texts))
    _rows(bag, "documents.json", _documents(told))
    _rows(bag, "counter-signals.json", _signals(told))
    _rows(bag, "evaluations.json", (_evaluation(ref, found) for ref, found in told.evaluations.items()))
    _document(bag, "rulebook.json", rulebook_as_json(asked.rulebook))


def _document(bag: Bag, name: str, content: Any) -> None:
    bag.add(PAYLOAD + name, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())


def _rows(bag: Bag, name: str, rows: Iterable[Any]) -> None:
    """Write a JSON array with one row per line, streaming: it need not fit in memory."""
    with bag.writing(PAYLOAD + name) as member:
        before = "[\n"
        for row in rows:
            member.write((before + json.dumps(row, ensure_ascii=False)).encode())
            before = ",\n"
        member.write(b"[]\n" if before == "[\n" else b"\n]\n")


def _compliance(asked: ArchiveRequest) -> dict[str, Any]:
    """Return the output of ``check_compliance --format json`` for that day, with the rulebook's name and hash."""
    lines = verdicts(asked.rulebook, asked.today, [asked.trajectory.slug])
    return {
        "on": asked.today.isoformat(),
        "rulebook": {"name": asked.rulebook.name, "hash": asked.rulebook.hash},
        "obligations": [line.as_json(asked.language) for line in lines],
    }


def _obligations(asked: ArchiveRequest) -> Iterator[dict[str, Any]]:
    """Yield all obligations that were ever stored; those no longer required have the status "withdrawn"."""
    rows: QuerySet[Any] = Obligation.objects.filter(trajectory=asked.trajectory)
    names = frozenset() if asked.earlier_texts else names_now([asked.trajectory.pk])
    for row in with_status(rows, asked.today).order_by("rule", "subject", "pk").iterator(_ROWS):
        days = ("trigger_on", "due_on", "strict_due_on", "expected_on", "met_on")
        withdrawn = row.withdrawn_at
        yield {
            "number": row.pk,
            "rule": row.rule,
            "subject": row.subject or None,
            "status": "withdrawn" if withdrawn else row.status,
            **{name: _iso(getattr(row, name)) for name in days},
            "missing": row.missing,
            "details": public_details(row.details, names) if withdrawn and not asked.earlier_texts else row.details,
            "withdrawn_at": withdrawn.isoformat() if withdrawn else None,
        }


def _transitions(trajectory: int) -> Iterator[dict[str, Any]]:
    """Yield the status transitions, oldest first, each with the hash of its rulebook."""
    rows = Transition.objects.filter(obligation__trajectory=trajectory).order_by("noticed_at", "pk")
    columns: tuple[str, ...] = ("obligation", "obligation__rule", "obligation__subject", "from_status", "to_status")
    for number, rule, subject, before, after, on, noticed, rulebook in rows.values_list(
        *columns, "on", "noticed_at", "rulebook"
    ).iterator(_ROWS):
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


def _documents(told: ArchiveData) -> Iterator[dict[str, Any]]:
    for row in told.rows.documents:
        file = told.kept.get(row.file_id) if row.file_id else None
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
    for signal in _each_signal(told):
        file = told.kept.get(signal.file) if signal.file else None
        if file:
            yield {"of": "counter-signal", "ref": signal.request, "file": file.as_json()}


def _each_signal(told: ArchiveData) -> list[Signal]:
    found = [signal for signals in told.signals.values() for signal in signals]
    return sorted(found, key=lambda signal: (signal.on, signal.pk))


def _signals(told: ArchiveData) -> Iterator[dict[str, Any]]:
    about = {signal.pk: identity for identity, signals in told.signals.items() for signal in signals}
    for signal in _each_signal(told):
        rule, subject = about[signal.pk]
        file = told.kept.get(signal.file) if signal.file else None
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


def _evaluation(ref: str, results: Results) -> dict[str, Any]:
    """Return the public results of an evaluation form: aggregates only, never a single answer."""
    return {
        "step": ref,
        "answered": results.answered,
        "told": results.included,
        "questions": [
            {"question": q.question, "counted": q.counted, "average": q.average, "scores": dict(q.rows)}
            for q in results.questions
            if q.counted
        ],
        "remarks": list(results.remarks),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
