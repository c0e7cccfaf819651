"""Views to add and change a trajectory."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views import View
from django.views.decorators.cache import never_cache

from participation.compliance.dates import ImpreciseDate
from participation.models import Changeset, Trajectory
from participation.selectors.changes.row_versions import LINK_FIELDS, ExpectedVersion
from participation.services.changes.changesets import save_trajectory
from participation.web.shared.request_context import request_context_of

from .choices import FormChoices, advisers, motions, neighbourhoods
from .fields import ChoiceGroup, GroupedChoiceField, GroupedMultipleChoiceField
from .forms import Fieldset, RowForm
from .views import ItemFormView, add_success_message, validated_return_url

_LINKED_COLUMNS = LINK_FIELDS[Trajectory]


class TrajectoryForm(RowForm):
    """The general data of a trajectory: description, location, contact, advisers and visibility."""

    neighbourhoods = GroupedMultipleChoiceField(label=_lazy("Neighbourhoods"), required=False)
    motions = GroupedMultipleChoiceField(label=_lazy("Motions that ask for it"), required=False)
    advisers = GroupedMultipleChoiceField(label=_lazy("Advisers"), required=False)
    commissioner = GroupedChoiceField(label=_lazy("Who commissioned the study"), required=False)
    subject_of_study = GroupedChoiceField(label=_lazy("Whom the study is about"), required=False)

    always_filled = ("public",)
    layout = [
        Fieldset("", ("title", "summary", "kind", "level", "impact", "initiator", "status", "started_on", "closed_on")),
        Fieldset(_lazy("Where"), ("neighbourhoods",)),
        Fieldset(_lazy("Whom people can call"), ("contact_role", "contact_name")),
        Fieldset(_lazy("Who sees it, and who works on it"), ("public", "advisers")),
        Fieldset(_lazy("Motions"), ("motions",), folded=True),
        Fieldset(_lazy("Only for a study"), ("commissioner", "subject_of_study"), folded=True),
        Fieldset(
            _lazy("Where this information comes from"), ("source_cite", "source_stance", "retrospective"), folded=True
        ),
    ]

    class Meta:
        model = Trajectory
        fields = (
            *("title", "summary", "kind", "level", "impact", "initiator", "status", "started_on", "closed_on"),
            *("contact_role", "contact_name", "public", "commissioner", "subject_of_study"),
            *("source_cite", "source_stance", "retrospective"),
        )
        labels = {
            "title": _lazy("What is it called?"),
            "summary": _lazy("What is it about?"),
            "level": _lazy("How far can people take part?"),
            "impact": _lazy("How much will people notice of it?"),
            "initiator": _lazy("Who started it?"),
            "contact_role": _lazy("Role of the contact"),
            "contact_name": _lazy("Name of the contact"),
            "public": _lazy("Everyone can see this trajectory"),
        }
        help_texts = {
            "summary": _lazy("In a few simple sentences."),
            "public": _lazy(
                "Without this tick, residents and associations do not see the trajectory at all: not the "
                "plan, not the dates, and not what was done with their contributions."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Require a title only."""
        super().__init__(*args, **kwargs)
        self.fields["title"].required = True

    @classmethod
    def initial_from_row(cls, row: Any, expected_version: ExpectedVersion | None = None) -> dict[str, Any]:
        """Return the initial values: columns, and the keys of related rows."""
        found = super().initial_from_row(row, expected_version)
        if row.pk:
            links: Iterable[Iterable[int]] = (
                expected_version.links
                if expected_version
                else [getattr(row, column).values_list("pk", flat=True) for column in _LINKED_COLUMNS]
            )
            found |= {column: sorted(map(str, pks)) for column, pks in zip(_LINKED_COLUMNS, links, strict=False)}
        return found

    def configure_fields(self) -> None:
        """Offer neighbourhoods, motions and organisations; advisers only to users who edit everything."""
        row, linked = self.row, self.initial
        self._set_choices("neighbourhoods", neighbourhoods(row), linked.get("neighbourhoods", ()))
        self._set_choices("motions", motions(), linked.get("motions", ()))
        if self.request_context.user.edits_everything:
            self._set_choices("advisers", [ChoiceGroup("", advisers())], linked.get("advisers", ()))
        else:
            del self.fields["advisers"]
        parties = FormChoices(row).parties()
        for name in ("commissioner", "subject_of_study"):
            field: Any = self.fields[name]
            field.set_choices(parties[::2], getattr(row, name))

    def _set_choices(self, name: str, groups: list[ChoiceGroup], chosen: Any) -> None:
        field: Any = self.fields[name]
        field.set_choices(groups, chosen)

    def links(self) -> Mapping[str, list[int]]:
        """Return the keys of the related rows, by column."""
        return {
            column: [int(key) for key in self.cleaned_data[column]]
            for column in _LINKED_COLUMNS
            if column in self.cleaned_data
        }


class _TrajectoryFormView(ItemFormView[TrajectoryForm]):
    """Shared by the views to add and to change a trajectory."""

    form_class = TrajectoryForm

    def get_object(self) -> Any:
        """Return the trajectory as a separate instance: ``self.trajectory`` keeps the stored values for the page."""
        return Trajectory.objects.get(pk=self.trajectory.pk) if self.trajectory.pk else Trajectory()


class TrajectoryAdd(_TrajectoryFormView):
    """Add a trajectory; for advisers and coordinators."""

    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Dispatch in the user's language. Raises PermissionDenied if this user may not add trajectories."""
        user: Any = request.user
        if not getattr(user, "adds_trajectories", False):
            raise PermissionDenied
        self.trajectory, self.request_context = Trajectory(), request_context_of(request)
        with translation.override(self.request_context.language):
            return View.dispatch(self, request, *args, **kwargs)

    def title(self) -> str:
        """Return the heading."""
        return _("Start a trajectory")

    def get_initial(self) -> dict[str, Any]:
        """Return the initial values of a new trajectory."""
        return {
            "status": "active",
            "initiator": "municipality",
            "public": True,
            "started_on": ImpreciseDate.on(self.request_context.today),
        }

    def return_url(self) -> str:
        """Return the URL one came from, else the list of trajectories."""
        return validated_return_url(self.request) or reverse("trajectories")

    def trajectory_url(self) -> str:
        """Return the list of trajectories: this one does not exist yet."""
        return reverse("trajectories")

    def save(self, form: TrajectoryForm) -> Changeset | None:
        """Add the trajectory."""
        return save_trajectory(form.instance, self.write_context, verb="added", links=form.links())

    def success_response(self, changeset: Changeset | None) -> HttpResponse:
        """Redirect to its plan; without undo button, as other rows will refer to the new trajectory."""
        add_success_message(
            self.request, _("Added: %(title)s. Now say what people can still influence.") % {"title": self.row}
        )
        return redirect("plan_change", self.row.slug)


class TrajectoryChange(_TrajectoryFormView):
    """Change the general data of a trajectory."""

    def title(self) -> str:
        """Return the heading."""
        return _("Change: %(title)s") % {"title": self.row.title}

    def save(self, form: TrajectoryForm) -> Changeset | None:
        """Save the change."""
        return save_trajectory(
            form.instance,
            self.write_context,
            verb="changed",
            links=form.links(),
            expected_version=form.expected_version,
        )
