"""Checks of the legal steps that an instrument of environmental law brings: notices, accounts, drafts and decisions."""

from collections.abc import Iterator
from typing import Annotated, Literal

from .. import vocabulary as words
from ..calendar import Term
from ..dates import ImpreciseDate
from ..facts import DocumentFacts, Facts, StepFacts, date_sort_key
from .anchors import Anchor, find_anchor
from .base import (
    NO_EVIDENCE,
    NO_TERM,
    UNDATED_EVIDENCE,
    DateRules,
    Evidence,
    ObligationDraft,
    check,
    draft_obligation,
    evidence_of,
    evidence_of_any,
    evidence_of_steps,
    is_before,
    step_details,
)
from .involvement import StepKind, preceded_by
from .meetings import Procedure

DocumentKind = Annotated[str, words.DOCUMENT_KINDS]


@check("anchor")
def document_published(
    facts: Facts,
    days: DateRules,
    *,
    kind: DocumentKind,
    due: list[Anchor],
    term: Term = NO_TERM,
    on: Literal["published_on", "dated_on"] = "published_on",
) -> Iterator[ObligationDraft]:
    """Yield the obligation that a document of this kind is published before an anchor.

    With ``dated_on`` its own date counts: it was sent to the municipality, and need not be published. A document
    without a date is of an unknown day.
    """
    anchor = find_anchor(facts, due)
    documents = [document for document in facts.documents if document.kind == kind]
    yield draft_obligation(
        "",
        anchor.trigger,
        days.after(anchor.when, term),
        evidence_of_any(_evidence_of_document(document, on) for document in documents),
        missing_fact=anchor.missing_fact,
        undated="published_on" if on == "published_on" else "document_date",
        details={"anchor": anchor.name},
    )


def _evidence_of_document(document: DocumentFacts, on: Literal["published_on", "dated_on"]) -> Evidence:
    if on == "published_on":
        return evidence_of(document.published_on)
    day = document.dated_on or document.published_on
    return evidence_of(day) if day else UNDATED_EVIDENCE


@check("anchor")
def inspection_closed(
    facts: Facts, days: DateRules, *, procedure: Procedure, due: list[Anchor], term: Term = NO_TERM
) -> Iterator[ObligationDraft]:
    """Yield the obligation that an inspection of this procedure has closed before an anchor; met on its closing day."""
    anchor = find_anchor(facts, due)
    inspections = [step for step in facts.active_steps.get("inspection", ()) if step.procedure == procedure]
    evidence = evidence_of_any(map(_evidence_of_closing, inspections))
    if evidence.done:
        # A closing day to come is also the expected date, so that lateness shows in advance.
        evidence = evidence._replace(planned=evidence.done.earliest or evidence.done.latest)
    yield draft_obligation(
        "",
        anchor.trigger,
        days.after(anchor.when, term),
        evidence,
        missing_fact=anchor.missing_fact,
        undated="closes",
        details={"anchor": anchor.name},
    )


def _evidence_of_closing(inspection: StepFacts) -> Evidence:
    """Return the evidence that an inspection closed; one that was only planned is expected to."""
    closing = evidence_of(inspection.closes).done
    if inspection.done is None:
        return Evidence(None, closing and (closing.earliest or closing.latest))
    # Opened, and without a closing day: it closed on an unknown day.
    return Evidence(closing) if closing else UNDATED_EVIDENCE


@check("anchor")
def involvement_required(
    facts: Facts, days: DateRules, *, kinds: list[StepKind], due: list[Anchor], term: Term = NO_TERM
) -> Iterator[ObligationDraft]:
    """Yield the obligation that residents were involved before an anchor, where the council designated the case.

    Whether it did must be known: unknown is never no.
    """
    required = facts.trajectory.participation_required
    if required is False:
        return
    for draft in preceded_by(facts, days, kinds=kinds, due=due, term=term):
        yield draft if required else draft._replace(missing=("participation_required",))


@check("about")
def adopted_after_inspection(
    facts: Facts, days: DateRules, *, procedure: Procedure, term: Term
) -> Iterator[ObligationDraft]:
    """Yield the obligation to adopt within the term after the closing day of the inspection of the draft.

    That is the last inspection of this procedure which did not begin after the adoption: what was adopted may be open
    for inspection too. The trigger is its first day, which decides which law applies.
    """
    adoptions = [decision for decision in facts.decisions if decision.stage == "adoption"]
    adopted = ImpreciseDate.first_of([decision.when for decision in adoptions if decision.when])
    inspections = [
        step
        for step in facts.active_steps.get("inspection", ())
        if step.procedure == procedure and not is_before(adopted, step.when)
    ]
    dated = [step for step in inspections if step.when and step.when.is_dated]
    last = max(dated or inspections, key=date_sort_key, default=None)
    yield draft_obligation(
        "",
        last.when if last else None,
        days.after(last.closes, term) if last else None,
        evidence_of_steps(adoptions) if adoptions else NO_EVIDENCE,
        missing_fact="closes" if last else f"{procedure}_inspection",
        details=step_details(last) if last else {"about": ""},
    )
