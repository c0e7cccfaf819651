"""The list of trajectories, with search, filters and export."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.interchange import lists
from participation.models import Trajectory
from participation.selectors.cached_results import CachedResults
from participation.selectors.searching import folded_words
from participation.selectors.trajectories.list_query import CachedOrderedKeys, LazyOrderedKeys, rows
from participation.selectors.trajectories.search import search_matches

from ..shared.cards import cards
from ..shared.downloads import download, requested_list
from ..shared.filtering import PAGE_PARAM
from ..shared.pages import page
from ..shared.request_context import request_context_of
from .filters import Filters

ROWS_PER_PAGE = 25


@require_safe
@never_cache
@login_not_required
def trajectories(request: HttpRequest) -> HttpResponseBase:
    """Return a page of the visible trajectories that match the filters, or all of them as a file."""
    request_context, file = request_context_of(request), requested_list(request)
    visible = Trajectory.objects.visible_to(request_context.user)
    # Searching for a contact role matches its label in the user's language.
    with translation.override(request_context.language):
        filters = Filters(request.GET, visible, request_context)
        ordered: Any = LazyOrderedKeys(filters.qs, request_context.today, filters.sorted_by, filters.only_open)
        if file is not None and filters.form.is_valid():
            reader = lists.ListReader(request_context.rulebooks, request_context.today, request_context.language)
            return download(request, lists.trajectories(ordered[0:None], reader), request_context.today)
        cached = CachedResults("lists") if filters.is_common else None
        if cached:
            ordered = CachedOrderedKeys(ordered, cached)
        shown = Paginator(ordered, ROWS_PER_PAGE).get_page(request.GET.get(PAGE_PARAM))
        keys = list(shown)
        matches = search_matches(keys, filters.search_text, filters.roles)
        context = {
            "filters": filters,
            "form": filters.form,
            "active_filters": list(filters.form.active_filters(exclude=("sort",))),
            "page_obj": shown,
            "cards": cards(
                rows(visible, keys, request_context.rulebooks, request_context.today, cached),
                request_context.language,
                filters.municipalities,
                folded_words(filters.search_text),
                matches,
            ),
        }
    return page(request, "web/trajectories/list.html", context)
