"""Checks of documents: when they were shared with whom, marked changes, plain summaries."""

from collections.abc import Iterator
from typing import Literal

from ..calendar import Term
from ..dates import ImpreciseDate
from ..facts import DocumentFacts, Facts
from .anchors import COUNCIL_BODIES
from .base import (
    NO_EVIDENCE,
    NO_TERM,
    DateRules,
    Evidence,
    ObligationDraft,
    check,
    draft_obligation,
    evidence_of,
    evidence_of_all,
    evidence_of_any,
    is_before,
    step_details,
)
from .involvement import KINDS_BY_AUDIENCE

Shares = dict[str, list[ImpreciseDate | None]]


def _shares_by_party(document: DocumentFacts) -> Shares:
    found: Shares = {}
    for party, on in document.shared:
        found.setdefault(party, []).append(on)
    return found


def _first_day(days: list[ImpreciseDate]) -> ImpreciseDate | None:
    """Return the first of these days: unknown when none has a date, None when the list is empty."""
    return (ImpreciseDate.first_of(days) or ImpreciseDate.unknown()) if days else None


def _days_shared_with(party: str, facts: Facts, shares: Shares) -> list[ImpreciseDate]:
    """Return the days on which a document was shared with a party, by name or as part of an audience."""
    kind = facts.kind_of(party)
    audiences = ("everyone", *(word for word, kinds in KINDS_BY_AUDIENCE.items() if kind in kinds))
    days = [on or ImpreciseDate.unknown() for name in (party, *audiences) for on in shares.get(name, ())]
    return [day for day in days if day.precision != "unscheduled"]


@check("about", "parties")
def shared_equally(facts: Facts, days: DateRules) -> Iterator[ObligationDraft]:
    """Yield one obligation per document shared with a participant: all participants get it on the same day.

    A published document counts as shared with everyone.
    """
    for document in facts.documents if facts.participants else ():
        if not document.shared:
            continue
        shares = _shares_by_party(document)
        given = {party: _days_shared_with(party, facts, shares) for party in sorted(facts.participants)}
        first = _first_day([day for found in given.values() for day in found])
        if first is None:
            continue
        evidence_by_party = {
            p: evidence_of_any([*map(evidence_of, found), evidence_of(document.published_on)])
            for p, found in given.items()
        }
        parties_without = [
            p for p, evidence in evidence_by_party.items() if evidence.done is None and not evidence.undated
        ]
        yield draft_obligation(
            document.ref,
            first,
            first,
            evidence_of_all(evidence_by_party.values()),
            missing_fact="shared_on",
            undated="shared_on",
            details={"about": document.title or document.ref, "parties": parties_without},
        )


@check("about")
def changes_marked(facts: Facts, days: DateRules) -> Iterator[ObligationDraft]:
    """Yield one obligation per document that replaces another: its changes are marked.

    That the replaced version is kept needs no check: storing the reference requires it to resolve.
    """
    for document in facts.documents:
        if not document.replaces:
            continue
        shared = [on for _, on in document.shared if on]
        day = document.dated_on or document.published_on or ImpreciseDate.first_of(shared)
        evidence = evidence_of(day) if document.changes_marked and day else NO_EVIDENCE
        details = {"about": document.title or document.ref}
        yield draft_obligation(document.ref, day, day, evidence, missing_fact="document_date", details=details)


@check("about")
def plain_summary(facts: Facts, days: DateRules) -> Iterator[ObligationDraft]:
    """Yield one obligation per document for participants: it has a plain-language summary when shared."""
    readers = facts.participants | facts.residents_parties
    for document in facts.documents:
        given = [on or ImpreciseDate.unknown() for party, on in document.shared if party in readers]
        first = _first_day([day for day in given if day.precision != "unscheduled"])
        if first is None:
            continue
        evidence = evidence_of(first) if document.plain_summary else NO_EVIDENCE
        details = {"about": document.title or document.ref}
        yield draft_obligation(
            document.ref, first, first, evidence, missing_fact="shared_on", undated="shared_on", details=details
        )


@check("about")
def weighing_published(
    facts: Facts, days: DateRules, *, term: Term, bodies: list[Literal["council", "committee", "executive"]]
) -> Iterator[ObligationDraft]:
    """Yield one obligation per proposal or adoption by these bodies: the weighing of interests is published before.

    A decision with weighings among its papers needs one of those, any other decision any published weighing.
    """
    weighings = {d.ref: d for d in facts.documents if d.kind == "weighing"}
    for decision in facts.decisions:
        if facts.kind_of(decision.body) not in bodies:
            continue
        own = [w for ref, w in weighings.items() if ref in decision.documents]
        found = own or list(weighings.values())
        yield draft_obligation(
            decision.ref,
            decision.when,
            days.after(decision.when, term),
            evidence_of_any(evidence_of(w.published_on) for w in found),
            missing_fact="step_date",
            undated="published_on",
            details=step_details(decision),
        )


@check("about")
def inspection_accounted(facts: Facts, days: DateRules) -> Iterator[ObligationDraft]:
    """Yield one obligation per inspection: a weighing that accounts for the reactions is published by the decision.

    That is the first proposal or adoption certainly after the closing day. A weighing published before the closing
    day cannot account for the reactions. Of the others, those among the papers of the decision count, else any.
    """
    weighings = [d for d in facts.documents if d.kind == "weighing"]
    for inspection in facts.active_steps.get("inspection", ()):
        closes = inspection.closes
        decisions = [d for d in facts.decisions if is_before(closes, d.when)]
        decision = decisions[0] if decisions else None
        details = {**step_details(inspection), "decision": (decision.title or decision.ref) if decision else ""}
        later = [w for w in weighings if not is_before(w.published_on, closes)]
        own = [w for w in later if decision and w.ref in decision.documents]
        yield draft_obligation(
            inspection.ref,
            inspection.when,
            days.after(ImpreciseDate.first_of([d.when for d in decisions if d.when]), NO_TERM),
            evidence_of_any(evidence_of(w.published_on) for w in own or later),
            missing_fact="next_decision" if closes and closes.is_dated else "closes",
            undated="published_on",
            details=details,
        )


@check("about", "papers")
def papers_sent(facts: Facts, days: DateRules, *, term: Term) -> Iterator[ObligationDraft]:
    """Yield one obligation per council or committee meeting with papers: all are sent to it beforehand."""
    documents = {d.ref: d for d in facts.documents}
    for step in (*facts.active_steps.get("briefing", ()), *facts.active_steps.get("decision", ())):
        kind = facts.kind_of(step.body)
        papers = [documents[ref] for ref in step.documents if ref in documents]
        if kind not in COUNCIL_BODIES or not papers:
            continue
        yield draft_obligation(
            step.ref,
            step.when,
            days.after(step.when, term),
            evidence_of_all(_evidence_of_sending(facts, paper, step.body, kind) for paper in papers),
            missing_fact="step_date",
            undated="shared_on",
            details={**step_details(step), "papers": [p.title or p.ref for p in papers]},
        )


def _evidence_of_sending(facts: Facts, paper: DocumentFacts, body: str, kind: str) -> Evidence:
    """Return the evidence that a paper was sent to a body: by name, or by kind when the source names only that."""
    named = body in facts.organisations
    return evidence_of_any(
        evidence_of(on or ImpreciseDate.unknown())
        for party, on in paper.shared
        if party in (body, kind) or (not named and facts.kind_of(party) == kind)
    )
