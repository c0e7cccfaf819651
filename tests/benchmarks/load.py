"""Measures load and coverage against reading the rows that they are made of, in CPU seconds."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.db import connection

from participation.compliance.dates import ImpreciseDate
from participation.models import Document, Neighbourhood, Organisation, Plan, PlanActor, Step, Trajectory
from participation.models.suggested import TARGET_GROUPS
from participation.selectors.statistics.coverage import coverage
from participation.selectors.trajectories.load import asked_by, coming_weeks, overlaps

from .dataset import TODAY
from .measure import Measurement, batches, cpu_seconds_of, queries_of

NEIGHBOURHOODS, ORGANISATIONS = 100, 40
BUSY_WEEK = 3
#: Of so many trajectories, one asks something in the coming weeks.
_ONE_IN = 5
_BATCH = 2_000


def fill(size: int) -> int:
    """Add trajectories with a plan, three activities and a document each, and return their number."""
    places = Neighbourhood.objects.bulk_create(
        [
            Neighbourhood(slug=f"buurt-{n}", name=f"Buurt {n}", district=f"Stadsdeel {n % 10}")
            for n in range(NEIGHBOURHOODS)
        ]
    )
    parties = Organisation.objects.bulk_create(
        [
            Organisation(slug=f"vereniging-{n}", name=f"Vereniging {n}", kind="residents_association")
            for n in range(ORGANISATIONS)
        ]
    )
    for party in parties:
        party.neighbourhoods.add(places[party.pk % NEIGHBOURHOODS])
    for numbers in batches(range(size), _BATCH):
        rows = Trajectory.objects.bulk_create(
            [Trajectory(slug=f"t{n}", title=f"Traject {n}", status="active", public=True) for n in numbers]
        )
        link = Trajectory.neighbourhoods.through
        link.objects.bulk_create(
            [
                link(trajectory=row, neighbourhood=places[row.pk * step % NEIGHBOURHOODS])
                for row in rows
                for step in (1, 7)
            ],
            ignore_conflicts=True,
        )
        plans = Plan.objects.bulk_create(
            [Plan(trajectory=row, target_groups=[{"group": TARGET_GROUPS[row.pk % 9]}]) for row in rows]
        )
        PlanActor.objects.bulk_create(
            [PlanActor(plan=plan, organisation=parties[plan.pk % ORGANISATIONS], part="participant") for plan in plans]
        )
        Document.objects.bulk_create([Document(trajectory=row, ref="d1", pages=row.pk % 90 + 1) for row in rows])
        Step.objects.bulk_create([step for row in rows for step in _steps(row)])
    return size


def _steps(row: Trajectory) -> list[Step]:
    def activity(ref: str, **columns: object) -> Step:
        return Step(trajectory=row, ref=ref, kind="activity", method="meeting", **columns)

    found = [
        activity(
            f"s{number}",
            done=ImpreciseDate.on(TODAY - timedelta(days=row.pk * number % 900)),
            reach_groups=[{"group": TARGET_GROUPS[(row.pk + number) % 9], "count": row.pk % 30}],
            reach_neighbourhoods=[{"slug": f"buurt-{row.pk * number % NEIGHBOURHOODS}", "count": 8}],
        )
        for number in (1, 2)
    ]
    if row.pk % _ONE_IN == 0:
        day = ImpreciseDate.on(TODAY + timedelta(days=row.pk % 80))
        found.append(activity("s3", planned=day, documents=["d1"]))
    return found


def measure(runs: int) -> list[Measurement]:
    """Measure coverage of the city, pairs to join, and the weeks of one neighbourhood and one organisation."""
    everything = Trajectory.objects.all()
    place, party = Neighbourhood.objects.get(slug="buurt-0"), Organisation.objects.get(slug="vereniging-0")
    steps = "SELECT {} FROM participation_step WHERE kind = 'activity'"
    links = "SELECT trajectory_id, neighbourhood_id FROM participation_trajectory_neighbourhoods"
    done = steps.format("trajectory_id, done, reach_groups, reach_neighbourhoods")
    asked = steps.format("trajectory_id, planned, closes, title, documents")
    actions: dict[str, tuple[Callable[[], object], tuple[str, ...]]] = {
        "coverage of the city": (lambda: coverage(everything, TODAY - timedelta(days=365), TODAY), (done, links)),
        "pairs that ask the same people": (lambda: overlaps(everything, TODAY), (asked, links)),
        "twelve weeks of everybody": (lambda: coming_weeks(everything, TODAY, BUSY_WEEK), (asked,)),
        "twelve weeks of a neighbourhood": (
            lambda: coming_weeks(asked_by(everything, place), TODAY, BUSY_WEEK),
            (asked,),
        ),
        "twelve weeks of an organisation": (
            lambda: coming_weeks(asked_by(everything, party), TODAY, BUSY_WEEK),
            (asked,),
        ),
    }
    # Of a short action several times: the CPU seconds of PostgreSQL are counted in hundredths.
    times = max(1, 20_000 // Trajectory.objects.count())
    found = []
    for name, (action, baseline) in actions.items():
        queries = len(queries_of(action))
        pairs = [(_seconds(action, times), _seconds(partial(_read, baseline), times)) for _run in range(runs + 1)][1:]
        note = f"{queries} queries, {min(one for one, _other in pairs):.3f} s CPU"
        found.append(Measurement(name, "raw SELECT of the rows", tuple(one / other for one, other in pairs), note=note))
    return found


def _read(statements: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            cursor.fetchall()


def _seconds(action: Callable[[], object], times: int) -> float:
    """Return the CPU seconds of an action, on average of so many times."""

    def repeat() -> None:
        for _time in range(times):
            action()

    return cpu_seconds_of(repeat) / times
