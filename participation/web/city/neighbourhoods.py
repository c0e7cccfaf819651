"""Neighbourhoods: their trajectories and associations."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.exchange import lists
from participation.models import Neighbourhood, Trajectory
from participation.selectors.neighbourhoods import associations_of, by_district, counted
from participation.selectors.trajectory_list import LazyOrderedKeys, rows

from ..shared.cards import cards
from ..shared.downloads import download, list_asked
from ..shared.filtering import PAGE
from ..shared.pages import page
from ..shared.request_context import visit_of

ROWS = 25


@require_safe
@never_cache
@login_not_required
def neighbourhoods(request: HttpRequest) -> HttpResponseBase:
    """Return all neighbourhoods by district, with the number of trajectories in each."""
    visit = visit_of(request)
    districts = by_district(Trajectory.objects.visible_to(visit.user))
    if list_asked(request) is not None:
        with translation.override(visit.language):
            places = [place for _district, own in districts for place in own]
            return download(request, lists.neighbourhoods(places, visit.language), visit.today)
    return page(request, "web/neighbourhoods/all.html", {"districts": districts})


@require_safe
@never_cache
@login_not_required
def neighbourhood(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Return a neighbourhood with its trajectories. Raises Http404 if there is none with this slug."""
    visit = visit_of(request)
    place = Neighbourhood.objects.filter(slug=slug).first()
    if place is None:
        raise Http404
    visible = Trajectory.objects.visible_to(visit.user)
    here: Any = LazyOrderedKeys(visible.filter(neighbourhoods=place), visit.today)
    if list_asked(request) is not None:
        reader = lists.ListReader(visit.rulebook, visit.today, visit.language)
        with translation.override(visit.language):
            found = lists.trajectories(here[0:None], reader, f"trajecten-{place.slug}")
        return download(request, found, visit.today)
    shown = Paginator(here, ROWS).get_page(request.GET.get(PAGE))
    context = {
        "place": place,
        "shown": shown,
        "cards": cards(rows(list(shown), visit.rulebook.by_id, visit.today), visit.language),
        "associations": associations_of(place),
        "neighbours": counted(place.neighbours.all(), visible),
    }
    return page(request, "web/neighbourhoods/one.html", context)
