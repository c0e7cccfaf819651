"""The map of the council's page: what is overdue, activities and reach per neighbourhood, chosen by links."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from participation.compliance.reach import ReachSum
from participation.models import Trajectory
from participation.presentation.neighbourhood_map import MapValue, NeighbourhoodMap, neighbourhood_map
from participation.selectors.council_places import (
    CouncilPlace,
    activities_by_place,
    overdue_by_place,
    reach_by_place,
)
from participation.selectors.neighbourhood_shapes import shaped_neighbourhoods

from ..shared.request_context import RequestContext

#: Query parameter: what the map shows, and its values with their names. The first is the default.
MAP_PARAM: Final = "kaart"
MAPS: Final[Mapping[str, Any]] = {
    "laat": gettext_lazy("Overdue"),
    "activiteiten": gettext_lazy("Activities"),
    "bereik": gettext_lazy("People reached"),
}


class CouncilMap(NamedTuple):
    """The map, which of ``MAPS`` it is, and its table: name, value in words and URL, the highest first."""

    code: str
    drawing: NeighbourhoodMap | None
    rows: list[tuple[str, MapValue]]


class MapRequest(NamedTuple):
    """What a map shows: the trajectories, the strengths of rules that count as overdue, and the period."""

    code: str
    trajectories: QuerySet[Trajectory]
    strengths: Collection[str]
    since: date


def chosen_map(value: str) -> str:
    """Return which of ``MAPS`` this value of the parameter stands for."""
    return value if value in MAPS else next(iter(MAPS))


def council_map(
    wanted: MapRequest, places: Sequence[CouncilPlace], query: Mapping[str, str], context: RequestContext
) -> CouncilMap | None:
    """Return the map of these places, None where none has a shape; at most two queries. In the active language.

    An area leads to the trajectories of its neighbourhood: ``query`` with that neighbourhood.
    """
    slugs = {place.slug for place in places}
    shapes = [shape for shape in shaped_neighbourhoods() if shape.slug in slugs]
    if not shapes:
        return None
    values = {
        slug: MapValue(number, words, f"{reverse('council')}?{urlencode({**query, 'wijk': slug})}")
        for slug, number, words in _numbers(wanted, context)
    }
    named = {place.slug: (place.name, values[place.slug]) for place in places if place.slug in values}
    # Only what is shown as a number is a link: a neighbourhood without trajectories cannot be chosen.
    linked = {slug: value for slug, (_name, value) in named.items()}
    rows = sorted(named.values(), key=lambda row: (-row[1].number, row[0]))
    return CouncilMap(wanted.code, neighbourhood_map("map", _label(wanted), shapes, linked), rows)


def _label(wanted: MapRequest) -> str:
    counted_in_each = _("A trajectory in several neighbourhoods counts in each of them.")
    if wanted.code == "laat":
        return f"{_('The number of points that are overdue, by neighbourhood.')} {counted_in_each}"
    if wanted.code == "activiteiten":
        return f"{_('The number of activities in the last twelve months, by neighbourhood.')} {counted_in_each}"
    return _("The number of people who took part in the last twelve months, by the neighbourhood they came from.")


def _numbers(wanted: MapRequest, context: RequestContext) -> Iterable[tuple[str, int, str]]:
    """Yield the neighbourhoods with something to show: slug, number, and the number in words."""
    trajectories, since, today = wanted.trajectories, wanted.since, context.today
    if wanted.code == "laat":
        overdue = overdue_by_place(trajectories, context.rulebooks, today, wanted.strengths)
        for slug, number in overdue.items():
            yield slug, number, ngettext("%(n)s overdue", "%(n)s overdue", number) % {"n": number}
    elif wanted.code == "activiteiten":
        for slug, number in activities_by_place(trajectories, since, today).items():
            yield slug, number, ngettext("%(n)s activity", "%(n)s activities", number) % {"n": number}
    else:
        for slug, reach in reach_by_place(trajectories, since, today).items():
            if reach.is_reached:
                yield slug, reach.number, _reach_in_words(reach)


def _reach_in_words(reach: ReachSum) -> str:
    if not reach.number:
        return _("reached, the number is not counted or not published")
    found = ngettext("%(n)s person", "%(n)s people", reach.number) % {"n": reach.number}
    return _("at least %(people)s") % {"people": found} if reach.more else found
