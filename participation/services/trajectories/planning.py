"""Applying a proposed schedule: steps are moved and added, as one changeset that can be undone."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.utils.translation import gettext as _

from participation.compliance.dates import ImpreciseDate
from participation.compliance.facts import StepFacts
from participation.compliance.schedule import DECISION_BODY, DECISION_REF
from participation.models import Changeset, Step, Trajectory
from participation.services.changes.changesets import ChangesetWriter, StaleVersion, WriteContext, next_ref


def apply_schedule(
    trajectory: Trajectory,
    write_context: WriteContext,
    *,
    moves: Mapping[int, date],
    seen: Mapping[int, str],
    decision: date | None,
    steps: Sequence[StepFacts],
) -> Changeset | None:
    """Plan these steps (by primary key) on these days, add a decision where a day is given, and add the new steps.

    ``seen`` is the planned date, as ``ImpreciseDate.to_text``, that the user saw of each step to move. Returns the
    changeset, None where nothing changed. Raises StaleVersion where a step was moved, done or cancelled since, and
    ValidationError where a row is invalid.
    """
    with write_context.record_changeset(trajectory, "rescheduled", _("the planning")) as recorder:
        rows = Step.objects.filter(trajectory=trajectory, pk__in=list(moves)).in_bulk()
        for pk, day in moves.items():
            _move_step(recorder, rows.get(pk), trajectory, day, seen.get(pk, ""))
        _add_steps(recorder, trajectory, decision, steps)
    return recorder.changeset


def _move_step(recorder: ChangesetWriter, row: Step | None, trajectory: Trajectory, day: date, seen: str) -> None:
    if row is None or row.done is not None or row.cancelled or (row.planned.to_text() if row.planned else "") != seen:
        raise StaleVersion
    planned = ImpreciseDate.on(day)
    if row.planned == planned:
        return
    first = (row.planned.earliest or row.planned.latest) if row.planned else None
    if row.closes and row.closes.latest and first:
        row.closes = _shift_date(row.closes, day - first)
    row.planned, row.trajectory = planned, trajectory
    recorder.save(row)


def _shift_date(value: ImpreciseDate, delta: timedelta) -> ImpreciseDate:
    # Without the original text: it describes the old date.
    return ImpreciseDate(
        value.earliest and value.earliest + delta, value.latest and value.latest + delta, value.precision
    )


def _add_steps(
    recorder: ChangesetWriter, trajectory: Trajectory, decision: date | None, steps: Sequence[StepFacts]
) -> None:
    """Add the new steps; references between them are replaced by their new refs."""
    refs: dict[str, str] = {}
    if decision is not None:
        new = StepFacts(
            DECISION_REF,
            "decision",
            stage="adoption",
            phase="decision",
            body=DECISION_BODY,
            planned=ImpreciseDate.on(decision),
        )
        steps = [new, *steps]
    if not steps:
        return
    # References to suggestions that were not chosen are dropped.
    existing_refs = set(Step.objects.filter(trajectory=trajectory).values_list("ref", flat=True))
    first = int(next_ref(trajectory, "s")[1:])
    for number, step in enumerate(sorted(steps, key=lambda s: s.planned.sort_key if s.planned else ()), first):
        refs[step.ref] = f"s{number}"
    # Steps that others refer to are saved first.
    for step in sorted(steps, key=lambda s: bool(s.about)):
        about = [refs.get(ref, ref) for ref in step.about]
        row = Step(
            trajectory=trajectory,
            ref=refs[step.ref],
            kind=step.kind,
            method=step.method,
            phase=step.phase,
            stage=step.stage,
            procedure=step.procedure,
            body=step.body,
            audience=list(step.audience),
            about=[ref for ref in about if ref in existing_refs],
            planned=step.planned,
            closes=step.closes,
        )
        recorder.save(row)
        existing_refs.add(row.ref)
