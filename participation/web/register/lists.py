"""Lists of motions and commitments: search, filters and export; the open ones first."""

from collections.abc import Callable, Collection
from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance.dates import MAX_YEAR, MIN_YEAR
from participation.interchange import lists
from participation.interchange.tables import Table
from participation.models import Commitment, Motion
from participation.selectors import register
from participation.selectors.searching import rows_matching

from ..shared.downloads import download, requested_list
from ..shared.filtering import PAGE_PARAM, FilterForm, FilterSelect, SearchField
from ..shared.forms import DateTextField
from ..shared.pages import page
from ..shared.request_context import RequestContext, request_context_of
from .states import BADGES, STATES

PAGE_SIZE = 25


class RegisterFilters(FilterForm):
    """Filters of the lists of motions and commitments."""

    names = {
        "search": "zoek",
        "state": "stand",
        "owner": "eigenaar",
        "overdue": "te-laat",
        "on": "op",
        "municipality": "gemeente",
    }

    search = SearchField()
    state = forms.ChoiceField(label=_("Status"), required=False, widget=FilterSelect)
    owner = forms.ChoiceField(label=_("Owner"), required=False, widget=FilterSelect)
    overdue = forms.BooleanField(label=_("Only what is overdue"), required=False)
    on = DateTextField(label=_("Status on"), required=False, widget=forms.HiddenInput)
    municipality = forms.SlugField(label=_("Municipality"), required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, states: Collection[str], owner_names: Collection[str]) -> None:
        """Offer these states and owners."""
        super().__init__(data)
        state: Any = self.fields["state"]
        state.choices = [("", _("all")), *((code, STATES[code]) for code in states)]
        owner: Any = self.fields["owner"]
        owner.choices = [("", _("everyone")), *((name, name) for name in owner_names)]

    @property
    def day(self) -> date | None:
        """Return the day of which the states are shown, of what was there by then; None is today, of everything."""
        self.is_valid()
        found: date | None = self.cleaned_data.get("on")
        return found if found and MIN_YEAR < found.year < MAX_YEAR else None


@require_safe
@never_cache
@login_not_required
def motions(request: HttpRequest) -> HttpResponseBase:
    """Return the list of motions; all of them are public."""
    request_context = request_context_of(request)
    form = RegisterFilters(request.GET, register.MOTION_STATES, register.owner_names(Motion))
    on = form.day
    rows = register.motions_adopted_by(on) if on else register.motions(request_context.today)
    rows = _filter_rows(rows, form, "motion", request_context)
    return _list_page(request, request_context, form, rows, lists.motions)


@require_safe
@never_cache
@login_not_required
def commitments(request: HttpRequest) -> HttpResponseBase:
    """Return the list of commitments; all of them are public."""
    request_context = request_context_of(request)
    form = RegisterFilters(request.GET, register.COMMITMENT_STATES, register.owner_names(Commitment))
    on = form.day
    rows = register.commitments_made_by(on) if on else register.commitments(request_context.today)
    rows = _filter_rows(rows, form, "commitment", request_context)
    return _list_page(request, request_context, form, rows, lists.commitments)


def _filter_rows(
    rows: QuerySet[Any], form: RegisterFilters, owner_type: str, request_context: RequestContext
) -> QuerySet[Any]:
    """Return the filtered rows; an invalid choice is ignored, and reported by the form."""
    form.is_valid()
    filters = form.cleaned_data
    rows = rows_matching(rows, filters.get("search", ""))
    if filters.get("state"):
        rows = rows.filter(state=filters["state"])
    if filters.get("owner"):
        rows = rows.filter(owner=filters["owner"])
    if filters.get("municipality"):
        rows = rows.filter(municipality=filters["municipality"])
    if filters.get("overdue"):
        rows = rows.filter(register.has_overdue(owner_type, request_context.rulebooks, request_context.today))
    return rows


def _list_page(
    request: HttpRequest,
    request_context: RequestContext,
    form: RegisterFilters,
    rows: QuerySet[Any],
    table: Callable[..., Table],
) -> HttpResponseBase:
    if requested_list(request) is not None and form.is_valid():
        with translation.override(request_context.language):
            found = table(
                rows,
                STATES,
                lists.ListReader(request_context.rulebooks, request_context.today, request_context.language),
            )
        return download(request, found, request_context.today)
    page_rows = Paginator(rows, PAGE_SIZE).get_page(request.GET.get(PAGE_PARAM))
    register_lines = register.register_lines(page_rows, request_context.rulebooks, request_context.today)
    context = {
        "form": form,
        "active_filters": list(form.active_filters()),
        "page_obj": page_rows,
        "rows": [{"line": line, "state": STATES[line.state], "badge": BADGES[line.state]} for line in register_lines],
        "may_add": getattr(request_context.user, "edits_everything", False),
    }
    return page(request, f"web/register/{table.__name__}.html", context)
