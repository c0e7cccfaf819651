"""Recording of who was reached from a sheet: what it would change per step, and the change as one changeset.

A number replaces the number of the same group or neighbourhood, and never adds to it: reading a sheet twice changes
nothing the second time. What the sheet does not name stays as it is.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from participation.compliance.reach import counts_above_total, folded
from participation.dossier.schema_fields import MAX_COUNT
from participation.interchange.reach_sheets import TOTALS, ReachRow, ReachSheet
from participation.interchange.sheets.reading import heading
from participation.models import Changeset, Neighbourhood, Plan, Step, Trajectory
from participation.models.constraints import ABOVE_TOTAL
from participation.models.labels import LABELS
from participation.models.suggested import TARGET_GROUPS
from participation.services.changes.changesets import WriteContext

_TOTAL, _GROUP, _PLACE = "reach_total", "reach_groups", "reach_neighbourhoods"
_KEYS = {_GROUP: "group", _PLACE: "slug"}


class ReachChange(NamedTuple):
    """A number that the sheet gives: of everybody (``key`` is ""), a group or a neighbourhood; before and after."""

    row: int
    column: str
    key: str
    label: str
    before: int | None
    after: int

    @property
    def is_new(self) -> bool:
        """Return whether it differs from what is recorded."""
        return self.before != self.after


class ProposedReach(NamedTuple):
    """A step, and the numbers that the sheet gives for it."""

    step: Step
    changes: Sequence[ReachChange]


class ReachProposal(NamedTuple):
    """What a sheet would change, what is wrong with its rows, and notes."""

    steps: Sequence[ProposedReach]
    problems: Sequence[tuple[int, str]]
    notes: Sequence[str]

    @property
    def new_count(self) -> int:
        """Return how many numbers differ from what is recorded."""
        return sum(change.is_new for proposed in self.steps for change in proposed.changes)

    @property
    def digest(self) -> str:
        """Return a checksum of what would change, by which it is known whether it is what was shown."""
        # Without the numbers of rows: the page sends the rows back without what stood above them in the file.
        parts = [(proposed.step.ref, *change[1:]) for proposed in self.steps for change in proposed.changes]
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


class _BadRow(ValueError):
    """A row that cannot be recorded; the message tells why, and what to do."""


def propose_reach(sheet: ReachSheet, trajectory: Trajectory, default: Step | None) -> ReachProposal:
    """Return what these rows would change; ``default`` is the step of rows that name none. Three queries."""
    names = _Names(trajectory, default)
    problems = list(sheet.problems)
    found: dict[int, dict[tuple[str, str], ReachChange]] = {}
    for row in sheet.rows:
        try:
            step, change = names.change(row)
            own = found.setdefault(step.pk, {})
            if earlier := own.get((change.column, change.key)):
                text = _("The same stands in row %(row)s. Leave one of them out: numbers are not added up.")
                raise _BadRow(text % {"row": earlier.row})
            own[change.column, change.key] = change
        except _BadRow as error:
            problems.append((row.number, str(error)))
    steps = [ProposedReach(step, list(found[step.pk].values())) for step in names.steps if step.pk in found]
    for proposed in steps:
        problems += _above_total(proposed)
    return ReachProposal(steps, sorted(problems), sheet.notes)


def _above_total(proposed: ProposedReach) -> Iterator[tuple[int, str]]:
    """Yield the rows after which a count of the step would be above its total, with the reason."""
    after = Step(**{name: deepcopy(getattr(proposed.step, name)) for name in (_TOTAL, *_KEYS)})
    for change in proposed.changes:
        _apply(after, change)
    rows = {(change.column, folded(change.key)): change for change in proposed.changes}
    for above in counts_above_total({name: getattr(after, name) for name in (_TOTAL, *_KEYS)}):
        own = rows.get((above.column, folded(above.key)))
        who = own.label if own else str(LABELS.get(above.key, above.key))
        # Where it is recorded already, the total in the sheet is too low, or nothing can be added until it is mended.
        wrong = own or rows.get((_TOTAL, "")) or proposed.changes[0]
        yield wrong.row, ABOVE_TOTAL % {"who": who, "count": above.number, "total": after.reach_total}


def record_reach(proposal: ReachProposal, trajectory: Trajectory, write_context: WriteContext) -> Changeset | None:
    """Record what differs as one changeset, and return it; None where nothing differs.

    Raises ValueError if rows are wrong: all rows are recorded or none. Raises ValidationError as saving does.
    """
    if proposal.problems:
        raise ValueError("rows are wrong")
    about = _("who was reached, from a sheet")
    with write_context.record_changeset(trajectory, "changed", about) as recorder:
        for proposed in proposal.steps:
            new = [change for change in proposed.changes if change.is_new]
            if new:
                step = Step.objects.get(pk=proposed.step.pk)
                for change in new:
                    _apply(step, change)
                recorder.save(step)
    return recorder.changeset


def _apply(step: Step, change: ReachChange) -> None:
    if change.column == _TOTAL:
        step.reach_total = change.after
        return
    name, rows = _KEYS[change.column], [dict(row) for row in getattr(step, change.column)]
    same = [row for row in rows if folded(str(row.get(name) or "")) == folded(change.key)]
    if same:
        same[0]["count"] = change.after
    else:
        rows.append({name: change.key, "count": change.after})
    setattr(step, change.column, rows)


class _Names:
    """What the cells of a sheet may name: activities, groups and neighbourhoods."""

    def __init__(self, trajectory: Trajectory, default: Step | None) -> None:
        self.default = default
        activities = Step.objects.filter(trajectory=trajectory, kind="activity", cancelled=False)
        self.steps = list(activities.order_by("planned__earliest", "pk"))
        self._by_step: dict[str, list[Step]] = {}
        for step in self.steps:
            for key in {heading(step.ref), heading(step.title)} - {""}:
                self._by_step.setdefault(key, []).append(step)
        plan = Plan.objects.filter(trajectory=trajectory).values_list("target_groups", flat=True).first()
        planned = [str(row["group"]) for row in plan or () if row.get("group")]
        self._groups = {heading(text): group for group in planned for text in _texts_of_group(group)}
        self._groups |= {heading(text): group for group in TARGET_GROUPS for text in _texts_of_group(group)}
        self._places: dict[str, list[tuple[str, str]]] = {}
        places = Neighbourhood.objects.filter(municipality=trajectory.municipality).values_list(
            "slug", "name", "cbs_code"
        )
        for slug, name, code in places:
            for key in {heading(slug), heading(name), heading(code)} - {""}:
                self._places.setdefault(key, []).append((slug, name))

    def change(self, row: ReachRow) -> tuple[Step, ReachChange]:
        """Return the step and the number of a row. Raises _BadRow."""
        step = self._step(row.step)
        column, key, label = self._who(row)
        if row.people > MAX_COUNT:
            raise _BadRow(_("This number is too large. Check it."))
        return step, ReachChange(row.number, column, key, label, _recorded(step, column, key), row.people)

    def _step(self, text: str) -> Step:
        if not text:
            if self.default is None:
                raise _BadRow(_("It does not say of which activity it is. Choose one above, or add a column Stap."))
            return self.default
        found = self._by_step.get(heading(text), [])
        if not found:
            known = ", ".join(f"“{step.title or step.ref}”" for step in self.steps[:5])
            raise _BadRow(
                _("“%(name)s” is not an activity of this trajectory. Use for example: %(known)s.")
                % {"name": text[:100], "known": known or "–"}
            )
        if len(found) > 1:
            refs = ", ".join(step.ref for step in found)
            raise _BadRow(
                _("Several activities are called “%(name)s”. Write which one: %(refs)s.")
                % {"name": text[:100], "refs": refs}
            )
        return found[0]

    def _who(self, row: ReachRow) -> tuple[str, str, str]:
        """Return the column, the key and the name of whom a row is about."""
        text = row.group or row.place or row.either
        if not text or heading(text) in TOTALS:
            return _TOTAL, "", _("everybody together")
        places = self._places.get(heading(text), []) if not row.group else []
        group = self._groups.get(heading(text)) if not row.place else None
        if len(places) > 1:
            slugs = ", ".join(slug for slug, _name in places)
            raise _BadRow(
                _("Several neighbourhoods are called “%(name)s”. Write which one: %(slugs)s.")
                % {"name": text[:100], "slugs": slugs}
            )
        if places and group:
            raise _BadRow(_("“%(name)s” is a group and a neighbourhood. Use two columns.") % {"name": text[:100]})
        if places:
            return _PLACE, *places[0]
        if group:
            return _GROUP, group, str(LABELS.get(group, group))
        if row.place:
            raise _BadRow(
                _("“%(name)s” is not a neighbourhood that we know. Write its name or its code of CBS.")
                % {"name": text[:100]}
            )
        raise _BadRow(
            _("“%(name)s” is not a group or neighbourhood that we know. Add the group to the plan, or use: %(known)s.")
            % {"name": text[:100], "known": ", ".join(str(LABELS[group]) for group in TARGET_GROUPS)}
        )


def _texts_of_group(group: str) -> Iterator[str]:
    yield group
    yield str(LABELS.get(group, group))


def _recorded(step: Step, column: str, key: str) -> int | None:
    if column == _TOTAL:
        return step.reach_total
    rows: Iterable[Mapping[str, Any]] = getattr(step, column)
    name = _KEYS[column]
    return next((row.get("count") for row in rows if folded(str(row.get(name) or "")) == folded(key)), None)
