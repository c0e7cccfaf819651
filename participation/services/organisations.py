"""Adding organisations, to which contributions and steps can refer."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from participation.compliance.vocabulary import AUDIENCES, ORGANISATION_KINDS
from participation.dossier.errors import DossierError, Problem, pointer
from participation.dossier.hints import MOST_COMPARED, did_you_mean
from participation.dossier.schema_errors import MOST_FOUND
from participation.dossier.validate import problems_in
from participation.models import Neighbourhood, Organisation

from .changesets import ChangesetWriter
from .editing import WriteContext
from .submissions import as_compared, free_slug
from .unique_names import save_named

#: Reserved slugs: names of audiences and kinds of organisation.
_NOT_A_NAME = frozenset({*AUDIENCES, *ORGANISATION_KINDS})

_IN_USE = Problem("/slug", "it is in use", "use the one that is there, choose another, or leave it out", is_taken=True)


def add_organisation(record: Mapping[str, Any], door: WriteContext) -> Organisation:
    """Save a new organisation from this record, and return it; without a slug one is made from its name.

    Raises DossierError, with paths relative to the record, where it is invalid or there is one like it already.
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
        recorder = ChangesetWriter(door.by, door.now)
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
        # The slug is derived from the name: a missing name is reported once.
        if not (within.place == "/slug" and record.get("slug") is None):
            yield within
    name, slug = record.get("name"), record.get("slug")
    yield from unfit(record, named_so([name]) if isinstance(name, str) else {})
    if isinstance(slug, str) and Organisation.objects.filter(slug=slug[:101]).exists():
        yield _IN_USE
    near = record.get("neighbourhoods")
    named = enumerate(near if isinstance(near, list) else ())
    yield from no_neighbourhoods(
        (pointer("neighbourhoods", index), slug) for index, slug in named if isinstance(slug, str) and slug not in known
    )


def unfit(record: Mapping[str, Any], there: Mapping[str, str]) -> Iterator[Problem]:
    """Yield why a valid organisation cannot be added: it has no name, or one with the same name is in ``there``.

    ``there`` has slugs by name, as ``named_so`` returns them.
    """
    name, slug = record.get("name"), record.get("slug")
    if not isinstance(name, str) or not name.strip():
        if name is None or isinstance(name, str):
            yield Problem("/name", "it is missing", "write the name as people know it")
    elif alike := there.get(as_compared(name)):
        yield Problem("/name", "there is an organisation with this name", f"use that one: {alike!r}", is_taken=True)
    if isinstance(slug, str) and slug in _NOT_A_NAME:
        yield _IN_USE


def named_so(names: Iterable[str]) -> dict[str, str]:
    """Return the slugs of the organisations with these names, compared case-insensitively; one query."""
    wanted = {as_compared(name) for name in names}
    rows = Organisation.objects.values_list("name", "slug") if wanted else ()
    return {plain: slug for name, slug in rows if (plain := as_compared(name)) in wanted}


def no_neighbourhoods(missing: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    """Yield a problem for each missing neighbourhood (path, slug): only the admin can add those."""
    named = list(islice(missing, MOST_FOUND))
    known = list(Neighbourhood.objects.values_list("slug", flat=True)[:MOST_COMPARED]) if named else []
    for place, slug in named:
        ask = "ask an administrator to add it, or leave it out"
        close = did_you_mean(slug, known)
        hint = f"{close} Otherwise {ask}" if close else ask
        yield Problem(place, f"there is no neighbourhood {slug[:100]!r}", hint)
