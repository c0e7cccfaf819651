"""Explanation of a due date, line by line, by tracing the date arithmetic of a check while it runs.

A check moves every date through its ``DateRules``. A recording ``DateRules`` captures each start, term and end, so the
explanation is always that of the actual calculation.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from .calendar import Calendar, Term, holiday_names
from .checks import DateRules
from .checks.base import NO_TERM, ObligationDraft
from .checks.meetings import inspection_start
from .checks.requests import RequestTerm, RequestTermRule
from .dates import ImpreciseDate
from .evaluate import obligations_under
from .facts import Facts, OwnerFacts, RequestFacts
from .obligations import ObligationValue, days_late
from .rulebook import Rulebook
from .rules import Rule, Version

ONE_DAY = timedelta(days=1)


class DateShift(NamedTuple):
    """A recorded date shift: start, term and end."""

    start: ImpreciseDate
    term: Term
    end: ImpreciseDate


class NonWorkingDay(NamedTuple):
    """A day off, skipped or not allowed as the end of a term, with its name by language."""

    day: date
    name: Mapping[str, str]


class TraceLine(NamedTuple):
    """A line of the explanation: its code in words.yaml and the values of its placeholders.

    ``strict`` marks lines of the strict calculation, included only when its result differs from the lenient one.
    """

    code: str
    values: Mapping[str, Any]
    strict: bool = False


class Trace(NamedTuple):
    """The trace of one obligation: rule version, trigger, due date and the recorded date shifts."""

    obligation: ObligationValue
    version: Version
    trigger: ImpreciseDate | None
    due: ImpreciseDate | None
    date_shifts: tuple[DateShift, ...]


class _TracingDates:
    """A ``DateRules`` look-alike that records every date shift."""

    def __init__(self, days: DateRules) -> None:
        self.days = days
        self.calendar: Calendar = days.calendar
        self.by_law = days.by_law
        self.shifts: list[DateShift] = []

    def after(self, when: ImpreciseDate | None, term: Term) -> ImpreciseDate | None:
        end = self.days.after(when, term)
        if when is not None and end is not None:
            self.shifts.append(DateShift(when, term, end))
        return end


def trace_obligations(rule: Rule, facts: OwnerFacts) -> Iterator[Trace]:
    """Yield the trace of each obligation that ``obligations_under`` yields for the rule."""
    last: list[tuple[Version, ObligationDraft, tuple[DateShift, ...]]] = []

    def tracing_run(version: Version) -> Any:
        def run(facts: Any, days: DateRules, **parameters: Any) -> Iterator[ObligationDraft]:
            shifts = _TracingDates(days)
            for draft in rule.check_definition.run(facts, shifts, **parameters):
                # The shifts recorded since the previous obligation belong to this one.
                last[:] = [(version, draft, tuple(shifts.shifts))]
                shifts.shifts.clear()
                yield draft

        return run

    for version in rule.versions:
        traced_rule = rule._replace(check_definition=rule.check_definition._replace(run=tracing_run(version)))
        for obligation in obligations_under(traced_rule, facts, version):
            [(traced_version, draft, date_shifts)] = last
            yield Trace(obligation, traced_version, draft.trigger, draft.due, date_shifts)


class Explainer:
    """Explains the obligations of one owner; evaluates each rule once, on first use."""

    def __init__(self, facts: OwnerFacts, rulebook: Rulebook) -> None:
        """Store the facts (current or as known at some time) and the rulebook."""
        self.facts, self.rulebook = facts, rulebook
        self._traces_by_rule: dict[str, dict[str, Trace]] = {}

    def trace_of(self, obligation: ObligationValue) -> Trace | None:
        """Return the trace of this obligation; None when these facts and rules give other dates."""
        rule = self.rulebook.by_id.get(obligation.rule)
        if rule is None:
            return None
        if rule.id not in self._traces_by_rule:
            try:
                self._traces_by_rule[rule.id] = {r.obligation.subject: r for r in trace_obligations(rule, self.facts)}
            except Exception:  # reported by the assessment run; the explanation is merely shorter
                self._traces_by_rule[rule.id] = {}
        trace = self._traces_by_rule[rule.id].get(obligation.subject)
        return trace if trace and _is_same_calculation(trace.obligation, obligation) else None

    def explanation_lines(self, obligation: ObligationValue, on: date) -> tuple[TraceLine, ...]:
        """Return the explanation of this obligation on a day, line by line.

        When the facts have changed since it was stored, only its stored dates are included, never another calculation.
        """
        trace = self.trace_of(obligation)
        lines: list[TraceLine] = []
        rule = self.rulebook.by_id.get(obligation.rule)
        if trace and rule:
            lines += _version_lines(trace, rule, self.facts)
            lines += _all_calculation_lines(trace, rule, self.facts)
        elif obligation.due_on:
            lines.append(TraceLine("due", {"day": obligation.due_on}))
        # For an inspection that closes too soon, ``expected_on`` is the first lawful day, not a planned date.
        with_expected_day = rule is None or rule.check != "inspection_open"
        lines += _status_lines(obligation, on, with_expected_day, self._is_over(on))
        return tuple(lines)

    def _is_over(self, on: date) -> bool:
        return isinstance(self.facts, Facts) and self.facts.trajectory.is_over(on)


def _is_same_calculation(obligation: ObligationValue, other: ObligationValue) -> bool:
    return obligation[2:7] == other[2:7] and tuple(obligation.missing) == tuple(other.missing)


def _version_lines(trace: Trace, rule: Rule, facts: Any) -> Iterator[TraceLine]:
    """Yield the version of the rule that applies, and the reason."""
    version = trace.version
    code = "version_until" if version.last else "version"
    yield TraceLine(code, {"first": version.first, "last": version.last})
    trajectory = facts.trajectory if isinstance(facts, Facts) else None
    if trajectory and trajectory.retrospective and rule.versions[-1].last is None:
        yield TraceLine("version_of_today", {})
    elif trace.obligation.trigger_on:
        yield TraceLine("version_by", {"day": trace.obligation.trigger_on})
    if trajectory and rule.scope.instruments:
        yield TraceLine("instrument", {"instrument": trajectory.instrument})
    if rule.own_term:
        yield TraceLine("own_term", {})


def _all_calculation_lines(trace: Trace, rule: Rule, facts: Any) -> Iterator[TraceLine]:
    """Yield the lenient calculation and, when its result differs, the strict one."""
    obligation, due = trace.obligation, trace.due
    if obligation.missing or due is None or due.latest is None:
        if obligation.missing:
            yield TraceLine("missing", {"missing": obligation.missing})
        return
    yield from _calculation_lines(trace, due, rule, facts, strict=False)
    if due.earliest != due.latest:
        if due.earliest is None:
            yield TraceLine("no_strict", {}, strict=True)
        else:
            yield from _calculation_lines(trace, due, rule, facts, strict=True)


def _calculation_lines(trace: Trace, due: ImpreciseDate, rule: Rule, facts: Any, strict: bool) -> Iterator[TraceLine]:
    end = due.earliest if strict else due.latest
    if rule.check == "inspection_open":
        yield from _inspection_lines(trace, due, rule, facts, strict)
    elif rule.check == "request_answered":
        yield from _request_lines(trace, rule, facts, strict)
    elif counted := _shift_ending_on(trace.date_shifts, end, strict):
        first = _bound_of(counted.start, strict)
        if not strict:
            yield from _limit_lines(trace, rule, counted)
        yield _start_line(trace, rule, counted.start, strict)
        if counted.term.length:
            yield from term_lines(first, counted.term, rule.days, strict)
    elif due == trace.trigger or trace.obligation.details.get("anchor") == "due_on":
        yield _start_line(trace, rule, due, strict)
    if rule.check == "recess_avoided" and not strict:
        yield from _recess_lines(trace, rule)
    yield TraceLine("due_strict" if strict else "due", {"day": end}, strict)


def _shift_ending_on(date_shifts: tuple[DateShift, ...], end: date | None, strict: bool) -> DateShift | None:
    """Return the last shift that ends on this day; a check may record more shifts than it uses."""
    for counted in reversed(date_shifts):
        if end is not None and _bound_of(counted.end, strict) == end and _bound_of(counted.start, strict):
            return counted
    return None


def _bound_of(when: ImpreciseDate, strict: bool) -> Any:
    return (when.earliest or when.latest) if strict else when.latest


def _start_line(trace: Trace, rule: Rule, start: ImpreciseDate, strict: bool) -> TraceLine:
    """Return the line with the start date of the term."""
    details = trace.obligation.details
    code = rule.check
    if rule.check == "step_dated":
        code = f"step_{trace.version.parameters.get('counted_from', 'start')}"
    elif rule.check == "contribution_answered":
        code = "decision_after" if _counts_from_decision(trace, rule, start) else "received"
    elif rule.check == "feedback_before_decision" and not _counts_from_decision(trace, rule, start):
        code = "last_activity"
    elif rule.check == "progress_made" and not trace.obligation.subject:
        code = "start"
    elif rule.check in ("motion_reported", "commitment_reported"):
        code = "report" if trace.obligation.subject else rule.check
    values = {"label": code, "anchor": details.get("anchor", ""), "details": details, "when": start}
    if strict:
        # Counted strictly an answer may have to precede an earlier decision than the one that surely follows.
        other = rule.check == "contribution_answered" and _is_another_decision(trace, start)
        return TraceLine("from_strict_decision" if other else "from_strict", _with_day(values, strict), strict)
    return TraceLine("from" if start.earliest == start.latest else "from_bounds", _with_day(values, strict), strict)


def _is_another_decision(trace: Trace, start: ImpreciseDate) -> bool:
    """Return whether a strict start is that of neither the receipt nor the decision of the lenient calculation."""
    lenient = _shift_ending_on(trace.date_shifts, trace.due.latest if trace.due else None, strict=False)
    received = trace.trigger.earliest if trace.trigger else None
    return bool(lenient and start not in (lenient.start, trace.trigger) and start.earliest != received)


def _counts_from_decision(trace: Trace, rule: Rule, start: ImpreciseDate) -> bool:
    """Return whether a term around a decision is counted from that decision, not from what came before it."""
    if rule.check == "feedback_before_decision":
        return start == trace.trigger
    return bool(trace.obligation.details.get("decision")) and start != trace.trigger


def _limit_lines(trace: Trace, rule: Rule, counted: DateShift) -> Iterator[TraceLine]:
    """Yield why a term is not counted back from a decision: too little time would be left, or none at all."""
    if rule.check not in ("feedback_before_decision", "contribution_answered"):
        return
    if _counts_from_decision(trace, rule, counted.start):
        if counted.term == NO_TERM:
            yield TraceLine("not_after_decision", {})
    elif rule.check == "feedback_before_decision" or trace.obligation.details.get("decision"):
        yield TraceLine("too_close_to_decision", {})


def _with_day(values: dict[str, Any], strict: bool) -> dict[str, Any]:
    return {**values, "day": _bound_of(values["when"], strict)}


def term_lines(start: date, term: Term, days: DateRules, strict: bool = False) -> Iterator[TraceLine]:
    """Yield the lines of adding a term to a day: length, days skipped, and any extension of its end."""
    calendar = days.calendar
    if term.unit == "working_days":
        end = calendar.add_working_days(start, term.length)
        between = _days_off(calendar, start, end)
        code = "working_days_before" if term.length < 0 else "working_days"
        yield TraceLine(code, {"term": term, "start": start, "end": end, "off": between}, strict)
        return
    counted = term.end_from(start)
    code = "term_before" if term.length < 0 else "term"
    yield TraceLine(code, {"term": term, "start": start, "end": counted}, strict)
    moved = calendar.after(start, term, days.by_law)
    if moved != counted:
        yield _runs_on_line(calendar, counted, moved, strict)


def _runs_on_line(calendar: Calendar, end: date, moved: date, strict: bool) -> TraceLine:
    """Return the line of a term that ends on a day off and runs on to the next working day."""
    off = _days_off(calendar, end - ONE_DAY, moved)
    return TraceLine("runs_on", {"start": end, "end": moved, "off": off}, strict)


def _days_off(calendar: Calendar, start: date, end: date) -> tuple[NonWorkingDay, ...]:
    """Return the days off between these two days, in order, both ends excluded."""
    first, last = min(start, end), max(start, end)
    between = (first + timedelta(days=n) for n in range(1, (last - first).days))
    return tuple(NonWorkingDay(day, holiday_names(calendar, day)) for day in between if calendar.is_day_off(day))


def _request_lines(trace: Trace, rule: Rule, facts: Any, strict: bool) -> Iterator[TraceLine]:
    """Yield the term of a request: its extension, its suspensions, and until when the requester agreed to wait."""
    request = next((r for r in facts.requests if trace.obligation.subject in ("", r.ref)), None)
    term_rule = RequestTermRule.of(trace.version.parameters)
    found = term_rule.bounds(request, rule.days)[strict] if request else None
    if request is None or found is None:
        return
    yield _start_line(trace, rule, request.received_on, strict)
    if found.terms[0] == term_rule.committee_term:
        yield TraceLine("committee", {"term": found.terms[0]}, strict)
    yield from _extension_lines(trace, term_rule, request, found, strict)
    end = found.start
    for term in found.terms:
        # Only the last day of all terms together may not be a day off.
        yield from term_lines(end, term, rule.days._replace(by_law=False), strict)
        end = rule.days.calendar.after(end, term)
    for suspended in found.suspended:
        if suspended.ran_on_to:
            yield _runs_on_line(rule.days.calendar, end, suspended.ran_on_to, strict)
        end = suspended.end
        yield TraceLine("suspended", suspended._asdict(), strict)
    if found.extended_to != end:
        line = _runs_on_line(rule.days.calendar, end, found.extended_to, strict)
        yield line if rule.days.by_law else line._replace(code="to_working_day")
    for first in found.ignored:
        yield TraceLine("not_suspended", {"first": first, "day": found.extended_to}, strict)
    if found.due != found.extended_to:
        yield TraceLine("agreed_until", {"day": found.due}, strict)


def _extension_lines(
    trace: Trace, term_rule: RequestTermRule, request: RequestFacts, found: RequestTerm, strict: bool
) -> Iterator[TraceLine]:
    """Yield whether an extension was accepted, or the reason why not."""
    if term_rule.extension is None or request.extended_on is None:
        return
    values = {"sent": request.extended_on, "term": found.terms[0], "extension": term_rule.extension}
    if len(found.terms) > 1:
        yield TraceLine("extended", values, strict)
    elif not term_rule.counts_extension(request):
        yield TraceLine("not_extended_no_reason", values, strict)
    elif strict and trace.obligation.details.get("extended"):
        yield TraceLine("not_surely_extended", values, strict)
    elif request.extended_on.is_dated:
        yield TraceLine("not_extended_too_late", values, strict)


def _inspection_lines(trace: Trace, due: ImpreciseDate, rule: Rule, facts: Any, strict: bool) -> Iterator[TraceLine]:
    """Yield the lines of the inspection period; its first day counts, so the term starts the day before."""
    weeks = Term(trace.version.parameters["weeks"], "weeks")
    step = next((s for s in facts.steps if s.ref == trace.obligation.subject), None)
    by_notice = trace.version.parameters.get("counted_from") == "notice"
    notice = step.announced_on if step and by_notice else None
    opened = inspection_start(trace.trigger, notice)
    if not strict and trace.trigger and opened and (first := opened.earliest or opened.latest):
        # Lenient: the closing day is compared with the earliest possible opening.
        own_first = trace.trigger.earliest or trace.trigger.latest
        if notice and first != own_first:
            yield TraceLine("inspection_opened", {"when": trace.trigger})
            yield TraceLine("inspection_notice", {"day": first, "when": notice})
        else:
            yield TraceLine("inspection_from", {"day": own_first, "when": trace.trigger})
        day_before = first - ONE_DAY
        yield TraceLine("first_day_counts", {"start": first, "end": day_before})
        yield from term_lines(day_before, weeks, rule.days)
        yield TraceLine("first_lawful_day", {"day": rule.days.calendar.after(day_before, weeks, rule.days.by_law)})
    yield TraceLine("closes", {"when": due, "day": due.earliest if strict else due.latest}, strict)


def _recess_lines(trace: Trace, rule: Rule) -> Iterator[TraceLine]:
    name = trace.obligation.details.get("recess")
    recess = next((r for r in rule.days.calendar.recesses if r.name == name), None)
    if recess:
        yield TraceLine(
            "recess", {"name": recess.name, "first": recess.first, "last": recess.last, "source": recess.source}
        )
    else:
        yield TraceLine("no_recess", {})


def _status_lines(obligation: ObligationValue, on: date, with_expected_day: bool, over: bool) -> Iterator[TraceLine]:
    """Yield the line that compares the given day, or the day it was met, with the due date."""
    due, met = obligation.due_on, obligation.met_on if obligation.met_on and obligation.met_on <= on else None
    late = days_late(obligation, on, over)
    if met:
        code = "met" if due is None else "met_after" if late else "met_before" if met < due else "met_that_day"
        yield TraceLine(code, {"day": met, "due": due, "days": late or ((due - met).days if due else 0)})
        return
    if obligation.expected_on and due and with_expected_day:
        yield TraceLine(
            "expected_late" if obligation.expected_on > due else "expected", {"day": obligation.expected_on}
        )
    if due and late is None:
        yield TraceLine("not_done", {"day": on, "due": due})
    elif due:
        code = "after" if late else "today_is_due" if on == due else "left"
        yield TraceLine(code, {"day": on, "due": due, "days": late or (due - on).days})
