"""Links to forms, with the fields to highlight and the values to prefill."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from participation.compliance.facts import Facts, StepFacts
from participation.compliance.obligations import ObligationValue
from participation.compliance.rules import Rule
from participation.presentation.trajectory_pages import obligation_fragment

from ..return_urls import HIGHLIGHT_PARAM

Query = tuple[tuple[str, str], ...]
#: Step kinds that inform people: such a step can be done, and recorded, today.
INFORMING_KINDS = ("feedback", "update", "final_report")
FILL_IN, COMPLETE = _("Fill in"), _("Complete the plan")


class RemedyLink(NamedTuple):
    """Link to a form: label, URL name and arguments, query parameters and fragment."""

    label: Any
    view: str
    args: tuple[str, ...]
    query: Query = ()
    fragment: str = ""


class RemedyContext(NamedTuple):
    """An obligation with its owner (``name``), rule and reference day; ``facts`` if they were loaded."""

    name: str
    rule: Rule
    obligation: ObligationValue
    facts: Facts | None
    today: date

    @property
    def subject(self) -> str:
        """Return the ref of the subject of the obligation."""
        return self.obligation.subject

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return the parameters of the rule version in force on the trigger date, else of the newest version."""
        return self.rule.version_on(self.obligation.trigger_on).parameters

    def active_steps(self, *kinds: str) -> list[StepFacts]:
        """Return the steps of these kinds that were not cancelled; empty if no facts were loaded."""
        return [step for kind in kinds for step in (self.facts.active_steps.get(kind, ()) if self.facts else ())]

    def step(self, ref: str) -> StepFacts | None:
        """Return the step with this ref; None if unknown or no facts were loaded."""
        return next((step for step in self.facts.steps if step.ref == ref), None) if self.facts else None


def highlight_params(*columns: str) -> Query:
    """Return the query parameters that highlight these fields of a form."""
    return tuple((HIGHLIGHT_PARAM, column) for column in columns)


def change_step(context: RemedyContext, ref: str, *columns: str, label: Any = FILL_IN, **prefilled: str) -> RemedyLink:
    """Return the link to the form of a step, highlighting these fields."""
    return RemedyLink(label, "step_change", (context.name, ref), (*highlight_params(*columns), *prefilled.items()))


def add_step(context: RemedyContext, kind: str, label: Any, *extra_params: tuple[str, str]) -> RemedyLink:
    """Return the link to the form for a new step: done today if it only informs people, otherwise to be planned."""
    date_params = (("done", context.today.isoformat()),) if kind in INFORMING_KINDS else highlight_params("planned")
    return RemedyLink(label, "step_add", (context.name,), (("kind", kind), *extra_params, *date_params))


def change_plan(context: RemedyContext, *columns: str, label: Any = COMPLETE) -> RemedyLink:
    """Return the link to the form of the plan, highlighting these fields."""
    return RemedyLink(label, "plan_change", (context.name,), highlight_params(*columns))


def change_trajectory(context: RemedyContext, *columns: str) -> RemedyLink:
    """Return the link to the form of the trajectory, highlighting these fields."""
    return RemedyLink(FILL_IN, "trajectory_change", (context.name,), highlight_params(*columns))


def change_document(
    context: RemedyContext, ref: str, *columns: str, label: Any = FILL_IN, **prefilled: str
) -> RemedyLink:
    """Return the link to the form of a document, highlighting these fields."""
    return RemedyLink(label, "document_change", (context.name, ref), (*highlight_params(*columns), *prefilled.items()))


def change_request(context: RemedyContext, *columns: str, label: Any = FILL_IN, **prefilled: str) -> RemedyLink:
    """Return the link to the form of the request that the obligation is about, highlighting these fields."""
    return RemedyLink(
        label, "request_change", (context.name, context.subject), (*highlight_params(*columns), *prefilled.items())
    )


def change_register_item(context: RemedyContext, *columns: str, label: Any = FILL_IN) -> RemedyLink:
    """Return the link to the form of the motion or commitment, highlighting these fields."""
    return RemedyLink(label, f"{context.rule.owner_type}_change", (context.name,), highlight_params(*columns))


def explanation_link(context: RemedyContext) -> RemedyLink:
    """Return the link to the explanation of the obligation on the page of its owner."""
    owner_type = context.rule.owner_type
    view = "trajectory_agreements" if owner_type == "trajectory" else owner_type
    fragment = obligation_fragment(context.rule.id, context.subject)
    return RemedyLink(_("Look at it"), view, (context.name,), (), fragment)
