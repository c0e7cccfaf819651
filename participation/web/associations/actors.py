"""Actors of the plan: associations suggest missing parties, advisers decide on their part."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from participation.compliance import wording
from participation.compliance.vocabulary import ACTOR_ROLES
from participation.models import Neighbourhood, Organisation, PlanActor, Trajectory
from participation.models.labels import LABELS, labelled_choices
from participation.selectors.obligations.statuses import party_names
from participation.services.associations.submissions import (
    SUGGESTED_KINDS,
    AlreadyInPlan,
    decide_role,
    organisation_named,
    suggest_party,
)
from participation.services.changes.changesets import StaleVersion, version_of
from participation.web.shared import permissions
from participation.web.shared.addresses import trajectory_address
from participation.web.shared.forms import Form
from participation.web.shared.idempotency import idempotent
from participation.web.shared.pages import add_saved_message, page
from participation.web.shared.request_context import request_context_of, write_context_of

from .forms import OrganisationForm, in_user_language

#: Choice that rejects a suggestion.
REJECTED = "off"


class SuggestForm(OrganisationForm):
    """A party missing in the plan: an existing organisation or a new one."""

    party = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=_lazy("Choose the party"),
        required=False,
        empty_label=_lazy("It is not in this list"),
    )
    new_name = forms.CharField(
        label=_lazy("Not in the list? What is it called?"),
        max_length=100,
        required=False,
        help_text=_lazy("The name of an association, company or group. Not the name of a person."),
    )
    kind = forms.ChoiceField(label=_lazy("What kind of party is it?"), required=False)
    neighbourhood = forms.ModelChoiceField(
        Neighbourhood.objects.none(),
        label=_lazy("In which neighbourhood?"),
        required=False,
        empty_label=_lazy("In the whole city, or I do not know"),
    )

    def __init__(self, *args: Any, trajectory: Trajectory, **kwargs: Any) -> None:
        """Offer the organisations that are not in the plan, and the neighbourhoods of the municipality."""
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        actors_in_plan = PlanActor.objects.filter(plan__trajectory=trajectory).values("organisation")
        fields["party"].queryset = Organisation.objects.exclude(pk__in=actors_in_plan)
        fields["kind"].choices = [("", _lazy("I do not know")), *labelled_choices(SUGGESTED_KINDS)]
        fields["neighbourhood"].queryset = Neighbourhood.objects.filter(municipality=trajectory.municipality)

    def clean_new_name(self) -> str:
        """Return the name with whitespace collapsed."""
        return " ".join(self.cleaned_data["new_name"].split())

    def clean(self) -> dict[str, Any]:
        """Require either an organisation or a new name."""
        cleaned = super().clean() or self.cleaned_data
        chosen, typed = cleaned.get("party"), cleaned.get("new_name")
        if not chosen and not typed and not self.errors:
            self.add_error("party", _("Choose a party, or write below what it is called."))
        if chosen and typed:
            self.add_error("new_name", _("You chose a party in the list too. Leave one of the two empty."))
        return cleaned

    def suggested_organisation(self) -> Organisation:
        """Return the organisation: the chosen one, one with the same name, else a new one."""
        cleaned = self.cleaned_data
        known = cleaned["party"] or organisation_named(cleaned["new_name"])
        return known or Organisation(name=cleaned["new_name"], kind=cleaned["kind"])

    def neighbourhoods(self) -> list[Neighbourhood]:
        """Return the neighbourhoods of a new party: one, or none."""
        chosen = self.cleaned_data["neighbourhood"]
        return [chosen] if chosen else []


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@in_user_language
@idempotent
def actor_suggest(request: HttpRequest, name: str) -> HttpResponse:
    """Show the actors of the plan, and add a missing party."""
    trajectory, parties = permissions.member_of(request, name)
    request_context = request_context_of(request)
    form = SuggestForm(request.POST if request.method == "POST" else None, parties=parties, trajectory=trajectory)
    if request.method == "POST" and form.is_valid():
        try:
            _actor, changeset = suggest_party(
                request_context.user,
                trajectory,
                form.organisation,
                form.suggested_organisation(),
                form.neighbourhoods(),
                **write_context_of(request_context).arguments,
            )
        except AlreadyInPlan as error:
            form.add_error(
                "new_name" if form.cleaned_data["new_name"] else "party", already_in_plan_message(error.actor)
            )
        except ValidationError as problem:
            form.add_error(None, problem.messages)
        else:
            add_saved_message(request, changeset, _("Thank you. The municipality decides which role this party gets."))
            return redirect("trajectory_plan", trajectory.slug)
    context = {
        "trajectory": trajectory,
        "form": form,
        "actors": _actors_with_suggester(trajectory, request_context.language),
        "cancel": trajectory_address(trajectory.slug, "plan"),
    }
    return page(request, "web/associations/suggest.html", context)


def already_in_plan_message(actor: PlanActor) -> str:
    """Return the error message for a party that is in the plan already."""
    part = LABELS[actor.part] if actor.part else _("not decided yet")
    return _("%(name)s is already in the plan: %(part)s.") % {"name": actor.organisation.name, "part": part}


def _actors_with_suggester(trajectory: Trajectory, language: str) -> list[tuple[PlanActor, str]]:
    """Return the actors of the plan by name, each with the name of the party that suggested it."""
    rows = PlanActor.objects.filter(plan__trajectory=trajectory).select_related("organisation")
    names = party_names()
    return [
        (row, _suggester_name(row.suggested_by, names, language)) for row in rows.order_by("organisation__name", "pk")
    ]


def _suggester_name(party: str, names: Mapping[str, str], language: str) -> str:
    return names.get(party) or wording.label("parties", party, language) if party else ""


class DecideForm(Form):
    """The part of an actor in the plan."""

    part = forms.ChoiceField(
        label=_lazy("What is the role of this party?"),
        widget=forms.RadioSelect,
        error_messages={"required": _lazy("Choose one of these.")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, actor: PlanActor, **kwargs: Any) -> None:
        """Offer the parts; an undecided suggestion can also be rejected."""
        super().__init__(*args, **kwargs)
        parts: Any = self.fields["part"]
        parts.choices = labelled_choices(ACTOR_ROLES)
        if not actor.part:
            parts.choices = [*labelled_choices(ACTOR_ROLES), (REJECTED, _lazy("no role: take it off the list"))]


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@in_user_language
@idempotent
def actor_decide(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """Decide on the part of an actor. Raises Http404 if it is not in the plan."""
    trajectory = permissions.get_editable_trajectory(request, name)
    request_context = request_context_of(request)
    rows = PlanActor.objects.filter(plan__trajectory=trajectory).select_related("organisation", "plan__trajectory")
    actor = rows.filter(pk=pk).first()
    if actor is None:
        raise Http404
    version = version_of(actor)
    given = request.POST if request.method == "POST" else None
    form = DecideForm(given, actor=actor, initial={"part": actor.part, "version": version})
    if request.method == "POST" and form.is_valid():
        part, expected_version = form.cleaned_data["part"], form.cleaned_data["version"]
        try:
            changeset = decide_role(
                request_context.user,
                actor,
                "" if part == REJECTED else part,
                expected_version,
                **write_context_of(request_context).arguments,
            )
        except StaleVersion:
            form.add_error(None, _("Someone else changed this meanwhile. Look at it once more."))
            form.data = {**form.data, "version": str(version)}
        except ValidationError:
            form.add_error("part", _("This party already has that role in the plan."))
        else:
            add_saved_message(request, changeset)
            return redirect("trajectory_plan", trajectory.slug)
    context = {
        "trajectory": trajectory,
        "form": form,
        "actor": actor,
        "suggested_by": _suggester_name(actor.suggested_by, party_names(), request_context.language),
        "cancel": trajectory_address(trajectory.slug, "plan"),
    }
    return page(request, "web/associations/decide.html", context)
