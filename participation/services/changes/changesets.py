"""Changesets: the rows that one action of a user saves, with optimistic locking, and how they are undone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from typing import Any, NamedTuple, TypedDict

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.core.files import File
from django.db import transaction
from django.db.models import Max, Model, ProtectedError
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from participation.compliance.rulebook import Rulebook
from participation.compliance.rulebooks import Rulebooks
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
from participation.models.changesets import FINAL_CHANGESET_VERBS
from participation.models.trajectory_items import TrajectoryItem
from participation.selectors.changes.row_versions import (
    ActorTuple,
    ExpectedVersion,
    changes_since,
    current_version,
    newest_versions,
    row_of_version,
)
from participation.selectors.obligations.judging import rulebook_of
from participation.services.assessment import OWNERS, reassess, reassess_one
from participation.services.uploads import stored_upload

from .unique_names import free_slug, save_with_unique_name

Owner = Trajectory | Motion | Commitment | Request


class CannotUndo(Exception):
    """Raised where a changeset cannot be undone; the message has the reason and the remedy."""


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
        model = type(rows[0])
        foreign_keys = {field.name for field in model._meta.fields if field.is_relation}
        for row in rows:
            Model.clean_fields(row, exclude={*foreign_keys, *(["id"] if row.pk is None else [])})
            row.clean()
        history_options = {"default_user": self.by, "default_date": self.now}
        before: dict[int, int] = {}
        if rows[0].pk is None:
            saved = bulk_create_with_history(list(rows), model, **history_options)
        else:
            saved, before = list(rows), newest_versions(model, [row.pk for row in rows])
            names = [field.name for field in model._meta.concrete_fields if not field.primary_key]
            bulk_update_with_history(saved, model, names, **history_options)
        after = newest_versions(model, [row.pk for row in saved])
        name = model._meta.model_name
        self.row_changes += [[name, row.pk, before.get(row.pk), after[row.pk]] for row in saved]

    def restore(self, row: Any) -> Any:
        """Save this row as it once was and return it; not validated again, only database constraints can reject it."""
        return self._save(row)

    def _save(self, row: Any) -> Any:
        before = version_of(row)
        row._history_user, row._history_date = self.by, self.now
        row.save()
        self._add_row_change(row, row.pk, before)
        return row

    def remove(self, row: Any) -> None:
        """Delete this row; its history is kept. Raises ProtectedError where others refer to it."""
        before, pk = version_of(row), row.pk
        row._history_user, row._history_date = self.by, self.now
        row.delete()
        self._add_row_change(row, pk, before)

    def link(self, row: Model, field: str, keys: Iterable[int]) -> None:
        """Set a many-to-many field of this row to exactly these keys."""
        manager = getattr(row, field)
        before, after = sorted(manager.values_list("pk", flat=True)), sorted(keys)
        if before != after:
            manager.set(after)
            self.m2m_changes.append([row._meta.model_name, row.pk, field, before, after])

    def _add_row_change(self, row: Any, pk: int, before: int | None) -> None:
        self.row_changes.append([row._meta.model_name, pk, before, _latest_history_id(type(row), pk)])
        if isinstance(row, Request) and row.number:
            self.register_requests.add(pk)


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
            OWNERS[owner_type][0]._default_manager.select_for_update().filter(pk=owner.pk).values_list("pk").first()
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
        if owner_type == "trajectory":
            reassess_one(owner.pk, rulebooks, today, now)
        else:
            reassess(owner_type, [owner.pk], rulebooks, today, now)
        for other_type, key in _other_owners(recorder, owner_type, owner.pk):
            reassess(other_type, [key], rulebooks, today, now)


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


def undo(changeset: Changeset, by: User, *, rulebooks: Rulebooks, today: date, now: datetime) -> Changeset:
    """Undo a changeset, and return the new changeset that does so.

    Raises CannotUndo where it was undone before, or where a row was changed since: later work is never overwritten. The
    history keeps both the changes and their undoing.
    """
    if changeset.verb == "erased":
        raise CannotUndo(_("What was removed for good cannot be brought back."))
    if changeset.verb in FINAL_CHANGESET_VERBS:
        raise CannotUndo(_("What was undone cannot be undone again. Record it again."))
    with record_changeset(
        by, changeset.owner, "undone", about=changeset.about, rulebooks=rulebooks, today=today, now=now
    ) as recorder:
        if not Changeset.objects.filter(pk=changeset.pk, undone_at__isnull=True).update(undone_at=now):
            raise CannotUndo(_("This was already undone."))
        rows = [(_model(name), pk, before, after) for name, pk, before, after in reversed(changeset.row_changes)]
        # For a row saved more than once in the changeset, its last history id counts.
        newest = {(model, pk): after for model, pk, _before, after in reversed(rows)}
        if any(_latest_history_id(model, pk) != after for (model, pk), after in newest.items()):
            raise _changed_since()
        for name, pk, field, before, after in reversed(changeset.m2m_changes):
            _undo_links(recorder, _model(name)._default_manager.filter(pk=pk).first(), field, before, after)
        for model, pk, before, _after in rows:
            _restore(recorder, model, pk, before)
    return recorder.require_changeset()


def _changed_since() -> CannotUndo:
    return CannotUndo(_("Someone changed this since. Look at its history, and change it by hand."))


def _undo_links(recorder: ChangesetWriter, row: Any, field: str, before: Sequence[int], after: Sequence[int]) -> None:
    """Set a many-to-many field to these keys again, unless the row is gone. Raises CannotUndo where it has others."""
    if row is None:
        return
    if sorted(getattr(row, field).values_list("pk", flat=True)) != after:
        raise _changed_since()
    recorder.link(row, field, before)


def _restore(recorder: ChangesetWriter, model: Any, pk: int, before: int | None) -> None:
    """Restore a row: delete it where it was new, otherwise save it as in that history record."""
    if before is None:
        row = model._default_manager.filter(pk=pk).first()
        try:
            if row is not None:
                recorder.remove(row)
        except ProtectedError:
            raise CannotUndo(_("Other records depend on it by now. Change or cancel it instead.")) from None
        return
    recorder.restore(row_of_version(model.history.get(history_id=before)))


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


def _model(name: str) -> Any:
    return apps.get_model("participation", name)


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
            row.slug = free_slug(Trajectory, row.title)
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
    file: "File[bytes] | None" = None,
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
    """Lock the row's trajectory until the transaction ends, or the row itself, and refresh it from the database.

    For a new row only the trajectory is locked: a concurrent insert waits, and then finds the ref in use. Raises
    StaleVersion where the row was deleted, or moved to another trajectory.
    """
    owner = getattr(row, "trajectory", None) or row
    type(owner)._default_manager.select_for_update().filter(pk=owner.pk).values_list("pk").first()
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
