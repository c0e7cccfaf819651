"""Choosing a neighbourhood for the list of trajectories, on a map or from a list."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.models import Neighbourhood, Trajectory
from participation.presentation.neighbourhood_map import MapValue, NeighbourhoodMap, neighbourhood_map
from participation.selectors.municipalities import municipality_names
from participation.selectors.neighbourhood_shapes import by_municipality, shaped_neighbourhoods
from participation.selectors.trajectories.list_query import LazyOrderedKeys
from participation.selectors.trajectories.neighbourhoods import trajectory_counts

from ..shared.downloads import FILE_PARAM
from ..shared.filtering import PAGE_PARAM
from ..shared.neighbourhood_maps import trajectories_in_words
from ..shared.pages import page
from ..shared.request_context import request_context_of
from .filters import QUERY_PARAMS, Filters

#: The parameters that a choice replaces.
_REPLACED = (QUERY_PARAMS["neighbourhood"], QUERY_PARAMS["district"], PAGE_PARAM, FILE_PARAM)


@require_safe
@never_cache
@login_not_required
def trajectories_by_neighbourhood(request: HttpRequest) -> HttpResponse:
    """Return the map with the number of trajectories that match the other filters; each area leads to their list."""
    request_context = request_context_of(request)
    others = request.GET.copy()
    for name in _REPLACED:
        others.pop(name, None)
    with translation.override(request_context.language):
        filters = Filters(others, Trajectory.objects.visible_to(request_context.user), request_context)
        matching = LazyOrderedKeys(filters.qs, request_context.today, only_open=filters.only_open).filtered()
        counts = trajectory_counts(matching)
        kept = {name: str(value) for name, value in others.items() if value}
        places = Neighbourhood.objects.filter(pk__in=counts).order_by("name", "slug").values_list("pk", "slug", "name")
        found = [(name, _value(slug, counts[pk], kept), slug) for pk, slug, name in places]
        context = {
            "maps": _maps({slug: value for _name, value, slug in found}),
            "places": found,
            "active_filters": list(filters.form.active_filters(exclude=("sort",))),
            "list_url": _list_url(kept),
        }
    return page(request, "web/trajectories/map.html", context)


def _maps(values: dict[str, MapValue]) -> list[NeighbourhoodMap | None]:
    shapes = by_municipality(shaped_neighbourhoods())
    names: Any = municipality_names() if len(shapes) > 1 else {}
    label = _("The number of trajectories that match your selection, by neighbourhood.")
    return [
        neighbourhood_map(f"map-{number}", f"{names[slug]}: {label}" if len(shapes) > 1 else label, own, values)
        for number, (slug, own) in enumerate(shapes.items(), start=1)
    ]


def _value(slug: str, number: int, kept: dict[str, str]) -> MapValue:
    return MapValue(number, trajectories_in_words(number), _list_url({**kept, QUERY_PARAMS["neighbourhood"]: slug}))


def _list_url(query: dict[str, str]) -> str:
    address = reverse("trajectories")
    return f"{address}?{urlencode(query)}" if query else address
