"""Backward scheduling from a decision: the last day for each step, derived by evaluating the rules.

No term is repeated here: steps are added in order of dependency, and each due date comes from evaluating the
rules on the facts so far. So a municipality's own terms give its own schedule.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from .calendar import Calendar, Term
from .checks.anchors import COUNCIL_BODIES
from .dates import ImpreciseDate
from .evaluate import obligations_under
from .facts import DocumentFacts, Facts, PlanFacts, StepFacts
from .obligations import ObligationValue
from .rulebook import Rulebook
from .rules import Rule
from .vocabulary import DOCUMENT_KINDS

#: Ref and body of the decision when none is recorded yet.
DECISION_REF, DECISION_BODY = "decision", "council"
#: Minimum days between first activity and decision when no rule gives a term.
MIN_DAYS_BEFORE_DECISION = 42
#: Minimum time between the first and the second activity.
MIN_ACTIVITY_INTERVAL = timedelta(days=7)
#: Maximum number of suggested progress updates.
MAX_PROGRESS_UPDATES = 40
#: Kinds of step that are suggested outside recesses, when people are there.
_KINDS_OUTSIDE_RECESSES = ("activity", "feedback", "evaluation")
_PAPERS_REF, _WEIGHING_REF = "papers", "weighing"
#: Kinds of document that are an item of their own.
_DOCUMENT_CODES = ("notice_of_intention", "participation_account")


class ScheduleItem(NamedTuple):
    """A suggested item: its last day in time, the suggested day, and the obligations it meets.

    ``obligations`` holds the identities of those obligations. ``step`` is the step to plan; None for an item that is
    not a step (adopting the plan, an announcement).
    """

    code: str
    latest: date
    day: date
    obligations: tuple[tuple[str, str], ...]
    step: StepFacts | None = None
    about: str = ""

    @property
    def rules(self) -> tuple[str, ...]:
        """Return the ids of the rules that require it."""
        return tuple(dict.fromkeys(rule for rule, _subject in self.obligations))


class RuleFilter(NamedTuple):
    """A filter on obligations: by check of their rule, and by the predicate ``matches``."""

    checks: tuple[str, ...]
    matches: Callable[[Rule, ObligationValue], bool] = lambda _rule, _obligation: True


class Schedule(NamedTuple):
    """The slots by last day, and the facts with all of them planned."""

    slots: tuple[ScheduleItem, ...]
    facts: Facts


def replace_parts(facts: Facts, **parts: Any) -> Facts:
    """Return a copy of the facts with these parts replaced."""
    current = {
        "trajectory": facts.trajectory,
        "plan": facts.plan,
        "scenarios": facts.scenarios,
        "steps": facts.steps,
        "documents": facts.documents,
        "contributions": facts.contributions,
        "requests": facts.requests,
        "organisations": facts.organisations,
    }
    return Facts(**{**current, **parts})


def move_steps(facts: Facts, days: Mapping[str, date]) -> Facts:
    """Return the facts with these steps planned on these days; closing days shift along."""
    return replace_parts(facts, steps=tuple(_move_step(s, days[s.ref]) if s.ref in days else s for s in facts.steps))


def _move_step(step: StepFacts, day: date) -> StepFacts:
    first = (step.planned.earliest or step.planned.latest) if step.planned else None
    closes = step.closes
    if closes and closes.latest and first:
        by = day - first
        closes = ImpreciseDate(closes.earliest and closes.earliest + by, closes.latest + by, closes.precision)
    return step._replace(planned=ImpreciseDate.on(day), closes=closes)


def target_decision(facts: Facts) -> StepFacts | None:
    """Return the decision to schedule back from: the last adoption, else the last proposal."""
    adoptions = [d for d in facts.decisions if d.stage == "adoption"]
    found = adoptions or facts.decisions
    return found[-1] if found else None


def with_decision(facts: Facts, day: date) -> Facts:
    """Return the facts with the final decision planned on that day; one already taken is unchanged."""
    decision = target_decision(facts)
    if decision is None:
        new = StepFacts(
            DECISION_REF,
            "decision",
            stage="adoption",
            phase="decision",
            body=DECISION_BODY,
            planned=ImpreciseDate.on(day),
        )
        return replace_parts(facts, steps=(*facts.steps, new))
    return facts if decision.done else move_steps(facts, {decision.ref: day})


def shift_steps(facts: Facts, days: int) -> Facts:
    """Return the facts with all planned, not yet done steps shifted by ``days`` days."""
    by = {
        s.ref: s.planned.latest + timedelta(days=days)
        for s in facts.steps
        if s.planned and s.planned.latest and s.done is None and not s.cancelled
    }
    return move_steps(facts, by)


class _Scheduler:
    """The state of scheduling: the facts so far, the rulebook and the slots."""

    def __init__(self, facts: Facts, rulebook: Rulebook, today: date) -> None:
        self.facts, self.rulebook, self.today = facts, rulebook, today
        self.calendar: Calendar = rulebook.calendar
        self.slots: list[ScheduleItem] = []
        self.refs = 0

    def obligations(self, *checks: str) -> list[ObligationValue]:
        """Return the obligations under the rules with one of these checks."""
        rules = (rule for rule in self.rulebook.rules_about(self.facts) if rule.check in checks)
        return [obligation for rule in rules for obligation in obligations_under(rule, self.facts)]

    def open_obligations(self, rule_filter: "RuleFilter") -> list[ObligationValue]:
        """Return the matching obligations that have a due date and are neither met nor planned."""
        return [
            o
            for o in self.obligations(*rule_filter.checks)
            if o.due_on
            and o.met_on is None
            and o.expected_on is None
            and rule_filter.matches(self.rulebook.by_id[o.rule], o)
        ]

    def before(self, latest: date, avoid_recesses: bool = False) -> date:
        """Return the last working day on or before ``latest``; ``avoid_recesses`` also avoids recesses."""
        day, calendar = latest, self.calendar
        while calendar.is_day_off(day) or (avoid_recesses and calendar.recess_containing(day, day)):
            day -= timedelta(days=1)
        return day

    def slot(
        self,
        code: str,
        open_obligations: list[ObligationValue],
        step: StepFacts | None = None,
        about: str = "",
        latest: date | None = None,
        not_before: date | None = None,
    ) -> date | None:
        """Add a slot for these obligations and return its suggested day; None when nothing requires it.

        The suggested day lies in no recess, unless it would then lie before ``not_before``.
        """
        if latest is None:
            latest = min((o.due_on for o in open_obligations if o.due_on), default=None)
        if latest is None:
            return None
        day = self.before(latest, avoid_recesses=step is not None and step.kind in _KINDS_OUTSIDE_RECESSES)
        if not_before and day < not_before:
            day = self.before(latest)
        if step is not None:
            step = step._replace(planned=ImpreciseDate.on(day))
            self.facts = replace_parts(self.facts, steps=(*self.facts.steps, step))
        self.slots.append(ScheduleItem(code, latest, day, tuple(o.identity for o in open_obligations), step, about))
        return day

    def plan(self, **columns: Any) -> None:
        self.facts = replace_parts(self.facts, plan=(self.facts.plan or PlanFacts())._replace(**columns))

    def change_step(self, ref: str, **columns: Any) -> None:
        steps = tuple(s._replace(**columns) if s.ref == ref else s for s in self.facts.steps)
        self.facts = replace_parts(self.facts, steps=steps)


def schedule_backwards(facts: Facts, rulebook: Rulebook, today: date) -> Schedule:
    """Return the schedule of everything still to be planned around the decision in these facts.

    Without a dated decision it is empty. What is already done or planned is unchanged.
    """
    work = _Scheduler(facts, rulebook, today)
    decision = target_decision(facts)
    day = decision.when.latest if decision and decision.when else None
    if decision is None or day is None:
        return Schedule((), facts)
    _schedule_activities(work, day)
    _schedule_plan(work)
    _schedule_feedback(work)
    _schedule_inspection(work, decision)
    _schedule_legal_documents(work)
    if decision.done is None:
        _schedule_papers(work, decision)
    _schedule_follow_up(work)
    _schedule_updates(work, day)
    return Schedule(tuple(sorted(work.slots, key=lambda slot: (slot.latest, slot.code))), work.facts)


def _parameters(rule: Rule) -> Mapping[str, Any]:
    return rule.versions[-1].parameters


def _preceded_by_filter(kind: str, *, methods: bool = False) -> RuleFilter:
    """Return the filter on "preceded by" rules whose preferred kind of step is this one."""

    def matches(rule: Rule, _obligation: ObligationValue) -> bool:
        parameters = _parameters(rule)
        return bool(parameters.get("methods")) == methods and _preferred_kind(parameters["kinds"]) == kind

    return RuleFilter(("preceded_by", "preceded_each", "involvement_required"), matches)


def _preferred_kind(kinds: Iterable[str]) -> str:
    """Return the preferred kind: a plan review precedes an activity and meets the same obligation."""
    return next(kind for kind in ("plan_review", "activity", *kinds) if kind in kinds)


def _schedule_activities(work: _Scheduler, decision: date) -> None:
    """Add slots for a first meeting, a street activity and announcements, where rules require them."""
    first = work.facts.first_activity
    if not (first and first.is_dated):
        open_obligations = work.open_obligations(_preceded_by_filter("activity"))
        latest = min(
            (o.due_on for o in open_obligations if o.due_on),
            default=decision - timedelta(days=MIN_DAYS_BEFORE_DECISION),
        )
        meeting = StepFacts("first_activity", "activity", "meeting", "exploration", audience=("everyone",))
        work.slot("first_activity", open_obligations, meeting, latest=latest)
    open_obligations = work.open_obligations(_preceded_by_filter("activity", methods=True))
    if open_obligations and work.facts.first_activity and work.facts.first_activity.latest:
        method = _parameters(work.rulebook.by_id[open_obligations[0].rule])["methods"][0]
        street = StepFacts("street", "activity", method, "exploration", audience=("everyone",))
        latest = min(o.due_on for o in open_obligations if o.due_on)
        not_before = max(work.facts.first_activity.latest + MIN_ACTIVITY_INTERVAL, work.today)
        # Not at the last moment: feedback on it must also precede the decision.
        work.slot("street", open_obligations, street, latest=min(latest, work.before(not_before, avoid_recesses=True)))
    for step in work.facts.active_steps.get("activity", ()):
        open_obligations = work.open_obligations(_step_dated_filter("announced_on", step.ref))
        if step.done is None and (day := work.slot("announcement", open_obligations, about=step.title)):
            work.change_step(step.ref, announced_on=ImpreciseDate.on(day))


def _step_dated_filter(on: str, ref: str) -> RuleFilter:
    return RuleFilter(("step_dated",), lambda rule, o: bool(_parameters(rule)["on"] == on) and o.subject == ref)


def _schedule_plan(work: _Scheduler) -> None:
    """Add slots for adopting, sending and sharing the plan, and for its review."""
    plan = work.facts.plan or PlanFacts()
    if plan.adopted_on is None:
        # What is written in it counts from the adoption: without that day it has no due date to count back from.
        before = work.facts
        work.facts = replace_parts(before, plan=PlanFacts(actors=plan.actors))
        open_obligations = work.open_obligations(_plan_says_filter("adopted_on"))
        work.facts = before
        if day := work.slot("plan_adoption", open_obligations):
            work.plan(adopted_on=ImpreciseDate.on(day))
    if plan.to_council_on is None and (
        day := work.slot("to_council", work.open_obligations(_plan_says_filter("to_council_on")))
    ):
        work.plan(to_council_on=ImpreciseDate.on(day))
    if plan.actors_shared_on is None:
        open_obligations = work.open_obligations(_plan_says_filter("actors_shared_on"))
        if day := work.slot("actors_shared", open_obligations):
            work.plan(actors_shared_on=ImpreciseDate.on(day))
    review = StepFacts("plan_review", "plan_review", audience=("residents",))
    work.slot("plan_review", work.open_obligations(_preceded_by_filter("plan_review")), review)


def _plan_says_filter(on: str) -> RuleFilter:
    return RuleFilter(("plan_says",), lambda rule, _o: bool(_parameters(rule).get("on", "adopted_on") == on))


def _schedule_feedback(work: _Scheduler) -> None:
    """Add slots for feedback on every activity without; the suggested activities share one."""
    new = {slot.step.ref for slot in work.slots if slot.step and slot.step.kind == "activity"}
    without_feedback = {o.subject for o in work.open_obligations(RuleFilter(("feedback_given",)))}
    groups = [[a.ref] for a in work.facts.active_steps.get("activity", ()) if a.ref in without_feedback - new]
    groups += [sorted(new & without_feedback)] if new & without_feedback else []
    for refs in groups:
        rule_filter = _feedback_filter(work, refs)
        own = [o for o in work.open_obligations(rule_filter) if o.due_on]
        title = next((s.title for s in work.facts.steps if s.ref == refs[0]), "")
        step = StepFacts(f"feedback-{refs[0]}", "feedback", audience=("everyone",), about=tuple(refs))
        ends = [s.end.latest for s in work.facts.steps if s.ref in refs and s.end and s.end.latest]
        not_before = max(work.today, *(end + timedelta(days=1) for end in ends))
        work.slot("feedback", own, step, about=title, not_before=not_before)


def _feedback_filter(work: _Scheduler, refs: list[str]) -> RuleFilter:
    titles = {s.title or s.ref for s in work.facts.steps if s.ref in refs}

    def matches(rule: Rule, obligation: ObligationValue) -> bool:
        if rule.check == "feedback_given":
            return obligation.subject in refs
        return not titles.isdisjoint(obligation.details.get("activities", ()))

    return RuleFilter(("feedback_given", "feedback_before_decision"), matches)


def _subject_filter(check: str, ref: str) -> RuleFilter:
    return RuleFilter((check,), lambda _rule, o: o.subject == ref)


def _weighing_filter(decision: StepFacts) -> RuleFilter:
    """Return the filter on rules that ask for a weighing by this decision."""

    def matches(rule: Rule, obligation: ObligationValue) -> bool:
        if rule.check == "weighing_published":
            return obligation.subject == decision.ref
        return obligation.details["decision"] in (decision.title, decision.ref)

    return RuleFilter(("weighing_published", "inspection_accounted"), matches)


def _schedule_inspection(work: _Scheduler, decision: StepFacts) -> None:
    """Add slots for an inspection of the draft that an instrument asks for, and for the notice of each inspection."""
    open_obligations = work.open_obligations(RuleFilter(("inspection_closed",)))
    procedures = {_parameters(work.rulebook.by_id[o.rule])["procedure"] for o in open_obligations}
    for procedure in sorted(procedures - {s.procedure for s in work.facts.active_steps.get("inspection", ())}):
        weeks = next(
            (
                Term(_parameters(rule)["weeks"], "weeks")
                for rule in work.rulebook.rules
                if rule.check == "inspection_open" and _parameters(rule)["procedure"] == procedure
            ),
            None,
        )
        if weeks is None:
            continue
        # The weighing accounts for the reactions, so the inspection closes first.
        weighing = work.open_obligations(_weighing_filter(decision)) if decision.done is None else []
        latest_close = min(o.due_on for o in (*open_obligations, *weighing) if o.due_on)
        latest = latest_close - timedelta(days=weeks.days - 1)
        while _closing_day(work.calendar, latest, weeks) > latest_close:
            latest -= timedelta(days=1)
        day = work.before(latest)
        closes = ImpreciseDate.on(_closing_day(work.calendar, day, weeks))
        step = StepFacts(f"inspection-{procedure}", "inspection", procedure=procedure, closes=closes)
        work.slot("inspection", open_obligations, step, latest=latest)
    for step in work.facts.active_steps.get("inspection", ()):
        notice = work.open_obligations(_step_dated_filter("announced_on", step.ref))
        if step.done is None and (noticed := work.slot("inspection_notice", notice, about=step.title)):
            work.change_step(step.ref, announced_on=ImpreciseDate.on(noticed))


def _closing_day(calendar: Calendar, first: date, weeks: Term) -> date:
    """Return the first lawful closing day of an inspection; its first day counts."""
    return calendar.after(first - timedelta(days=1), weeks, by_law=True)


def _schedule_legal_documents(work: _Scheduler) -> None:
    """Add slots for the notices and accounts that an instrument of environmental law asks for."""
    for kind in DOCUMENT_KINDS:
        open_obligations = work.open_obligations(_document_filter(kind))
        if day := work.slot(kind if kind in _DOCUMENT_CODES else "document", open_obligations):
            when = ImpreciseDate.on(day)
            document = DocumentFacts(kind, kind, dated_on=when, published_on=when)
            work.facts = replace_parts(work.facts, documents=(*work.facts.documents, document))


def _document_filter(kind: str) -> RuleFilter:
    return RuleFilter(("document_published",), lambda rule, _o: bool(_parameters(rule)["kind"] == kind))


def _schedule_papers(work: _Scheduler, decision: StepFacts) -> None:
    """Add slots for publishing the weighing and sending the papers to the council or committee."""
    open_obligations = work.open_obligations(_weighing_filter(decision))
    if day := work.slot("weighing", open_obligations):
        weighing = DocumentFacts(_WEIGHING_REF, "weighing", published_on=ImpreciseDate.on(day))
        work.facts = replace_parts(work.facts, documents=(*work.facts.documents, weighing))
    if decision.documents or work.facts.kind_of(decision.body) not in COUNCIL_BODIES:
        papers = work.open_obligations(_subject_filter("papers_sent", decision.ref))
        work.slot("papers", papers)
        return
    # The decision has no papers yet: assume one to find the due date.
    before = work.facts
    work.facts = replace_parts(before, documents=(*before.documents, DocumentFacts(_PAPERS_REF, "final")))
    work.change_step(decision.ref, documents=(_PAPERS_REF,))
    day = work.slot("papers", work.open_obligations(_subject_filter("papers_sent", decision.ref)))
    work.facts = before
    if day:
        sent = DocumentFacts(_PAPERS_REF, "final", shared=((decision.body, ImpreciseDate.on(day)),))
        work.facts = replace_parts(before, documents=(*before.documents, sent))
        work.change_step(decision.ref, documents=(_PAPERS_REF,))


def _schedule_follow_up(work: _Scheduler) -> None:
    """Add slots for the final report, the evaluation, and informing residents of decisions."""
    for kind, audience in (("final_report", "everyone"), ("evaluation", "residents")):
        own = work.open_obligations(_followed_by_filter(kind))
        not_before = max([work.today, *(o.trigger_on + timedelta(days=1) for o in own if o.trigger_on)])
        work.slot(kind, own, StepFacts(kind, kind, audience=(audience,)), not_before=not_before)
    for obligation in work.open_obligations(RuleFilter(("decision_communicated",))):
        about = next((s.title for s in work.facts.steps if s.ref == obligation.subject), "")
        ref = f"decision-message-{obligation.subject}"
        step = StepFacts(ref, "update", audience=("residents",), about=(obligation.subject,))
        work.slot("decision_message", [obligation], step, about=about)


def _followed_by_filter(kind: str) -> RuleFilter:
    return RuleFilter(("followed_by",), lambda rule, _o: bool(_parameters(rule)["kind"] == kind))


def _schedule_updates(work: _Scheduler, decision: date) -> None:
    """Add slots for progress updates wherever the interval is too long, up to the last planned item."""
    until = max([decision, *(slot.day for slot in work.slots)])
    for number in range(MAX_PROGRESS_UPDATES):
        unmet = [o for o in work.obligations("progress_made") if _needs_scheduling(o, work.today)]
        first = min(unmet, key=lambda o: (o.due_on or date.max, o.subject), default=None)
        if first is None or first.due_on is None or max(first.due_on, work.today) >= until:
            return
        # An overdue update is suggested for today.
        latest = first.due_on if first.due_on >= work.today else None
        step = StepFacts(f"message-{number}", "update", audience=("residents",))
        if latest is None or work.before(latest) < work.today:
            step = step._replace(planned=ImpreciseDate.on(work.today))
            work.facts = replace_parts(work.facts, steps=(*work.facts.steps, step))
            work.slots.append(ScheduleItem("message", first.due_on, work.today, (first.identity,), step))
        else:
            work.slot("message", [first], step)


def _needs_scheduling(obligation: ObligationValue, today: date) -> bool:
    """Return whether the obligation is neither met nor planned in time, and still can be."""
    due, planned = obligation.due_on, obligation.expected_on
    if due is None or obligation.met_on is not None:
        return False
    return planned is None or (planned > due and planned > today)
