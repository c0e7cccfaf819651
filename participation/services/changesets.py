"""Recording writes as changesets: one transaction, with history and assessment, that can be undone."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Max, Model, ProtectedError
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from participation.compliance.rulebook import Rulebook
from participation.models import Changeset, Commitment, Motion, Trajectory, User
from participation.models.changesets import FINAL_CHANGESET_VERBS
from participation.models.trajectory_items import TrajectoryItem

from .assessment import OWNERS, reassess, reassess_one

Owner = Trajectory | Motion | Commitment


class CannotUndo(Exception):
    """Raised where a changeset cannot be undone; the message says why and what to do instead."""


class ChangesetWriter:
    """Saves rows on behalf of a user, and collects their history ids before and after."""

    def __init__(self, by: User, now: datetime) -> None:
        """Start with nothing recorded."""
        self.by, self.now = by, now
        self.row_changes: list[list[Any]] = []
        self.m2m_changes: list[list[Any]] = []
        self.changeset: Changeset | None = None

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
            saved, before = list(rows), _latest_history_ids(model, [row.pk for row in rows])
            names = [field.name for field in model._meta.concrete_fields if not field.primary_key]
            bulk_update_with_history(saved, model, names, **history_options)
        after = _latest_history_ids(model, [row.pk for row in saved])
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


@contextmanager
def record_changeset(
    by: User, owner: Owner, verb: str, *, about: str, rulebook: Rulebook, today: date, now: datetime
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
            reassess_one(owner.pk, rulebook, today, now)
        else:
            reassess(owner_type, [owner.pk], rulebook, today, now)


def undo(changeset: Changeset, by: User, *, rulebook: Rulebook, today: date, now: datetime) -> Changeset:
    """Undo a changeset, and return the new changeset that does so.

    Raises CannotUndo where it was undone before, or where a row was changed since: later work is never overwritten. The
    history keeps both the changes and their undoing.
    """
    owner = changeset.trajectory or changeset.motion or changeset.commitment
    assert owner is not None
    if changeset.verb == "erased":
        raise CannotUndo(_("What was removed for good cannot be brought back."))
    if changeset.verb in FINAL_CHANGESET_VERBS:
        raise CannotUndo(_("What was undone cannot be undone again. Record it again."))
    with record_changeset(
        by, owner, "undone", about=changeset.about, rulebook=rulebook, today=today, now=now
    ) as recorder:
        if not Changeset.objects.filter(pk=changeset.pk, undone_at__isnull=True).update(undone_at=now):
            raise CannotUndo(_("This was already undone."))
        rows = [(_model(name), pk, before, after) for name, pk, before, after in reversed(changeset.row_changes)]
        # For a row saved more than once in the changeset, its last history id counts.
        newest: dict[tuple[Any, int], int | None] = {}
        for model, pk, _before, after in rows:
            newest.setdefault((model, pk), after)
        for (model, pk), after in newest.items():
            if _latest_history_id(model, pk) != after:
                raise CannotUndo(_("Someone changed this since. Look at its history, and change it by hand."))
        for name, pk, field, before, after in reversed(changeset.m2m_changes):
            row = _model(name)._default_manager.filter(pk=pk).first()
            if row is None:
                continue
            if sorted(getattr(row, field).values_list("pk", flat=True)) != after:
                raise CannotUndo(_("Someone changed this since. Look at its history, and change it by hand."))
            recorder.link(row, field, before)
        for model, pk, before, _after in rows:
            _restore(recorder, model, pk, before)
    assert recorder.changeset is not None
    return recorder.changeset


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
    recorder.restore(model.history.get(history_id=before).instance)


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


def _latest_history_ids(model: Any, keys: Sequence[int]) -> dict[int, int]:
    rows = model.history.filter(**{f"{model._meta.pk.name}__in": keys}).order_by()
    return dict(rows.values_list(model._meta.pk.name).annotate(at=Max("history_id")))


def _model(name: str) -> Any:
    return apps.get_model("participation", name)
