"""Neighbourhoods: their trajectories and associations."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.interchange import lists
from participation.models import Neighbourhood, Trajectory
from participation.selectors.trajectories.list_query import LazyOrderedKeys, rows
from participation.selectors.trajectories.neighbourhoods import (
    association_names,
    neighbourhood_counts,
    neighbourhoods_by_district,
)

from ..shared.cards import cards
from ..shared.downloads import download, requested_list
from ..shared.filtering import PAGE_PARAM
from ..shared.pages import page
from ..shared.request_context import request_context_of

ROWS_PER_PAGE = 25


@require_safe
@never_cache
@login_not_required
def neighbourhoods(request: HttpRequest) -> HttpResponseBase:
    """Return all neighbourhoods by district, with the number of trajectories in each."""
    request_context = request_context_of(request)
    districts = neighbourhoods_by_district(Trajectory.objects.visible_to(request_context.user))
    if requested_list(request) is not None:
        with translation.override(request_context.language):
            places = [place for _district, own in districts for place in own]
            return download(request, lists.neighbourhoods(places, request_context.language), request_context.today)
    return page(request, "web/neighbourhoods/list.html", {"districts": districts})


@require_safe
@never_cache
@login_not_required
def neighbourhood(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Return a neighbourhood with its trajectories. Raises Http404 if there is none with this slug."""
    request_context = request_context_of(request)
    place = Neighbourhood.objects.filter(slug=slug).first()
    if place is None:
        raise Http404
    visible = Trajectory.objects.visible_to(request_context.user)
    ordered: Any = LazyOrderedKeys(visible.filter(neighbourhoods=place), request_context.today)
    if requested_list(request) is not None:
        reader = lists.ListReader(request_context.rulebooks, request_context.today, request_context.language)
        with translation.override(request_context.language):
            found = lists.trajectories(ordered[0:None], reader, f"trajecten-{place.slug}")
        return download(request, found, request_context.today)
    shown = Paginator(ordered, ROWS_PER_PAGE).get_page(request.GET.get(PAGE_PARAM))
    context = {
        "neighbourhood": place,
        "page_obj": shown,
        "cards": cards(rows(list(shown), request_context.rulebooks, request_context.today), request_context.language),
        "associations": association_names(place),
        "neighbours": neighbourhood_counts(place.neighbours.all(), visible),
    }
    return page(request, "web/neighbourhoods/detail.html", context)
