"""Who got which document when, and whether it could be read and compared."""

from collections.abc import Iterator
from typing import Literal

from ..calendar import Term
from ..dates import When
from ..facts import Document, Facts
from .anchors import COUNCIL
from .base import NOTHING, Days, Evidence, Owed, all_done, any_done, check, dated, names, owe
from .involvement import SPEAKS_FOR

Shares = dict[str, list[When | None]]


def _shares(document: Document) -> Shares:
    found: Shares = {}
    for party, on in document.shared:
        found.setdefault(party, []).append(on)
    return found


def _first_day(days: list[When]) -> When | None:
    """Return the first of these days; a day that is not known where none has a date, None where there is none."""
    return (When.first_of(days) or When.unknown()) if days else None


def _given_to(party: str, facts: Facts, shares: Shares) -> list[When]:
    """Return the days on which a document was given to a party: by name, or as one of a public."""
    kind = facts.kind_of(party)
    publics = ("everyone", *(word for word, kinds in SPEAKS_FOR.items() if kind in kinds))
    days = [on or When.unknown() for name in (party, *publics) for on in shares.get(name, ())]
    return [day for day in days if day.precision != "unscheduled"]


@check("about", "parties")
def shared_equally(facts: Facts, days: Days) -> Iterator[Owed]:
    """Yield for each document given to a participating party that every participating party had it that day.

    What is published, everyone has.
    """
    for document in facts.documents if facts.participants else ():
        if not document.shared:
            continue
        shares = _shares(document)
        given = {party: _given_to(party, facts, shares) for party in sorted(facts.participants)}
        first = _first_day([day for found in given.values() for day in found])
        if first is None:
            continue
        had = {p: any_done([*map(dated, found), dated(document.published_on)]) for p, found in given.items()}
        without = [p for p, evidence in had.items() if evidence.done is None and not evidence.undated]
        yield owe(
            document.ref,
            first,
            first,
            all_done(had.values()),
            lacking="shared_on",
            undated="shared_on",
            details={"about": document.title or document.ref, "parties": without},
        )


@check("about")
def changes_marked(facts: Facts, days: Days) -> Iterator[Owed]:
    """Yield for each document that replaces one that its changes are marked.

    That the replaced version is kept and listed needs no sum: the reference to it must resolve to be stored.
    """
    for document in facts.documents:
        if not document.replaces:
            continue
        shared = [on for _, on in document.shared if on]
        day = document.dated_on or document.published_on or When.first_of(shared)
        evidence = dated(day) if document.changes_marked and day else NOTHING
        details = {"about": document.title or document.ref}
        yield owe(document.ref, day, day, evidence, lacking="document_date", details=details)


@check("about")
def plain_summary(facts: Facts, days: Days) -> Iterator[Owed]:
    """Yield for each document for participants that it has a summary in plain language on the day it is shared."""
    readers = facts.participants | facts.residents_parties
    for document in facts.documents:
        given = [on or When.unknown() for party, on in document.shared if party in readers]
        first = _first_day([day for day in given if day.precision != "unscheduled"])
        if first is None:
            continue
        evidence = dated(first) if document.plain_summary else NOTHING
        details = {"about": document.title or document.ref}
        yield owe(document.ref, first, first, evidence, lacking="shared_on", undated="shared_on", details=details)


@check("about")
def weighing_published(
    facts: Facts, days: Days, *, term: Term, bodies: list[Literal["council", "committee", "executive"]]
) -> Iterator[Owed]:
    """Yield for each proposal or adoption by these bodies that the weighing of interests was published before it.

    A decision that has weighings among its papers is weighed by those, another by any that was published.
    """
    weighings = {d.ref: d for d in facts.documents if d.kind == "weighing"}
    for decision in facts.decisions:
        if facts.kind_of(decision.body) not in bodies:
            continue
        own = [w for ref, w in weighings.items() if ref in decision.documents]
        found = own or list(weighings.values())
        yield owe(
            decision.ref,
            decision.when,
            days.after(decision.when, term),
            any_done(dated(w.published_on) for w in found),
            lacking="step_date",
            undated="published_on",
            details=names(decision),
        )


@check("about", "papers")
def papers_sent(facts: Facts, days: Days, *, term: Term) -> Iterator[Owed]:
    """Yield for each council or committee meeting with papers that all of them were sent to it before."""
    documents = {d.ref: d for d in facts.documents}
    for step in (*facts.held.get("briefing", ()), *facts.held.get("decision", ())):
        kind = facts.kind_of(step.body)
        papers = [documents[ref] for ref in step.documents if ref in documents]
        if kind not in COUNCIL or not papers:
            continue
        yield owe(
            step.ref,
            step.when,
            days.after(step.when, term),
            all_done(_sent(facts, paper, step.body, kind) for paper in papers),
            lacking="step_date",
            undated="shared_on",
            details={**names(step), "papers": [p.title or p.ref for p in papers]},
        )


def _sent(facts: Facts, paper: Document, body: str, kind: str) -> Evidence:
    """Return when a paper was sent to a body: to that organisation, or to its kind where only that is printed."""
    named = body in facts.organisations
    return any_done(
        dated(on or When.unknown())
        for party, on in paper.shared
        if party in (body, kind) or (not named and facts.kind_of(party) == kind)
    )
