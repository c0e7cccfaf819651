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
from participation.models.trajectories import TrajectoryQuerySet
from participation.presentation.neighbourhood_map import NeighbourhoodMap
from participation.selectors.initiatives import initiative_lines, initiatives_near
from participation.selectors.neighbourhood_shapes import shaped_neighbourhoods, shapes_around
from participation.selectors.postcodes import has_postcodes
from participation.selectors.trajectories.list_query import LazyOrderedKeys, rows
from participation.selectors.trajectories.neighbourhoods import (
    NeighbourhoodCount,
    associations_of,
    neighbourhood_counts,
    neighbourhoods_by_district,
)

from ..initiatives.lists import line_data
from ..shared.cards import cards
from ..shared.downloads import download, requested_list
from ..shared.filtering import PAGE_PARAM
from ..shared.neighbourhood_maps import maps_by_municipality, trajectories_map
from ..shared.pages import page
from ..shared.request_context import RequestContext, request_context_of
from .own_neighbourhood import PostcodeForm

ROWS_PER_PAGE = 25
MAX_INITIATIVES = 5


@require_safe
@never_cache
@login_not_required
def neighbourhoods(request: HttpRequest) -> HttpResponseBase:
    """Return all neighbourhoods by district, with the number of trajectories in each."""
    request_context = request_context_of(request)
    districts = neighbourhoods_by_district(Trajectory.objects.visible_to(request_context.user))
    places = [place for _district, own in districts for place in own]
    with translation.override(request_context.language):
        if requested_list(request) is not None:
            return download(request, lists.neighbourhoods(places, request_context.language), request_context.today)
        context = {
            "districts": districts,
            "maps": maps_by_municipality(shaped_neighbourhoods(), places),
            "postcode_form": PostcodeForm() if has_postcodes() else None,
        }
    return page(request, "web/neighbourhoods/list.html", context)


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
    neighbours = neighbourhood_counts(place.neighbours.all(), visible)
    listed = rows(visible, list(shown), request_context.rulebooks, request_context.today)
    context = {
        "neighbourhood": place,
        "map": _map(place, neighbours, visible, request_context.language),
        "page_obj": shown,
        "cards": cards(listed, request_context.language),
        "initiatives": _initiatives(place, request_context),
        "associations": associations_of(place),
        "neighbours": neighbours,
    }
    return page(request, "web/neighbourhoods/detail.html", context)


def _map(
    place: Neighbourhood, neighbours: list[NeighbourhoodCount], visible: TrajectoryQuerySet, language: str
) -> NeighbourhoodMap | None:
    """Return the map of a neighbourhood and those around it, None where it has no shape."""
    shapes = shapes_around(place.slug, shaped_neighbourhoods(place.municipality), [one.slug for one in neighbours])
    if not shapes:
        return None
    places = neighbourhood_counts(Neighbourhood.objects.filter(pk__in=[shape.pk for shape in shapes]), visible)
    with translation.override(language):
        return trajectories_map("map", shapes, places, current=place.slug)


def _initiatives(place: Neighbourhood, request_context: RequestContext) -> list[dict[str, Any]]:
    """Return the newest requests about this neighbourhood that are public and await an answer."""
    newest = initiatives_near(place, request_context.today)[:MAX_INITIATIVES]
    found = initiative_lines(newest, request_context.rulebooks, request_context.today)
    return [line_data(line, request_context.language) for line in found]
