"""Contributions: import from a spreadsheet with a preview, and one contribution with its answer."""

from collections.abc import Sequence
from functools import partial

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from participation.models import Changeset, Contribution, Trajectory
from participation.selectors.changes.changesets import changesets_undoable_by
from participation.services.changes.changesets import ChangesetWriter, save_part
from participation.services.contributions.background_import import MAX_LISTED, request_import
from participation.services.contributions.outcomes import record_contributions
from participation.services.contributions.sheet_preview import Defaults
from participation.web.shared import permissions
from participation.web.shared.actions import Action
from participation.web.shared.addresses import address, trajectory_address
from participation.web.shared.idempotency import idempotent
from participation.web.shared.pages import add_saved_message, page
from participation.web.shared.request_context import request_context_of, write_context_of

from .after_saving import consequence_of
from .contribution_forms import ContributionForm, SheetForm
from .contribution_preview import Preview
from .views import ItemUpdateView

#: With the value "ja" the page of an import refreshes itself while it runs.
REFRESH_PARAM = "vernieuwen"


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
        return _add_page(request, trajectory, form)
    if "long_file" in form.cleaned_data:
        return _request_import(request, trajectory, form)
    preview = Preview(trajectory, form, request.POST, request_context.today)
    if request.POST.get("do") == "save" and preview.can_be_saved:
        changeset = record_contributions(
            request_context.user,
            trajectory,
            preview.new,
            changed=preview.changed,
            prepare=partial(_name_new_party, form, trajectory, preview.new),
            **write_context_of(request_context).arguments,
        )
        back = trajectory_address(trajectory.slug, "inbreng")
        if changeset:
            # All were received together: what holds for the first holds for the others.
            text = consequence_of(preview.new[0], trajectory, request_context, back).text if preview.new else ""
            action = Action(_("Answer contributions"), address("contributions_answer", trajectory.slug))
            add_saved_message(request, changeset, f"{form.understood_dates()} {text}".strip(), next_step=action)
        return redirect(back)
    context = {
        "trajectory": trajectory,
        "form": SheetForm(trajectory, initial={**request.POST.dict(), "text": preview.text}),
        "preview": preview,
        "new_party": form.new_party,
        "wanted_to_save": request.POST.get("do") == "save",
    }
    return page(request, "web/editing/contributions_preview.html", context)


def _add_page(request: HttpRequest, trajectory: Trajectory, form: SheetForm) -> HttpResponse:
    context = {"trajectory": trajectory, "form": form, "has_import": trajectory.contribution_imports.exists()}
    return page(request, "web/editing/contributions_add.html", context)


def _request_import(request: HttpRequest, trajectory: Trajectory, form: SheetForm) -> HttpResponse:
    """Store a sheet that is too long to preview, for a worker, and redirect to its progress."""
    request_context, cleaned = request_context_of(request), form.cleaned_data
    try:
        request_import(
            cleaned["long_file"],
            request_context.user,
            trajectory,
            Defaults(cleaned["step"], cleaned["party"], cleaned["received_on"]),
            request_context.now,
        )
    except ValidationError as error:
        form.add_error("file" if cleaned.get("file") else "text", error.messages)
        return _add_page(request, trajectory, form)
    return redirect("contributions_import", trajectory.slug)


@require_http_methods(["GET", "HEAD"])
@never_cache
def contributions_import(request: HttpRequest, name: str) -> HttpResponse:
    """Show how far the latest import of a long sheet, or its undo, is, or the result."""
    trajectory = permissions.get_editable_trajectory(request, name)
    # Their rows are many, and not shown.
    imports = trajectory.contribution_imports.select_related("changeset", "undoes")
    imports = imports.defer("changeset__row_changes", "undoes__row_changes")
    latest = imports.order_by("-pk").first()
    is_open = latest is not None and latest.settled_at is None
    recorded = (latest.undoes or latest.changeset) if latest else None
    undoable = Changeset.objects.filter(pk=recorded.pk, undone_at=None) if recorded else Changeset.objects.none()
    context = {
        "trajectory": trajectory,
        "import": latest,
        "undoable": changesets_undoable_by(undoable, request.user).values_list("pk", flat=True).first(),
        "is_open": is_open,
        # Only if asked for (WCAG 2.2.1): a screen reader reads the page from the start each time.
        "refreshes": is_open and request.GET.get(REFRESH_PARAM) == "ja",
        "refresh_param": REFRESH_PARAM,
        "contributions_url": trajectory_address(trajectory.slug, "inbreng"),
        "listed": MAX_LISTED,
    }
    return page(request, "web/editing/contributions_import.html", context)


def _name_new_party(
    form: SheetForm, trajectory: Trajectory, contributions: Sequence[Contribution], recorder: ChangesetWriter
) -> None:
    """Save the new organisation, and name it as the sender of the contributions that have none."""
    senderless = [contribution for contribution in contributions if not contribution.party]
    if senderless and (slug := form.add_new_party(recorder, trajectory)):
        for contribution in senderless:
            contribution.party = slug


def _initial_values(request: HttpRequest) -> dict[str, str]:
    return {"step": request.GET.get("step", ""), "party": request.GET.get("party", "residents")}


class ContributionChange(ItemUpdateView[ContributionForm]):
    """Change or answer one contribution."""

    model, form_class, anchor = Contribution, ContributionForm, "inbreng"

    def title(self) -> str:
        """Return the heading, with the theme or the beginning of the text."""
        return _("Contribution: %(about)s") % {"about": self.row.theme or self.row.summary[:60] or self.row.ref}

    def save(self, form: ContributionForm) -> Changeset | None:
        """Save the change, with the verb "answered" if the answer changed."""
        answered = {"outcome", "response"} & set(form.changed_data)
        about = form.instance.theme or form.instance.summary[:100]
        verb = "answered" if answered else "changed"
        return save_part(
            form.instance,
            self.write_context,
            verb=verb,
            about=about,
            expected_version=form.expected_version,
            prepare=form.save_new_party,
        )
