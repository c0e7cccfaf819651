"""Writing a trajectory from a dossier record: validated as an import, saved as the pages save it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from participation.compliance.facts import OrganisationFacts
from participation.compliance.rulebook import Rulebook
from participation.dossier.errors import DossierError, Problem, pointer
from participation.dossier.hints import closest_word_hint
from participation.dossier.merge import merge_records
from participation.dossier.motion_number import normalize_number
from participation.dossier.schema_fields import SECTIONS
from participation.dossier.validate import problems_in
from participation.models import Motion, Neighbourhood, Organisation, Trajectory
from participation.selectors.changes.row_versions import ExpectedVersion
from participation.selectors.dossiers.field_mapping import column_values, written_empty_lists
from participation.selectors.dossiers.records import StoredRecord, stored_trajectories
from participation.services.changes.changesets import WriteContext, lock_and_refresh, save_trajectory
from participation.services.changes.unique_names import free_slug

from .rulebook_words import unknown_words

Record = Mapping[str, Any]

_LINK_KEYS = ("neighbourhoods", "motions")


@transaction.atomic
def write_trajectory(
    row: Trajectory, record: Record, write_context: WriteContext, expected_version: ExpectedVersion | None = None
) -> Trajectory:
    """Save a trajectory, new or changed, from this record, and return it. Keys that it leaves out are kept.

    A new one gets a slug made from its title, unless one is given. Raises DossierError, with paths relative to the
    record, where it is invalid; StaleVersion where the row differs from ``expected_version``.
    """
    lock_and_refresh(row)
    new = row._state.adding
    before = StoredRecord({}) if new else stored_trajectories([row.pk])[0]
    merged_record = merge_records("trajectory", before.known(), record)
    is_generated = new and not merged_record.get("slug") and isinstance(merged_record.get("title"), str)
    if is_generated:
        merged_record["slug"] = free_slug(Trajectory, merged_record["title"])
    rulebook = write_context.rulebooks.for_municipality(str(merged_record.get("municipality") or ""))
    if problems := sorted(set(_problems(merged_record, row, rulebook))):
        raise DossierError(problems)
    links = {key: _primary_keys(key, merged_record[key] or ()) for key in _LINK_KEYS if key in record}
    missing = [problem for key in links for problem in _missing_row_problems(key, merged_record[key] or (), links[key])]
    if missing:
        raise DossierError(missing)
    for column, value in column_values("trajectory", merged_record).items():
        setattr(row, column, value)
    # Of the lists of the whole dossier, a record of a trajectory has its motions only.
    others = [path for path in row.empty_lists if path in SECTIONS]
    shown = None if new else before.record
    row.empty_lists = sorted(
        {
            *others,
            *written_empty_lists("trajectory", merged_record, row.empty_lists, shown),
            *written_empty_lists("dossier", {"motions": merged_record.get("motions")}, row.empty_lists, shown),
        }
    )
    if is_generated:
        row.slug = ""  # chosen again on saving: it may be taken meanwhile
    verb = "added" if new else "changed"
    pks = {key: list(found.values()) for key, found in links.items()}
    save_trajectory(row, write_context, verb=verb, links=pks, expected_version=expected_version)
    return row


def _problems(record: Record, row: Trajectory, rulebook: Rulebook) -> Iterator[Problem]:
    """Yield the problems in the record, as an import of the whole dossier would report them."""
    own = {key: value for key, value in record.items() if key != "motions"}
    document: dict[str, Any] = {"dossier": 1, "trajectory": own}
    if record.get("motions") is not None:
        document["motions"] = record["motions"]
    stored = None if row._state.adding else row
    for found in (*problems_in(document, _organisation_facts(record)), *unknown_words(document, rulebook, stored)):
        relative_problem = found.relative_problem("trajectory")
        # The slug is derived from the title: a missing title is reported once.
        if not (relative_problem.location == "/slug" and row._state.adding and record.get("slug") is None):
            yield relative_problem
    slug = record.get("slug")
    if not row._state.adding and slug != row.slug:
        hint = _("leave it out, or write %(value)s") % {"value": repr(row.slug)}
        yield Problem("/slug", _("it cannot be changed"), hint)
    if row._state.adding and isinstance(slug, str) and Trajectory.objects.filter(slug=slug[:101]).exists():
        yield Problem("/slug", _("it is in use"), _("choose another, or leave it out"), is_taken=True)


def _organisation_facts(record: Record) -> dict[str, OrganisationFacts]:
    named = [name[:101] for key in ("commissioner", "subject_of_study") if isinstance(name := record.get(key), str)]
    rows = Organisation.objects.filter(slug__in=named).values_list("slug", "kind", "municipality") if named else ()
    return {row[0]: OrganisationFacts(*row) for row in rows}


def _primary_keys(key: str, names: Sequence[str]) -> dict[str, int]:
    """Return the primary keys for these slugs or numbers, in one query."""
    models: Mapping[str, tuple[type[Model], str]] = {
        "neighbourhoods": (Neighbourhood, "slug"),
        "motions": (Motion, "number"),
    }
    model, column = models[key]
    wanted = {_normalised_name(key, name) for name in names}
    return dict(model._default_manager.filter(**{f"{column}__in": wanted}).values_list(column, "pk"))


def _normalised_name(key: str, name: str) -> str:
    return normalize_number(name) if key == "motions" else name


def _missing_row_problems(key: str, names: Sequence[str], found: Mapping[str, int]) -> Iterator[Problem]:
    for index, name in enumerate(names):
        if _normalised_name(key, name) not in found:
            reason = (
                _("there is no motion %(number)s") % {"number": repr(name)}
                if key == "motions"
                else _("there is no neighbourhood %(slug)s") % {"slug": repr(name)}
            )
            yield Problem(pointer(key, index), reason, closest_word_hint(name, found))
