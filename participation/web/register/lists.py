"""Lists of motions and commitments: search, filters and export; the open ones first."""

from collections.abc import Callable, Collection
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

from participation.exchange import lists
from participation.exchange.tables import Table
from participation.models import Commitment, Motion
from participation.selectors import register
from participation.selectors.searching import matching

from ..shared.downloads import download, list_asked
from ..shared.filtering import PAGE, FilterForm, FilterSelect, SearchField
from ..shared.pages import page
from ..shared.request_context import RequestContext, visit_of
from .states import BADGES, STATES

ROWS = 25


class RegisterFilters(FilterForm):
    """Filters of the lists of motions and commitments."""

    names = {"search": "zoek", "state": "stand", "owner": "eigenaar", "overdue": "te-laat"}

    search = SearchField()
    state = forms.ChoiceField(label=_("Status"), required=False, widget=FilterSelect)
    owner = forms.ChoiceField(label=_("Owner"), required=False, widget=FilterSelect)
    overdue = forms.BooleanField(label=_("Only what is overdue"), required=False)

    def __init__(self, data: Any, states: Collection[str], owners: Collection[str]) -> None:
        """Offer these states and owners."""
        super().__init__(data)
        state: Any = self.fields["state"]
        state.choices = [("", _("all")), *((code, STATES[code]) for code in states)]
        owner: Any = self.fields["owner"]
        owner.choices = [("", _("everyone")), *((name, name) for name in owners)]


@require_safe
@never_cache
@login_not_required
def motions(request: HttpRequest) -> HttpResponseBase:
    """Return the list of motions; all of them are public."""
    visit = visit_of(request)
    form = RegisterFilters(request.GET, register.MOTION_STATES, register.owners(Motion))
    rows = _filtered(register.motions(visit.today), form, "motion", visit)
    return _list(request, visit, form, rows, lists.motions)


@require_safe
@never_cache
@login_not_required
def commitments(request: HttpRequest) -> HttpResponseBase:
    """Return the list of commitments; all of them are public."""
    visit = visit_of(request)
    form = RegisterFilters(request.GET, register.COMMITMENT_STATES, register.owners(Commitment))
    rows = _filtered(register.commitments(visit.today), form, "commitment", visit)
    return _list(request, visit, form, rows, lists.commitments)


def _filtered(rows: QuerySet[Any], form: RegisterFilters, of: str, visit: RequestContext) -> QuerySet[Any]:
    """Return the filtered rows; an invalid choice is ignored, and reported by the form."""
    form.is_valid()
    asked = form.cleaned_data
    rows = matching(rows, asked.get("search", ""))
    if asked.get("state"):
        rows = rows.filter(state=asked["state"])
    if asked.get("owner"):
        rows = rows.filter(owner=asked["owner"])
    if asked.get("overdue"):
        rows = rows.filter(register.overdue_of(of, visit.rulebook.by_id, visit.today))
    return rows


def _list(
    request: HttpRequest, visit: RequestContext, form: RegisterFilters, rows: QuerySet[Any], table: Callable[..., Table]
) -> HttpResponseBase:
    if list_asked(request) is not None and form.is_valid():
        with translation.override(visit.language):
            found = table(rows, STATES, lists.ListReader(visit.rulebook, visit.today, visit.language))
        return download(request, found, visit.today)
    shown = Paginator(rows, ROWS).get_page(request.GET.get(PAGE))
    lines = register.lines(shown, visit.rulebook.by_id, visit.today)
    context = {
        "form": form,
        "chosen": list(form.chosen()),
        "shown": shown,
        "rows": [{"line": line, "state": STATES[line.state], "badge": BADGES[line.state]} for line in lines],
        "may_add": getattr(visit.user, "edits_everything", False),
    }
    return page(request, f"web/register/{table.__name__}.html", context)
