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
from participation.presentation.neighbourhood_map import (
    HIDDEN,
    UNKNOWN,
    MapValue,
    NeighbourhoodMap,
    neighbourhood_map,
)
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
    """The map, which of ``MAPS`` it is, and its table: name, value in words and URL, the highest first.

    What is not recorded comes last.
    """

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
    of = {place.slug: place for place in places}
    shapes = [shape for shape in shaped_neighbourhoods() if shape.slug in of]
    if not shapes:
        return None
    values = {slug: value for slug, value in _values(wanted, context) if slug in of}
    if wanted.code == "bereik":
        # What nobody counted is not nought.
        unknown = MapValue(0, _("nothing is recorded"), "", missing=UNKNOWN)
        values = {**{shape.slug: unknown for shape in shapes}, **values}
    for slug, value in values.items():
        # A neighbourhood without trajectories cannot be chosen.
        if of[slug].is_chosen_from and value.missing != UNKNOWN:
            url = f"{reverse('council')}?{urlencode({**query, 'wijk': slug})}"
            values[slug] = value._replace(href=url)
    rows = sorted(
        ((of[slug].name, value) for slug, value in values.items()),
        key=lambda row: (row[1].missing == UNKNOWN, -row[1].number, not row[1].missing, row[0]),
    )
    return CouncilMap(wanted.code, neighbourhood_map("map", _label(wanted), shapes, values), rows)


def _label(wanted: MapRequest) -> str:
    counted_in_each = _("A trajectory in several neighbourhoods counts in each of them.")
    if wanted.code == "laat":
        return f"{_('The number of points that are overdue, by neighbourhood.')} {counted_in_each}"
    if wanted.code == "activiteiten":
        return f"{_('The number of activities in the last twelve months, by neighbourhood.')} {counted_in_each}"
    return _("The number of people who took part in the last twelve months, by the neighbourhood they came from.")


def _values(wanted: MapRequest, context: RequestContext) -> Iterable[tuple[str, MapValue]]:
    """Yield the neighbourhoods of which something is known, by slug, each with its value without a URL."""
    trajectories, since, today = wanted.trajectories, wanted.since, context.today
    if wanted.code == "laat":
        overdue = overdue_by_place(trajectories, context.rulebooks, today, wanted.strengths)
        for slug, number in overdue.items():
            yield slug, MapValue(number, ngettext("%(n)s overdue", "%(n)s overdue", number) % {"n": number}, "")
    elif wanted.code == "activiteiten":
        for slug, number in activities_by_place(trajectories, since, today).items():
            yield slug, MapValue(number, ngettext("%(n)s activity", "%(n)s activities", number) % {"n": number}, "")
    else:
        for slug, reach in reach_by_place(trajectories, since, today).items():
            yield slug, _reach_value(reach)


def _reach_value(reach: ReachSum) -> MapValue:
    """Return the sum as the map shows it; what is hidden is no number, and not nought."""
    if reach.is_reached and not reach.number:
        return MapValue(0, _("reached, the number is not counted or not published"), "", missing=HIDDEN)
    found = ngettext("%(n)s person", "%(n)s people", reach.number) % {"n": reach.number}
    words = _("at least %(people)s") % {"people": found} if reach.more else found
    return MapValue(reach.number, words, "", is_least=reach.more)
