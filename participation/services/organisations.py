"""Adding an organisation, so that contributions and steps can name it."""

from collections.abc import Iterator, Mapping
from typing import Any

from participation.compliance.ruletext import nearest
from participation.compliance.vocabulary import AUDIENCES, ORGANISATION_KINDS
from participation.dossier.check import problems_in
from participation.dossier.errors import DossierError, Problem, pointer
from participation.models import Neighbourhood, Organisation

from .editing import Door
from .handing_in import free_slug, named_alike
from .recording import Recorder
from .unique_names import save_named

#: Words that stand for people or bodies in general are no name for one party.
_NOT_A_NAME = frozenset({*AUDIENCES, *ORGANISATION_KINDS})

_IN_USE = Problem("/slug", "it is in use", "use the one that is there, choose another, or leave it out", is_taken=True)


def add_organisation(record: Mapping[str, Any], door: Door) -> Organisation:
    """Save a new organisation as this record says, and return it; without a slug one is made of its name.

    Raises DossierError, its places starting at the record, where it is not sound or there is one like it already.
    """
    name = record.get("name")
    chosen = record.get("slug") is None and isinstance(name, str) and bool(name.strip())
    row = Organisation()

    def save() -> Organisation:
        whole = {**record, "slug": free_slug(str(name))} if chosen else record
        neighbourhoods = _neighbourhoods(record)
        if problems := sorted(set(_problems(whole, record, neighbourhoods))):
            raise DossierError(problems)
        row.slug, row.name = whole["slug"], " ".join(whole["name"].split())
        row.kind, row.municipality = whole.get("kind") or "", whole.get("municipality") or ""
        recorder = Recorder(door.by, door.now)
        recorder.save(row)
        recorder.link(row, "neighbourhoods", neighbourhoods.values())
        return row

    return save_named(row, "slug", save, chosen=chosen)


def _neighbourhoods(record: Mapping[str, Any]) -> dict[str, int]:
    named = record.get("neighbourhoods")
    slugs = [slug for slug in named if isinstance(slug, str)] if isinstance(named, list) else []
    return dict(Neighbourhood.objects.filter(slug__in=slugs).values_list("slug", "pk"))


def _problems(whole: Mapping[str, Any], record: Mapping[str, Any], known: Mapping[str, int]) -> Iterator[Problem]:
    document = {"dossier": 1, "trajectory": {"slug": "x", "title": "x"}, "organisations": [dict(whole)]}
    for found in problems_in(document):
        within = found.within("organisations", 0)
        # It is made of the name: without one it is no second problem.
        if not (within.place == "/slug" and record.get("slug") is None):
            yield within
    name, slug = record.get("name"), record.get("slug")
    if not isinstance(name, str) or not name.strip():
        if name is None or isinstance(name, str):
            yield Problem("/name", "it is missing", "write the name as people know it")
    elif alike := named_alike(name):
        yield Problem(
            "/name", "there is an organisation with this name", f"use that one: {alike.slug!r}", is_taken=True
        )
    if isinstance(slug, str) and (slug in _NOT_A_NAME or Organisation.objects.filter(slug=slug[:101]).exists()):
        yield _IN_USE
    near = record.get("neighbourhoods")
    for index, named in enumerate(near if isinstance(near, list) else ()):
        if isinstance(named, str) and named not in known:
            hint = nearest(named, Neighbourhood.objects.values_list("slug", flat=True)[:5_000], "add it first")
            yield Problem(pointer("neighbourhoods", index), f"there is no neighbourhood {named!r}", hint)
