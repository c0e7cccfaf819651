"""Checks of terms for requests."""

from collections.abc import Iterator
from typing import Annotated, Literal

from .. import vocabulary as words
from ..calendar import Term
from ..dates import ImpreciseDate
from ..facts import Facts, RequestFacts
from .base import (
    DateRules,
    Evidence,
    ObligationDraft,
    check,
    draft_obligation,
    evidence_of,
    evidence_of_any,
)

RequestKind = Annotated[str, words.REQUEST_KINDS]


@check("party", "extended", owner_types=("trajectory", "request"))
def request_answered(
    facts: Facts | RequestFacts,
    days: DateRules,
    *,
    kinds: list[RequestKind],
    term: Term,
    by: Literal["answered_on", "acknowledged_on"] = "answered_on",
    extension: Term | None = None,
    extension_needs_reason: bool = False,
) -> Iterator[ObligationDraft]:
    """Yield one obligation per request of these kinds: it is answered, or acknowledged, within the term.

    An extension counts when it was sent within the first term and, where required, with a reason. An answer
    is also an acknowledgement. The term runs from the day on which the request was received.
    """
    for request in facts.requests:
        if request.kind not in kinds:
            continue
        # A request that belongs to no trajectory has the obligation itself.
        subject = request.ref if isinstance(facts, Facts) else ""
        evidence = evidence_of(request.answered_on)
        if request.answered_on is None and request.answer:
            # An answer without a date was given on an unknown day.
            evidence = Evidence(undated=True)
        if by == "acknowledged_on":
            evidence = evidence_of_any([evidence_of(request.acknowledged_on), evidence])
        due, extended = _due_date(request, days, term, extension, extension_needs_reason)
        details = {"party": request.party or request.ref, "extended": extended}
        if extension and _is_extended_on_unknown_day(request, extension_needs_reason):
            answered = evidence.done.earliest if evidence.done else None
            if due and due.latest and not (answered and answered <= due.latest):
                yield ObligationDraft(subject, request.received_on, missing=("extended_on",), details=details)
                continue
        yield draft_obligation(
            subject,
            request.received_on,
            due,
            evidence,
            missing_fact="received_on",
            undated=by,
            details=details,
        )


def _is_extended_on_unknown_day(request: RequestFacts, needs_reason: bool) -> bool:
    sent = request.extended_on
    return sent is not None and sent.precision == "unknown" and (request.extension_reason or not needs_reason)


def _due_date(
    request: RequestFacts, days: DateRules, term: Term, extension: Term | None, needs_reason: bool
) -> tuple[ImpreciseDate | None, bool]:
    """Return the bounds of the due date, and whether an extension counts.

    The lenient bound accepts an extension that may have been sent in time, the strict bound only one that was.
    """
    due, sent = days.after(request.received_on, term), request.extended_on
    if extension is None or due is None or due.latest is None or sent is None or sent.latest is None:
        return due, False
    if (needs_reason and not request.extension_reason) or (sent.earliest and sent.earliest > due.latest):
        return due, False
    extended_due = days.after(request.received_on, Term(term.days + extension.days))
    strict = extended_due if due.earliest is None or sent.latest <= due.earliest else due
    return (ImpreciseDate(strict.earliest, extended_due.latest, "range") if extended_due and strict else due), True
