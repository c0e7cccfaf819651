"""Requests to the municipality, and reactions to the plan and its scenarios."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from participation.models import Plan, Scenario, Trajectory
from participation.models.labels import LABELS
from participation.selectors.obligations.deadlines_preview import (
    DeadlinePreview,
    preview_contribution_deadlines,
    preview_request_deadlines,
)
from participation.services.associations.submissions import REQUEST_KINDS, submit_reaction, submit_request
from participation.web.shared import permissions
from participation.web.shared.addresses import trajectory_address
from participation.web.shared.idempotency import idempotent
from participation.web.shared.pages import add_saved_message, page
from participation.web.shared.request_context import RequestContext, request_context_of, write_context_of

from .forms import (
    FreeTextField,
    OrganisationForm,
    due_date_message,
    in_user_language,
    term_rows,
)

#: Explanation of each kind, and what follows.
KIND_EXPLANATIONS: Mapping[str, Any] = {
    "concern": _lazy("Something is not going well. The contact person explains it, or puts it right."),
    "information": _lazy(
        "You want to know something or read a document. You will get it, or hear why that is not possible."
    ),
    "initiative": _lazy(
        "You have a plan of your own for the neighbourhood. You will hear that it arrived, and later what "
        "the municipality thinks of it."
    ),
    "right_to_challenge": _lazy(
        "You want to take over something that the municipality does, because you can do it better or more "
        "cheaply. You will hear that your proposal arrived, and later what the municipality thinks of it."
    ),
    "complaint": _lazy(
        "You were not treated well. The municipality has to handle your complaint. Would you rather keep it private? "
        "Then do not use this page: call or write to the municipality."
    ),
}
_KIND_QUESTIONS: Mapping[str, Any] = {
    "concern": _lazy("What worries you?"),
    "information": _lazy("What do you want to know?"),
    "initiative": _lazy("What is your plan?"),
    "right_to_challenge": _lazy("What do you want to take over, and how?"),
    "complaint": _lazy("What is your complaint about?"),
}


class SubmitRequestForm(OrganisationForm):
    """A question, concern, proposal or complaint in the user's own words."""

    words = FreeTextField(
        help_text=_lazy("Everyone can read it at once, so leave out names of people."),
        missing=_lazy("Write down what it is about."),
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        """Set the label for this kind."""
        super().__init__(*args, **kwargs)
        self.fields["words"].label = _KIND_QUESTIONS[kind]


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@in_user_language
@idempotent
def request_submit(request: HttpRequest, name: str) -> HttpResponse:
    """Show the kinds of request, or the form of one kind; record the request."""
    trajectory, parties = permissions.member_of(request, name)
    request_context = request_context_of(request)
    kind = request.GET.get("kind", "")
    rulebook = request_context.rulebook_of(trajectory)
    following = preview_request_deadlines(trajectory, REQUEST_KINDS, rulebook, request_context.today)
    if kind not in REQUEST_KINDS:
        return _render_kinds(request, trajectory, request_context, following)
    form = SubmitRequestForm(request.POST if request.method == "POST" else None, parties=parties, kind=kind)
    if request.method == "POST" and form.is_valid():
        submitted, changeset = submit_request(
            request_context.user,
            trajectory,
            form.organisation,
            kind,
            form.cleaned_data["words"],
            **write_context_of(request_context).arguments,
        )
        add_saved_message(request, changeset, due_date_message(trajectory, submitted.ref, request_context))
        return redirect("trajectory_input", trajectory.slug)
    context = {
        "trajectory": trajectory,
        "form": form,
        "kind": kind,
        "about": KIND_EXPLANATIONS[kind],
        "terms": term_rows(following[kind], rulebook, request_context.language),
        "cancel": reverse("request_submit", args=[trajectory.slug]),
    }
    return page(request, "web/associations/submit.html", context)


def _render_kinds(
    request: HttpRequest,
    trajectory: Trajectory,
    request_context: RequestContext,
    following: Mapping[str, Sequence[DeadlinePreview]],
) -> HttpResponse:
    url = reverse("request_submit", args=[trajectory.slug])
    kinds = [
        (
            f"{url}?kind={kind}",
            LABELS[kind],
            KIND_EXPLANATIONS[kind],
            term_rows(following[kind], request_context.rulebook_of(trajectory), request_context.language),
        )
        for kind in REQUEST_KINDS
    ]
    context = {"trajectory": trajectory, "kinds": kinds}
    return page(request, "web/associations/submit_kinds.html", context)


class ReactForm(OrganisationForm):
    """A reaction to the plan or to a scenario."""

    about = forms.ChoiceField(label=_lazy("What are you reacting to?"))
    words = FreeTextField(
        label=_lazy("What do you think of it?"),
        help_text=_lazy("Everyone can read it at once, so leave out names of people."),
        missing=_lazy("Write down what you think of it."),
    )

    def __init__(self, *args: Any, scenarios: Sequence[Scenario], **kwargs: Any) -> None:
        """Offer the plan and these scenarios."""
        super().__init__(*args, **kwargs)
        self.scenarios = {scenario.ref: scenario for scenario in scenarios}
        about: Any = self.fields["about"]
        about.choices = [
            ("", _lazy("The participation plan")),
            *((one.ref, _("Scenario: %(title)s") % {"title": one.title or one.ref}) for one in scenarios),
        ]
        about.required = False
        if not scenarios:
            del self.fields["about"]

    @property
    def scenario(self) -> Scenario | None:
        """Return the scenario of a valid form; None for the plan."""
        return self.scenarios.get(self.cleaned_data.get("about", ""))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@in_user_language
@idempotent
def plan_react(request: HttpRequest, name: str) -> HttpResponse:
    """Record a reaction to the plan or to a scenario. Raises Http404 if there is no such scenario."""
    trajectory, parties = permissions.member_of(request, name)
    request_context = request_context_of(request)
    scenarios = list(Scenario.objects.filter(trajectory=trajectory).order_by("ref"))
    scenario_ref = request.GET.get("scenario", "")
    if scenario_ref and scenario_ref not in {scenario.ref for scenario in scenarios}:
        raise Http404
    given = request.POST if request.method == "POST" else None
    form = ReactForm(given, parties=parties, scenarios=scenarios, initial={"about": scenario_ref})
    rulebook = request_context.rulebook_of(trajectory)
    following = preview_contribution_deadlines(trajectory, rulebook, request_context.today)
    if request.method == "POST" and form.is_valid():
        reaction, changeset = submit_reaction(
            request_context.user,
            trajectory,
            form.organisation,
            form.scenario,
            form.cleaned_data["words"],
            **write_context_of(request_context).arguments,
        )
        add_saved_message(request, changeset, due_date_message(trajectory, reaction.ref, request_context))
        return redirect("trajectory_input", trajectory.slug)
    context = {
        "trajectory": trajectory,
        "plan": Plan.objects.filter(trajectory=trajectory).first(),
        "form": form,
        "terms": term_rows(following, rulebook, request_context.language),
        "cancel": trajectory_address(trajectory.slug, "plan"),
    }
    return page(request, "web/associations/react.html", context)
