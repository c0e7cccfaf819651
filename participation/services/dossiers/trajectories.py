"""Writing a trajectory from a dossier record: validated as an import, saved as the pages save it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Model

from participation.compliance.facts import OrganisationFacts
from participation.compliance.problems import closest_word_hint
from participation.dossier.errors import DossierError, Problem, pointer
from participation.dossier.motion_number import normalize_number
from participation.dossier.validate import problems_in
from participation.models import Motion, Neighbourhood, Organisation, Trajectory
from participation.selectors.changes.row_versions import ExpectedVersion
from participation.selectors.dossiers.field_mapping import RECORD_KEYS, to_column
from participation.selectors.dossiers.records import trajectory_records
from participation.services.changes.changesets import WriteContext, lock_and_refresh, save_trajectory
from participation.services.changes.unique_names import free_slug

Record = Mapping[str, Any]

#: Keys whose value is an object, with the columns it consists of.
_OBJECT_COLUMNS = {"contact": ("role", "name"), "source": ("cite", "stance")}
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
    before = {} if new else trajectory_records([row.pk])[0]
    merged_record = _merge_records(before, record)
    is_generated = new and not merged_record.get("slug") and isinstance(merged_record.get("title"), str)
    if is_generated:
        merged_record["slug"] = free_slug(Trajectory, merged_record["title"])
    if problems := sorted(set(_problems(merged_record, row))):
        raise DossierError(problems)
    links = {key: _primary_keys(key, merged_record[key] or ()) for key in _LINK_KEYS if key in record}
    missing = [problem for key in links for problem in _missing_row_problems(key, merged_record[key] or (), links[key])]
    if missing:
        raise DossierError(missing)
    _set_columns(row, merged_record, RECORD_KEYS["trajectory"] if new else record)
    if is_generated:
        row.slug = ""  # chosen again on saving: it may be taken meanwhile
    verb = "added" if new else "changed"
    pks = {key: list(found.values()) for key, found in links.items()}
    save_trajectory(row, write_context, verb=verb, links=pks, expected_version=expected_version)
    return row


def _merge_records(before: Record, record: Record) -> dict[str, Any]:
    """Return the record with the keys that it leaves out taken from the one before, also within objects."""
    merged = {**before, **record}
    for key in _OBJECT_COLUMNS:
        if isinstance(record.get(key), Mapping) and isinstance(before.get(key), Mapping):
            merged[key] = {**before[key], **record[key]}
    return merged


def _set_columns(row: Trajectory, record: Record, keys: Collection[str]) -> None:
    """Set the columns of these keys, and those of objects, to the values in the record."""
    for key in RECORD_KEYS["trajectory"]:
        if key in _OBJECT_COLUMNS:
            for part in _OBJECT_COLUMNS[key]:
                setattr(row, f"{key}_{part}", (record.get(key) or {}).get(part) or "")
        elif key not in _LINK_KEYS and key in keys:
            setattr(row, key, to_column(Trajectory, key, record.get(key)))


def _problems(record: Record, row: Trajectory) -> Iterator[Problem]:
    """Yield the problems in the record, as an import of the whole dossier would report them."""
    own = {key: value for key, value in record.items() if key != "motions"}
    document: dict[str, Any] = {"dossier": 1, "trajectory": own}
    if record.get("motions") is not None:
        document["motions"] = record["motions"]
    for found in problems_in(document, _organisation_facts(record)):
        relative_problem = found.relative_problem("trajectory")
        # The slug is derived from the title: a missing title is reported once.
        if not (relative_problem.location == "/slug" and row._state.adding and record.get("slug") is None):
            yield relative_problem
    slug = record.get("slug")
    if not row._state.adding and slug != row.slug:
        yield Problem("/slug", "it cannot be changed", f"leave it out, or write {row.slug!r}")
    if row._state.adding and isinstance(slug, str) and Trajectory.objects.filter(slug=slug[:101]).exists():
        yield Problem("/slug", "it is in use", "choose another, or leave it out", is_taken=True)


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
            noun = key.removesuffix("s")
            yield Problem(pointer(key, index), f"there is no {noun} {name!r}", closest_word_hint(name, found))
