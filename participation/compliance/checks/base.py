"""Shared by all checks: the registry, date arithmetic, and building an obligation from evidence."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from ..calendar import Calendar, Term
from ..dates import ImpreciseDate
from ..facts import PlanFacts, StepFacts

NO_TERM = Term(0)


class ObligationDraft(NamedTuple):
    """The draft of an obligation that a check yields, before its rule and version are applied."""

    subject: str
    trigger: ImpreciseDate | None
    due: ImpreciseDate | None = None
    met: date | None = None
    expected: date | None = None
    missing: tuple[str, ...] = ()
    details: dict[str, Any] = {}


class DateRules(NamedTuple):
    """The date arithmetic of a rule: its calendar, and whether its term is statutory."""

    calendar: Calendar
    by_law: bool = False

    def after(self, when: ImpreciseDate | None, term: Term) -> ImpreciseDate | None:
        """Return the date with both bounds moved by the term, or None when it has no latest day."""
        if when is None or when.latest is None:
            return None
        if not term.length:
            return when
        latest = self.calendar.after(when.latest, term, self.by_law)
        if when.earliest == when.latest:
            return ImpreciseDate(latest, latest)
        earliest = self.calendar.after(when.earliest, term, self.by_law) if when.earliest else None
        return ImpreciseDate(earliest, latest, "range")


class Evidence(NamedTuple):
    """Whether something was done: the date, the planned date, and whether some date is unknown."""

    done: ImpreciseDate | None = None
    planned: date | None = None
    undated: bool = False


NO_EVIDENCE = Evidence()
UNDATED_EVIDENCE = Evidence(undated=True)


class OwnWords(NamedTuple):
    """The words that a parameter accepts: fixed ones, and the ids in a section of the rulebook.

    ``Annotated[str, OwnWords("plan_items")]`` is the id of an item; the loader looks it up in the rulebook.
    """

    section: str
    fixed: tuple[str, ...] = ()


Check = Callable[..., Iterator[ObligationDraft]]


class CheckDefinition(NamedTuple):
    """A registered check: its function, owner types, the details it fills and the parameters it accepts."""

    run: Check
    owner_types: tuple[str, ...]
    fills: frozenset[str]
    parameters: dict[str, inspect.Parameter]

    @property
    def owner_type(self) -> str:
        """Return the owner type that its rules are mainly about."""
        return self.owner_types[0]

    @property
    def description(self) -> str:
        """Return what it asks, in one sentence or two: the beginning of its docstring."""
        paragraph = " ".join((self.run.__doc__ or "").strip().partition("\n\n")[0].split())
        text = paragraph.removeprefix("Yield ").replace("``", "`")
        return text[:1].upper() + text[1:]


CHECKS: dict[str, CheckDefinition] = {}


def check(*fills: str, owner_types: tuple[str, ...] = ("trajectory",)) -> Callable[[Check], Check]:
    """Register a check of these types of owner, the main one first; ``fills`` names the details it always sets."""

    def register(function: Check) -> Check:
        parameters = dict(list(inspect.signature(function, eval_str=True).parameters.items())[2:])
        CHECKS[function.__name__] = CheckDefinition(function, owner_types, frozenset(fills), parameters)
        return function

    return register


def draft_obligation(
    subject: str,
    trigger: ImpreciseDate | None,
    due: ImpreciseDate | None,
    evidence: Evidence = NO_EVIDENCE,
    *,
    missing_fact: str = "",
    undated: str = "done",
    details: dict[str, Any] | None = None,
) -> ObligationDraft:
    """Return the draft obligation: with the lenient dates, or with the missing facts when it cannot be judged.

    ``missing_fact`` names the missing fact when there is no due date, ``undated`` the fact whose day is unknown.
    """
    details = details or {}
    if due is None or due.latest is None:
        return ObligationDraft(subject, trigger, missing=(missing_fact,), details=details)
    done = evidence.done
    if done is not None and done.earliest is None:
        # "Not later than" has no first day: it is certainly in time or undecidable, but never provably late.
        if done.latest is None or done.latest > due.latest:
            return ObligationDraft(subject, trigger, missing=(undated,), details=details)
        return ObligationDraft(subject, trigger, due, done.latest, None, (), details)
    if done is None and evidence.undated:
        return ObligationDraft(subject, trigger, missing=(undated,), details=details)
    met = done.earliest if done else None
    if met is not None and evidence.undated and met > due.latest:
        # Not provably late: another step, with an unknown day, may have been in time.
        return ObligationDraft(subject, trigger, missing=(undated,), details=details)
    return ObligationDraft(subject, trigger, due, met, evidence.planned, (), details)


def evidence_of(when: ImpreciseDate | None) -> Evidence:
    """Return the evidence that one recorded date gives."""
    if when is None:
        return NO_EVIDENCE
    if when.latest is not None:
        return Evidence(when)
    return NO_EVIDENCE if when.precision == "unscheduled" else UNDATED_EVIDENCE


def evidence_of_adoption(plan: PlanFacts) -> Evidence:
    """Return the evidence of what a plan says, dated by its adoption; without a day for that it is undated."""
    return evidence_of(plan.adopted_on) if plan.adopted_on and plan.adopted_on.is_dated else UNDATED_EVIDENCE


def evidence_of_steps(steps: Iterable[StepFacts]) -> Evidence:
    """Return the evidence of the earliest step: done meets the obligation, planned only sets the expected date."""
    done, planned, undated = [], [], False
    for step in steps:
        found = evidence_of(step.done)
        undated = undated or found.undated
        if found.done is not None:
            done.append(found.done)
        elif found.undated:
            continue
        elif step.planned is not None and step.planned.latest:
            planned.append(step.planned.earliest or step.planned.latest)
    if done:
        return Evidence(done[0] if len(done) == 1 else ImpreciseDate.first_of(done), None, undated)
    return Evidence(None, min(planned, default=None), undated) if planned or undated else NO_EVIDENCE


def evidence_of_all(parts: Iterable[Evidence]) -> Evidence:
    """Return the evidence that all of these were done, dated by the last; NO_EVIDENCE when one has none."""
    parts = list(parts)
    if not parts or any(p == NO_EVIDENCE for p in parts):
        return NO_EVIDENCE
    undated = any(p.undated for p in parts)
    done = [p.done for p in parts if p.done is not None]
    if any(p.planned is not None and p.done is None and not p.undated for p in parts):
        days = [p.planned for p in parts if p.planned] + [d.earliest or d.latest for d in done]
        return Evidence(None, max(day for day in days if day))
    if len(done) < len(parts):
        return Evidence(undated=True)
    last = ImpreciseDate.last_of(done)
    if last and any(d.earliest is None and d.latest == last.latest for d in done):
        last = ImpreciseDate(None, last.latest, "not_later_than")
    return Evidence(last, max((p.planned for p in parts if p.planned), default=None), undated)


def evidence_of_any(parts: Iterable[Evidence]) -> Evidence:
    """Return the evidence that at least one of these was done, dated by the first."""
    parts = list(parts)
    done = [p.done for p in parts if p.done is not None]
    undated = any(p.undated for p in parts)
    if done:
        return Evidence(done[0] if len(done) == 1 else ImpreciseDate.first_of(done), None, undated)
    planned = [p.planned for p in parts if p.planned is not None]
    return Evidence(None, min(planned, default=None), undated)


def is_before(first: ImpreciseDate | None, other: ImpreciseDate | None) -> bool:
    """Return whether the first certainly came before the second; false where the bounds overlap."""
    return bool(first and other and first.latest and other.latest and first.latest < (other.earliest or other.latest))


def due_before_decision(
    days: DateRules, decision: ImpreciseDate, term: Term, start: ImpreciseDate | None, minimum: Term
) -> ImpreciseDate | None:
    """Return the due date counted back from a decision, with both bounds; None when the decision has no date.

    It is never earlier than ``minimum`` after the start, and never later than the decision. A start on a day that is
    not known may have been as late as the decision.
    """
    # The order matters to the explanation: of two that give the same day, it shows the last.
    end, after_start = days.after(decision, NO_TERM), days.after(start, minimum)
    counted = days.after(decision, term)
    if end is None or end.latest is None or counted is None or counted.latest is None:
        return None
    last = after_start.latest if after_start and after_start.latest else end.latest
    latest = min(end.latest, max(counted.latest, last))
    strict_due = None
    if end.earliest and counted.earliest:
        first = after_start.earliest if after_start and after_start.earliest else counted.earliest
        strict_due = min(end.earliest, max(counted.earliest, first))
    return with_strict_bound(end._replace(latest=latest), strict_due)


def with_strict_bound(due: ImpreciseDate | None, strict_due: date | None) -> ImpreciseDate | None:
    """Return the due date with this day as its strict bound, which is never after the lenient one."""
    if due is None or due.latest is None:
        return None
    earliest = min(strict_due, due.latest) if strict_due else None
    return ImpreciseDate(
        earliest, due.latest, "day" if earliest == due.latest else "range" if earliest else "not_later_than"
    )


def step_details(step: StepFacts) -> dict[str, Any]:
    """Return the ``about`` detail: the title of the step, or its ref."""
    return {"about": step.title or step.ref}
