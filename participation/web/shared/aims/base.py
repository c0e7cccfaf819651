"""Forms to be led to: which one, with what filled in."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from participation.compliance.facts import Facts, Step
from participation.compliance.obligations import Obligation
from participation.compliance.rules import Rule
from participation.reports.links import link

Query = tuple[tuple[str, str], ...]
#: Kinds of step that tell people something: that can be done, and recorded, today.
TELLING = ("feedback", "update", "final_report")
FILL_IN, COMPLETE = _("Fill in"), _("Complete the plan")


class Aim(NamedTuple):
    """A form: the name and arguments of its address, what it is to be filled in with, and where on the page."""

    label: Any
    view: str
    args: tuple[str, ...]
    query: Query = ()
    place: str = ""


class Case(NamedTuple):
    """What is owed, by whom and under which rule, on which day; ``facts`` where they are at hand."""

    name: str
    rule: Rule
    owed: Obligation
    facts: Facts | None
    today: date

    @property
    def subject(self) -> str:
        """Return the ref of what the obligation is about."""
        return self.owed.subject

    @property
    def numbers(self) -> Mapping[str, Any]:
        """Return the parameters of the version that counts."""
        day, versions = self.owed.trigger_on, self.rule.versions
        return next((v for v in versions if day and v.in_force(day)), versions[-1]).parameters

    def held(self, *kinds: str) -> list[Step]:
        """Return the steps of these kinds that were not cancelled; none where the facts are not at hand."""
        return [step for kind in kinds for step in (self.facts.held.get(kind, ()) if self.facts else ())]

    def step(self, ref: str) -> Step | None:
        """Return the step with this ref, where it is known."""
        return next((step for step in self.facts.steps if step.ref == ref), None) if self.facts else None


def fields(*columns: str) -> Query:
    """Return the query that marks these columns as what is to be filled in."""
    return tuple(("veld", column) for column in columns)


def change_step(case: Case, ref: str, *columns: str, label: Any = FILL_IN, **known: str) -> Aim:
    """Return the form of a step, at these columns."""
    return Aim(label, "step_change", (case.name, ref), (*fields(*columns), *known.items()))


def add_step(case: Case, kind: str, label: Any, *more: tuple[str, str]) -> Aim:
    """Return the form for a new step: what tells people something may be done today, the rest is to be planned."""
    when = (("done", case.today.isoformat()),) if kind in TELLING else fields("planned")
    return Aim(label, "step_add", (case.name,), (("kind", kind), *more, *when))


def plan(case: Case, *columns: str, label: Any = COMPLETE) -> Aim:
    """Return the form of the plan, at these columns."""
    return Aim(label, "plan_change", (case.name,), fields(*columns))


def trajectory(case: Case, *columns: str) -> Aim:
    """Return the form of the trajectory itself, at these columns."""
    return Aim(FILL_IN, "trajectory_change", (case.name,), fields(*columns))


def change_document(case: Case, ref: str, *columns: str, label: Any = FILL_IN, **known: str) -> Aim:
    """Return the form of a document, at these columns."""
    return Aim(label, "document_change", (case.name, ref), (*fields(*columns), *known.items()))


def change_request(case: Case, *columns: str, label: Any = FILL_IN, **known: str) -> Aim:
    """Return the form of the request that the obligation is about, at these columns."""
    return Aim(label, "request_change", (case.name, case.subject), (*fields(*columns), *known.items()))


def register(case: Case, *columns: str, label: Any = FILL_IN) -> Aim:
    """Return the form of the motion or commitment, at these columns."""
    return Aim(label, f"{case.rule.of}_change", (case.name,), fields(*columns))


def page_of(case: Case) -> Aim:
    """Return where it is explained, on the page of what it is about."""
    place = link(rule=case.rule.id, subject=case.subject).partition("#")[2]
    return Aim(_("Look at it"), case.rule.of, (case.name,), (), place)
