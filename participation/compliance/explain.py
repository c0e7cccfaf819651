"""Explanation of a due date, line by line, by tracing the date arithmetic of a check while it runs.

A check moves every date through its ``DateRules``. A recording ``DateRules`` captures each start, term and end, so the
explanation is always that of the actual calculation.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from .calendar import Calendar, Term, holiday_names
from .checks import DateRules
from .checks.base import ObligationDraft
from .dates import ImpreciseDate
from .evaluate import obligations_under
from .facts import Facts, OwnerFacts
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
        yield from _inspection_lines(trace, due, rule, strict)
    elif counted := _shift_ending_on(trace.date_shifts, end, strict):
        first = _bound_of(counted.start, strict)
        yield _start_line(trace, rule, counted.start, strict)
        if rule.check == "request_answered":
            yield from _extension_lines(trace, facts, counted, strict)
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
        code = "decision_after" if details.get("decision") else "received"
    elif rule.check == "progress_made" and not trace.obligation.subject:
        code = "start"
    elif rule.check in ("motion_reported", "commitment_reported"):
        code = "report" if trace.obligation.subject else rule.check
    values = {"label": code, "anchor": details.get("anchor", ""), "details": details, "when": start}
    imprecise = start.earliest != start.latest
    return TraceLine(
        "from_strict" if strict else "from_bounds" if imprecise else "from", _with_day(values, strict), strict
    )


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
        off = _days_off(calendar, counted - ONE_DAY, moved)
        yield TraceLine("runs_on", {"start": counted, "end": moved, "off": off}, strict)


def _days_off(calendar: Calendar, start: date, end: date) -> tuple[NonWorkingDay, ...]:
    """Return the days off between these two days, in order, both ends excluded."""
    first, last = min(start, end), max(start, end)
    between = (first + timedelta(days=n) for n in range(1, (last - first).days))
    return tuple(NonWorkingDay(day, holiday_names(calendar, day)) for day in between if calendar.is_day_off(day))


def _extension_lines(trace: Trace, facts: Any, counted: DateShift, strict: bool) -> Iterator[TraceLine]:
    """Yield whether an extension was accepted, or the reason why not."""
    extension, term = trace.version.parameters.get("extension"), trace.version.parameters["term"]
    request = next((r for r in facts.requests if trace.obligation.subject in ("", r.ref)), None)
    if extension is None or request is None or request.extended_on is None:
        return
    values = {"sent": request.extended_on, "term": term, "extension": extension}
    if counted.term != term:
        yield TraceLine("extended", values, strict)
    elif trace.version.parameters.get("extension_needs_reason") and not request.extension_reason:
        yield TraceLine("not_extended_no_reason", values, strict)
    elif strict and trace.obligation.details.get("extended"):
        yield TraceLine("not_surely_extended", values, strict)
    else:
        yield TraceLine("not_extended_too_late", values, strict)


def _inspection_lines(trace: Trace, due: ImpreciseDate, rule: Rule, strict: bool) -> Iterator[TraceLine]:
    """Yield the lines of the inspection period; its first day counts, so the term starts the day before."""
    weeks = Term(trace.version.parameters["weeks"], "weeks")
    opened = trace.trigger
    if not strict and opened and (first := opened.earliest or opened.latest):
        # Lenient: the closing day is compared with the earliest possible opening.
        yield TraceLine("inspection_from", {"day": first, "when": opened})
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
