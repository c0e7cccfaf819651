"""Adding organisations, to which contributions and steps can refer."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from participation.compliance.problems import MAX_COMPARED_WORDS
from participation.dossier.errors import DossierError, Problem, pointer
from participation.dossier.hints import did_you_mean
from participation.dossier.schema_errors import MAX_PROBLEMS
from participation.dossier.validate import problems_in
from participation.models import Neighbourhood, Organisation
from participation.services.associations.submissions import normalised_name, slugs_by_name
from participation.services.changes.changesets import ChangesetWriter, WriteContext
from participation.services.changes.unique_names import RESERVED_SLUGS, free_slug, save_with_unique_name


def add_organisation(record: Mapping[str, Any], write_context: WriteContext) -> Organisation:
    """Save a new organisation from this record, and return it; without a slug one is made from its name.

    Raises DossierError, with paths relative to the record, where it is invalid or there is one like it already.
    """
    name = record.get("name")
    is_generated = record.get("slug") is None and isinstance(name, str) and bool(name.strip())
    row = Organisation()

    def save() -> Organisation:
        full_record = {**record, "slug": free_slug(Organisation, str(name))} if is_generated else record
        neighbourhoods = _neighbourhoods(record)
        if problems := sorted(set(_problems(full_record, record, neighbourhoods))):
            raise DossierError(problems)
        row.slug, row.name = full_record["slug"], " ".join(full_record["name"].split())
        row.kind, row.municipality = full_record.get("kind") or "", full_record.get("municipality") or ""
        recorder = ChangesetWriter(write_context.by, write_context.now)
        recorder.save(row)
        recorder.link(row, "neighbourhoods", neighbourhoods.values())
        return row

    return save_with_unique_name(row, "slug", save, is_generated=is_generated)


def _neighbourhoods(record: Mapping[str, Any]) -> dict[str, int]:
    named = record.get("neighbourhoods")
    slugs = [slug for slug in named if isinstance(slug, str)] if isinstance(named, list) else []
    return dict(Neighbourhood.objects.filter(slug__in=slugs).values_list("slug", "pk"))


def _problems(full_record: Mapping[str, Any], record: Mapping[str, Any], known: Mapping[str, int]) -> Iterator[Problem]:
    document = {"dossier": 1, "trajectory": {"slug": "x", "title": "x"}, "organisations": [dict(full_record)]}
    for found in problems_in(document):
        relative_problem = found.relative_problem("organisations", 0)
        # The slug is derived from the name: a missing name is reported once.
        if not (relative_problem.location == "/slug" and record.get("slug") is None):
            yield relative_problem
    name, slug = record.get("name"), record.get("slug")
    yield from organisation_problems(record, slugs_by_name([name]) if isinstance(name, str) else {})
    if isinstance(slug, str) and Organisation.objects.filter(slug=slug[:101]).exists():
        yield _slug_in_use()
    neighbourhood_slugs = record.get("neighbourhoods")
    named = enumerate(neighbourhood_slugs if isinstance(neighbourhood_slugs, list) else ())
    yield from missing_neighbourhood_problems(
        (pointer("neighbourhoods", index), slug) for index, slug in named if isinstance(slug, str) and slug not in known
    )


def organisation_problems(record: Mapping[str, Any], existing: Mapping[str, str]) -> Iterator[Problem]:
    """Yield why a valid organisation cannot be added: it has no name, or one with the same name is in ``existing``.

    ``existing`` has slugs by name, as ``slugs_by_name`` returns them.
    """
    name, slug = record.get("name"), record.get("slug")
    if not isinstance(name, str) or not name.strip():
        if name is None or isinstance(name, str):
            yield Problem("/name", _("it is missing"), _("write the name as people know it"))
    elif alike := existing.get(normalised_name(name)):
        hint = _("use that one: %(slug)s") % {"slug": repr(alike)}
        yield Problem("/name", _("there is an organisation with this name"), hint, is_taken=True)
    if isinstance(slug, str) and slug in RESERVED_SLUGS[Organisation]:
        yield _slug_in_use()


def _slug_in_use() -> Problem:
    hint = _("use the one that is there, choose another, or leave it out")
    return Problem("/slug", _("it is in use"), hint, is_taken=True)


def missing_neighbourhood_problems(missing: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    """Yield a problem for each missing neighbourhood (path, slug): only the admin can add those."""
    named = list(islice(missing, MAX_PROBLEMS))
    known = list(Neighbourhood.objects.values_list("slug", flat=True)[:MAX_COMPARED_WORDS]) if named else []
    for location, slug in named:
        close = did_you_mean(slug, known)
        hint = (
            f"{close} {_('Otherwise ask an administrator to add it, or leave it out')}"
            if close
            else _("ask an administrator to add it, or leave it out")
        )
        reason = _("there is no neighbourhood %(slug)s") % {"slug": repr(slug[:100])}
        yield Problem(location, reason, hint)
