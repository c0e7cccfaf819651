"""Rows shared between trajectories, as a dossier refers to them: organisations, neighbourhoods and motions.

They are matched by slug or number. A user who may add one separately may add it with a dossier, and a user who may
change one in the admin may change it with a dossier; otherwise it is kept, and the difference reported.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from participation.dossier.errors import Problem, pointer
from participation.dossier.motion_number import normalize_number
from participation.models import Motion, Neighbourhood, Organisation, User
from participation.selectors.dossiers.field_mapping import to_column, written_empty_lists
from participation.services.associations.submissions import slugs_by_name

from .organisations import missing_neighbourhood_problems, organisation_problems

Row = Mapping[str, Any]

#: Columns of an organisation in a dossier, besides its neighbourhoods.
_COLUMNS = ("name", "kind", "municipality")


class HistoryAuthor(NamedTuple):
    """The author of a write, None for an import by the system, and its time."""

    by: User | None
    at: datetime

    def save_row(self, row: Any) -> None:
        """Save a row, with author and time in its history."""
        self.set_author(row)
        row.save()

    def set_author(self, row: Any) -> None:
        """Set author and time of the next history record of this row."""
        row._history_user, row._history_date = self.by, self.at


class SharedRowsResult(NamedTuple):
    """Result for the shared rows: the number added and changed, and the differences that were not applied.

    ``reclassified`` are the slugs of organisations whose kind or municipality changed.
    """

    added: int
    changed: int
    unapplied: tuple[Problem, ...]
    reclassified: tuple[str, ...]


def has_permission(by: User | None, action: str, model: type[models.Model]) -> bool:
    """Return whether this user may add or change rows of a model separately; None, for commands, may do all.

    ``action`` is "add" or "change", as in Django's permissions.
    """
    if by is None:
        return True
    if action == "add" and model is Organisation and by.adds_trajectories:
        return True
    if model is Motion and by.edits_everything:
        return True
    return by.is_active and by.is_staff and by.has_perm(f"participation.{action}_{model._meta.model_name}")


def shared_problems(document: Row, by: User | None) -> Iterator[Problem]:
    """Yield the shared rows of a valid dossier that do not exist, and that this user may not add as they are."""
    yield from _organisation_problems(document, by)
    neighbourhoods, motions = _neighbourhoods_by_path(document, by), _motions_by_path(document)
    if not has_permission(by, "add", Neighbourhood):
        existing = _existing(Neighbourhood, "slug", neighbourhoods.values())
        yield from missing_neighbourhood_problems(
            (location, slug) for location, slug in neighbourhoods.items() if slug not in existing
        )
    existing = _existing(Motion, "number", motions.values())
    for location, number in motions.items():
        if number not in existing and not has_permission(by, "add", Motion):
            reason = _("there is no motion %(number)s") % {"number": repr(number)}
            yield Problem(location, reason, _("ask a coordinator to add it, or leave it out"))


def store_shared(document: Row, author: HistoryAuthor) -> SharedRowsResult:
    """Add the missing shared rows, and change organisations where the user may.

    Always in the same order, so that concurrent imports of the same rows cannot deadlock.
    """
    rows = {row["slug"]: (index, row) for index, row in enumerate(document.get("organisations") or ())}
    neighbourhoods = _neighbourhoods_by_path(document, author.by)
    municipalities = _municipalities(document)
    found = _existing(Neighbourhood, "slug", neighbourhoods.values())
    for slug in sorted({*neighbourhoods.values()} - found.keys()):
        # A neighbourhood without a description is named after its slug.
        name = slug.replace("-", " ").capitalize()
        row = Neighbourhood(slug=slug, name=name, municipality=municipalities.get(slug) or "")
        found[slug], _new = _add_row(row, "slug", author)
    existing = _existing(Organisation, "slug", rows)
    added = changed = 0
    unapplied: list[Problem] = []
    reclassified: list[str] = []
    for slug, (index, row) in sorted(rows.items()):
        organisation, new = existing.get(slug), False
        if organisation is None:
            values = _values(row)
            values |= {"empty_lists": written_empty_lists("organisations", row)}
            organisation, new = _add_row(Organisation(**{"slug": slug, "name": slug, **values}), "slug", author)
            added += new
        if new or has_permission(author.by, "change", Organisation):
            differs = _update_organisation(organisation, row, found, author)
            changed += bool(differs) and not new
            if differs & {"kind", "municipality"}:
                reclassified.append(slug)
        else:
            unapplied += _unapplied_differences(organisation, row, pointer("organisations", index))
    printed = {normalize_number(text): text for text in document.get("motions") or ()}
    motions = _existing(Motion, "number", printed)
    for number in sorted(printed.keys() - motions.keys()):
        # Added to the register with only its number.
        _add_row(Motion(number=number, printed_as=printed[number]), "number", author)
    return SharedRowsResult(added, changed, tuple(unapplied), tuple(reclassified))


def _organisation_problems(document: Row, by: User | None) -> Iterator[Problem]:
    rows = document.get("organisations") or ()
    if by is None or not rows:
        return
    existing = _existing(Organisation, "slug", [row["slug"] for row in rows])
    new = [(pointer("organisations", index), row) for index, row in enumerate(rows) if row["slug"] not in existing]
    if new and not has_permission(by, "add", Organisation):
        reason, advice = _("there is no organisation %(value)s"), _("ask an adviser to add it, or leave it out")
        yield from (Problem(location, reason % {"value": repr(row["slug"])}, advice) for location, row in new)
        return
    names = slugs_by_name(row.get("name") or "" for _place, row in new)
    for location, row in new:
        yield from (
            problem._replace(location=f"{location}{problem.location}") for problem in organisation_problems(row, names)
        )


def _update_organisation(
    organisation: Organisation, row: Row, neighbourhoods: Mapping[str, Neighbourhood], author: HistoryAuthor
) -> set[str]:
    """Update an organisation from the dossier, keeping what is left out. Return the changed columns."""
    values = _values(row)
    if row.get("neighbourhoods") is not None:
        values["empty_lists"] = written_empty_lists("organisations", row, organisation.empty_lists)
    differs = {key: value for key, value in values.items() if getattr(organisation, key) != value}
    if differs:
        for key, value in differs.items():
            setattr(organisation, key, value)
        author.save_row(organisation)
    if row.get("neighbourhoods") is not None:
        organisation.neighbourhoods.set([neighbourhoods[slug] for slug in row["neighbourhoods"]])
    return set(differs)


def _unapplied_differences(organisation: Organisation, row: Row, location: str) -> Iterator[Problem]:
    """Yield the differences of an organisation that were not applied."""
    advice = _("ask an administrator to change it there")
    for key, value in _values(row).items():
        if (old := getattr(organisation, key)) != value:
            reason = _("it stays %(value)s") % {"value": repr(old)} if old else _("it stays empty")
            yield Problem(f"{location}/{key}", reason, advice)
    if row.get("neighbourhoods") is not None:
        stored_slugs = sorted(organisation.neighbourhoods.values_list("slug", flat=True))
        if stored_slugs != sorted(set(row["neighbourhoods"])):
            reason = (
                _("they stay %(slugs)s") % {"slugs": ", ".join(stored_slugs)} if stored_slugs else _("there stay none")
            )
            yield Problem(f"{location}/neighbourhoods", reason, advice)


def _values(row: Row) -> dict[str, Any]:
    """Return the values of an organisation in the dossier, by column."""
    return {key: to_column(Organisation, key, row[key]) for key in _COLUMNS if row.get(key)}


def _neighbourhoods_by_path(document: Row, by: User | None) -> dict[str, str]:
    """Return the neighbourhoods to link, by path: not those of an organisation that will not be changed."""
    found = _by_path(document["trajectory"].get("neighbourhoods"), "trajectory", "neighbourhoods")
    rows = document.get("organisations") or ()
    unchanged = (
        set()
        if has_permission(by, "change", Organisation)
        else {*_existing(Organisation, "slug", [row["slug"] for row in rows])}
    )
    for index, row in enumerate(rows):
        if row["slug"] not in unchanged:
            found |= _by_path(row.get("neighbourhoods"), "organisations", index, "neighbourhoods")
    return found


def _motions_by_path(document: Row) -> dict[str, str]:
    found = _by_path(document.get("motions"), "motions")
    return {location: normalize_number(number) for location, number in found.items()}


def _by_path(values: Iterable[str] | None, *path: str | int) -> dict[str, str]:
    return {pointer(*path, index): value for index, value in enumerate(values or ())}


def _municipalities(document: Row) -> dict[str, str | None]:
    """Return the municipality of new neighbourhoods: that of what refers to them, the trajectory first."""
    named = [*(document.get("organisations") or ()), document["trajectory"]]
    return {slug: row.get("municipality") for row in named for slug in row.get("neighbourhoods") or ()}


def _existing(model: type[models.Model], key: str, names: Iterable[str]) -> dict[str, Any]:
    rows = model._default_manager.filter(**{f"{key}__in": {*names}})
    return {getattr(row, key): row for row in rows}


def _add_row(row: Any, key: str, author: HistoryAuthor) -> tuple[Any, bool]:
    """Save a new row and return it; where it was added concurrently, return that row."""
    try:
        with transaction.atomic():
            author.save_row(row)
        return row, True
    except IntegrityError:
        return type(row)._default_manager.get(**{key: getattr(row, key)}), False
