"""Rows shared between trajectories, as a dossier refers to them: organisations, neighbourhoods and motions.

They are matched by slug or number. A user who may add one separately may add it with a dossier, and a user who may
change one in the admin may change it with a dossier; otherwise it is kept, and the difference reported.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, models, transaction

from participation.dossier.errors import Problem, pointer
from participation.dossier.motion_number import normal_number
from participation.models import Motion, Neighbourhood, Organisation, User
from participation.selectors.mapping import to_column

from .organisations import named_so, no_neighbourhoods, unfit

Row = Mapping[str, Any]

#: Columns of an organisation in a dossier, besides its neighbourhoods.
_COLUMNS = ("name", "kind", "municipality")
_ASK = "ask an administrator to change it there"


class Signed(NamedTuple):
    """The author of a write, None for an import by the system, and its time."""

    by: User | None
    at: datetime

    def record(self, row: Any) -> None:
        """Save a row, with author and time in its history."""
        self.sign(row)
        row.save()

    def sign(self, row: Any) -> None:
        """Set author and time of the next history record of this row."""
        row._history_user, row._history_date = self.by, self.at


class Done(NamedTuple):
    """Result for the shared rows: the number added and changed, and the differences that were not applied.

    ``judged_otherwise`` are the slugs of organisations whose kind or municipality changed.
    """

    added: int
    changed: int
    left_alone: tuple[Problem, ...]
    judged_otherwise: tuple[str, ...]


def may(by: User | None, action: str, model: type[models.Model]) -> bool:
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
    yield from _organisations_wrong(document, by)
    neighbourhoods, motions = _named_neighbourhoods(document, by), _named_motions(document)
    if not may(by, "add", Neighbourhood):
        there = _there(Neighbourhood, "slug", neighbourhoods.values())
        yield from no_neighbourhoods((place, slug) for place, slug in neighbourhoods.items() if slug not in there)
    there = _there(Motion, "number", motions.values())
    for place, number in motions.items():
        if number not in there and not may(by, "add", Motion):
            yield Problem(place, f"there is no motion {number!r}", "ask a coordinator to add it, or leave it out")


def store_shared(document: Row, signed: Signed) -> Done:
    """Add the missing shared rows, and change organisations where the user may.

    Always in the same order, so that concurrent imports of the same rows cannot deadlock.
    """
    rows = {row["slug"]: (index, row) for index, row in enumerate(document.get("organisations") or ())}
    neighbourhoods = _named_neighbourhoods(document, signed.by)
    lies_in = _municipalities(document)
    found = _there(Neighbourhood, "slug", neighbourhoods.values())
    for slug in sorted({*neighbourhoods.values()} - found.keys()):
        # A neighbourhood without a description is named after its slug.
        name = slug.replace("-", " ").capitalize()
        row = Neighbourhood(slug=slug, name=name, municipality=lies_in.get(slug) or "")
        found[slug], _new = _add(row, "slug", signed)
    there = _there(Organisation, "slug", rows)
    added = changed = 0
    left_alone: list[Problem] = []
    judged_otherwise: list[str] = []
    for slug, (index, row) in sorted(rows.items()):
        organisation, new = there.get(slug), False
        if organisation is None:
            values = _values(row)
            organisation, new = _add(Organisation(**{"slug": slug, "name": slug, **values}), "slug", signed)
            added += new
        if new or may(signed.by, "change", Organisation):
            differs = _change(organisation, row, found, signed)
            changed += bool(differs) and not new
            if differs & {"kind", "municipality"}:
                judged_otherwise.append(slug)
        else:
            left_alone += _kept(organisation, row, pointer("organisations", index))
    printed = {normal_number(text): text for text in document.get("motions") or ()}
    motions = _there(Motion, "number", printed)
    for number in sorted(printed.keys() - motions.keys()):
        # Added to the register with only its number.
        _add(Motion(number=number, printed_as=printed[number]), "number", signed)
    return Done(added, changed, tuple(left_alone), tuple(judged_otherwise))


def _organisations_wrong(document: Row, by: User | None) -> Iterator[Problem]:
    rows = document.get("organisations") or ()
    if by is None or not rows:
        return
    there = _there(Organisation, "slug", [row["slug"] for row in rows])
    new = [(pointer("organisations", index), row) for index, row in enumerate(rows) if row["slug"] not in there]
    if new and not may(by, "add", Organisation):
        ask = "ask an adviser to add it, or leave it out"
        yield from (Problem(place, f"there is no organisation {row['slug']!r}", ask) for place, row in new)
        return
    names = named_so(row.get("name") or "" for _place, row in new)
    for place, row in new:
        yield from (wrong._replace(place=f"{place}{wrong.place}") for wrong in unfit(row, names))


def _change(
    organisation: Organisation, row: Row, neighbourhoods: Mapping[str, Neighbourhood], signed: Signed
) -> set[str]:
    """Update an organisation from the dossier, keeping what is left out. Return the changed columns."""
    differs = {key: value for key, value in _values(row).items() if getattr(organisation, key) != value}
    if differs:
        for key, value in differs.items():
            setattr(organisation, key, value)
        signed.record(organisation)
    if row.get("neighbourhoods") is not None:
        organisation.neighbourhoods.set([neighbourhoods[slug] for slug in row["neighbourhoods"]])
    return set(differs)


def _kept(organisation: Organisation, row: Row, place: str) -> Iterator[Problem]:
    """Yield the differences of an organisation that were not applied."""
    for key, value in _values(row).items():
        if (old := getattr(organisation, key)) != value:
            yield Problem(f"{place}/{key}", f"it stays {old!r}" if old else "it stays empty", _ASK)
    if row.get("neighbourhoods") is not None:
        near = sorted(organisation.neighbourhoods.values_list("slug", flat=True))
        if near != sorted(set(row["neighbourhoods"])):
            yield Problem(f"{place}/neighbourhoods", f"they stay {', '.join(near) or 'none'}", _ASK)


def _values(row: Row) -> dict[str, Any]:
    """Return the values of an organisation in the dossier, by column."""
    return {key: to_column(Organisation, key, row[key]) for key in _COLUMNS if row.get(key)}


def _named_neighbourhoods(document: Row, by: User | None) -> dict[str, str]:
    """Return the neighbourhoods to link, by path: not those of an organisation that will not be changed."""
    found = _list_of(document["trajectory"].get("neighbourhoods"), "trajectory", "neighbourhoods")
    rows = document.get("organisations") or ()
    kept = set() if may(by, "change", Organisation) else {*_there(Organisation, "slug", [row["slug"] for row in rows])}
    for index, row in enumerate(rows):
        if row["slug"] not in kept:
            found |= _list_of(row.get("neighbourhoods"), "organisations", index, "neighbourhoods")
    return found


def _named_motions(document: Row) -> dict[str, str]:
    found = _list_of(document.get("motions"), "motions")
    return {place: normal_number(number) for place, number in found.items()}


def _list_of(values: Iterable[str] | None, *path: str | int) -> dict[str, str]:
    return {pointer(*path, index): value for index, value in enumerate(values or ())}


def _municipalities(document: Row) -> dict[str, str | None]:
    """Return the municipality of new neighbourhoods: that of what refers to them, the trajectory first."""
    named = [*(document.get("organisations") or ()), document["trajectory"]]
    return {slug: row.get("municipality") for row in named for slug in row.get("neighbourhoods") or ()}


def _there(model: type[models.Model], key: str, names: Iterable[str]) -> dict[str, Any]:
    return model._default_manager.in_bulk({*names}, field_name=key)


def _add(row: Any, key: str, signed: Signed) -> tuple[Any, bool]:
    """Save a new row and return it; where it was added concurrently, return that row."""
    try:
        with transaction.atomic():
            signed.record(row)
        return row, True
    except IntegrityError:
        return type(row)._default_manager.get(**{key: getattr(row, key)}), False
