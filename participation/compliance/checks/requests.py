"""Checks of terms for requests."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal, NamedTuple, Self

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
ONE_DAY = timedelta(days=1)


class Suspended(NamedTuple):
    """A suspension that moves the end of a term: by the calendar days that no earlier one covers, to the day ``end``.

    ``ran_on_to`` is the working day to which the term had run on when the suspension began; None where it had not.
    """

    first: date
    last: date
    days: int
    end: date
    ran_on_to: date | None = None


class RequestTerm(NamedTuple):
    """One bound of the due date of a request: the calculation, step by step.

    ``counted`` is the day on which the terms end, ``end`` that day moved by the suspensions, ``extended_to`` the
    working day on which they may end, and ``due`` that one or, when it is later, the day until which the requester
    agreed to wait. ``ignored`` are the first days of suspensions that began too late to count. ``is_open`` says
    whether a suspension that counts still lasts: it moves the due date by days that are not known yet.
    """

    start: date
    terms: tuple[Term, ...]
    counted: date
    suspended: tuple[Suspended, ...]
    ignored: tuple[date, ...]
    end: date
    extended_to: date
    agreed: date | None
    is_open: bool

    @property
    def due(self) -> date:
        """Return the due date."""
        return max(self.extended_to, self.agreed or self.extended_to)


class RequestTermRule(NamedTuple):
    """What a version of a rule sets for the due date of a request; see ``request_answered``."""

    term: Term
    extension: Term | None = None
    extension_needs_reason: bool = False
    committee_term: Term | None = None
    until_agreed: bool = False

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Self:
        """Return what these parameters of the check set."""
        return cls(**{name: value for name, value in parameters.items() if name in cls._fields})

    def bounds(self, request: RequestFacts, days: DateRules) -> tuple[RequestTerm | None, RequestTerm | None]:
        """Return the calculation of the latest and of the earliest due date; None where receipt has no such bound."""
        received = request.received_on
        latest = self._calculate(request, days, received.latest, strict=False) if received and received.latest else None
        if received is None or latest is None or received.earliest is None:
            return latest, None
        return latest, self._calculate(request, days, received.earliest, strict=True)

    def counts_extension(self, request: RequestFacts) -> bool:
        """Return whether an extension was sent that counts if it was in time."""
        has_reason = bool(request.extension_reason) or not self.extension_needs_reason
        return self.extension is not None and request.extended_on is not None and has_reason

    def _calculate(self, request: RequestFacts, days: DateRules, start: date, strict: bool) -> RequestTerm:
        first_term = self.committee_term if self.committee_term and request.committee else self.term
        suspensions = _suspensions(request, start, strict)
        found = _end_of_terms(start, (first_term,), suspensions, days)
        sent = request.extended_on
        if self.extension and self.counts_extension(request) and sent and sent.latest:
            day = sent.latest if strict else sent.earliest or date.min
            if day <= found.extended_to:
                found = _end_of_terms(start, (first_term, self.extension), suspensions, days)
        agreed = request.agreed_until if self.until_agreed else None
        return found._replace(agreed=(agreed.earliest if strict else agreed.latest) if agreed else None)

    def unknown_facts(self, request: RequestFacts, latest: RequestTerm) -> tuple[str, ...]:
        """Return the facts on a day that is not known, which can only make the due date later."""
        found = []
        if self.counts_extension(request) and _happened_on_unknown_day(request.extended_on):
            found.append("extended_on")
        if any(first is None or not first.is_dated for first, _ in request.suspended):
            found.append("suspension_start")
        if latest.is_open:
            found.append("suspension_end")
        if self.until_agreed and _happened_on_unknown_day(request.agreed_until):
            found.append("agreed_until")
        return tuple(found)


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
    committee_term: Term | None = None,
    until_agreed: bool = False,
) -> Iterator[ObligationDraft]:
    """Yield one obligation per request of these kinds: it is answered, or acknowledged, within the term.

    The term runs from the day on which the request was received; it is ``committee_term`` where a committee advises.
    An extension counts when it was sent within the first term and, where required, with a reason. Suspensions add
    their days, and with ``until_agreed`` the due date is at least the day until which the requester agreed to wait.
    An answer is also an acknowledgement.

    Source: Algemene wet bestuursrecht article 4:15 (suspension, consent); a committee that is not recorded advises on
    nothing, because that is the ordinary case.
    """
    rule = RequestTermRule(term, extension, extension_needs_reason, committee_term, until_agreed)
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
        latest, earliest = rule.bounds(request, days)
        extended = latest is not None and len(latest.terms) > 1
        details = {"party": request.party or request.ref, "extended": extended}
        if latest and (unknown := rule.unknown_facts(request, latest)):
            answered = evidence.done.earliest if evidence.done else None
            if not (answered and answered <= latest.due):
                yield ObligationDraft(subject, request.received_on, missing=unknown, details=details)
                continue
        yield draft_obligation(
            subject,
            request.received_on,
            _due_date(latest, earliest),
            evidence,
            missing_fact="received_on",
            undated=by,
            details=details,
        )


def _due_date(latest: RequestTerm | None, earliest: RequestTerm | None) -> ImpreciseDate | None:
    if latest is None:
        return None
    first = min(earliest.due, latest.due) if earliest else None
    return ImpreciseDate.on(latest.due) if first == latest.due else ImpreciseDate(first, latest.due, "range")


def _happened_on_unknown_day(when: ImpreciseDate | None) -> bool:
    return when is not None and when.precision == "unknown"


def _suspensions(request: RequestFacts, start: date, strict: bool) -> list[tuple[date, date | None]]:
    """Return first and last day of the suspensions with a first day, in order; the last is None while it lasts.

    Lenient: as long as they can have been; strict: as short.
    """
    found: list[tuple[date, date | None]] = []
    for first, last in request.suspended:
        if first is None or first.latest is None:
            continue
        begins = first.latest if strict else first.earliest or start
        if last is None or last.latest is None:
            found.append((begins, None))
        else:
            found.append((begins, (last.earliest or first.latest) if strict else last.latest))
    return sorted(found, key=lambda pair: (pair[0], pair[1] or date.max))


def _end_of_terms(
    start: date, terms: tuple[Term, ...], suspensions: list[tuple[date, date | None]], days: DateRules
) -> RequestTerm:
    """Return the end of these terms, one after the other: moved by the suspensions, then to a working day.

    A suspension counts when it begins on or before the end as it then stands; days that two share count once, and
    days before the start do not.
    """
    unsuspended_end = start
    for term in terms:
        unsuspended_end = days.calendar.after(unsuspended_end, term)
    end = unsuspended_end
    counted: list[Suspended] = []
    ignored: list[date] = []
    covered, is_open = start - ONE_DAY, False
    for first, last in suspensions:
        runs_on_to = _extended_to(end, terms[-1], days)
        if first > runs_on_to:
            ignored.append(first)
        elif last is None:
            is_open = True
        elif last >= (own_first := max(first, covered + ONE_DAY)):
            # Begun in the days by which the term ran on: what is left of those follows after the suspension.
            ran_on = runs_on_to if first > end else None
            added = last - own_first + ONE_DAY
            end = (ran_on or end) + added
            counted.append(Suspended(own_first, last, added.days, end, ran_on))
            covered = last
    extended_to = _extended_to(end, terms[-1], days)
    return RequestTerm(start, terms, unsuspended_end, tuple(counted), tuple(ignored), end, extended_to, None, is_open)


def _extended_to(end: date, term: Term, days: DateRules) -> date:
    """Return the day itself or, for a term by law or in working days, the next working day.

    A term with its extension is two terms; it is the last one that may be too long to be extended (article 4).
    """
    if term.unit == "working_days" or (days.by_law and not term.is_long):
        return days.calendar.extend_to_working_day(end)
    return end
