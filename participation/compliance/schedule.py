"""Backward scheduling from a decision: the last day for each step, derived by evaluating the rules.

No term is repeated here: steps are added in order of dependency, and each due date comes from evaluating the
rules on the facts so far. So a municipality's own terms give its own schedule.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from .calendar import Calendar
from .checks.anchors import COUNCIL
from .dates import ImpreciseDate
from .evaluate import obligations_under
from .facts import DocumentFacts, Facts, PlanFacts, StepFacts
from .obligations import ObligationValue
from .rulebook import Rulebook
from .rules import Rule

#: Ref and body of the decision when none is recorded yet.
DECISION, BODY = "decision", "council"
#: Minimum days between first activity and decision when no rule gives a term.
LEAST_DAYS = 42
#: Minimum time between the first and the second activity.
APART = timedelta(days=7)
#: Maximum number of suggested progress updates.
MESSAGES = 40
_PAPERS, _WEIGHING = "papers", "weighing"


class ScheduleItem(NamedTuple):
    """A suggested item: its last day in time, the suggested day, and the obligations it meets.

    ``owed`` holds the identities of those obligations. ``step`` is the step to plan; None for an item that is not
    a step (adopting the plan, an announcement).
    """

    code: str
    latest: date
    day: date
    owed: tuple[tuple[str, str], ...]
    step: StepFacts | None = None
    about: str = ""

    @property
    def rules(self) -> tuple[str, ...]:
        """Return the ids of the rules that require it."""
        return tuple(dict.fromkeys(rule for rule, _subject in self.owed))


class RuleFilter(NamedTuple):
    """A filter on obligations: by check of their rule, and by the predicate ``told``."""

    checks: tuple[str, ...]
    told: Callable[[Rule, ObligationValue], bool] = lambda _rule, _obligation: True


class Schedule(NamedTuple):
    """The slots by last day, and the facts with all of them planned."""

    slots: tuple[ScheduleItem, ...]
    facts: Facts


def replaced(facts: Facts, **parts: Any) -> Facts:
    """Return a copy of the facts with these parts replaced."""
    made = {
        "trajectory": facts.trajectory,
        "plan": facts.plan,
        "scenarios": facts.scenarios,
        "steps": facts.steps,
        "documents": facts.documents,
        "contributions": facts.contributions,
        "requests": facts.requests,
        "organisations": facts.organisations,
    }
    return Facts(**{**made, **parts})


def moved(facts: Facts, days: Mapping[str, date]) -> Facts:
    """Return the facts with these steps planned on these days; closing days shift along."""
    return replaced(facts, steps=tuple(_moved(s, days[s.ref]) if s.ref in days else s for s in facts.steps))


def _moved(step: StepFacts, day: date) -> StepFacts:
    first = (step.planned.earliest or step.planned.latest) if step.planned else None
    closes = step.closes
    if closes and closes.latest and first:
        by = day - first
        closes = ImpreciseDate(closes.earliest and closes.earliest + by, closes.latest + by, closes.precision)
    return step._replace(planned=ImpreciseDate.on(day), closes=closes)


def deciding(facts: Facts) -> StepFacts | None:
    """Return the decision to schedule back from: the last adoption, else the last proposal."""
    adoptions = [d for d in facts.decisions if d.stage == "adoption"]
    found = adoptions or facts.decisions
    return found[-1] if found else None


def with_decision(facts: Facts, day: date) -> Facts:
    """Return the facts with the final decision planned on that day; one already taken is unchanged."""
    decision = deciding(facts)
    if decision is None:
        new = StepFacts(
            DECISION, "decision", stage="adoption", phase="decision", body=BODY, planned=ImpreciseDate.on(day)
        )
        return replaced(facts, steps=(*facts.steps, new))
    return facts if decision.done else moved(facts, {decision.ref: day})


def shifted(facts: Facts, days: int) -> Facts:
    """Return the facts with all planned, not yet done steps shifted by ``days`` days."""
    by = {
        s.ref: s.planned.latest + timedelta(days=days)
        for s in facts.steps
        if s.planned and s.planned.latest and s.done is None and not s.cancelled
    }
    return moved(facts, by)


class _Working:
    """The state of scheduling: the facts so far, the rulebook and the slots."""

    def __init__(self, facts: Facts, rulebook: Rulebook, today: date) -> None:
        self.facts, self.rulebook, self.today = facts, rulebook, today
        self.calendar: Calendar = next(iter(rulebook.rules)).days.calendar
        self.slots: list[ScheduleItem] = []
        self.refs = 0

    def owed(self, *checks: str) -> list[ObligationValue]:
        """Return the obligations under the rules with one of these checks."""
        rules = (rule for rule in self.rulebook.rules_about(self.facts) if rule.check in checks)
        return [obligation for rule in rules for obligation in obligations_under(rule, self.facts)]

    def asked(self, wants: "RuleFilter") -> list[ObligationValue]:
        """Return the matching obligations that have a due date and are neither met nor planned."""
        return [
            o
            for o in self.owed(*wants.checks)
            if o.due_on and o.met_on is None and o.expected_on is None and wants.told(self.rulebook.by_id[o.rule], o)
        ]

    def before(self, latest: date, free: bool = False) -> date:
        """Return the last working day on or before ``latest``; ``free`` also avoids recesses."""
        day, calendar = latest, self.calendar
        while calendar.is_day_off(day) or (free and calendar.recess_around(day, day)):
            day -= timedelta(days=1)
        return day

    def slot(
        self,
        code: str,
        asked: list[ObligationValue],
        step: StepFacts | None = None,
        about: str = "",
        latest: date | None = None,
    ) -> date | None:
        """Add a slot for these obligations and return its suggested day; None when nothing requires it."""
        if latest is None:
            latest = min((o.due_on for o in asked if o.due_on), default=None)
        if latest is None:
            return None
        day = self.before(latest, free=step is not None and step.kind == "activity")
        if step is not None:
            step = step._replace(planned=ImpreciseDate.on(day))
            self.facts = replaced(self.facts, steps=(*self.facts.steps, step))
        self.slots.append(ScheduleItem(code, latest, day, tuple(o.identity for o in asked), step, about))
        return day

    def plan(self, **columns: Any) -> None:
        self.facts = replaced(self.facts, plan=(self.facts.plan or PlanFacts())._replace(**columns))

    def change(self, ref: str, **columns: Any) -> None:
        steps = tuple(s._replace(**columns) if s.ref == ref else s for s in self.facts.steps)
        self.facts = replaced(self.facts, steps=steps)


def backwards(facts: Facts, rulebook: Rulebook, today: date) -> Schedule:
    """Return the schedule of everything still to be planned around the decision in these facts.

    Without a dated decision it is empty. What is already done or planned is unchanged.
    """
    work = _Working(facts, rulebook, today)
    decision = deciding(facts)
    day = decision.when.latest if decision and decision.when else None
    if decision is None or day is None:
        return Schedule((), facts)
    _activities(work, day)
    _plan(work)
    _feedback(work)
    if decision.done is None:
        _papers(work, decision)
    _after(work)
    _messages(work, day)
    return Schedule(tuple(sorted(work.slots, key=lambda slot: (slot.latest, slot.code))), work.facts)


def _numbers(rule: Rule) -> Mapping[str, Any]:
    return rule.versions[-1].parameters


def _asks_for(kind: str, *, methods: bool = False) -> RuleFilter:
    """Return the filter on "preceded by" rules whose preferred kind of step is this one."""

    def told(rule: Rule, _obligation: ObligationValue) -> bool:
        numbers = _numbers(rule)
        return bool(numbers.get("methods")) == methods and _first_of(numbers["kinds"]) == kind

    return RuleFilter(("preceded_by", "preceded_each"), told)


def _first_of(kinds: Iterable[str]) -> str:
    """Return the preferred kind: a plan review precedes an activity and meets the same obligation."""
    return next(kind for kind in ("plan_review", "activity", *kinds) if kind in kinds)


def _activities(work: _Working, decision: date) -> None:
    """Add slots for a first meeting, a street activity and announcements, where rules require them."""
    first = work.facts.first_activity
    if not (first and first.is_dated):
        asked = work.asked(_asks_for("activity"))
        latest = min((o.due_on for o in asked if o.due_on), default=decision - timedelta(days=LEAST_DAYS))
        meeting = StepFacts("first_activity", "activity", "meeting", "exploration", audience=("everyone",))
        work.slot("first_activity", asked, meeting, latest=latest)
    asked = work.asked(_asks_for("activity", methods=True))
    if asked and work.facts.first_activity and work.facts.first_activity.latest:
        method = _numbers(work.rulebook.by_id[asked[0].rule])["methods"][0]
        street = StepFacts("street", "activity", method, "exploration", audience=("everyone",))
        latest = min(o.due_on for o in asked if o.due_on)
        soon = max(work.facts.first_activity.latest + APART, work.today)
        # Not at the last moment: feedback on it must also precede the decision.
        work.slot("street", asked, street, latest=min(latest, work.before(soon, free=True)))
    for step in work.facts.held.get("activity", ()):
        asked = work.asked(_dated("announced_on", step.ref))
        if step.done is None and (day := work.slot("announcement", asked, about=step.title)):
            work.change(step.ref, announced_on=ImpreciseDate.on(day))


def _dated(on: str, ref: str) -> RuleFilter:
    return RuleFilter(("step_dated",), lambda rule, o: bool(_numbers(rule)["on"] == on) and o.subject == ref)


def _plan(work: _Working) -> None:
    """Add slots for adopting, sending and sharing the plan, and for its review."""
    plan = work.facts.plan or PlanFacts()
    if plan.adopted_on is None:
        asked = work.asked(_says("adopted_on"))
        if day := work.slot("plan_adoption", asked):
            work.plan(adopted_on=ImpreciseDate.on(day))
    if plan.to_council_on is None and (day := work.slot("to_council", work.asked(_says("to_council_on")))):
        work.plan(to_council_on=ImpreciseDate.on(day))
    if plan.actors_shared_on is None:
        asked = work.asked(_says("actors_shared_on"))
        if day := work.slot("actors_shared", asked):
            work.plan(actors_shared_on=ImpreciseDate.on(day))
    review = StepFacts("plan_review", "plan_review", audience=("residents",))
    work.slot("plan_review", work.asked(_asks_for("plan_review")), review)


def _says(on: str) -> RuleFilter:
    return RuleFilter(("plan_says",), lambda rule, _o: bool(_numbers(rule).get("on", "adopted_on") == on))


def _feedback(work: _Working) -> None:
    """Add slots for feedback on every activity without; the suggested activities share one."""
    new = {slot.step.ref for slot in work.slots if slot.step and slot.step.kind == "activity"}
    without = {o.subject for o in work.asked(RuleFilter(("feedback_given",)))}
    groups = [[a.ref] for a in work.facts.held.get("activity", ()) if a.ref in without - new]
    groups += [sorted(new & without)] if new & without else []
    for refs in groups:
        wanted = _feedback_on(work, refs)
        own = [o for o in work.asked(wanted) if o.due_on]
        title = next((s.title for s in work.facts.steps if s.ref == refs[0]), "")
        step = StepFacts(f"feedback-{refs[0]}", "feedback", audience=("everyone",), about=tuple(refs))
        work.slot("feedback", own, step, about=title)


def _feedback_on(work: _Working, refs: list[str]) -> RuleFilter:
    titles = {s.title or s.ref for s in work.facts.steps if s.ref in refs}

    def told(rule: Rule, obligation: ObligationValue) -> bool:
        if rule.check == "feedback_given":
            return obligation.subject in refs
        return not titles.isdisjoint(obligation.details.get("activities", ()))

    return RuleFilter(("feedback_given", "feedback_before_decision"), told)


def _about(check: str, ref: str) -> RuleFilter:
    return RuleFilter((check,), lambda _rule, o: o.subject == ref)


def _papers(work: _Working, decision: StepFacts) -> None:
    """Add slots for publishing the weighing and sending the papers to the council or committee."""
    asked = work.asked(_about("weighing_published", decision.ref))
    if day := work.slot("weighing", asked):
        weighing = DocumentFacts(_WEIGHING, "weighing", published_on=ImpreciseDate.on(day))
        work.facts = replaced(work.facts, documents=(*work.facts.documents, weighing))
    if decision.documents or work.facts.kind_of(decision.body) not in COUNCIL:
        papers = work.asked(_about("papers_sent", decision.ref))
        work.slot("papers", papers)
        return
    # The decision has no papers yet: assume one to find the due date.
    before = work.facts
    work.facts = replaced(before, documents=(*before.documents, DocumentFacts(_PAPERS, "final")))
    work.change(decision.ref, documents=(_PAPERS,))
    day = work.slot("papers", work.asked(_about("papers_sent", decision.ref)))
    work.facts = before
    if day:
        sent = DocumentFacts(_PAPERS, "final", shared=((decision.body, ImpreciseDate.on(day)),))
        work.facts = replaced(before, documents=(*before.documents, sent))
        work.change(decision.ref, documents=(_PAPERS,))


def _after(work: _Working) -> None:
    """Add slots for the final report, the evaluation, and informing residents of decisions."""
    for kind, audience in (("final_report", "everyone"), ("evaluation", "residents")):
        work.slot(kind, work.asked(_follows(kind)), StepFacts(kind, kind, audience=(audience,)))
    for owed in work.asked(RuleFilter(("decision_told",))):
        about = next((s.title for s in work.facts.steps if s.ref == owed.subject), "")
        step = StepFacts(f"told-{owed.subject}", "update", audience=("residents",), about=(owed.subject,))
        work.slot("decision_told", [owed], step, about=about)


def _follows(kind: str) -> RuleFilter:
    return RuleFilter(("followed_by",), lambda rule, _o: bool(_numbers(rule)["kind"] == kind))


def _messages(work: _Working, decision: date) -> None:
    """Add slots for progress updates wherever the interval is too long, up to the last planned item."""
    until = max([decision, *(slot.day for slot in work.slots)])
    for number in range(MESSAGES):
        silent = [o for o in work.owed("progress_made") if _breaks(o, work.today)]
        first = min(silent, key=lambda o: (o.due_on or date.max, o.subject), default=None)
        if first is None or first.due_on is None or max(first.due_on, work.today) >= until:
            return
        # An overdue update is suggested for today.
        latest = first.due_on if first.due_on >= work.today else None
        step = StepFacts(f"message-{number}", "update", audience=("residents",))
        if latest is None or work.before(latest) < work.today:
            step = step._replace(planned=ImpreciseDate.on(work.today))
            work.facts = replaced(work.facts, steps=(*work.facts.steps, step))
            work.slots.append(ScheduleItem("message", first.due_on, work.today, (first.identity,), step))
        else:
            work.slot("message", [first], step)


def _breaks(obligation: ObligationValue, today: date) -> bool:
    """Return whether the obligation is neither met nor planned in time, and still can be."""
    due, planned = obligation.due_on, obligation.expected_on
    if due is None or obligation.met_on is not None:
        return False
    return planned is None or (planned > due and planned > today)
