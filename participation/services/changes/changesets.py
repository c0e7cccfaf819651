"""Changesets: the rows that one action of a user saves, with optimistic locking."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from typing import Any, NamedTuple, TypedDict

from django.core.exceptions import ObjectDoesNotExist
from django.core.files import File
from django.db import transaction
from django.db.models import Max, Model
from simple_history.utils import bulk_update_with_history

from participation.compliance.rulebook import Rulebook
from participation.compliance.rulebooks import Rulebooks
from participation.interchange.document_pages import count_pages
from participation.models import (
    Changeset,
    Commitment,
    Contribution,
    Document,
    DocumentShare,
    Motion,
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
from participation.models.removable import Removable
from participation.models.searching import SearchTextField
from participation.models.trajectory_items import TrajectoryItem
from participation.selectors.changes.row_versions import (
    ActorTuple,
    ExpectedVersion,
    changes_since,
    current_version,
    newest_versions,
)
from participation.selectors.obligations.judging import rulebook_of
from participation.services.assessment import OWNERS, reassess_one
from participation.services.bulk_insert import bulk_insert, bulk_insert_with_history
from participation.services.uploads import stored_upload

from .unique_names import free_slug, save_with_unique_name

Owner = Trajectory | Motion | Commitment | Request


class ChangesetWriter:
    """Saves rows on behalf of a user, and collects their history ids before and after."""

    def __init__(self, by: User, now: datetime) -> None:
        """Start with nothing recorded."""
        self.by, self.now = by, now
        self.row_changes: list[list[Any]] = []
        self.m2m_changes: list[list[Any]] = []
        #: The rows among them that are requests of the register: these may move between trajectories.
        self.register_requests: set[int] = set()
        self.changeset: Changeset | None = None
        self._versions: dict[tuple[str, int], int | None] = {}

    def require_changeset(self) -> Changeset:
        """Return the changeset. Raises LookupError where nothing changed, or where it is not complete yet."""
        if self.changeset is None:
            raise LookupError("There is no changeset: nothing was saved, or record_changeset() has not ended yet.")
        return self.changeset

    def save(self, row: Any) -> Any:
        """Validate and save this row, and return it. Raises ValidationError, by field, where it is invalid."""
        row.full_clean()
        return self._save(row)

    def save_all(self, rows: Sequence[Any]) -> None:
        """Validate and save many rows of one model, all new or all changed, in a constant number of queries.

        Foreign keys are not validated: the caller takes them from the same trajectory. Raises ValidationError where a
        row is invalid.
        """
        if not rows:
            return
        unvalidated = columns_not_validated(type(rows[0]))
        for row in rows:
            Model.clean_fields(row, exclude={*unvalidated, *(["id"] if row.pk is None else [])})
            row.clean()
        if rows[0].pk is None:
            self.insert_all(rows)
        else:
            self.restore_all(rows)

    def insert_all(self, rows: Sequence[Any]) -> None:
        """Save many new rows of one model, which were validated as ``save_all`` does."""
        if not rows:
            return
        name, versions = rows[0]._meta.model_name, bulk_insert_with_history(rows, self.by, self.now)
        self.row_changes += [[name, row.pk, None, version] for row, version in zip(rows, versions, strict=True)]

    def restore_all(self, rows: Sequence[Any]) -> None:
        """Save these changed rows of one model as they once were; not validated, as in ``restore``."""
        if not rows:
            return
        model = type(rows[0])
        name, before = model._meta.model_name, newest_versions(model, [row.pk for row in rows])
        names = [field.name for field in model._meta.concrete_fields if not field.primary_key]
        bulk_update_with_history(list(rows), model, names, default_user=self.by, default_date=self.now)
        after = newest_versions(model, [row.pk for row in rows])
        self.row_changes += [[name, row.pk, before.get(row.pk), after[row.pk]] for row in rows]

    def restore(self, row: Any) -> Any:
        """Save this row as it once was and return it; not validated again, only database constraints can reject it."""
        return self._save(row)

    def set_version(self, row: Any, version: int | None) -> None:
        """Keep the latest history id of a row of a locked owner, which was read in this transaction."""
        self._versions[row._meta.model_name, row.pk] = version

    def _version_of(self, row: Any) -> int | None:
        key = (row._meta.model_name, row.pk)
        return self._versions[key] if key in self._versions else version_of(row)

    def _save(self, row: Any) -> Any:
        before = self._version_of(row)
        row._history_user, row._history_date, row.recorded_version = self.by, self.now, None
        row.save()
        self._add_row_change(row, row.pk, before)
        return row

    def remove(self, row: Any) -> None:
        """Delete this row; its history is kept. Raises ProtectedError where others refer to it."""
        before, pk = self._version_of(row), row.pk
        row._history_user, row._history_date, row.recorded_version = self.by, self.now, None
        row.delete()
        self._add_row_change(row, pk, before)

    def remove_all(self, rows: Sequence[Any]) -> None:
        """Delete these rows of one model, to which nothing else refers; those of the register are marked as removed.

        In a constant number of queries.
        """
        if not rows:
            return
        model, keys = type(rows[0]), [row.pk for row in rows]
        name, before = model._meta.model_name, newest_versions(model, keys)
        stored = model._base_manager.filter(pk__in=keys)
        history: Any = model.history.model
        names = [field.attname for field in history.tracked_fields]
        versions = [
            history(
                **{name: getattr(row, name) for name in names},
                history_type="-",
                history_user=self.by,
                history_date=self.now,
            )
            for row in rows
        ]
        bulk_insert(versions)
        after = {row.pk: version.pk for row, version in zip(rows, versions, strict=True)}
        if issubclass(model, Removable):
            # Its number, which is its ref, can be used again in the trajectory that it belonged to.
            left = {"trajectory": None} if model is Request else {}
            stored.update(removed_at=self.now, **left)
        else:
            # The history is written already, for all rows at once: no signal is to write it for each.
            stored._raw_delete(stored.db)
        self.row_changes += [[name, pk, before.get(pk), after[pk]] for pk in keys]
        if model is Request:
            self.register_requests.update(keys)

    def link(self, row: Model, field: str, keys: Iterable[int]) -> None:
        """Set a many-to-many field of this row to exactly these keys."""
        manager = getattr(row, field)
        before, after = sorted(manager.values_list("pk", flat=True)), sorted(keys)
        if before != after:
            manager.set(after)
            self.m2m_changes.append([row._meta.model_name, row.pk, field, before, after])

    def _add_row_change(self, row: Any, pk: int, before: int | None) -> None:
        name, after = row._meta.model_name, row.recorded_version or _latest_history_id(type(row), pk)
        self.row_changes.append([name, pk, before, after])
        self._versions[name, pk] = after
        if isinstance(row, Request) and row.number:
            self.register_requests.add(pk)


def columns_not_validated(model: type[Model]) -> set[str]:
    """Return the columns that are not validated in bulk: foreign keys, and texts derived from other columns."""
    return {f.name for f in model._meta.fields if f.is_relation or isinstance(f, SearchTextField)}


@contextmanager
def record_changeset(
    by: User, owner: Owner, verb: str, *, about: str, rulebooks: Rulebooks, today: date, now: datetime
) -> Iterator[ChangesetWriter]:
    """Record the writes inside as one changeset, and reassess the owner afterwards.

    All in one transaction. A new owner is saved inside, before rows that refer to it. Afterwards ``recorder.changeset``
    is the changeset, or None where nothing changed.
    """
    recorder = ChangesetWriter(by, now)
    owner_type: Any = owner._meta.model_name
    with transaction.atomic():
        if owner.pk:
            # Locks the owner, so that a version checked inside cannot change before the save.
            OWNERS[owner_type][0]._base_manager.select_for_update().filter(pk=owner.pk).values_list("pk").first()
        yield recorder
        if not (recorder.row_changes or recorder.m2m_changes):
            return
        recorder.changeset = Changeset.objects.create(
            **{owner_type: owner},
            by=by,
            at=now,
            verb=verb,
            about=about,
            row_changes=recorder.row_changes,
            m2m_changes=recorder.m2m_changes,
        )
        for affected_type, key in [(owner_type, owner.pk), *_other_owners(recorder, owner_type, owner.pk)]:
            reassess_one(affected_type, key, rulebooks, today, now)


def _other_owners(recorder: ChangesetWriter, owner_type: str, key: int) -> list[tuple[str, int]]:
    """Return what else to reassess: a request of the register that moved, and the trajectories it belonged to."""
    if not recorder.register_requests:
        return []
    changes = [change for change in recorder.row_changes if change[0] == "request"]
    versions = Request.history.filter(history_id__in=[line for change in changes for line in change[2:] if line])
    linked = set(versions.filter(trajectory__isnull=False).values_list("trajectory_id", flat=True))
    found = [("request", pk) for pk in sorted(recorder.register_requests)]
    found += [("trajectory", trajectory) for trajectory in sorted(linked)]
    return [owner for owner in found if owner != (owner_type, key)]


def version_of(row: Any) -> int | None:
    """Return the latest history id of this row, None for a new one: the version for optimistic locking."""
    return _latest_history_id(type(row), row.pk) if row.pk else None


def next_ref(trajectory: Trajectory, letter: str) -> str:
    """Return an unused ref in this trajectory: the letter with the number after the highest in use."""
    pattern = rf"^{letter}[0-9]+$"
    used = [0]
    for model in TrajectoryItem.__subclasses__():
        refs = model._default_manager.filter(trajectory=trajectory, ref__regex=pattern).values_list("ref", flat=True)
        used += [int(ref[len(letter) :]) for ref in refs]
    return f"{letter}{max(used) + 1}"


def _latest_history_id(model: Any, pk: int) -> int | None:
    newest: int | None = model.history.filter(**{model._meta.pk.name: pk}).aggregate(at=Max("history_id"))["at"]
    return newest


#: First letter of the refs of new rows.
REF_PREFIXES: Mapping[type[Any], str] = {Step: "s", Document: "d", Request: "r", Scenario: "sc", Contribution: "c"}


class StaleVersion(Exception):
    """Raised where the row was changed after it was shown (optimistic lock); nothing was saved."""


class WriteArguments(TypedDict):
    """Keyword arguments of services that take the user apart: the rulebooks, the day and the time."""

    rulebooks: Rulebooks
    today: date
    now: datetime


class WriteContext(NamedTuple):
    """Write context: the user, the rulebooks, the day and the time of a write."""

    by: User
    rulebooks: Rulebooks
    today: date
    now: datetime

    @property
    def arguments(self) -> WriteArguments:
        """Return the context without the user."""
        return {"rulebooks": self.rulebooks, "today": self.today, "now": self.now}

    def rulebook_of(self, owner: Owner) -> Rulebook:
        """Return the rulebook that judges this trajectory, motion or commitment."""
        return rulebook_of(owner, self.rulebooks)

    def record_changeset(self, owner: Owner, verb: str, about: str) -> AbstractContextManager[ChangesetWriter]:
        """Return a context manager that records a changeset by this user."""
        return record_changeset(
            self.by, owner, verb, about=about, rulebooks=self.rulebooks, today=self.today, now=self.now
        )


#: Saves what a row refers to, in the changeset of that row and before it.
Prepare = Callable[[ChangesetWriter], None]


def save_part(
    row: Any,
    write_context: WriteContext,
    *,
    verb: str,
    about: str,
    expected_version: ExpectedVersion | None = None,
    prepare: Prepare | None = None,
) -> Changeset | None:
    """Save a row of a trajectory and return the changeset, None where nothing changed.

    A new row gets a free ref. Raises StaleVersion where the stored row differs from ``expected_version``, and
    ValidationError, by field, where it is invalid.
    """
    with write_context.record_changeset(row.trajectory, verb, about) as recorder:
        _check_version(recorder, row, expected_version)
        if prepare is not None:
            prepare(recorder)
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
            row.slug = free_slug(Trajectory, row.title)
        with write_context.record_changeset(row, verb, row.title) as recorder:
            _check_version(recorder, row, expected_version)
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
    prepare: Prepare | None = None,
) -> Changeset | None:
    """Save a plan with its actors, each (organisation, part, suggested by), and return the changeset.

    Actors that are not in the list are removed. Raises StaleVersion and ValidationError as ``save_part`` does.
    """
    with write_context.record_changeset(plan.trajectory, verb, about) as recorder:
        # A plan created concurrently is a conflict too: ``expected_version`` is then that of no plan.
        stored_plan = Plan.objects.filter(trajectory=plan.trajectory).first()
        _check_version(recorder, stored_plan or plan, expected_version)
        if prepare is not None:
            prepare(recorder)
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
    file: "File[bytes] | None" = None,
    counts_pages: bool = False,
    shares: Iterable[tuple[str, Any]] = (),
    expected_version: ExpectedVersion | None = None,
) -> Changeset | None:
    """Save a document, its file, and the parties it was shared with and when; return the changeset.

    Without a new file the current one stays. With ``counts_pages`` the number of pages becomes that of a new file.
    Raises StaleVersion and ValidationError as ``save_part`` does.
    """
    if file is not None and counts_pages:
        # Before the transaction: another process counts, and may take some seconds.
        file.seek(0)
        document.pages = count_pages(file.name or "", file.read())
        file.seek(0)
    with (
        stored_upload(file, write_context.by, write_context.now) as upload,
        write_context.record_changeset(document.trajectory, verb, about) as recorder,
    ):
        _check_version(recorder, document, expected_version)
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
    """Lock the row's trajectory until the transaction ends, or the row itself, and refresh it from the database.

    For a new row only the trajectory is locked: a concurrent insert waits, and then finds the ref in use. Raises
    StaleVersion where the row was deleted, or moved to another trajectory.
    """
    owner = getattr(row, "trajectory", None) or row
    locked = type(owner)._default_manager.select_for_update().filter(pk=owner.pk).order_by().first()
    if row._state.adding:
        return
    before = getattr(row, "trajectory_id", None)
    try:
        row.refresh_from_db()
    except ObjectDoesNotExist:
        raise StaleVersion from None
    if getattr(row, "trajectory_id", None) != before:
        # What was locked is no longer its owner.
        raise StaleVersion
    if owner is not row:
        row.trajectory = locked


def _municipality_of(neighbourhoods: Iterable[int]) -> str:
    """Return the municipality these neighbourhoods share; empty where they differ or there are none."""
    rows = Neighbourhood.objects.filter(pk__in=list(neighbourhoods)).values_list("municipality", flat=True)
    found = set(rows)
    return found.pop() if len(found) == 1 else ""


def _check_version(recorder: ChangesetWriter, row: Any, expected_version: ExpectedVersion | None) -> None:
    if expected_version is None:
        return
    now = current_version(row)
    recorder.set_version(row, now.line or None)
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
        row.stored_values = dict(zip(columns, stored, strict=True)) if stored else None
        recorder.save(row)
