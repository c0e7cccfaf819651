"""The list of initiatives, concerns and questions: filters, what is due, and export."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance import wording
from participation.compliance.vocabulary import REQUEST_KINDS
from participation.interchange import lists
from participation.models import Neighbourhood
from participation.models.labels import LABELS
from participation.models.submissions import SUBMISSION_KINDS
from participation.presentation.labels import status_label
from participation.selectors.initiatives import (
    PUBLIC_STATES,
    STATES,
    InitiativeLine,
    RequestTermDue,
    awaiting_moderation,
    initiative_lines,
)
from participation.selectors.initiatives import (
    initiatives as initiative_rows,
)
from participation.selectors.register import in_neighbourhood

from ..shared.downloads import download, requested_list
from ..shared.filtering import PAGE_PARAM, FilterForm, FilterSelect
from ..shared.pages import page
from ..shared.request_context import request_context_of
from .access import may_change_initiatives
from .states import STATE_BADGES, STATE_LABELS

PAGE_SIZE = 25


class InitiativeFilters(FilterForm):
    """Filters of the list of initiatives."""

    names = {"kind": "soort", "state": "stand", "neighbourhood": "wijk"}

    kind = forms.ChoiceField(label=_("Kind"), required=False, widget=FilterSelect)
    state = forms.ChoiceField(label=_("Status"), required=False, widget=FilterSelect)
    neighbourhood = forms.ChoiceField(label=_("Neighbourhood"), required=False, widget=FilterSelect)

    def __init__(self, data: Any, *, sees_everything: bool) -> None:
        """Offer the kinds and states that the reader can come across."""
        super().__init__(data)
        kinds = REQUEST_KINDS if sees_everything else SUBMISSION_KINDS
        states = STATES if sees_everything else PUBLIC_STATES
        places = Neighbourhood.objects.values_list("slug", "name")
        fields: Any = self.fields
        fields["kind"].choices = [("", _("all")), *((kind, capfirst(str(LABELS[kind]))) for kind in kinds)]
        fields["state"].choices = [("", _("all")), *((state, STATE_LABELS[state]) for state in states)]
        fields["neighbourhood"].choices = [("", _("all")), *places]


@require_safe
@never_cache
@login_not_required
def initiatives(request: HttpRequest) -> HttpResponseBase:
    """Return the requests of the register that the reader may see: visitors those that are public."""
    request_context = request_context_of(request)
    sees_everything = bool(getattr(request_context.user, "sees_everything", False))
    form = InitiativeFilters(request.GET, sees_everything=sees_everything)
    rows = _filter_rows(initiative_rows(request_context.user, request_context.today), form)
    if requested_list(request) is not None and form.is_valid():
        reader = lists.ListReader(request_context.rulebooks, request_context.today, request_context.language)
        with translation.override(request_context.language):
            return download(request, lists.initiatives(rows, STATE_LABELS, reader), request_context.today)
    shown = Paginator(rows, PAGE_SIZE).get_page(request.GET.get(PAGE_PARAM))
    context = {
        "form": form,
        "active_filters": list(form.active_filters()),
        "page_obj": shown,
        "rows": [
            line_data(line, request_context.language)
            for line in initiative_lines(shown, request_context.rulebooks, request_context.today)
        ],
        "awaiting": awaiting_moderation().count() if may_change_initiatives(request_context.user) else 0,
        "neighbourhood": form.cleaned_data.get("neighbourhood", ""),
    }
    return page(request, "web/initiatives/list.html", context)


def line_data(line: InitiativeLine, language: str) -> dict[str, Any]:
    """Return the template data of a request in a list."""
    return {
        "row": line.row,
        "state": STATE_LABELS[line.state],
        "badge": STATE_BADGES[line.state],
        "due": due_data(line.due, language) if line.due else None,
        "neighbourhoods": line.neighbourhoods,
        "trajectory": line.row.trajectory,
    }


def due_data(due: RequestTermDue, language: str) -> dict[str, Any]:
    """Return the template data of what is due first."""
    return {
        "title": wording.text_in_language(due.rule.title, language),
        "due_on": due.due_on,
        "status": due.status,
        "label": capfirst(status_label(due.status, language)),
    }


def _filter_rows(rows: QuerySet[Any], form: InitiativeFilters) -> QuerySet[Any]:
    """Return the filtered rows; an invalid choice is ignored, and reported by the form."""
    form.is_valid()
    filters = form.cleaned_data
    if filters.get("kind"):
        rows = rows.filter(kind=filters["kind"])
    if filters.get("state"):
        rows = rows.filter(state=filters["state"])
    if filters.get("neighbourhood"):
        rows = in_neighbourhood(rows, filters["neighbourhood"])
    return rows
