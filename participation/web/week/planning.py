"""Backward planning from the decision: try out other dates, and apply the schedule."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from participation.compliance import wording
from participation.compliance.dates import MAX_YEAR, MIN_YEAR, ImpreciseDate
from participation.compliance.facts import StepFacts
from participation.compliance.obligations import ObligationValue
from participation.compliance.rulebook import Rulebook
from participation.compliance.what_if import FactChange
from participation.models import Trajectory
from participation.models.labels import LABELS
from participation.selectors.obligations.statuses import party_names
from participation.selectors.trajectories.planning import (
    Movable,
    Outlook,
    PlanningInput,
    ScheduledDue,
    outlook,
    planning_input,
)
from participation.services.changes.changesets import StaleVersion
from participation.services.trajectories.planning import apply_schedule

from ..shared import permissions
from ..shared.addresses import rule_url
from ..shared.forms import DateTextField, Form
from ..shared.idempotency import idempotent
from ..shared.pages import add_saved_message, page
from ..shared.request_context import RequestContext, request_context_of, write_context_of
from .rows import ABOUT

#: Parameters: day of the decision, day of a step by key, ticked steps, and the day shown for a step.
DECISION_PARAM, STEP_PREFIX, CHOSEN_PARAM, SEEN_PREFIX = "besluit", "stap-", "neem", "gezien-"
#: Label of each item that is still to be planned.
SLOT_LABELS: Mapping[str, Any] = {
    "first_activity": gettext_lazy("First meeting with residents"),
    "street": gettext_lazy("Activity in the neighbourhood: at the door, on the street or a walk"),
    "announcement": gettext_lazy("Announcement of the meeting"),
    "plan_adoption": gettext_lazy("Participation plan adopted"),
    "to_council": gettext_lazy("Plan sent to the council"),
    "actors_shared": gettext_lazy("List of parties shared with the associations"),
    "plan_review": gettext_lazy("Plan discussed with residents"),
    "feedback": gettext_lazy("Feedback: what was done with the contributions"),
    "inspection": gettext_lazy("Draft open for inspection"),
    "inspection_notice": gettext_lazy("Notice of the inspection"),
    "notice_of_intention": gettext_lazy("Notice of the intention: how people can take part"),
    "participation_account": gettext_lazy("Account of who took part and what came of it"),
    "document": gettext_lazy("Document published"),
    "weighing": gettext_lazy("Weighing of interests published"),
    "papers": gettext_lazy("Papers sent to council or committee"),
    "final_report": gettext_lazy("Final report for everyone who took part"),
    "decision_message": gettext_lazy("Message on the decision"),
    "evaluation": gettext_lazy("Evaluation of the trajectory"),
    "message": gettext_lazy("Message on how things stand"),
}


class PlanningForm(Form):
    """The dates to try out: of the decision and of every other planned step."""

    besluit = DateTextField(
        label=gettext_lazy("Day of the decision"),
        required=False,
        help_text=gettext_lazy("The day on which the council or the municipal executive is expected to decide."),
    )

    def __init__(self, now: PlanningInput, data: Any = None) -> None:
        """Show the planned days, or those in the query string."""
        self.now = now
        decision = now.decision
        self.own = {decision.ref} if decision else set()
        steps = [step for step in now.movable if step.ref not in self.own]
        initial = {
            DECISION_PARAM: _latest_day(decision.when) if decision else None,
            **{f"{STEP_PREFIX}{s.pk}": _latest_day(s.planned) for s in steps},
        }
        has_params = data is not None and any(name in data for name in initial)
        # Steps that the query string omits keep their planned day.
        shown = {name: data.get(name, _input_text(day)) for name, day in initial.items()} if has_params else None
        super().__init__(shown, initial=initial)
        for step in steps:
            self.fields[f"{STEP_PREFIX}{step.pk}"] = DateTextField(
                label=step_name(step), required=bool(_latest_day(step.planned))
            )
        self.fields[DECISION_PARAM].required = bool(initial[DECISION_PARAM])
        self.fields[DECISION_PARAM].disabled = bool(decision and decision.done)

    def clean(self) -> dict[str, Any]:
        """Add errors for days outside the supported years."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name, day in list(cleaned.items()):
            if day and not MIN_YEAR < day.year < MAX_YEAR:
                self.add_error(name, _("Check the year."))
        return cleaned

    @property
    def days(self) -> Mapping[str, date | None]:
        """Return the days by field: as submitted, else as planned."""
        return self.cleaned_data if self.is_bound and self.is_valid() else self.initial

    @property
    def decision_day(self) -> date | None:
        """Return the day of the decision."""
        return self.days.get(DECISION_PARAM)

    @property
    def moves(self) -> Mapping[str, date]:
        """Return the new days of the other steps that are moved, by ref."""
        return {
            step.ref: day
            for step in self.now.movable
            if (day := self.days.get(f"{STEP_PREFIX}{step.pk}")) and day != self.initial.get(f"{STEP_PREFIX}{step.pk}")
        }

    @property
    def moved_steps(self) -> dict[Movable, date]:
        """Return the new days of all moved steps, including the decision."""
        found = {step: self.moves[step.ref] for step in self.now.movable if step.ref in self.moves}
        decision = next((step for step in self.now.movable if step.ref in self.own), None)
        day = self.decision_day
        if decision and day and day != _latest_day(decision.planned):
            found[decision] = day
        return found

    @property
    def new_decision(self) -> date | None:
        """Return the day of the decision if it is not a step yet."""
        return self.decision_day if self.now.decision is None else None

    def other_fields(self) -> list[forms.BoundField]:
        """Return the fields of the other steps."""
        return [self[name] for name in self.fields if name.startswith(STEP_PREFIX)]

    def query(self) -> dict[str, str]:
        """Return the query parameters that reproduce this schedule."""
        return {name: day.isoformat() for name, day in self.days.items() if day and day != self.initial.get(name)} | (
            {DECISION_PARAM: self.decision_day.isoformat()} if self.decision_day else {}
        )


class ScheduleText(NamedTuple):
    """A line of the schedule as text; ``ref`` identifies the step to plan, "" if there is none."""

    due: ScheduledDue
    title: str
    about: str
    rules: list[tuple[str, str]]
    notes: list[str]
    state: str
    label: str
    ref: str
    is_past: bool


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@idempotent
def planning(request: HttpRequest, name: str) -> HttpResponse:
    """Show the schedule with other dates; a POST applies it after confirmation.

    Raises Http404 if it is not visible, and PermissionDenied unless the user sees everything or may edit it; a POST
    requires permission to edit.
    """
    trajectory, request_context = permissions.get_visible_trajectory(request, name), request_context_of(request)
    can_edit = permissions.can_edit(request, trajectory)
    if not (can_edit or request_context.user.sees_everything) or (request.method == "POST" and not can_edit):
        raise PermissionDenied
    with translation.override(request_context.language):
        now = planning_input(trajectory.pk)
        form = PlanningForm(now, request.POST if request.method == "POST" else request.GET)
        if request.method == "POST" and (not form.is_bound or form.is_valid()):
            return _apply(request, trajectory, request_context, form)
        return _render(request, trajectory, request_context, form, can_edit)


def _render(
    request: HttpRequest,
    trajectory: Trajectory,
    request_context: RequestContext,
    form: PlanningForm,
    can_edit: bool,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    rulebook = request_context.rulebook_of(trajectory)
    found = outlook(form.now, rulebook, request_context.today, form.decision_day, form.moves)
    renderer = _ScheduleRenderer(rulebook, request_context)
    lines = [renderer.line(due) for due in found.lines]
    may_import = can_edit
    can_edit = can_edit and not trajectory.retrospective
    context = {
        "trajectory": trajectory,
        "may_import": may_import,
        "form": form,
        "outlook": found,
        "lines": list(_with_markers(lines, found, request_context.today)),
        "changes": [
            (kind, [renderer.change(change) for change in changes])
            for kind, changes in zip(("worse", "better", "shifted"), found.changes, strict=True)
            if changes
        ],
        "moved": bool(form.moved_steps or form.new_decision),
        "query": form.query(),
        "can_apply": can_edit and (bool(form.moved_steps or form.new_decision) or any(line.ref for line in lines)),
        "can_choose_steps": can_edit and any(line.ref for line in lines),
        "today": request_context.today,
        **more,
    }
    return page(request, "web/week/planning.html", context, status)


def _apply(
    request: HttpRequest, trajectory: Trajectory, request_context: RequestContext, form: PlanningForm
) -> HttpResponse:
    """Show the confirmation, or apply the schedule and redirect."""
    if trajectory.retrospective:
        raise PermissionDenied
    rulebook = request_context.rulebook_of(trajectory)
    found = outlook(form.now, rulebook, request_context.today, form.decision_day, form.moves)
    chosen = request.POST.getlist(CHOSEN_PARAM)
    slots = [
        slot for slot in found.slots if slot.step and slot.step.ref in chosen and slot.day >= request_context.today
    ]
    moves = form.moved_steps
    if not (slots or moves or form.new_decision):
        return _render(request, trajectory, request_context, form, True, nothing_chosen=True)
    if "bevestig" in request.POST:
        write_context = write_context_of(request_context)
        try:
            changeset = apply_schedule(
                trajectory,
                write_context,
                moves={step.pk: day for step, day in moves.items()},
                seen={step.pk: request.POST.get(f"{SEEN_PREFIX}{step.pk}", "") for step in moves},
                decision=form.new_decision,
                steps=[slot.step for slot in slots if slot.step],
            )
        except StaleVersion:
            fresh = PlanningForm(planning_input(trajectory.pk), request.POST)
            return _render(request, trajectory, request_context, fresh, True, 409, conflict=True)
        except ValidationError as error:
            return _render(request, trajectory, request_context, form, True, errors=error.messages)
        add_saved_message(request, changeset)
        return redirect("trajectory_plan", trajectory.slug)
    address = reverse("planning", args=[trajectory.slug])
    context = {
        "trajectory": trajectory,
        "new_decision": form.new_decision,
        "moves": [(step_name(step), step.planned, day) for step, day in moves.items()],
        "steps": [(slot.day, SLOT_LABELS[slot.code], slot.about) for slot in sorted(slots, key=lambda slot: slot.day)],
        "hidden": [
            *form.query().items(),
            *((CHOSEN_PARAM, slot.step.ref) for slot in slots if slot.step),
            *((f"{SEEN_PREFIX}{step.pk}", step.planned.to_text() if step.planned else "") for step in moves),
        ],
        "cancel": f"{address}?{urlencode(form.query())}",
    }
    return page(request, "web/week/planning_confirm.html", context)


def _with_markers(lines: list[ScheduleText], found: Outlook, today: date) -> Iterator[dict[str, Any]]:
    """Yield the lines with markers for today and the decision, each passed the first line that is due later."""
    markers = {"today_before": today, "decision_before": found.decision or date.min}
    for line in lines:
        # A due date includes its whole day, so a marker of the same day comes after it.
        passed = {name: day < line.due.latest for name, day in markers.items()}
        markers = {name: day for name, day in markers.items() if not passed[name]}
        yield {**{name: True for name, is_passed in passed.items() if is_passed}, "row": line}
    if markers:
        yield dict.fromkeys(markers, True)


class _ScheduleRenderer:
    """Makes the lines of the schedule in the user's language."""

    def __init__(self, rulebook: Rulebook, request_context: RequestContext) -> None:
        self.rulebook, self.language, self.today = rulebook, request_context.language, request_context.today
        self.names = party_names()

    def line(self, due: ScheduledDue) -> ScheduleText:
        past = due.latest < self.today
        if due.slot:
            step = due.slot.step
            ref = step.ref if step and due.slot.day >= self.today else ""
            state, label = ("overdue", _("no longer on time")) if past else ("unknown", _("not planned yet"))
            if step is None and not past:
                state, label = "pending", _("to be done")
            return ScheduleText(
                due,
                str(SLOT_LABELS[due.slot.code]),
                f"“{due.slot.about}”" if due.slot.about else "",
                [self._rule(rule) for rule in due.slot.rules],
                self._notes(due),
                state,
                label,
                ref,
                past,
            )
        obligation = cast(ObligationValue, due.obligation)
        label = wording.label("statuses", due.status, self.language)
        if obligation.closes_too_soon and due.status in ("planned_late", "overdue"):
            label = _("closes too soon")
        elif due.planned and due.status in ("pending", "due_soon", "planned_late", "overdue"):
            label = _("planned for %(day)s") % {"day": wording.format_day(due.planned, self.language)}
        title, rules = self._title(obligation.rule), [self._rule(obligation.rule)]
        return ScheduleText(due, title, self._about(obligation), rules, self._notes(due), due.status, label, "", past)

    def change(self, change: FactChange) -> dict[str, Any]:
        """Return the template data of a change in an obligation."""
        obligation = change.obligation
        # Of an inspection that closes too soon, these days are no last day and no planned one.
        has_days = change.after is not None and not change.after.closes_too_soon
        return {
            "title": self._title(obligation.rule),
            "about": self._about(obligation),
            "was": wording.label("statuses", change.status_before, self.language) if change.status_before else "",
            "becomes": wording.label("statuses", change.status_after, self.language) if change.status_after else "",
            "code": change.status_after,
            "due_before": change.before.due_on if change.before else None,
            "due_after": change.after.due_on if change.after and has_days else None,
            "expected": change.after.expected_on if change.after and has_days else None,
        }

    def _title(self, rule: str) -> str:
        return wording.text_in_language(self.rulebook.by_id[rule].title, self.language)

    def _rule(self, rule: str) -> tuple[str, str]:
        """Return its title and the URL of its page."""
        return self._title(rule), rule_url(rule, self.rulebook)

    def _about(self, obligation: Any) -> str:
        labels = wording.details(self.rulebook.by_id[obligation.rule], obligation, self.language, self.names)
        return next((labels[name] for name in ABOUT if obligation.details.get(name)), "")

    def _notes(self, due: ScheduledDue) -> list[str]:
        """Return notes on the day (weekend, holiday), and the day that is suggested instead."""
        notes = []
        if due.holidays:
            notes.append(due.holidays[self.language])
        elif due.latest.weekday() >= 5:
            notes.append(_("at the weekend"))
        if due.recess:
            notes.append(_("in a holiday: %(recess)s") % {"recess": due.recess})
        if due.slot and due.slot.day < due.latest:
            notes.append(_("so by %(day)s") % {"day": wording.format_day(due.slot.day, self.language)})
        return notes


def step_name(step: Movable | StepFacts) -> str:
    """Return the title of a step, else its kind, else its ref."""
    return step.title or capfirst(str(LABELS.get(step.kind, step.kind))) or step.ref


def _latest_day(when: ImpreciseDate | None) -> date | None:
    return when.latest if when else None


def _input_text(day: date | None) -> str:
    return day.isoformat() if day else ""
