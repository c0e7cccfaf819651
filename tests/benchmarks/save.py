"""Measures posting the form of a changed step, and saving and assessing it, against writing the step alone."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from django.db import connection, transaction
from django.db.models import TextField
from django.db.models.functions import Cast, Length
from django.test import Client
from django.urls import reverse

from participation.compliance.dates import ImpreciseDate
from participation.models import Obligation, Step, Trajectory
from participation.services.assessment import reassess_one
from tests.web.editing.form_helpers import FormPage, get_form

from .dataset import TODAY
from .measure import Measurement, cpu_seconds_of, queries_of, ratios, rulebooks, time_in_turns
from .pages import logged_in, site_client

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
                reassess_one("trajectory", step.trajectory_id, book, TODAY, datetime.now(UTC))

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
    return [*figures, *_posted(runs, each(actions["three SELECTs and an UPDATE, ORM"]))]


def _posted(runs: int, baseline: Callable[[], None]) -> list[Measurement]:
    """Measure the request with the form of each step, its date moved, as a coordinator; the form itself is read before.

    In CPU seconds of this process and its PostgreSQL backend.
    """
    steps = _steps()
    addresses = [reverse("step_change", args=[step.trajectory.slug, step.ref]) for step in steps]
    found: list[float] = []
    # The day of a request is that of the dataset.
    with site_client():
        client = logged_in("coordinator")
        for turn in range(runs + 1):
            forms = [get_form(client, address) for address in addresses]
            days = [_days_later(step, turn + 1) for step in steps]
            posted = cpu_seconds_of(lambda forms=forms, days=days: _post(client, forms, days))  # type: ignore[misc]
            alone = cpu_seconds_of(baseline)
            if turn:
                found.append(posted / alone)
        form = get_form(client, addresses[0])
        statements = queries_of(lambda: _post(client, [form], [_days_later(steps[0], runs + 2)]))
    note = f"{len(statements)} queries, {1000 * posted / len(steps):.0f} ms of CPU"
    return [
        Measurement("post the form of a step, a date moved", "3 SELECTs and an UPDATE, ORM", tuple(found), note=note)
    ]


def _days_later(step: Step, days: int) -> str:
    assert step.planned
    assert step.planned.latest
    return (step.planned.latest + timedelta(days=days)).isoformat()


def _post(client: Client, forms: Iterable[FormPage], days: Iterable[str]) -> None:
    for form, day in zip(forms, days, strict=True):
        response = form.send(client, planned=day)
        assert response.status_code == HTTPStatus.FOUND, form.address


def _steps() -> list[Step]:
    """Return a planned activity of each of ``STEPS`` active trajectories, spread evenly over the table."""
    # With a day: those with an imprecise date are longer than ten characters.
    found = Step.objects.alias(length=Length(Cast("planned", TextField()))).filter(
        trajectory__status="active", kind="activity", cancelled=False, planned__earliest__gt=TODAY, length=10
    )
    first = list(found.filter(closes=None).order_by("trajectory_id", "pk").values_list("trajectory_id", "pk"))
    one_each = list(dict(first).values())
    chosen = one_each[:: max(1, len(one_each) // STEPS)][:STEPS]
    return list(Step.objects.filter(pk__in=chosen).select_related("trajectory").order_by("pk"))


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
