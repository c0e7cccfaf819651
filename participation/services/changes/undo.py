"""Undoing changesets: of one action, or of a whole import. Later work is never overwritten."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from django.apps import apps
from django.db import transaction
from django.db.models import ProtectedError, Q
from django.utils.translation import gettext as _

from participation.compliance.rulebooks import Rulebooks
from participation.models import (
    Changeset,
    Commitment,
    CommitmentFulfilment,
    Erasure,
    Motion,
    Obligation,
    Organisation,
    ProgressReport,
    Request,
    User,
)
from participation.models.changesets import FINAL_CHANGESET_VERBS
from participation.selectors.changes.row_versions import newest_versions, row_of_version
from participation.selectors.dossiers.naming import trajectories_naming
from participation.services.assessment import reassess_keys
from participation.services.batches import batches

from .changesets import ChangesetWriter, Owner, record_changeset

#: The tables of the register, those that refer to others first: in this order rows are removed.
_REGISTER_MODELS: Final = (ProgressReport, CommitmentFulfilment, Motion, Commitment, Request)
_REGISTER_NAMES: Final = frozenset(str(model._meta.model_name) for model in _REGISTER_MODELS)
#: What refers to a row of the register and stays when that is removed.
_LOGS: Final = (Obligation, Changeset, Erasure)
#: The number of rows that are looked up or removed at a time.
_CHUNK_SIZE: Final = 2_000
#: The number of names in the message on what cannot be undone.
_MAX_NAMES: Final = 10


class CannotUndo(Exception):
    """Raised where a changeset cannot be undone; the message has the reason and the remedy."""


def undo(changeset: Changeset, by: User, *, rulebooks: Rulebooks, today: date, now: datetime) -> Changeset:
    """Undo a changeset, and return the new changeset that does so.

    Raises CannotUndo where it was undone before, or where a row was changed since: later work is never overwritten. The
    history keeps both the changes and their undoing.
    """
    check_verb(changeset)
    if _is_of_register(changeset):
        (undone,) = _undo_in_register([changeset], by, rulebooks, today, now)
        return undone
    with record_changeset(
        by, changeset.owner, "undone", about=changeset.about, rulebooks=rulebooks, today=today, now=now
    ) as recorder:
        _mark_undone([changeset], now)
        for _checked in check_rows(changeset):
            pass
        rows = [(_model(name), pk, before, after) for name, pk, before, after in reversed(changeset.row_changes)]
        for name, pk, field, before, after in reversed(changeset.m2m_changes):
            _undo_links(recorder, _model(name)._default_manager.filter(pk=pk).first(), field, before, after)
        removed = _remove_unreferenced(recorder, rows)
        for model, pk, before, _after in rows:
            if (model, pk) not in removed:
                _restore(recorder, model, pk, before)
    return recorder.require_changeset()


def check_verb(changeset: Changeset) -> None:
    """Raise CannotUndo where what was done cannot be undone, or was undone already."""
    if changeset.verb == "erased":
        raise CannotUndo(_("What was removed for good cannot be brought back."))
    if changeset.verb in FINAL_CHANGESET_VERBS:
        raise CannotUndo(_("What was undone cannot be undone again. Record it again."))
    if changeset.undone_at is not None:
        raise _undone_already()


def check_rows(changeset: Changeset) -> Iterator[int]:
    """Yield how many rows of the changeset were checked, after each chunk; in a constant number of queries per chunk.

    Raises CannotUndo where a row was changed since.
    """
    # For a row saved more than once in the changeset, its last history id counts.
    newest = {(_model(name), pk): after for name, pk, _before, after in changeset.row_changes}
    checked = 0
    for model, keys in _chunks(newest):
        stored = newest_versions(model, keys)
        if any(stored.get(pk) != newest[model, pk] for pk in keys):
            raise _changed_since()
        checked += len(keys)
        yield checked


def changesets_of_import(changeset: Changeset) -> list[Changeset]:
    """Return the changesets of the same import, this one included, in the order of their owners."""
    lead = changeset.import_lead_id or changeset.pk
    found = Changeset.objects.filter(Q(pk=lead) | Q(import_lead=lead))
    found = found.select_related("trajectory", "motion", "commitment", "request")
    return list(found.order_by("trajectory_id", "motion_id", "commitment_id", "request_id", "pk"))


def undo_import(changeset: Changeset, by: User, *, rulebooks: Rulebooks, today: date, now: datetime) -> int:
    """Undo all that was recorded by the import of this changeset, or nothing; return how many changesets that were.

    What was undone by itself before is left as it is. Raises CannotUndo, with the name of the trajectory, motion,
    commitment or request, as ``undo`` does, and where there is nothing left to undo.
    """
    found = [one for one in changesets_of_import(changeset) if one.undone_at is None]
    if not found:
        raise _undone_already()
    with transaction.atomic():
        of_register = [one for one in found if _is_of_register(one)]
        if of_register:
            _undo_in_register(of_register, by, rulebooks, today, now)
        for one in found:
            if one in of_register:
                continue
            try:
                undo(one, by, rulebooks=rulebooks, today=today, now=now)
            except CannotUndo as problem:
                raise CannotUndo(f"{one.owner}: {problem}") from problem
    return len(found)


def _mark_undone(changesets: Collection[Changeset], now: datetime) -> None:
    """Mark these as undone. Raises CannotUndo where one of them was already."""
    keys = [changeset.pk for changeset in changesets]
    if Changeset.objects.filter(pk__in=keys, undone_at__isnull=True).update(undone_at=now) < len(keys):
        raise _undone_already()


def _undone_already() -> CannotUndo:
    return CannotUndo(_("This was already undone."))


def _changed_since() -> CannotUndo:
    return CannotUndo(_("Someone changed this since. Look at its history, and change it by hand."))


def _depended_on() -> CannotUndo:
    return CannotUndo(_("Other records depend on it by now. Change or cancel it instead."))


# ---------------------------------------------------------------- the register


def later_work(changesets: Iterable[Changeset]) -> list[Owner]:
    """Return what of these changesets cannot be undone: it was changed since, or something was recorded with it.

    In a constant number of queries. Of changesets of trajectories nothing is returned: ``undo`` finds out.
    """
    found = [changeset for changeset in changesets if _is_of_register(changeset)]
    changes = _RegisterChanges(found)
    return _owners_of(found, changes.changed_since() | changes.referred_to())


def _is_of_register(changeset: Changeset) -> bool:
    names = {change[0] for change in changeset.row_changes}
    is_lone = changeset.trajectory_id is None
    return bool(names) and names <= _REGISTER_NAMES and not changeset.m2m_changes and is_lone


def _owners_of(changesets: Iterable[Changeset], rows: Collection[tuple[str, int]]) -> list[Owner]:
    """Return the owners of the changesets that have one of these rows."""
    return [changeset.owner for changeset in changesets if rows_of(changeset).intersection(rows)]


def _names(owners: Sequence[Owner]) -> str:
    found = [getattr(owner, "number", str(owner)) for owner in owners]
    names = ", ".join(found[:_MAX_NAMES]) + (" …" if len(found) > _MAX_NAMES else "")
    return _("Something was recorded since with %(names)s. Nothing was undone.") % {"names": names}


def rows_of(changeset: Changeset) -> set[tuple[str, int]]:
    """Return the rows of a changeset, each as the name of its model and its key."""
    return {(name, pk) for name, pk, *_versions in changeset.row_changes}


class _RegisterChanges:
    """The rows of the register that some changesets changed, each with its versions before and after."""

    def __init__(self, changesets: Iterable[Changeset]) -> None:
        #: The version before the first change of each row (None: it was new), and after its last.
        self.before: dict[tuple[str, int], int | None] = {}
        self.after: dict[tuple[str, int], int] = {}
        for changeset in sorted(changesets, key=lambda changeset: changeset.pk):
            for name, pk, before, after in changeset.row_changes:
                self.before.setdefault((name, pk), before)
                self.after[name, pk] = after

    def keys(self, model: Any, *, new: bool) -> list[int]:
        """Return the keys of the rows of this model that were new, or that were not."""
        name = model._meta.model_name
        return sorted(pk for (of, pk), before in self.before.items() if of == name and (before is None) == new)

    def changed_since(self) -> set[tuple[str, int]]:
        """Return the rows of which the newest version is another one."""
        found = set[tuple[str, int]]()
        for model in _REGISTER_MODELS:
            name = str(model._meta.model_name)
            keys = [pk for of, pk in self.after if of == name]
            newest = newest_versions(model, keys) if keys else {}
            found |= {(name, pk) for pk in keys if newest.get(pk) != self.after[name, pk]}
        return found

    def referred_to(self) -> set[tuple[str, int]]:
        """Return the new rows to which something refers that is not undone with them."""
        found = set[tuple[str, int]]()
        for model in _REGISTER_MODELS:
            if not (keys := self.keys(model, new=True)):
                continue
            for relation in model._meta.related_objects:
                column, others = relation.field.name, relation.related_model
                if others in _LOGS:
                    continue
                rows = others._base_manager.filter(**{f"{column}__in": keys})
                if others in _REGISTER_MODELS:
                    rows = rows.exclude(pk__in=self.keys(others, new=True))
                found |= {(str(model._meta.model_name), pk) for pk in rows.values_list(column, flat=True)}
        return found


def _undo_in_register(
    changesets: Sequence[Changeset], by: User, rulebooks: Rulebooks, today: date, now: datetime
) -> list[Changeset]:
    """Undo changesets of motions, commitments and requests together, in a constant number of queries."""
    changes, recorder = _RegisterChanges(changesets), ChangesetWriter(by, now)
    with transaction.atomic():
        for owner in (Motion, Commitment, Request):
            keys = {getattr(changeset, f"{owner._meta.model_name}_id") for changeset in changesets} - {None}
            list(owner._base_manager.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
        _mark_undone(changesets, now)
        changed, referred = changes.changed_since(), changes.referred_to()
        if late := _owners_of(changesets, changed | referred):
            raise CannotUndo(_names(late)) if len(changesets) > 1 else _changed_since() if changed else _depended_on()
        for model in _REGISTER_MODELS:
            recorder.remove_all(list(model._base_manager.filter(pk__in=changes.keys(model, new=True))))
            recorder.restore_all(list(_earlier_rows(model, changes)))
        undone = Changeset.objects.bulk_create(_undoing(changesets, recorder))
        for owner_type in ("motion", "commitment", "request"):
            keys = {getattr(changeset, f"{owner_type}_id") for changeset in changesets} - {None}
            reassess_keys(owner_type, sorted(keys), rulebooks, today, now)
    return undone


def _earlier_rows(model: Any, changes: _RegisterChanges) -> Iterator[Any]:
    versions = [changes.before[model._meta.model_name, pk] for pk in changes.keys(model, new=False)]
    for version in model.history.filter(history_id__in=versions) if versions else ():
        yield row_of_version(version)


def _undoing(changesets: Iterable[Changeset], recorder: ChangesetWriter) -> Iterator[Changeset]:
    recorded = {(name, pk): [name, pk, before, after] for name, pk, before, after in recorder.row_changes}
    for changeset in changesets:
        yield Changeset(
            motion=changeset.motion,
            commitment=changeset.commitment,
            request=changeset.request,
            by=recorder.by,
            at=recorder.now,
            verb="undone",
            about=changeset.about,
            row_changes=[recorded[row] for row in sorted(rows_of(changeset))],
        )


# ---------------------------------------------------------------- rows of a trajectory


def _undo_links(recorder: ChangesetWriter, row: Any, field: str, before: Sequence[int], after: Sequence[int]) -> None:
    """Set a many-to-many field to these keys again, unless the row is gone. Raises CannotUndo where it has others."""
    if row is None:
        return
    if sorted(getattr(row, field).values_list("pk", flat=True)) != after:
        raise _changed_since()
    recorder.link(row, field, before)


def _chunks(rows: Iterable[tuple[Any, int]]) -> Iterator[tuple[Any, list[int]]]:
    """Yield each model with some of its keys among these rows."""
    keys: dict[Any, list[int]] = {}
    for model, pk in rows:
        keys.setdefault(model, []).append(pk)
    for model, found in keys.items():
        for some in batches(found, _CHUNK_SIZE):
            yield model, some


def _remove_unreferenced(recorder: ChangesetWriter, rows: Iterable[tuple[Any, int, Any, Any]]) -> set[tuple[Any, int]]:
    """Delete the new rows of tables to which no other refers, and return them; per chunk a constant number of queries.

    A changeset may have added 100,000 contributions.
    """
    found = [(model, pk) for model, pk, *_versions in rows]
    versions = Counter(found)
    new = {(model, pk) for model, pk, before, _after in rows if before is None and _is_unreferenced(model)}
    removed = [row for row in dict.fromkeys(found) if row in new and versions[row] == 1]
    for model, keys in _chunks(removed):
        recorder.remove_all(list(model._base_manager.filter(pk__in=keys)))
    return set(removed)


def _is_unreferenced(model: Any) -> bool:
    return not (model._meta.related_objects or model._meta.many_to_many)


def _restore(recorder: ChangesetWriter, model: Any, pk: int, before: int | None) -> None:
    """Restore a row: delete it where it was new, otherwise save it as in that history record."""
    if before is None:
        row = model._default_manager.filter(pk=pk).first()
        if isinstance(row, Organisation) and trajectories_naming([row.slug]):
            raise _depended_on()
        try:
            if row is not None:
                recorder.remove(row)
        except ProtectedError:
            raise _depended_on() from None
        return
    recorder.restore(row_of_version(model.history.get(history_id=before)))


def _model(name: str) -> Any:
    return apps.get_model("participation", name)
