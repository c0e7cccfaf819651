"""Links to forms, with the fields to highlight and the values to prefill."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from participation.compliance.facts import Facts, StepFacts
from participation.compliance.obligations import ObligationValue
from participation.compliance.rules import Rule
from participation.reports.urls import link

Query = tuple[tuple[str, str], ...]
#: Step kinds that inform people: such a step can be done, and recorded, today.
TELLING = ("feedback", "update", "final_report")
FILL_IN, COMPLETE = _("Fill in"), _("Complete the plan")


class RemedyLink(NamedTuple):
    """Link to a form: label, URL name and arguments, query parameters and fragment."""

    label: Any
    view: str
    args: tuple[str, ...]
    query: Query = ()
    place: str = ""


class RemedyContext(NamedTuple):
    """An obligation with its owner (``name``), rule and reference day; ``facts`` if they were loaded."""

    name: str
    rule: Rule
    owed: ObligationValue
    facts: Facts | None
    today: date

    @property
    def subject(self) -> str:
        """Return the ref of the subject of the obligation."""
        return self.owed.subject

    @property
    def numbers(self) -> Mapping[str, Any]:
        """Return the parameters of the rule version in force on the trigger date, else of the newest version."""
        day, versions = self.owed.trigger_on, self.rule.versions
        return next((v for v in versions if day and v.in_force(day)), versions[-1]).parameters

    def held(self, *kinds: str) -> list[StepFacts]:
        """Return the steps of these kinds that were not cancelled; empty if no facts were loaded."""
        return [step for kind in kinds for step in (self.facts.held.get(kind, ()) if self.facts else ())]

    def step(self, ref: str) -> StepFacts | None:
        """Return the step with this ref; None if unknown or no facts were loaded."""
        return next((step for step in self.facts.steps if step.ref == ref), None) if self.facts else None


def fields(*columns: str) -> Query:
    """Return the query parameters that highlight these fields of a form."""
    return tuple(("veld", column) for column in columns)


def change_step(case: RemedyContext, ref: str, *columns: str, label: Any = FILL_IN, **known: str) -> RemedyLink:
    """Return the link to the form of a step, highlighting these fields."""
    return RemedyLink(label, "step_change", (case.name, ref), (*fields(*columns), *known.items()))


def add_step(case: RemedyContext, kind: str, label: Any, *more: tuple[str, str]) -> RemedyLink:
    """Return the link to the form for a new step: done today if it only informs people, otherwise to be planned."""
    when = (("done", case.today.isoformat()),) if kind in TELLING else fields("planned")
    return RemedyLink(label, "step_add", (case.name,), (("kind", kind), *more, *when))


def change_plan(case: RemedyContext, *columns: str, label: Any = COMPLETE) -> RemedyLink:
    """Return the link to the form of the plan, highlighting these fields."""
    return RemedyLink(label, "plan_change", (case.name,), fields(*columns))


def change_trajectory(case: RemedyContext, *columns: str) -> RemedyLink:
    """Return the link to the form of the trajectory, highlighting these fields."""
    return RemedyLink(FILL_IN, "trajectory_change", (case.name,), fields(*columns))


def change_document(case: RemedyContext, ref: str, *columns: str, label: Any = FILL_IN, **known: str) -> RemedyLink:
    """Return the link to the form of a document, highlighting these fields."""
    return RemedyLink(label, "document_change", (case.name, ref), (*fields(*columns), *known.items()))


def change_request(case: RemedyContext, *columns: str, label: Any = FILL_IN, **known: str) -> RemedyLink:
    """Return the link to the form of the request that the obligation is about, highlighting these fields."""
    return RemedyLink(label, "request_change", (case.name, case.subject), (*fields(*columns), *known.items()))


def change_register_item(case: RemedyContext, *columns: str, label: Any = FILL_IN) -> RemedyLink:
    """Return the link to the form of the motion or commitment, highlighting these fields."""
    return RemedyLink(label, f"{case.rule.of}_change", (case.name,), fields(*columns))


def page_of(case: RemedyContext) -> RemedyLink:
    """Return the link to the explanation of the obligation on the page of its owner."""
    place = link(rule=case.rule.id, subject=case.subject).partition("#")[2]
    return RemedyLink(_("Look at it"), case.rule.of, (case.name,), (), place)
