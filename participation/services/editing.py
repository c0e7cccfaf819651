"""Creating and changing rows of a trajectory, with optimistic locking."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.core.exceptions import ObjectDoesNotExist
from django.core.files import File
from django.utils.text import slugify

from participation.compliance.rulebook import Rulebook
from participation.dossier.names import TRAJECTORY_SLUGS
from participation.models import (
    Changeset,
    Contribution,
    Document,
    DocumentShare,
    Neighbourhood,
    Organisation,
    Plan,
    PlanActor,
    Request,
    Scenario,
    Step,
    Trajectory,
    User,
)
from participation.selectors.row_versions import ActorTuple, ExpectedVersion, changes_since, current_version

from .changesets import ChangesetWriter, next_ref, record_changeset
from .unique_names import save_with_unique_name
from .uploads import stored_upload

#: First letter of the refs of new rows.
REF_PREFIXES: Mapping[type[Any], str] = {Step: "s", Document: "d", Request: "r", Scenario: "sc", Contribution: "c"}


class StaleVersion(Exception):
    """Raised where the row was changed after it was shown (optimistic lock); nothing was saved."""


class WriteContext(NamedTuple):
    """Write context: the user, the rulebook, the day and the time of a write."""

    by: User
    rulebook: Rulebook
    today: date
    now: datetime

    def record_changeset(self, owner: Trajectory, verb: str, about: str) -> Any:
        """Return a context manager that records a changeset by this user."""
        return record_changeset(
            self.by, owner, verb, about=about, rulebook=self.rulebook, today=self.today, now=self.now
        )


def save_part(
    row: Any, write_context: WriteContext, *, verb: str, about: str, expected_version: ExpectedVersion | None = None
) -> Changeset | None:
    """Save a row of a trajectory and return the changeset, None where nothing changed.

    A new row gets a free ref. Raises StaleVersion where the stored row differs from ``expected_version``, and
    ValidationError, by field, where it is invalid.
    """
    with write_context.record_changeset(row.trajectory, verb, about) as recorder:
        _check_version(row, expected_version)
        _save(recorder, row)
    return recorder.changeset


def save_trajectory(
    row: Trajectory,
    write_context: WriteContext,
    *,
    verb: str,
    links: Mapping[str, Iterable[int]],
    expected_version: ExpectedVersion | None = None,
) -> Changeset | None:
    """Save a trajectory with its many-to-many links and return the changeset, None where nothing changed.

    A new one gets a slug made from its title, and an adviser who creates it becomes its adviser. Raises
    StaleVersion and ValidationError as ``save_part`` does.
    """
    new, is_generated = row.pk is None, not row.slug

    def save() -> Changeset | None:
        if is_generated:
            row.slug = free_slug(row.title)
        with write_context.record_changeset(row, verb, row.title) as recorder:
            _check_version(row, expected_version)
            if new:
                row.municipality = row.municipality or _municipality_of(links.get("neighbourhoods", ()))
            _save(recorder, row)
            for column, keys in links.items():
                recorder.link(row, column, keys)
            if new and write_context.by.role == "adviser":
                recorder.link(row, "advisers", {write_context.by.pk, *links.get("advisers", ())})
        return recorder.changeset

    return save_with_unique_name(row, "slug", save, is_generated=is_generated) if new else save()


def save_plan(
    plan: Plan,
    actors: Iterable[ActorTuple],
    write_context: WriteContext,
    *,
    verb: str,
    about: str,
    expected_version: ExpectedVersion | None = None,
) -> Changeset | None:
    """Save a plan with its actors, each (organisation, part, suggested by), and return the changeset.

    Actors that are not in the list are removed. Raises StaleVersion and ValidationError as ``save_part`` does.
    """
    with write_context.record_changeset(plan.trajectory, verb, about) as recorder:
        # A plan created concurrently is a conflict too: ``expected_version`` is then that of no plan.
        stored_plan = Plan.objects.filter(trajectory=plan.trajectory).first()
        _check_version(stored_plan or plan, expected_version)
        _save(recorder, plan)
        wanted = {(slug, part): suggested_by for slug, part, suggested_by in actors}
        stored = {(a.organisation.slug, a.part): a for a in plan.actors.select_related("organisation")}
        for key, actor in stored.items():
            if key not in wanted:
                recorder.remove(actor)
        organisations = Organisation.objects.in_bulk({slug for slug, _part in wanted}, field_name="slug")
        for (slug, part), suggested_by in wanted.items():
            actor = stored.get((slug, part)) or PlanActor(plan=plan, organisation=organisations[slug], part=part)
            actor.suggested_by = suggested_by
            _save(recorder, actor)
    return recorder.changeset


def save_document(
    document: Document,
    write_context: WriteContext,
    *,
    verb: str,
    about: str,
    file: File | None = None,
    shares: Iterable[tuple[str, Any]] = (),
    expected_version: ExpectedVersion | None = None,
) -> Changeset | None:
    """Save a document, its file, and the parties it was shared with and when; return the changeset.

    Without a new file the current one stays. Raises StaleVersion and ValidationError as ``save_part`` does.
    """
    with (
        stored_upload(file, write_context.by, write_context.now) as upload,
        write_context.record_changeset(document.trajectory, verb, about) as recorder,
    ):
        _check_version(document, expected_version)
        if upload is not None:
            document.file = upload
        _save(recorder, document)
        existing_shares = set(document.shares.values_list("party", "on"))
        for party, on in dict.fromkeys(shares):
            if (party, on) not in existing_shares:
                recorder.save(DocumentShare(document=document, party=party, on=on))
    return recorder.changeset


def share(
    trajectory: Trajectory,
    documents: Iterable[Document],
    parties: Iterable[str],
    on: Any,
    write_context: WriteContext,
    *,
    about: str,
) -> Changeset | None:
    """Record that these parties received these documents on that day; return the changeset, None for no change.

    A party that lacks some of the documents gets only those; one that has them all gets them again on that day.
    """
    documents, parties = list(documents), list(parties)
    with write_context.record_changeset(trajectory, "shared", about) as recorder:
        existing_shares: dict[str, dict[int, set[Any]]] = {}
        rows = DocumentShare.objects.filter(document__in=documents, party__in=parties)
        for document_id, party, day in rows.values_list("document_id", "party", "on"):
            existing_shares.setdefault(party, {}).setdefault(document_id, set()).add(day)
        for party in parties:
            missing = [d for d in documents if d.pk not in existing_shares.get(party, {})]
            for document in missing or documents:
                if on not in existing_shares.get(party, {}).get(document.pk, ()):
                    recorder.save(DocumentShare(document=document, party=party, on=on))
    return recorder.changeset


def unshare(share: DocumentShare, write_context: WriteContext, *, about: str) -> Changeset | None:
    """Delete the record that a party received a document; return the changeset."""
    with write_context.record_changeset(share.document.trajectory, "removed", about) as recorder:
        recorder.remove(share)
    return recorder.changeset


def lock_and_refresh(row: Any) -> None:
    """Lock the row's trajectory until the transaction ends, and refresh the row from the database.

    For a new row only the trajectory is locked: a concurrent insert waits, and then finds the ref in use. Raises
    StaleVersion where the row was deleted.
    """
    owner = getattr(row, "trajectory", row)
    type(owner)._default_manager.select_for_update().filter(pk=owner.pk).values_list("pk").first()
    if row._state.adding:
        return
    try:
        row.refresh_from_db()
    except ObjectDoesNotExist:
        raise StaleVersion from None


def free_slug(title: str) -> str:
    """Return an unused trajectory slug made from this title."""
    base = slugify(title)[:90].strip("-") or "traject"
    base = "-".join(part for part in base.replace("_", "-").split("-") if part)
    taken = TRAJECTORY_SLUGS.reserved | set(
        Trajectory.objects.filter(slug__startswith=base).values_list("slug", flat=True)
    )
    names = (base, *(f"{base}-{number}" for number in range(2, len(taken) + 2)))
    return next(name for name in names if name not in taken)


def _municipality_of(neighbourhoods: Iterable[int]) -> str:
    """Return the municipality these neighbourhoods share; empty where they differ or there are none."""
    rows = Neighbourhood.objects.filter(pk__in=list(neighbourhoods)).values_list("municipality", flat=True)
    found = set(rows)
    return found.pop() if len(found) == 1 else ""


def _check_version(row: Any, expected_version: ExpectedVersion | None) -> None:
    if expected_version is None:
        return
    now = current_version(row)
    # A change that was undone since leaves the content as shown: no conflict.
    if now != expected_version and (now.parts != expected_version.parts or changes_since(row, expected_version)):
        raise StaleVersion


def _save(recorder: ChangesetWriter, row: Any) -> None:
    """Save a row that is new or differs from what is stored, so that an unchanged row adds no history."""
    if row.pk is None:
        if type(row) in REF_PREFIXES and not row.ref:
            row.ref = next_ref(row.trajectory, REF_PREFIXES[type(row)])
        recorder.save(row)
        return
    columns = [field.attname for field in row._meta.concrete_fields]
    stored = type(row)._default_manager.filter(pk=row.pk).values_list(*columns).first()
    if stored != tuple(getattr(row, column) for column in columns):
        recorder.save(row)
