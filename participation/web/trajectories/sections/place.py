"""Where a trajectory is: its point or area on a map of the neighbourhoods around it, and in words."""

from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from participation.compliance import wording
from participation.presentation.neighbourhood_map import MapValue, NeighbourhoodMap, place_map
from participation.presentation.values import geometry_text
from participation.selectors.neighbourhood_shapes import (
    neighbourhoods_at,
    placed,
    shaped_neighbourhoods,
    shapes_around,
)


class PlaceSection(NamedTuple):
    """The place in words, and the map, None where no neighbourhood has a shape."""

    words: str
    map: NeighbourhoodMap | None


def place_section(trajectory: Any, language: str) -> PlaceSection | None:
    """Return where a trajectory is, None where that is not known; one query, in the active language."""
    if trajectory.geometry is None:
        return None
    geometry, shapes = placed(trajectory.geometry), shaped_neighbourhoods(trajectory.municipality or None)
    own = neighbourhoods_at(geometry, shapes)
    words = geometry_text(trajectory.geometry)
    if own:
        names = wording.format_list([shape.name for shape in own], language)
        words = _("%(place)s, in: %(neighbourhoods)s") % {"place": words, "neighbourhoods": names}
    # Only what is around it: in a whole town a square is not to be found.
    near = {shape.slug for one in own for shape in shapes_around(one.slug, shapes, ())}
    drawn = [shape for shape in shapes if shape.slug in near] or shapes
    values = {shape.slug: MapValue(0, "", reverse("neighbourhood", args=[shape.slug])) for shape in drawn}
    label = _("The place of this trajectory, and the neighbourhoods around it.")
    return PlaceSection(words, place_map("place-map", label, drawn, values, geometry, words))
