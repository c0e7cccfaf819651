"""Views for steps: choose a kind, then fill in its form."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from participation.compliance.vocabulary import STEP_KINDS
from participation.models import Changeset, Step
from participation.models.labels import LABELS
from participation.services.changes.changesets import save_part

from .choices import step_title
from .step_form import StepForm, may_have_application
from .views import ItemCreateView, ItemUpdateView, url_with_query

#: A short explanation of each kind.
_KIND_EXPLANATIONS = {
    "contact": _lazy("You spoke with residents or entrepreneurs, by telephone or at the door."),
    "plan_review": _lazy("You discussed the participation plan with residents or entrepreneurs."),
    "activity": _lazy("A meeting, a walk, a survey: people could take part."),
    "inspection": _lazy("A draft is open for everyone to read and respond to."),
    "update": _lazy("You told people about the progress."),
    "feedback": _lazy("You told people what was done with what they said."),
    "final_report": _lazy("Everyone who took part got the report of the whole."),
    "briefing": _lazy("The council or a committee is informed."),
    "decision": _lazy("The council, the executive or somebody else decides."),
    "evaluation": _lazy("You look back with those who took part."),
    "milestone": _lazy("Anything else with a date."),
    "application": _lazy("The initiator applies for the permit."),
}


class StepAdd(ItemCreateView[StepForm]):
    """Add a step; without a kind in the query string one is chosen first."""

    model, form_class, anchor = Step, StepForm, "tijdlijn"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Show the form, or the choice of kinds."""
        if request.GET.get("kind") in STEP_KINDS:
            return super().get(request, **kwargs)
        url = reverse("step_add", args=[self.trajectory.slug])
        kinds = [
            (url_with_query(url, request, kind=kind), capfirst(str(LABELS[kind])), _KIND_EXPLANATIONS[kind])
            for kind in STEP_KINDS
            if kind != "application" or may_have_application(self.trajectory)
        ]
        return self.render("web/editing/step_kinds.html", _("Which kind of step?"), {"kinds": kinds})

    def get_initial(self) -> dict[str, Any]:
        """Return the kind, by which the form is laid out."""
        return {"kind": self.request.GET["kind"]}

    def title(self) -> str:
        """Return the heading, with the kind."""
        kind = self.request.POST.get("kind") or self.request.GET.get("kind", "")
        return _("Record: %(kind)s") % {"kind": LABELS.get(kind, kind)}

    def save(self, form: StepForm) -> Changeset | None:
        """Add the step."""
        return save_part(
            form.instance,
            self.write_context,
            verb="added",
            about=form.display_title(),
            prepare=form.save_new_party,
        )


class StepChange(ItemUpdateView[StepForm]):
    """Change or cancel a step, or record that it was done."""

    model, form_class, anchor = Step, StepForm, "tijdlijn"

    def title(self) -> str:
        """Return the title of the step."""
        return step_title(self.row)

    def save(self, form: StepForm) -> Changeset | None:
        """Save the change."""
        return save_part(
            form.instance,
            self.write_context,
            verb="changed",
            about=form.display_title(),
            expected_version=form.expected_version,
            prepare=form.save_new_party,
        )
