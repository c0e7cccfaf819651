"""Moderating, acknowledging, answering and linking what was handed in, for advisers and coordinators."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache

from participation.models import Changeset, Submission
from participation.selectors.initiatives import due_first
from participation.services.initiatives import publish_initiative, save_initiative, withhold_initiative

from ..editing.forms import RowForm
from ..editing.views import ItemFormView
from ..shared.pages import add_saved_message, page
from ..shared.return_urls import validated_return_url
from .access import get_editable_or_404
from .forms import InitiativeForm, ModerationForm
from .lists import due_data

FormT = TypeVar("FormT", bound=RowForm)


class InitiativeEditView(ItemFormView[FormT]):
    """Base view of a form for a request of the register, which may belong to no trajectory."""

    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Dispatch in the user's language. Raises Http404 and PermissionDenied as ``get_editable_or_404`` does."""
        self.request_context, self.row = get_editable_or_404(request, kwargs.pop("name"))
        self.trajectory = self.row.trajectory
        with translation.override(self.request_context.language):
            return View.dispatch(self, request, *args, **kwargs)

    def get_object(self) -> Any:
        """Return the request."""
        return self.row

    def row_url(self) -> str:
        """Return the URL of the page of the request."""
        return reverse("initiative", args=[self.row.number])

    def return_url(self) -> str:
        """Return the URL to go to afterwards: the page one came from, else that of the request."""
        return validated_return_url(self.request) or self.row_url()

    def success_response(self, changeset: Changeset | None) -> HttpResponse:
        """Add a message and redirect."""
        add_saved_message(self.request, changeset, self.understood)
        return redirect(self.return_url())

    def get_extra_context(self, form: FormT) -> dict[str, Any]:
        """Return the request as it is stored, what is due, and who handed it in."""
        stored = self.get_stored_row()
        due = due_first([stored], self.request_context.rulebooks, self.request_context.today).get(stored.pk)
        return {
            "initiative": stored,
            "due": due_data(due, self.request_context.language) if due else None,
            "submission": Submission.objects.filter(request=stored).first(),
        }

    def render(self, template: str, title: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
        """Return the rendered page with breadcrumbs and cancel link."""
        trail = [(reverse("initiatives"), _("Initiatives")), (self.row_url(), self.row.number)]
        base_context = {"title": title, "trail": trail, "cancel": self.return_url()}
        return page(self.request, template, {**base_context, **context}, status)


class InitiativeModeration(InitiativeEditView[ModerationForm]):
    """Decide whether what a visitor handed in becomes public."""

    form_class = ModerationForm
    template_name = "web/initiatives/moderate.html"

    def get_object(self) -> Any:
        """Return the request. Raises Http404 where there is nothing to moderate: no visitor, or in a trajectory."""
        if not self.row.moderation or self.row.trajectory_id:
            raise Http404
        return self.row

    def get_initial(self) -> dict[str, Any]:
        """Return the reason that was given before."""
        return {"reason": self.row.moderation_reason}

    def title(self) -> str:
        """Return the heading."""
        return _("Moderate %(number)s") % {"number": self.row.number}

    def save(self, form: ModerationForm) -> Changeset | None:
        """Publish or withhold the request."""
        decision, row = form.cleaned_data["decision"], form.instance
        if decision == "publish":
            return publish_initiative(row, form.cleaned_data["summary"], self.write_context, form.expected_version)
        # What is not published stays as it was written.
        row.summary = self.get_stored_row().summary
        return withhold_initiative(
            row,
            form.cleaned_data["reason"],
            self.write_context,
            form.expected_version,
            is_answer=decision == "close",
        )


class InitiativeChange(InitiativeEditView[InitiativeForm]):
    """Acknowledge, answer, extend or correct a request, or tie it to a trajectory."""

    form_class = InitiativeForm
    template_name = "web/initiatives/change.html"

    def title(self) -> str:
        """Return the heading, with the number."""
        return f"{_('Answer or change')}: {self.row.number}"

    def save(self, form: InitiativeForm) -> Changeset | None:
        """Save the request."""
        return save_initiative(form.instance, self.write_context, form.expected_version)


moderate = InitiativeModeration.as_view()
change = InitiativeChange.as_view()
