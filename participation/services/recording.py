"""Recording what people write: all or nothing, with its history, assessed at once, and with a way back."""

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
from participation.models import Commitment, Entry, Motion, Trajectory, User
from participation.models.entries import FINAL_VERBS
from participation.models.parts import TrajectoryPart

from .assessment import OWNERS, reassess, reassess_one

Owner = Trajectory | Motion | Commitment


class CannotUndo(Exception):
    """What was recorded cannot be taken back; the message says why and what to do instead."""


class Recorder:
    """Saves rows on behalf of someone and remembers the lines of their histories before and after."""

    def __init__(self, by: User, now: datetime) -> None:
        """Start with nothing recorded."""
        self.by, self.now = by, now
        self.items: list[list[Any]] = []
        self.links: list[list[Any]] = []
        self.entry: Entry | None = None

    def save(self, row: Any) -> Any:
        """Check and save this row and return it. Raises ValidationError, at the field, where it is not sound."""
        row.full_clean()
        return self._save(row)

    def save_all(self, rows: Sequence[Any]) -> None:
        """Check and save many rows of one table, all new or all changed, in a few queries however many they are.

        What they point to is the caller's to have taken from this trajectory: it is not looked up again.
        Raises ValidationError where a row is not sound.
        """
        if not rows:
            return
        model = type(rows[0])
        points = {field.name for field in model._meta.fields if field.is_relation}
        for row in rows:
            Model.clean_fields(row, exclude={*points, *(["id"] if row.pk is None else [])})
            row.clean()
        signed = {"default_user": self.by, "default_date": self.now}
        before: dict[int, int] = {}
        if rows[0].pk is None:
            made = bulk_create_with_history(list(rows), model, **signed)
        else:
            made, before = list(rows), _latest_of(model, [row.pk for row in rows])
            names = [field.name for field in model._meta.concrete_fields if not field.primary_key]
            bulk_update_with_history(made, model, names, **signed)
        after = _latest_of(model, [row.pk for row in made])
        name = model._meta.model_name
        self.items += [[name, row.pk, before.get(row.pk), after[row.pk]] for row in made]

    def put_back(self, row: Any) -> Any:
        """Save this row as it once was and return it: what was sound then is for the database alone to refuse."""
        return self._save(row)

    def _save(self, row: Any) -> Any:
        before = version_of(row)
        row._history_user, row._history_date = self.by, self.now
        row.save()
        self._note(row, row.pk, before)
        return row

    def remove(self, row: Any) -> None:
        """Remove this row; its last line in the history stays. Raises ProtectedError where others hang on it."""
        before, pk = version_of(row), row.pk
        row._history_user, row._history_date = self.by, self.now
        row.delete()
        self._note(row, pk, before)

    def link(self, row: Model, field: str, keys: Iterable[int]) -> None:
        """Make a many-to-many column of this row point to exactly these rows."""
        manager = getattr(row, field)
        before, after = sorted(manager.values_list("pk", flat=True)), sorted(keys)
        if before != after:
            manager.set(after)
            self.links.append([row._meta.model_name, row.pk, field, before, after])

    def _note(self, row: Any, pk: int, before: int | None) -> None:
        self.items.append([row._meta.model_name, pk, before, _latest(type(row), pk)])


@contextmanager
def recording(
    by: User, owner: Owner, verb: str, *, about: str, rulebook: Rulebook, today: date, now: datetime
) -> Iterator[Recorder]:
    """Record what happens inside as one entry, and judge the owner anew when it is done.

    All of it is stored or nothing is. A new owner is saved inside, before anything that hangs on it. Afterwards
    ``recorder.entry`` is the entry, or None where nothing was changed.
    """
    recorder = Recorder(by, now)
    of: Any = owner._meta.model_name
    with transaction.atomic():
        if owner.pk:
            # Two people at one trajectory take turns, so that the version they were shown can be trusted.
            OWNERS[of][0]._default_manager.select_for_update().filter(pk=owner.pk).values_list("pk").first()
        yield recorder
        if not (recorder.items or recorder.links):
            return
        recorder.entry = Entry.objects.create(
            **{of: owner}, by=by, at=now, verb=verb, about=about, items=recorder.items, links=recorder.links
        )
        if of == "trajectory":
            reassess_one(owner.pk, rulebook, today, now)
        else:
            reassess(of, [owner.pk], rulebook, today, now)


def undo(entry: Entry, by: User, *, rulebook: Rulebook, today: date, now: datetime) -> Entry:
    """Take back what was recorded, as a new entry, and return that one.

    Raises CannotUndo where it was taken back before, or where a row was changed since: somebody else's work is
    never overwritten. The history keeps what was there and that it was taken back.
    """
    owner = entry.trajectory or entry.motion or entry.commitment
    assert owner is not None
    if entry.verb == "erased":
        raise CannotUndo(_("What was removed for good cannot be brought back."))
    if entry.verb in FINAL_VERBS:
        raise CannotUndo(_("What was undone cannot be undone again. Record it again."))
    with recording(by, owner, "undone", about=entry.about, rulebook=rulebook, today=today, now=now) as recorder:
        if not Entry.objects.filter(pk=entry.pk, undone_at__isnull=True).update(undone_at=now):
            raise CannotUndo(_("This was already undone."))
        rows = [(_model(name), pk, before, after) for name, pk, before, after in reversed(entry.items)]
        # A row that was saved twice in one go has its last line in the last of them.
        newest: dict[tuple[Any, int], int | None] = {}
        for model, pk, _before, after in rows:
            newest.setdefault((model, pk), after)
        for (model, pk), after in newest.items():
            if _latest(model, pk) != after:
                raise CannotUndo(_("Someone changed this since. Look at its history, and change it by hand."))
        for name, pk, field, before, after in reversed(entry.links):
            row = _model(name)._default_manager.filter(pk=pk).first()
            if row is None:
                continue
            if sorted(getattr(row, field).values_list("pk", flat=True)) != after:
                raise CannotUndo(_("Someone changed this since. Look at its history, and change it by hand."))
            recorder.link(row, field, before)
        for model, pk, before, _after in rows:
            _put_back(recorder, model, pk, before)
    assert recorder.entry is not None
    return recorder.entry


def _put_back(recorder: Recorder, model: Any, pk: int, before: int | None) -> None:
    """Make a row what it was: gone, or as that line of its history has it."""
    if before is None:
        row = model._default_manager.filter(pk=pk).first()
        try:
            if row is not None:
                recorder.remove(row)
        except ProtectedError:
            raise CannotUndo(_("Other records depend on it by now. Change or cancel it instead.")) from None
        return
    recorder.put_back(model.history.get(history_id=before).instance)


def version_of(row: Any) -> int | None:
    """Return the number of the last line of this row's history: what a form that changes it was shown."""
    return _latest(type(row), row.pk) if row.pk else None


def next_ref(trajectory: Trajectory, letter: str) -> str:
    """Return a ref that is free in this trajectory: the letter and the first number that follows all in use."""
    pattern = rf"^{letter}[0-9]+$"
    used = [0]
    for model in TrajectoryPart.__subclasses__():
        refs = model._default_manager.filter(trajectory=trajectory, ref__regex=pattern).values_list("ref", flat=True)
        used += [int(ref[len(letter) :]) for ref in refs]
    return f"{letter}{max(used) + 1}"


def _latest(model: Any, pk: int) -> int | None:
    newest: int | None = model.history.filter(**{model._meta.pk.name: pk}).aggregate(at=Max("history_id"))["at"]
    return newest


def _latest_of(model: Any, keys: Sequence[int]) -> dict[int, int]:
    rows = model.history.filter(**{f"{model._meta.pk.name}__in": keys}).order_by()
    return dict(rows.values_list(model._meta.pk.name).annotate(at=Max("history_id")))


def _model(name: str) -> Any:
    return apps.get_model("participation", name)
