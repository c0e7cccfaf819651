"""Checks of when steps were held: announcement, order, time of day, recess and inspection period."""

from collections.abc import Iterator
from datetime import time
from itertools import pairwise
from typing import Annotated, Literal

from .. import vocabulary as words
from ..calendar import Term
from ..dates import ImpreciseDate
from ..facts import DocumentFacts, Facts, StepFacts
from ..times import ends_next_day
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
    evidence_of_steps,
    step_details,
)
from .involvement import Method, StepKind

AFTERNOON_BEFORE = time(17, 0)
EVENING_AFTER = time(19, 0)
Procedure = Annotated[str, words.PROCEDURES]
#: The days of a step besides those on which it is held, such as that of its announcement.
StepDay = Annotated[str, tuple(name for name in StepFacts._fields if name.endswith("_on"))]


@check("about")
def step_dated(
    facts: Facts,
    days: DateRules,
    *,
    kinds: list[StepKind],
    on: StepDay,
    term: Term = NO_TERM,
    methods: list[Method] = [],  # noqa: B006
    procedures: list[Procedure] = [],  # noqa: B006
    counted_from: Literal["start", "end"] = "start",
) -> Iterator[ObligationDraft]:
    """Yield one obligation per step of these kinds: the date ``on`` lies within the term from its start or end.

    Without ``methods`` or ``procedures`` each of them counts. A score on the step proves that the evaluation form was
    sent, on an unknown day.
    """
    for kind in kinds:
        for step in facts.active_steps.get(kind, ()):
            if (methods and step.method not in methods) or (procedures and step.procedure not in procedures):
                continue
            found = getattr(step, on)
            evidence = evidence_of(found)
            if found is None and on == "evaluation_sent_on" and step.score is not None:
                evidence = Evidence(undated=True)
            yield draft_obligation(
                step.ref,
                step.when,
                days.after(step.end if counted_from == "end" else step.when, term),
                evidence,
                missing_fact="step_date",
                undated=on,
                details=step_details(step),
            )


@check("about")
def record_kept(facts: Facts, days: DateRules, *, term: Term) -> Iterator[ObligationDraft]:
    """Yield one obligation per planned step of an active or closed trajectory: its outcome is recorded."""
    if facts.trajectory.status not in ("active", "closed"):
        return
    for steps in facts.active_steps.values():
        for step in steps:
            if step.planned is None or (step.done and not step.planned.is_dated):
                continue
            yield draft_obligation(
                step.ref,
                step.planned,
                days.after(step.planned, term),
                evidence_of(step.done),
                missing_fact="step_date",
                details=step_details(step),
            )


@check("about", "phase")
def phases_in_order(
    facts: Facts, days: DateRules, *, phases: list[Literal["exploration", "judgement", "decision"]]
) -> Iterator[ObligationDraft]:
    """Yield one obligation per later phase, begun or planned: the phase before it started first."""
    in_phase: dict[str, list[StepFacts]] = {phase: [] for phase in phases}
    for steps in facts.active_steps.values():
        for step in steps:
            if step.phase in in_phase:
                in_phase[step.phase].append(step)
    for earlier, later in pairwise(phases):
        if not in_phase[later]:
            continue
        first = min(in_phase[later], key=lambda s: (*(s.when or ImpreciseDate.unknown()).sort_key, s.ref))
        start = ImpreciseDate.first_of([s.when for s in in_phase[later] if s.when])
        yield draft_obligation(
            first.ref,
            start,
            start,
            evidence_of_steps(in_phase[earlier]),
            missing_fact="step_date",
            details={**step_details(first), "phase": earlier},
        )


@check("about", "uses")
def results_ready(facts: Facts, days: DateRules) -> Iterator[ObligationDraft]:
    """Yield one obligation per step that uses other results: these are ready on the day it is held."""
    steps = {s.ref: s for s in facts.steps}
    documents = {d.ref: d for d in facts.documents}
    for active_steps in facts.active_steps.values():
        for step in active_steps:
            used = [u for u in (steps.get(r) or documents.get(r) for r in step.uses) if u is not None]
            if not used:
                continue
            yield draft_obligation(
                step.ref,
                step.when,
                step.when,
                evidence_of_all(map(_evidence_of_result, used)),
                missing_fact="step_date",
                details={**step_details(step), "uses": [u.title or u.ref for u in used]},
            )


def _evidence_of_result(used: StepFacts | DocumentFacts) -> Evidence:
    if isinstance(used, DocumentFacts):
        # A future date is also the expected date, so that lateness shows in advance.
        found = evidence_of(used.dated_on or used.published_on)
        return found._replace(planned=found.done.earliest) if found.done else found
    if used.cancelled:
        return NO_EVIDENCE
    if used.done is not None:
        return evidence_of(used.closes or used.done)
    return evidence_of_steps([used._replace(planned=used.end)])


@check("about", "recess")
def recess_avoided(facts: Facts, days: DateRules) -> Iterator[ObligationDraft]:
    """Yield one obligation per activity: it is not wholly in a recess or school holiday, or has a reason.

    One that is only planned outside a recess is on its way, and meets the obligation once it was held.
    """
    for step in facts.active_steps.get("activity", ()):
        when, end = step.when, step.end
        recess = None
        if when and when.latest and end and end.latest:
            first = when.earliest or when.latest
            recess = days.calendar.recess_containing(first, end.latest)
            if recess is None and not days.calendar.has_known_recesses(first, end.latest):
                details = {**step_details(step), "recess": ""}
                yield ObligationDraft(step.ref, when, missing=("recesses",), details=details)
                continue
        is_allowed = recess is None or step.recess_reason
        evidence = evidence_of_steps([step]) if is_allowed else NO_EVIDENCE
        details = {**step_details(step), "recess": recess.name if recess else ""}
        yield draft_obligation(step.ref, when, when, evidence, missing_fact="step_date", details=details)


@check("meetings")
def meeting_times_spread(facts: Facts, days: DateRules, *, methods: list[Method]) -> Iterator[ObligationDraft]:
    """Yield the obligation to meet both in the afternoon and in the evening, in one meeting or several."""
    meetings = [s for s in facts.active_steps.get("activity", ()) if s.method in methods]
    if not meetings:
        return
    last = ImpreciseDate.last_of([s.end or ImpreciseDate.unknown() for s in meetings])
    afternoon = [s for s in meetings if s.starts_at and s.starts_at < AFTERNOON_BEFORE]
    evening = [
        s
        for s in meetings
        if (s.ends_at and s.ends_at > EVENING_AFTER) or ends_next_day(s.starts_at, s.ends_at, s.ends_next_day)
    ]
    details = {"meetings": len(meetings)}
    untimed = any(s.starts_at is None or s.ends_at is None for s in meetings)
    if not (afternoon and evening) and untimed:
        yield ObligationDraft("", last, missing=("meeting_times",), details=details)
        return
    evidence = (
        evidence_of_all([evidence_of_steps(afternoon), evidence_of_steps(evening)])
        if afternoon and evening
        else NO_EVIDENCE
    )
    yield draft_obligation("", last, last, evidence, missing_fact="step_date", details=details)


@check("about", "first_lawful_day")
def inspection_open(
    facts: Facts,
    days: DateRules,
    *,
    procedure: Procedure,
    weeks: int,
    counted_from: Literal["start", "notice"] = "start",
) -> Iterator[ObligationDraft]:
    """Yield one obligation per inspection of this procedure: it is open for ``weeks`` weeks, first day included.

    ``notice`` counts from the later of its first day and the day of the notice, where that is recorded.

    Source: Algemene wet bestuursrecht articles 3:12 and 3:16; the end is extended under the Algemene termijnenwet.
    """
    for step in facts.active_steps.get("inspection", ()):
        if step.procedure != procedure:
            continue
        notice = step.announced_on if counted_from == "notice" else None
        start = inspection_start(step.when, notice)
        # The first day counts, so the term ends a day earlier than one that starts the day after.
        earliest_close = _earliest_close(days, start, weeks)
        details = {
            **step_details(step),
            "first_lawful_day": earliest_close.latest.isoformat() if earliest_close and earliest_close.latest else "",
        }
        closes = step.closes
        if earliest_close is None or earliest_close.latest is None or closes is None or closes.latest is None:
            missing_fact = "closes" if earliest_close else "step_date"
            yield ObligationDraft(step.ref, step.when, missing=(missing_fact,), details=details)
            continue
        # Lenient: compare the earliest possible opening with the latest possible closing day.
        first_lawful_day = earliest_close.earliest or earliest_close.latest
        is_long_enough = closes.latest >= first_lawful_day
        if is_long_enough and notice and notice.precision == "unknown":
            # Long enough from the first day; but the notice may have been later.
            yield ObligationDraft(step.ref, step.when, missing=("announced_on",), details=details)
            continue
        if not is_long_enough and earliest_close.earliest is None:
            # Opened "not later than" a day: never provably too short.
            yield ObligationDraft(step.ref, step.when, missing=("step_date",), details=details)
            continue
        if not is_long_enough:
            evidence = Evidence(None, first_lawful_day)
        elif step.done is None:
            evidence = Evidence(None, closes.earliest or closes.latest)
        else:
            evidence = Evidence(closes._replace(earliest=max(closes.earliest or closes.latest, first_lawful_day)))
        yield draft_obligation(step.ref, step.when, closes, evidence, missing_fact="closes", details=details)


def inspection_start(first: ImpreciseDate | None, notice: ImpreciseDate | None) -> ImpreciseDate | None:
    """Return the later of the first day and the notice; the first day where the notice has no day."""
    if first is None or first.latest is None or notice is None or notice.latest is None:
        return first
    earliest = max((day for day in (first.earliest, notice.earliest) if day), default=None)
    latest = max(first.latest, notice.latest)
    return ImpreciseDate.on(latest) if earliest == latest else ImpreciseDate(earliest, latest, "range")


def _earliest_close(days: DateRules, when: ImpreciseDate | None, weeks: int) -> ImpreciseDate | None:
    if when is None or when.latest is None:
        return None
    day_before = ImpreciseDate(
        days.calendar.after(when.earliest, Term(-1)) if when.earliest else None,
        days.calendar.after(when.latest, Term(-1)),
    )
    return days.after(day_before, Term(weeks, "weeks"))
