"""Contributions: import from a spreadsheet with a preview, and answers in bulk."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from participation.compliance.dates import ImpreciseDate
from participation.models import Changeset, Contribution
from participation.selectors.contributions import OpenContribution, open_contributions
from participation.services.changes.changesets import save_part
from participation.services.contributions.outcomes import ContributionAnswer, record_answers, record_contributions
from participation.web.shared import permissions
from participation.web.shared.idempotency import idempotent
from participation.web.shared.pages import add_saved_message, page
from participation.web.shared.request_context import request_context_of, write_context_of

from .contribution_forms import AnswerForm, AnswersForm, ContributionForm, SheetForm
from .contribution_preview import Preview
from .views import ItemUpdateView

#: Maximum number of open contributions on one screen: more cannot be answered with attention at once.
MAX_CONTRIBUTIONS_SHOWN = 25


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


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@idempotent
def contributions_answer(request: HttpRequest, name: str) -> HttpResponse:
    """Answer the open contributions of a trajectory on one screen: each by itself, or several at once."""
    trajectory, request_context = permissions.get_editable_trajectory(request, name), request_context_of(request)
    rulebook, language = request_context.rulebook_of(trajectory), request_context.language
    groups = open_contributions(trajectory, rulebook, request_context.today, language, MAX_CONTRIBUTIONS_SHOWN)
    data = request.POST or None
    today = request_context.today
    shared = AnswersForm(data, initial={"responded_on": ImpreciseDate.on(today)}, today=today)
    forms = [(group, [_answer_form(row, data) for row in group.rows]) for group in groups.groups]
    answer_forms = [form for _group, own in forms for form in own]
    if data is not None and _validate_forms(shared, answer_forms, data.getlist("ticked")):
        answers = [
            ContributionAnswer(form.contribution, form.cleaned_data["outcome"], form.cleaned_data["response"])
            for form in answer_forms
            if form.is_answered
        ]
        if answers:
            try:
                changeset = record_answers(
                    request_context.user,
                    trajectory,
                    answers,
                    shared.cleaned_data["responded_on"],
                    **write_context_of(request_context).arguments,
                )
            except ValidationError:
                shared.add_error("responded_on", _("One of these contributions came in after this day."))
            else:
                add_saved_message(request, changeset)
                return redirect(f"{reverse('trajectory', args=[trajectory.slug])}#inbreng")
        else:
            shared.add_error(None, _("Nothing is answered yet. Choose what is done with a contribution, and say why."))
    context = {
        "trajectory": trajectory,
        "form": shared,
        "groups": forms,
        "open_count": groups.open,
        "remaining_count": groups.open - len(answer_forms),
        "ticked": set(data.getlist("ticked")) if data else set(),
        "invalid_forms": [form for form in answer_forms if form.is_bound and form.errors],
    }
    return page(request, "web/editing/contributions_answer.html", context)


def _answer_form(row: OpenContribution, data: Any) -> AnswerForm:
    return AnswerForm(data, prefix=row.contribution.ref, contribution=row.contribution, waiting=row)


def _validate_forms(shared: AnswersForm, forms: list[AnswerForm], ticked: list[str]) -> bool:
    """Return whether all forms are valid; ticked contributions get the shared answer first."""
    valid = shared.is_valid()
    if valid:
        for form in forms:
            if form.contribution.ref in ticked:
                form.apply_shared_answer(shared.cleaned_data["outcome"], shared.cleaned_data["response"])
        if ticked and not (shared.cleaned_data["outcome"] and shared.cleaned_data["response"]):
            shared.add_error("outcome", _("Choose an outcome and a reason for what is ticked."))
            valid = False
    # No short circuit: every form must report its own errors.
    found = [form.is_valid() for form in forms]
    return all(found) and valid


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
