"""The list of trajectories, with search, filters and export."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.exchange import lists
from participation.models import Trajectory
from participation.selectors.trajectory_list import LazyOrderedKeys, rows

from ..shared.cards import cards
from ..shared.downloads import download, list_asked
from ..shared.filtering import PAGE
from ..shared.pages import page
from ..shared.request_context import visit_of
from .filters import Filters

ROWS = 25


@require_safe
@never_cache
@login_not_required
def trajectories(request: HttpRequest) -> HttpResponseBase:
    """Return a page of the visible trajectories that match the filters, or all of them as a file."""
    visit, file = visit_of(request), list_asked(request)
    visible = Trajectory.objects.visible_to(visit.user)
    # Searching for a contact role matches its label in the user's language.
    with translation.override(visit.language):
        filters = Filters(request.GET, visible, visit)
        ordered: Any = LazyOrderedKeys(filters.qs, visit.today, filters.sorted_by, filters.only_open)
        if file is not None and filters.form.is_valid():
            reader = lists.ListReader(visit.rulebook, visit.today, visit.language)
            return download(request, lists.trajectories(ordered[0:None], reader), visit.today)
        shown = Paginator(ordered, ROWS).get_page(request.GET.get(PAGE))
        context = {
            "filters": filters,
            "form": filters.form,
            "chosen": list(filters.form.chosen(apart=("sort",))),
            "shown": shown,
            "cards": cards(rows(list(shown), visit.rulebook.by_id, visit.today), visit.language),
        }
    return page(request, "web/trajectories/list.html", context)
