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
from participation.selectors.row_versions import Actor, ExpectedVersion, changes_since, shown_now

from .changesets import ChangesetWriter, next_ref, recording
from .unique_names import save_named
from .uploads import storing

#: First letter of the refs of new rows.
LETTERS: Mapping[type[Any], str] = {Step: "s", Document: "d", Request: "r", Scenario: "sc", Contribution: "c"}


class StaleVersion(Exception):
    """Raised where the row was changed after it was shown (optimistic lock); nothing was saved."""


class WriteContext(NamedTuple):
    """Write context: the user, the rulebook, the day and the time of a write."""

    by: User
    rulebook: Rulebook
    today: date
    now: datetime

    def recording(self, owner: Trajectory, verb: str, about: str) -> Any:
        """Return a context manager that records a changeset by this user."""
        return recording(self.by, owner, verb, about=about, rulebook=self.rulebook, today=self.today, now=self.now)


def save_part(
    row: Any, door: WriteContext, *, verb: str, about: str, shown: ExpectedVersion | None = None
) -> Changeset | None:
    """Save a row of a trajectory and return the changeset, None where nothing changed.

    A new row gets a free ref. Raises StaleVersion where the stored row differs from ``shown``, and ValidationError,
    by field, where it is invalid.
    """
    with door.recording(row.trajectory, verb, about) as recorder:
        _refuse_changed(row, shown)
        _save(recorder, row)
    return recorder.changeset


def save_trajectory(
    row: Trajectory,
    door: WriteContext,
    *,
    verb: str,
    links: Mapping[str, Iterable[int]],
    shown: ExpectedVersion | None = None,
) -> Changeset | None:
    """Save a trajectory with its many-to-many links and return the changeset, None where nothing changed.

    A new one gets a slug made from its title, and an adviser who creates it becomes its adviser. Raises
    StaleVersion and ValidationError as ``save_part`` does.
    """
    new, chosen = row.pk is None, not row.slug

    def save() -> Changeset | None:
        if chosen:
            row.slug = free_slug(row.title)
        with door.recording(row, verb, row.title) as recorder:
            _refuse_changed(row, shown)
            if new:
                row.municipality = row.municipality or _municipality_of(links.get("neighbourhoods", ()))
            _save(recorder, row)
            for column, keys in links.items():
                recorder.link(row, column, keys)
            if new and door.by.role == "adviser":
                recorder.link(row, "advisers", {door.by.pk, *links.get("advisers", ())})
        return recorder.changeset

    return save_named(row, "slug", save, chosen=chosen) if new else save()


def save_plan(
    plan: Plan,
    actors: Iterable[Actor],
    door: WriteContext,
    *,
    verb: str,
    about: str,
    shown: ExpectedVersion | None = None,
) -> Changeset | None:
    """Save a plan with its actors, each (organisation, part, suggested by), and return the changeset.

    Actors that are not in the list are removed. Raises StaleVersion and ValidationError as ``save_part`` does.
    """
    with door.recording(plan.trajectory, verb, about) as recorder:
        # A plan created concurrently is a conflict too: ``shown`` is then that of no plan.
        there = Plan.objects.filter(trajectory=plan.trajectory).first()
        _refuse_changed(there or plan, shown)
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
    door: WriteContext,
    *,
    verb: str,
    about: str,
    file: File | None = None,
    shares: Iterable[tuple[str, Any]] = (),
    shown: ExpectedVersion | None = None,
) -> Changeset | None:
    """Save a document, its file, and the parties it was shared with and when; return the changeset.

    Without a new file the current one stays. Raises StaleVersion and ValidationError as ``save_part`` does.
    """
    with (
        storing(file, door.by, door.now) as upload,
        door.recording(document.trajectory, verb, about) as recorder,
    ):
        _refuse_changed(document, shown)
        if upload is not None:
            document.file = upload
        _save(recorder, document)
        had = set(document.shares.values_list("party", "on"))
        for party, on in dict.fromkeys(shares):
            if (party, on) not in had:
                recorder.save(DocumentShare(document=document, party=party, on=on))
    return recorder.changeset


def share(
    trajectory: Trajectory,
    documents: Iterable[Document],
    parties: Iterable[str],
    on: Any,
    door: WriteContext,
    *,
    about: str,
) -> Changeset | None:
    """Record that these parties received these documents on that day; return the changeset, None for no change.

    A party that lacks some of the documents gets only those; one that has them all gets them again on that day.
    """
    documents, parties = list(documents), list(parties)
    with door.recording(trajectory, "shared", about) as recorder:
        had: dict[str, dict[int, set[Any]]] = {}
        rows = DocumentShare.objects.filter(document__in=documents, party__in=parties)
        for document_id, party, day in rows.values_list("document_id", "party", "on"):
            had.setdefault(party, {}).setdefault(document_id, set()).add(day)
        for party in parties:
            lacked = [d for d in documents if d.pk not in had.get(party, {})]
            for document in lacked or documents:
                if on not in had.get(party, {}).get(document.pk, ()):
                    recorder.save(DocumentShare(document=document, party=party, on=on))
    return recorder.changeset


def unshare(share: DocumentShare, door: WriteContext, *, about: str) -> Changeset | None:
    """Delete the record that a party received a document; return the changeset."""
    with door.recording(share.document.trajectory, "removed", about) as recorder:
        recorder.remove(share)
    return recorder.changeset


def hold(row: Any) -> None:
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
    made = slugify(title)[:90].strip("-") or "traject"
    made = "-".join(part for part in made.replace("_", "-").split("-") if part)
    taken = TRAJECTORY_SLUGS.reserved | set(
        Trajectory.objects.filter(slug__startswith=made).values_list("slug", flat=True)
    )
    names = (made, *(f"{made}-{number}" for number in range(2, len(taken) + 2)))
    return next(name for name in names if name not in taken)


def _municipality_of(neighbourhoods: Iterable[int]) -> str:
    """Return the municipality these neighbourhoods share; empty where they differ or there are none."""
    rows = Neighbourhood.objects.filter(pk__in=list(neighbourhoods)).values_list("municipality", flat=True)
    found = set(rows)
    return found.pop() if len(found) == 1 else ""


def _refuse_changed(row: Any, shown: ExpectedVersion | None) -> None:
    if shown is None:
        return
    now = shown_now(row)
    # A change that was undone since leaves the content as shown: no conflict.
    if now != shown and (now.parts != shown.parts or changes_since(row, shown)):
        raise StaleVersion


def _save(recorder: ChangesetWriter, row: Any) -> None:
    """Save a row that is new or differs from what is stored, so that an unchanged row adds no history."""
    if row.pk is None:
        if type(row) in LETTERS and not row.ref:
            row.ref = next_ref(row.trajectory, LETTERS[type(row)])
        recorder.save(row)
        return
    columns = [field.attname for field in row._meta.concrete_fields]
    stored = type(row)._default_manager.filter(pk=row.pk).values_list(*columns).first()
    if stored != tuple(getattr(row, column) for column in columns):
        recorder.save(row)
