"""Importing neighbourhoods from a file of CBS, with a preview first, in one transaction.

A neighbourhood keeps its slug, by which dossiers and URLs refer to it. Nothing is removed: neighbourhoods that the file
lacks are reported.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils.text import slugify
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from participation.dossier.errors import DossierError, Problem, sort_problems
from participation.interchange.neighbourhood_shapes import AreaShape
from participation.interchange.neighbourhoods import LEVELS, Area, Areas
from participation.models import Neighbourhood, NeighbourhoodShape
from participation.services.changes.unique_names import free_slug, retry_on_conflict
from participation.services.register.register_import import RegisterDifference

#: Columns that an import can change.
COLUMNS = ("name", "district", "municipality", "cbs_code")
_BATCH_SIZE = 500


class ProposedArea(NamedTuple):
    """Preview of one area of the file: the neighbourhood as it would become, unsaved, and its differences."""

    location: str
    row: Neighbourhood
    new: bool
    differences: tuple[RegisterDifference, ...]


class ProposedAreas(NamedTuple):
    """Preview of a whole file, with the neighbourhoods of the municipality that it lacks."""

    rows: tuple[ProposedArea, ...]
    missing: tuple[Neighbourhood, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]

    @property
    def new(self) -> list[ProposedArea]:
        """Return the rows to add."""
        return [row for row in self.rows if row.new]

    @property
    def changed(self) -> list[ProposedArea]:
        """Return the rows to change."""
        return [row for row in self.rows if row.differences and not row.new]

    @property
    def same(self) -> int:
        """Return the number of rows that stay the same."""
        return sum(not (row.new or row.differences) for row in self.rows)


def proposed_areas(areas: Areas, municipality: str, level: str, default_slug: str = "") -> ProposedAreas:
    """Return what importing these areas would change, in two queries; nothing is written.

    ``municipality`` is the code, like GM0546. Its slug comes from the file, else from existing neighbourhoods, else it
    is ``default_slug``.
    """
    prefix = f"{LEVELS[level]}{municipality[2:]}"
    neighbourhoods = list(Neighbourhood.objects.order_by("pk"))
    slug = slugify(areas.municipality)[:100] or _municipality_of(neighbourhoods, municipality) or default_slug
    problems = list(areas.problems)
    if not slug and not problems:
        reason = _("The name of %(code)s is not in the file.") % {"code": municipality}
        problems.append(Problem(_("the file"), reason, _("Use a file with a column GM_NAAM or gm_naam.")))
    finder = _Finder([row for row in neighbourhoods if row.municipality in (slug, "")], neighbourhoods, prefix)
    taken = {row.slug for row in neighbourhoods}
    rows: list[ProposedArea] = []
    matched: dict[int, Area] = {}
    for area in areas.areas:
        row = finder.find(area, {other.code for other in areas.areas}, problems)
        if row is not None and row.pk in matched:
            reason = _("“%(name)s” is already taken for %(code)s.") % {"name": row.name, "code": matched[row.pk].code}
            problems.append(Problem(area.location, reason, _("Rename one of the two in Leidraad first.")))
            continue
        if row is not None:
            matched[row.pk] = area
        rows.append(_propose_area(area, row, slug, taken))
    for proposal in rows:
        problems += _model_problems(proposal)
    unmatched = [row for row in finder.own if row.pk not in matched and row.municipality]
    missing = tuple(row for row in unmatched if row.cbs_code[:2] in ("", LEVELS[level]))
    return ProposedAreas(tuple(rows), missing if areas.areas else (), tuple(sort_problems(problems)), areas.notes)


@retry_on_conflict
def import_areas(
    areas: Areas, municipality: str, level: str, by: Any, now: datetime, default_slug: str = ""
) -> ProposedAreas:
    """Import this file in one transaction, with history, and return what was done.

    ``by`` is the user, None for an import by command. Raises DossierError, with nothing stored, where the file has
    problems.
    """
    with transaction.atomic():
        list(Neighbourhood.objects.select_for_update().order_by("pk").values_list("pk"))
        found = proposed_areas(areas, municipality, level, default_slug)
        if found.problems:
            raise DossierError(found.problems)
        history_options = {"batch_size": _BATCH_SIZE, "default_user": by, "default_date": now}
        if new := [proposal.row for proposal in found.new]:
            bulk_create_with_history(new, Neighbourhood, **history_options)
        if changed := [proposal.row for proposal in found.changed]:
            bulk_update_with_history(changed, Neighbourhood, [*COLUMNS, "search_text"], **history_options)
        _store_shapes(areas.shapes)
    return found


def _store_shapes(shapes: tuple[AreaShape, ...]) -> None:
    """Store these shapes, each in the place of the one that its neighbourhood had."""
    codes = [shape.code for shape in shapes]
    keys = dict(Neighbourhood.objects.filter(cbs_code__in=codes).order_by().values_list("cbs_code", "pk"))
    rows = [
        NeighbourhoodShape(
            neighbourhood_id=keys[shape.code], polygons=shape.polygons, label_x=shape.label_x, label_y=shape.label_y
        )
        for shape in shapes
    ]
    columns = ["polygons", "label_x", "label_y"]
    NeighbourhoodShape.objects.bulk_create(
        rows, _BATCH_SIZE, update_conflicts=True, unique_fields=["neighbourhood"], update_fields=columns
    )


class _Finder:
    """Matches areas to neighbourhoods: by code, else by name within the municipality."""

    def __init__(self, own: list[Neighbourhood], neighbourhoods: list[Neighbourhood], prefix: str) -> None:
        self.own, self.prefix = own, prefix
        self.codes = {row.cbs_code: row for row in neighbourhoods if row.cbs_code}
        self.names: dict[str, list[Neighbourhood]] = {}
        for row in own:
            if row.cbs_code[:2] in ("", prefix[:2]):
                self.names.setdefault(_comparable_name(row.name), []).append(row)

    def find(self, area: Area, codes: set[str], problems: list[Problem]) -> Neighbourhood | None:
        """Return the neighbourhood, or None where there is none; an ambiguous match is added to ``problems``."""
        if area.code in self.codes:
            return self.codes[area.code]
        # A neighbourhood whose own code is in the file matches that area instead.
        named = [row for row in self.names.get(_comparable_name(area.name), []) if row.cbs_code not in codes]
        if len(named) > 1:
            slugs = ", ".join(row.slug for row in named)
            reason = _("There are more neighbourhoods called “%(name)s”: %(slugs)s.")
            problems.append(
                Problem(
                    area.location,
                    reason % {"name": area.name, "slugs": slugs},
                    _("Give one of them the code %(code)s first.") % {"code": area.code},
                )
            )
        return named[0] if named else None


def _propose_area(area: Area, row: Neighbourhood | None, municipality: str, taken: set[str]) -> ProposedArea:
    new = row is None
    if row is None:
        row = Neighbourhood(slug=free_slug(Neighbourhood, area.name, taken, suffix=municipality))
        taken.add(row.slug)
    values = {"name": area.name, "district": area.district, "municipality": municipality, "cbs_code": area.code}
    if not new and _comparable_name(row.name) == _comparable_name(area.name):
        # Another spelling of a name that was chosen here is no difference.
        values["name"] = row.name
    differences = tuple(
        RegisterDifference(column, getattr(row, column), values[column])
        for column in COLUMNS
        if values[column] and values[column] != getattr(row, column)
    )
    for column, _old, value in differences:
        setattr(row, column, value)
    return ProposedArea(area.location, row, new, differences)


def _model_problems(proposal: ProposedArea) -> Iterator[Problem]:
    try:
        Model.clean_fields(proposal.row, exclude={"id"})
    except ValidationError as error:
        messages: Mapping[str, list[str]] = error.message_dict
        for column, texts in messages.items():
            name = str(getattr(Neighbourhood._meta.get_field(column), "verbose_name", column))
            for text in texts:
                yield Problem(proposal.location, f"{name}: {text}", _("Correct it in the file."))


def _municipality_of(rows: list[Neighbourhood], code: str) -> str:
    found = {row.municipality for row in rows if row.cbs_code[2:6] == code[2:]}
    return found.pop() if len(found) == 1 else ""


def _comparable_name(name: str) -> str:
    return slugify(name).replace("-", "").replace("_", "")
