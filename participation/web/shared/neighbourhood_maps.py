"""Maps with the number of trajectories per neighbourhood; each area leads to the page of the neighbourhood."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from participation.presentation.neighbourhood_map import MapValue, NeighbourhoodMap, neighbourhood_map
from participation.selectors.municipalities import municipality_names
from participation.selectors.neighbourhood_shapes import ShapedNeighbourhood, by_municipality
from participation.selectors.trajectories.neighbourhoods import NeighbourhoodCount


def trajectories_map(
    map_id: str,
    shapes: Sequence[ShapedNeighbourhood],
    places: Iterable[NeighbourhoodCount],
    current: str = "",
    municipality: str = "",
) -> NeighbourhoodMap | None:
    """Return the map of these shapes with the number of running trajectories; in the active language.

    ``current`` is the slug of the neighbourhood whose page it is on, ``municipality`` a name where there are several.
    """
    values = {
        place.slug: MapValue(place.running, trajectories_in_words(place.running), _address(place.slug))
        for place in places
    }
    label = _("The number of trajectories that are running or will start, by neighbourhood.")
    return neighbourhood_map(map_id, f"{municipality}: {label}" if municipality else label, shapes, values, current)


def maps_by_municipality(
    shapes: Sequence[ShapedNeighbourhood], places: Sequence[NeighbourhoodCount]
) -> list[NeighbourhoodMap | None]:
    """Return a map for each municipality. One query where there are several, for their names."""
    found = by_municipality(shapes)
    names: Any = municipality_names() if len(found) > 1 else {}
    return [
        trajectories_map(f"map-{number}", own, places, municipality=names[slug] if len(found) > 1 else "")
        for number, (slug, own) in enumerate(found.items(), start=1)
    ]


def trajectories_in_words(number: int) -> str:
    """Return "3 trajecten"."""
    if not number:
        return _("nothing going on")
    return ngettext("%(n)s trajectory", "%(n)s trajectories", number) % {"n": number}


def _address(slug: str) -> str:
    return reverse("neighbourhood", args=[slug])
