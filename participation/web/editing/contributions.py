"""Contributions: import from a spreadsheet with a preview, and one contribution with its answer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from participation.models import Changeset, Contribution
from participation.services.changes.changesets import save_part
from participation.services.contributions.outcomes import record_contributions
from participation.web.shared import permissions
from participation.web.shared.idempotency import idempotent
from participation.web.shared.pages import add_saved_message, page
from participation.web.shared.request_context import request_context_of, write_context_of

from .contribution_forms import ContributionForm, SheetForm
from .contribution_preview import Preview
from .views import ItemUpdateView


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@idempotent
def contributions_add(request: HttpRequest, name: str) -> HttpResponse:
    """Parse a sheet, show the preview, and record the ticked rows."""
    trajectory, request_context = permissions.get_editable_trajectory(request, name), request_context_of(request)
    form = SheetForm(
        trajectory,
        request.POST or None,
        request.FILES or None,
        initial=_initial_values(request),
        today=request_context.today,
    )
    if not form.is_valid():
        return page(request, "web/editing/contributions_add.html", {"trajectory": trajectory, "form": form})
    preview = Preview(trajectory, form, request.POST, request_context.today)
    if request.POST.get("do") == "save" and preview.can_be_saved:
        changeset = record_contributions(
            request_context.user,
            trajectory,
            preview.new,
            changed=preview.changed,
            **write_context_of(request_context).arguments,
        )
        if changeset:
            add_saved_message(request, changeset)
        return redirect(f"{reverse('trajectory', args=[trajectory.slug])}#inbreng")
    context = {
        "trajectory": trajectory,
        "form": SheetForm(trajectory, initial={**request.POST.dict(), "text": preview.text}),
        "preview": preview,
        "wanted_to_save": request.POST.get("do") == "save",
    }
    return page(request, "web/editing/contributions_preview.html", context)


def _initial_values(request: HttpRequest) -> dict[str, str]:
    return {"step": request.GET.get("step", ""), "party": request.GET.get("party", "residents")}


class ContributionChange(ItemUpdateView[ContributionForm]):
    """Change or answer one contribution."""

    model, form_class, anchor = Contribution, ContributionForm, "inbreng"

    def title(self) -> str:
        """Return the heading, with the theme or the beginning of the text."""
        return _("Contribution: %(about)s") % {"about": self.row.theme or self.row.summary[:60]}

    def save(self, form: ContributionForm) -> Changeset | None:
        """Save the change, with the verb "answered" if the answer changed."""
        answered = {"outcome", "response"} & set(form.changed_data)
        about = form.instance.theme or form.instance.summary[:100]
        verb = "answered" if answered else "changed"
        return save_part(
            form.instance, self.write_context, verb=verb, about=about, expected_version=form.expected_version
        )
