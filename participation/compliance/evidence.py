"""Evidence of an obligation: the recorded rows and columns that decided it."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from .checks.anchors import ANCHORS, STEPS_OF_ANCHOR
from .checks.influence import activities_that_reached
from .checks.involvement import MESSAGE_KINDS
from .checks.plan import NEEDS
from .dates import ImpreciseDate
from .facts import Facts, StepFacts
from .obligations import ObligationValue
from .rules import ALLOW_LISTS, Rule


class UsedFacts(NamedTuple):
    """A recorded row (kind, and ref: empty for the trajectory and its plan) with the columns used."""

    row_type: str
    ref: str
    columns: tuple[str, ...]


STEP_DATE_COLUMNS = ("planned", "done", "cancelled")
STEP_END_COLUMNS = (*STEP_DATE_COLUMNS, "closes")
NO_PARTICIPATION_COLUMNS = (
    "no_participation_ground",
    "no_participation_reason",
    "no_participation_decided_on",
)
TRAJECTORY_START = UsedFacts("trajectory", "", ("started_on",))

#: The columns that a rule may need of the plan, by the name of the need where it differs.
_PLAN_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "frameworks_named": ("frameworks",),
    "groups_named": ("target_groups",),
    "neighbouring_areas": ("neighbouring_areas", "neighbouring_areas_reason"),
    "joint_start": ("joint_start", "joint_start_reason"),
    "support": ("support", "support_reason"),
}
#: The columns that it may need of the trajectory.
_TRAJECTORY_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "level": ("level",),
    "independent_commissioner": ("commissioner", "subject_of_study"),
}
_CONTRIBUTION_COLUMNS = ("received_on", "outcome", "response", "responded_on")
_REQUEST_COLUMNS = (
    *("received_on", "acknowledged_on", "extended_on", "extension_reason", "suspended", "committee", "agreed_until"),
    *("answered_on", "answer"),
)


def facts_used(rule: Rule, obligation: ObligationValue, facts: Facts) -> tuple[UsedFacts, ...]:
    """Return the rows that decided this obligation, the anchor first, each row once.

    Facts that are not recorded have no row, and so are not included.
    """
    found = [
        *_anchor_rows(obligation.details.get("anchor", ""), facts),
        *_subject_rows(rule, obligation, facts),
        *_ROWS_BY_CHECK.get(rule.check, _no_rows)(rule, obligation, facts),
    ]
    scope_columns = tuple(fact for name, fact in ALLOW_LISTS.items() if getattr(rule.scope, name))
    if rule.scope.started_from:
        found.append(TRAJECTORY_START)
    if scope_columns:
        found.append(UsedFacts("trajectory", "", scope_columns))
    if facts.trajectory.is_without_participation and not rule.scope.without_participation:
        found.append(UsedFacts("trajectory", "", NO_PARTICIPATION_COLUMNS))
    columns: dict[tuple[str, str], dict[str, None]] = {}
    for used in found:
        columns.setdefault(used[:2], {}).update(dict.fromkeys(used.columns))
    return tuple(UsedFacts(row_type, ref, tuple(names)) for (row_type, ref), names in columns.items())


def _steps(steps: Iterable[StepFacts], columns: tuple[str, ...] = STEP_DATE_COLUMNS) -> list[UsedFacts]:
    return [UsedFacts("step", step.ref, columns) for step in steps]


def _first_step_on(steps: Iterable[StepFacts], when: ImpreciseDate | None) -> list[StepFacts]:
    """Return the first step with this date, as a list of at most one."""
    if when is None:
        return []
    found = [s for s in steps if s.when and s.when.latest == when.latest]
    return found[:1]


def _anchor_rows(name: str, facts: Facts) -> list[UsedFacts]:
    """Return the row whose date the anchor is."""
    if name in STEPS_OF_ANCHOR:
        return _steps(_first_step_on(STEPS_OF_ANCHOR[name](facts), ANCHORS[name](facts)))
    if name == "announcement":
        return _steps([facts.opening_activity], ("announced_on", *STEP_DATE_COLUMNS)) if facts.opening_activity else []
    if name == "final_decision":
        return _steps([d for d in facts.decisions if d.stage == "adoption"][-1:])
    if name == "last_activity":
        activities = facts.active_steps.get("activity", ())
        last = max(activities, key=lambda s: (s.end or ImpreciseDate.unknown()).sort_key, default=None)
        return _steps([last], STEP_END_COLUMNS) if last else []
    if name == "plan_adoption":
        return [UsedFacts("plan", "", ("adopted_on",))] if facts.plan else []
    return [TRAJECTORY_START] if name == "start" else []


def _subject_rows(rule: Rule, obligation: ObligationValue, facts: Facts) -> list[UsedFacts]:
    """Return the row that the obligation is about."""
    ref = obligation.subject
    if not ref or rule.check == "target_groups_reached":
        return []
    if any(step.ref == ref for step in facts.steps):
        extra = (rule.versions[-1].parameters.get("on"),) if rule.check == "step_dated" else ()
        return [UsedFacts("step", ref, (*STEP_END_COLUMNS, *extra, *_STEP_COLUMNS.get(rule.check, ())))]
    if any(document.ref == ref for document in facts.documents):
        return [UsedFacts("document", ref, _DOCUMENT_COLUMNS.get(rule.check, ("dated_on", "published_on")))]
    if any(contribution.ref == ref for contribution in facts.contributions):
        return [UsedFacts("contribution", ref, _CONTRIBUTION_COLUMNS)]
    if any(request.ref == ref for request in facts.requests):
        return [UsedFacts("request", ref, _REQUEST_COLUMNS)]
    return []


_STEP_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "recess_avoided": ("recess_reason",),
    "inspection_open": ("procedure", "announced_on"),
    "phases_in_order": ("phase",),
    "results_ready": ("uses",),
    "papers_sent": ("documents", "body"),
    "decision_communicated": ("body",),
    "effect_recorded": ("body", "effect", "effect_note"),
    "room_kept": ("stage", "room_kept", "room_reason"),
    "reach_recorded": ("method", "reach_total"),
}
_DOCUMENT_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "shared_equally": ("shares", "published_on"),
    "plain_summary": ("shares", "plain_summary"),
    "changes_marked": ("dated_on", "published_on", "replaces", "changes_marked"),
}


def _no_rows(_rule: Rule, _obligation: ObligationValue, _facts: Facts) -> list[UsedFacts]:
    return []


def _plan(rule: Rule, _obligation: ObligationValue, facts: Facts) -> list[UsedFacts]:
    parameters = rule.versions[-1].parameters
    needs = parameters.get("needs", [])
    columns = [column for need in needs for column in plan_columns(need)]
    found = [UsedFacts("plan", "", (parameters.get("on", "adopted_on"), *columns))] if facts.plan else []
    stated = [column for need in needs for column in _TRAJECTORY_COLUMNS.get(need, ())]
    if stated:
        found.append(UsedFacts("trajectory", "", tuple(stated)))
    if "joint_start" in needs and facts.plan and facts.plan.joint_start and facts.opening_activity:
        found += _steps([facts.opening_activity])
    return found


def plan_columns(need: str) -> tuple[str, ...]:
    """Return the columns of the plan that a need is about: none where it is about the trajectory."""
    if need in _TRAJECTORY_COLUMNS:
        return ()
    return _PLAN_COLUMNS.get(need, (need,) if need in NEEDS else ("items",))


def _final_reports(_rule: Rule, _obligation: ObligationValue, facts: Facts) -> list[UsedFacts]:
    reports = facts.active_steps.get("final_report", ())
    published = {ref for report in reports for ref in report.documents}
    documents = [UsedFacts("document", d.ref, ("published_on",)) for d in facts.documents if d.ref in published]
    return [*_steps(reports, (*STEP_DATE_COLUMNS, "audience", "items")), *documents]


def _exception(_rule: Rule, _obligation: ObligationValue, _facts: Facts) -> list[UsedFacts]:
    return [UsedFacts("trajectory", "", (*NO_PARTICIPATION_COLUMNS, "public"))]


def _trajectory(rule: Rule, _obligation: ObligationValue, _facts: Facts) -> list[UsedFacts]:
    return [UsedFacts("trajectory", "", (rule.versions[-1].parameters["what"],))]


def _preceding_steps(rule: Rule, _obligation: ObligationValue, facts: Facts) -> list[UsedFacts]:
    parameters = rule.versions[-1].parameters
    residents, methods = parameters.get("with_residents", True), parameters.get("methods")
    steps = [
        step
        for kind in parameters["kinds"]
        for step in facts.active_steps.get(kind, ())
        if (not residents or facts.with_residents(step)) and (not methods or step.method in methods)
    ]
    plan = [UsedFacts("plan", "", ("channels", "adopted_on"))] if parameters.get("channels") and facts.plan else []
    return [*_steps(_first_step(steps), (*STEP_DATE_COLUMNS, "audience")), *plan]


#: The column of a following step that each parameter asks for.
_FOLLOWING_COLUMNS: Mapping[str, str] = {
    "scored": "score",
    "independent": "evaluated_by",
    "for_everyone": "audience",
}


def _following_steps(rule: Rule, _obligation: ObligationValue, facts: Facts) -> list[UsedFacts]:
    parameters = rule.versions[-1].parameters
    columns = [name for asked, name in _FOLLOWING_COLUMNS.items() if parameters.get(asked)] or ["audience"]
    # Of the latest of several anchors, each of them decides.
    anchors = parameters["after"] if parameters.get("latest") else ()
    steps = _steps(facts.active_steps.get(parameters["kind"], ()), (*STEP_DATE_COLUMNS, *columns))
    return [*(row for name in anchors for row in _anchor_rows(name, facts)), *steps]


def _first_step(steps: Iterable[StepFacts]) -> list[StepFacts]:
    """Return the first step held, else the first planned, as a list of at most one."""
    dated = [s for s in steps if s.when]
    dated.sort(key=lambda s: (s.done is None, *(s.when or ImpreciseDate.unknown()).sort_key, s.ref))
    return dated[:1]


def _feedback(_rule: Rule, obligation: ObligationValue, facts: Facts) -> list[UsedFacts]:
    given = [s for s in facts.active_steps.get("feedback", ()) if obligation.subject in s.about]
    received = facts.contributions_by_step.get(obligation.subject, [])
    return [
        *_steps(given, (*STEP_DATE_COLUMNS, "about")),
        *(UsedFacts("contribution", c.ref, ("outcome", "response", "responded_on")) for c in received),
    ]


def _earlier_feedback(_rule: Rule, obligation: ObligationValue, facts: Facts) -> list[UsedFacts]:
    titles = obligation.details.get("activities", ())
    activities = [s for s in facts.active_steps.get("activity", ()) if (s.title or s.ref) in titles]
    return [
        *_steps(activities, STEP_END_COLUMNS),
        *_steps(facts.active_steps.get("feedback", ()), (*STEP_DATE_COLUMNS, "about")),
    ]


def _answer_deadline(_rule: Rule, obligation: ObligationValue, facts: Facts) -> list[UsedFacts]:
    """Return the decision before which a contribution must be answered, looked up by title."""
    title = obligation.details.get("decision")
    decisions = [d for d in facts.active_steps.get("decision", ()) if title and title in (d.title, d.ref)]
    return _steps(decisions[:1])


def _weighings(_rule: Rule, _obligation: ObligationValue, facts: Facts) -> list[UsedFacts]:
    return [UsedFacts("document", d.ref, ("published_on",)) for d in facts.documents if d.kind == "weighing"]


def _accounts(rule: Rule, obligation: ObligationValue, facts: Facts) -> list[UsedFacts]:
    return [*_answer_deadline(rule, obligation, facts), *_weighings(rule, obligation, facts)]


def _documents_of_kind(rule: Rule, _obligation: ObligationValue, facts: Facts) -> list[UsedFacts]:
    parameters = rule.versions[-1].parameters
    columns = ("dated_on", "published_on") if parameters.get("on") == "dated_on" else ("published_on",)
    return [UsedFacts("document", d.ref, ("kind", *columns)) for d in facts.documents if d.kind == parameters["kind"]]


def _inspections(rule: Rule, _obligation: ObligationValue, facts: Facts) -> list[UsedFacts]:
    procedure = rule.versions[-1].parameters["procedure"]
    inspections = [s for s in facts.active_steps.get("inspection", ()) if s.procedure == procedure]
    return _steps(inspections, (*STEP_END_COLUMNS, "procedure"))


def _inspections_and_adoptions(rule: Rule, obligation: ObligationValue, facts: Facts) -> list[UsedFacts]:
    adoptions = _steps((d for d in facts.decisions if d.stage == "adoption"), (*STEP_DATE_COLUMNS, "stage"))
    return [*_inspections(rule, obligation, facts), *adoptions]


def _required_involvement(rule: Rule, obligation: ObligationValue, facts: Facts) -> list[UsedFacts]:
    designated = UsedFacts("trajectory", "", ("participation_required",))
    return [designated, *_preceding_steps(rule, obligation, facts)]


def _papers(_rule: Rule, obligation: ObligationValue, facts: Facts) -> list[UsedFacts]:
    papers = {ref for step in facts.steps if step.ref == obligation.subject for ref in step.documents}
    return [UsedFacts("document", d.ref, ("shares",)) for d in facts.documents if d.ref in papers]


def _progress_start(_rule: Rule, obligation: ObligationValue, _facts: Facts) -> list[UsedFacts]:
    return [] if obligation.subject else [TRAJECTORY_START]


def _decision_updates(_rule: Rule, obligation: ObligationValue, facts: Facts) -> list[UsedFacts]:
    steps = (s for kind in MESSAGE_KINDS for s in facts.active_steps.get(kind, ()) if obligation.subject in s.about)
    return _steps(steps, (*STEP_DATE_COLUMNS, "about", "audience"))


def _plan_room(_rule: Rule, _obligation: ObligationValue, facts: Facts) -> list[UsedFacts]:
    return [UsedFacts("plan", "", ("room",))] if facts.plan else []


def _groups_reached(_rule: Rule, obligation: ObligationValue, facts: Facts) -> list[UsedFacts]:
    activities = activities_that_reached(facts, str(obligation.details.get("group", "")))
    plan = [UsedFacts("plan", "", ("target_groups",))] if facts.plan else []
    return [*plan, *_steps(activities, (*STEP_DATE_COLUMNS, "reach_groups"))]


def _scenarios(_rule: Rule, _obligation: ObligationValue, facts: Facts) -> list[UsedFacts]:
    shown = [UsedFacts("scenario", s.ref, ("presented_on",)) for s in facts.scenarios]
    return [*shown, *([UsedFacts("plan", "", ("scenarios_reason", "adopted_on"))] if facts.plan else [])]


def _meetings(rule: Rule, _obligation: ObligationValue, facts: Facts) -> list[UsedFacts]:
    methods = rule.versions[-1].parameters["methods"]
    meetings = [s for s in facts.active_steps.get("activity", ()) if s.method in methods]
    return _steps(meetings, (*STEP_DATE_COLUMNS, "starts_at", "ends_at"))


def _used_results(_rule: Rule, obligation: ObligationValue, facts: Facts) -> list[UsedFacts]:
    used = {ref for step in facts.steps if step.ref == obligation.subject for ref in step.uses}
    documents = [UsedFacts("document", d.ref, ("dated_on", "published_on")) for d in facts.documents if d.ref in used]
    return [*_steps((s for s in facts.steps if s.ref in used), STEP_END_COLUMNS), *documents]


def _earlier_phase(_rule: Rule, obligation: ObligationValue, facts: Facts) -> list[UsedFacts]:
    phase = obligation.details.get("phase")
    steps = [s for steps in facts.active_steps.values() for s in steps if s.phase == phase]
    return _steps(_first_step(steps), (*STEP_DATE_COLUMNS, "phase"))


_ROWS_BY_CHECK: Mapping[str, Callable[[Rule, ObligationValue, Facts], list[UsedFacts]]] = {
    "plan_says": _plan,
    "report_says": _final_reports,
    "reasoned_exception": _exception,
    "trajectory_states": _trajectory,
    "preceded_by": _preceding_steps,
    "preceded_each": _preceding_steps,
    "followed_by": _following_steps,
    "feedback_given": _feedback,
    "feedback_before_decision": _earlier_feedback,
    "contribution_answered": _answer_deadline,
    "weighing_published": _weighings,
    "inspection_accounted": _accounts,
    "document_published": _documents_of_kind,
    "inspection_closed": _inspections,
    "adopted_after_inspection": _inspections_and_adoptions,
    "involvement_required": _required_involvement,
    "papers_sent": _papers,
    "progress_made": _progress_start,
    "decision_communicated": _decision_updates,
    "room_kept": _plan_room,
    "target_groups_reached": _groups_reached,
    "scenarios_presented": _scenarios,
    "meeting_times_spread": _meetings,
    "results_ready": _used_results,
    "phases_in_order": _earlier_phase,
}
