"""Importing organisations from a sheet, with a preview first, in one transaction.

Organisations that are there already, by name, are left as they are: importing a file twice changes nothing.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from participation.compliance.problems import closest_word
from participation.dossier.errors import DossierError, Problem, sort_problems
from participation.interchange.organisations import ParsedOrganisations, SheetOrganisation
from participation.models import Neighbourhood, Organisation
from participation.selectors.associations.similar_organisations import nearly_same_names
from participation.services.associations.submissions import normalised_name, slugs_by_name
from participation.services.changes.unique_names import free_slug, retry_on_conflict

_BATCH_SIZE = 500


class ProposedOrganisation(NamedTuple):
    """An organisation that the file adds, unsaved, and the keys of its neighbourhoods."""

    row: Organisation
    neighbourhoods: tuple[int, ...]


class ProposedOrganisations(NamedTuple):
    """What importing a file would add; ``same`` are the names of those that are there already.

    ``similar`` are names that the file adds, each with one that is nearly the same: recorded, or earlier in the file.
    """

    new: tuple[ProposedOrganisation, ...]
    same: tuple[str, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    similar: tuple[tuple[str, str], ...]


def proposed_organisations(parsed: ParsedOrganisations, default_municipality: str) -> ProposedOrganisations:
    """Return what importing these organisations would add, in three queries; nothing is written.

    ``default_municipality`` is the slug of the municipality of rows that name none.
    """
    known = slugs_by_name(row.name for row in parsed.rows)
    names = _neighbourhoods_by_name()
    recorded = dict(Organisation.objects.order_by("name", "slug").values_list("slug", "name"))
    taken = set(recorded)
    problems = list(parsed.problems)
    new, same, first = [], [], dict[str, str]()
    for row in parsed.rows:
        plain = normalised_name(row.name)
        if plain and plain in first:
            reason = _("“%(name)s” is in %(place)s too.") % {"name": row.name, "place": first[plain]}
            problems.append(Problem(row.location, reason, _("Make the two one.")))
            continue
        first[plain] = row.location
        keys = list(_neighbourhood_keys(row, names, problems))
        if plain in known:
            same.append(row.name)
            continue
        slug = free_slug(Organisation, row.name, taken)
        taken.add(slug)
        organisation = Organisation(
            slug=slug, name=row.name, kind=row.kind, municipality=row.municipality or default_municipality
        )
        new.append(ProposedOrganisation(organisation, tuple(dict.fromkeys(keys))))
    similar = nearly_same_names([proposal.row.name for proposal in new], list(recorded.values()))
    return ProposedOrganisations(tuple(new), tuple(same), tuple(sort_problems(problems)), parsed.notes, tuple(similar))


@retry_on_conflict
def import_organisations(
    parsed: ParsedOrganisations, default_municipality: str, by: Any, now: datetime
) -> ProposedOrganisations:
    """Add the organisations of this file in one transaction, with history, and return what was done.

    ``by`` is the user, None for an import by command. Raises DossierError, with nothing stored, where the file has
    problems.
    """
    with transaction.atomic():
        list(Organisation.objects.select_for_update().order_by("pk").values_list("pk"))
        found = proposed_organisations(parsed, default_municipality)
        if found.problems:
            raise DossierError(found.problems)
        rows = bulk_create_with_history(
            [proposal.row for proposal in found.new],
            Organisation,
            batch_size=_BATCH_SIZE,
            default_user=by,
            default_date=now,
        )
        links = Organisation.neighbourhoods.through
        links.objects.bulk_create(
            [
                links(organisation=row, neighbourhood_id=key)
                for row, proposal in zip(rows, found.new, strict=True)
                for key in proposal.neighbourhoods
            ],
            batch_size=_BATCH_SIZE,
        )
    return found


def _neighbourhoods_by_name() -> dict[str, set[int]]:
    """Return the keys of all neighbourhoods by what a sheet may call them: code of CBS, slug and name."""
    found: dict[str, set[int]] = {}
    for pk, *words in Neighbourhood.objects.values_list("pk", "cbs_code", "slug", "name"):
        for word in filter(None, words):
            found.setdefault(normalised_name(word), set()).add(pk)
    return found


def _neighbourhood_keys(
    row: SheetOrganisation, names: Mapping[str, set[int]], problems: list[Problem]
) -> Iterator[int]:
    for written in row.neighbourhoods:
        # Some separate them with commas; names may have a comma too.
        whole = [written] if normalised_name(written) in names else [part.strip() for part in written.split(",")]
        for word in filter(None, whole):
            keys = names.get(normalised_name(word), set())
            if len(keys) == 1:
                yield from keys
            elif keys:
                reason = _("There are more neighbourhoods called “%(name)s”.") % {"name": word[:60]}
                problems.append(Problem(row.location, reason, _("Write its code of CBS instead, like WK054601.")))
            else:
                reason = _("There is no neighbourhood “%(name)s”.") % {"name": word[:60]}
                close = closest_word(word, names)
                hint = _("Did you mean “%(close)s”?") % {"close": close} if close else ""
                remedy = _("Import the neighbourhoods first, or correct the name.")
                problems.append(Problem(row.location, reason, f"{hint} {remedy}".strip()))
