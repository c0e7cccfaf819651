"""Measures saving and assessing a changed step against saving it only."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from participation.compliance.dates import ImpreciseDate
from participation.models import Obligation, Step, Trajectory
from participation.services.assessment import reassess_one

from .dataset import TODAY
from .measure import Measurement, queries_of, ratios, rulebooks, time_in_turns

#: The number of steps, each of another trajectory, that are saved in a run.
STEPS = 40


def measure(runs: int) -> list[Measurement]:
    """Measure a change that moves obligations, and one that moves none."""
    book = rulebooks()
    steps = _steps()

    def assessed(change: Callable[[Step], None]) -> Callable[[Step], None]:
        def save(step: Step) -> None:
            change(step)
            with transaction.atomic():
                step.save()
                reassess_one(step.trajectory_id, book, TODAY, datetime.now(UTC))

        return save

    def save_only(step: Step) -> None:
        _change_note(step)
        with transaction.atomic():
            step.save()

    def move(step: Step) -> None:
        assert step.planned
        assert step.planned.latest
        step.planned = ImpreciseDate.on(step.planned.latest + timedelta(days=1))

    def each(save: Callable[[Step], None]) -> Callable[[], None]:
        def all_of_them() -> None:
            for step in steps:
                save(step)

        return all_of_them

    actions = {
        "raw": _raw,
        "three SELECTs and an UPDATE, ORM": _through_the_orm,
        "save only": save_only,
        "moves": assessed(move),
        "moves nothing": assessed(_change_note),
    }
    times = time_in_turns({name: each(save) for name, save in actions.items()}, runs)
    figures = []
    for name, label in (("moves", "a date moved"), ("moves nothing", "no obligation changed")):
        statements = queries_of(lambda save=actions[name]: save(steps[0]))  # type: ignore[misc]
        note = f"{len(statements)} queries"
        for baseline, baseline_label in (
            ("raw", "3 SELECTs and an UPDATE, raw"),
            ("three SELECTs and an UPDATE, ORM", "3 SELECTs and an UPDATE, ORM"),
            ("save only", f"saving only ({len(queries_of(lambda: save_only(steps[0])))} queries)"),
        ):
            figures.append(
                Measurement(f"save and assess, {label}", baseline_label, ratios(times, name, baseline), note=note)
            )
    return figures


def _steps() -> list[Step]:
    """Return a planned activity of each of ``STEPS`` active trajectories, spread evenly over the table."""
    found = Step.objects.filter(
        trajectory__status="active", kind="activity", cancelled=False, planned__earliest__gt=TODAY
    )
    first = list(found.filter(closes=None).order_by("trajectory_id", "pk").values_list("trajectory_id", "pk"))
    one_each = list(dict(first).values())
    chosen = one_each[:: max(1, len(one_each) // STEPS)][:STEPS]
    return list(Step.objects.filter(pk__in=chosen).order_by("pk"))


def _change_note(step: Step) -> None:
    step.note = f"Verzet naar de grote zaal, {datetime.now(UTC).isoformat()}"


def _through_the_orm(step: Step) -> None:
    """Read the trajectory, its steps and its obligations, and update the step."""
    with transaction.atomic():
        list(Trajectory.objects.filter(pk=step.trajectory_id).values_list())
        list(Step.objects.filter(trajectory=step.trajectory_id).values_list())
        list(Obligation.objects.open().filter(trajectory=step.trajectory_id).values_list())
        Step.objects.filter(pk=step.pk).update(note=f"Zaal {datetime.now(UTC)}")


def _raw(step: Step) -> None:
    """Do the same through a cursor, without the ORM."""
    with transaction.atomic(), connection.cursor() as cursor:
        for model, column in ((Trajectory, "id"), (Step, "trajectory_id"), (Obligation, "trajectory_id")):
            condition = " AND withdrawn_at IS NULL" if model is Obligation else ""
            sql = f"SELECT * FROM {model._meta.db_table} WHERE {column} = %s{condition}"
            cursor.execute(sql, [step.trajectory_id])
            cursor.fetchall()
        sql = f"UPDATE {Step._meta.db_table} SET note = %s WHERE id = %s"
        cursor.execute(sql, [f"Zaal {datetime.now(UTC)}", step.pk])
