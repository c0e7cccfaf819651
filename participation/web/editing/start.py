"""A new trajectory in three short steps: what and where, what kind of decision, and who."""

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

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
from participation.services.changes.changesets import save_trajectory
from participation.web.shared.request_context import request_context_of
from participation.web.shared.return_urls import validated_return_url

from .forms import Fieldset
from .trajectories import INSTRUMENT_FIELDS, TrajectoryForm, TrajectoryFormView, save_change
from .views import add_success_message


class StartStep(NamedTuple):
    """A step: the name of its URL, its title, and its fields; ``folded`` ones are collapsed."""

    view: str
    title: Any
    names: Sequence[str]
    folded: Sequence[tuple[Any, Sequence[str]]] = ()


STEPS = (
    StartStep(
        "trajectory_start",
        _lazy("What and where"),
        ("title", "summary", "neighbourhoods"),
        ((_lazy("Place on the map"), ("geometry",)),),
    ),
    StartStep(
        "trajectory_start_decision",
        _lazy("What kind of decision"),
        ("kind", "level", "impact", "initiator"),
        ((_lazy("Environment and Planning Act"), INSTRUMENT_FIELDS), (_lazy("Motions"), ("motions",))),
    ),
    StartStep(
        "trajectory_start_people",
        _lazy("Who"),
        ("contact_role", "contact_phone", "contact_email", "contact_name", "advisers"),
    ),
)


class _StartForm(TrajectoryForm):
    """The fields of one step of a new trajectory."""

    step: ClassVar[StartStep]

    def configure_fields(self) -> None:
        """Leave out the fields of the other steps."""
        super().configure_fields()
        self.layout = [
            Fieldset("", self.step.names),
            *(Fieldset(legend, names, folded=True) for legend, names in self.step.folded),
        ]
        shown = {"shown", *(name for group in self.layout for name in group.names)}
        for name in self.fields.keys() - shown:
            del self.fields[name]


class StartWhatForm(_StartForm):
    """The first step: what it is, and where."""

    step = STEPS[0]


class StartDecisionForm(_StartForm):
    """The second step: what kind of decision it is."""

    step = STEPS[1]


class StartPeopleForm(_StartForm):
    """The third step: whom people can call, and who works on it."""

    step = STEPS[2]


class _StartView(TrajectoryFormView):
    """Shared by the steps."""

    form_class: type[_StartForm] = StartWhatForm
    template_name = "web/editing/start.html"

    @property
    def number(self) -> int:
        """Return the number of the step; the first is 1."""
        return STEPS.index(self.form_class.step) + 1

    def title(self) -> str:
        """Return the heading."""
        return _("New trajectory: %(step)s") % {"step": str(self.form_class.step.title).lower()}

    def get_extra_context(self, form: TrajectoryForm) -> dict[str, Any]:
        """Return which step this is."""
        return {"number": self.number, "count": len(STEPS), "is_last": self.number == len(STEPS)}

    def success_response(self, changeset: Changeset | None) -> HttpResponse:
        """Redirect to the next step, to the one before, or to the trajectory; after the last step to its plan."""
        title = {"title": self.row}
        if "later" in self.request.POST:
            add_success_message(self.request, _("“%(title)s” is saved as a draft.") % title)
            return redirect("trajectory", self.row.slug)
        index = max(self.number - 2, 0) if "back" in self.request.POST else self.number
        if index < len(STEPS):
            return redirect(STEPS[index].view, self.row.slug)
        text = _("“%(title)s” is saved as a draft. Now say what people can still influence.")
        add_success_message(self.request, text % title)
        return redirect("plan_change", self.row.slug)


class TrajectoryAdd(_StartView):
    """Add a trajectory as a draft, the first step; for advisers and coordinators."""

    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Dispatch in the user's language. Raises PermissionDenied if this user may not add trajectories."""
        user: Any = request.user
        if not getattr(user, "adds_trajectories", False):
            raise PermissionDenied
        self.trajectory, self.request_context = Trajectory(public=False), request_context_of(request)
        with translation.override(self.request_context.language):
            return View.dispatch(self, request, *args, **kwargs)

    def get_object(self) -> Any:
        """Return a new trajectory that is not public, with what the steps do not ask."""
        today = ImpreciseDate.on(self.request_context.today)
        return Trajectory(public=False, status="active", initiator="municipality", started_on=today)

    def return_url(self) -> str:
        """Return the URL one came from, else the list of trajectories."""
        return validated_return_url(self.request) or reverse("trajectories")

    def trajectory_url(self) -> str:
        """Return the list of trajectories: this one does not exist yet."""
        return reverse("trajectories")

    def save(self, form: TrajectoryForm) -> Changeset | None:
        """Add the trajectory."""
        return save_trajectory(form.instance, self.write_context, verb="added", links=form.links())


class StartWhat(_StartView):
    """Change the first step of a new trajectory."""

    def save(self, form: TrajectoryForm) -> Changeset | None:
        """Save the change."""
        return save_change(form, self.write_context)


class StartDecision(StartWhat):
    """Fill in the second step of a new trajectory."""

    form_class = StartDecisionForm


class StartPeople(StartWhat):
    """Fill in the third step of a new trajectory."""

    form_class = StartPeopleForm
