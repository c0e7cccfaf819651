"""Measures requests to the API against a minimal API over the same rows, through the WSGI handler."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from participation.api.core.throttling import Throttle
from participation.models import ApiKey, Contribution, Motion, Step, Trajectory, User
from participation.selectors.dossiers.dossiers import dossier_document
from participation.services.changes.changesets import WriteContext
from participation.services.dossiers.trajectory_items import write_part
from tracker.api import RATES

from .dataset import TODAY
from .measure import Measurement, cpu_seconds_of, queries_of, ratios, rulebooks, time_in_turns
from .pages import LARGE, prepare, site_client

API, BASELINE = "/api/v1/trajectories", "/baseline/trajectories"
#: How many times each URL is requested in a run.
REPEATS = 20
USERNAME = "programma"


def measure(runs: int) -> list[Measurement]:
    """Measure a list, a trajectory, the largest dossier, and changing a step."""
    prepare()
    _link_motions()
    # Requests are still counted, but never throttled.
    Throttle.THROTTLE_RATES = dict.fromkeys(RATES, f"{10**9}/min")
    pages = {
        "list of 100": (f"{API}?pageSize=100", f"{BASELINE}?pageSize=100"),
        "list of 100, two fields": (f"{API}?pageSize=100&fields=slug,title", f"{BASELINE}?pageSize=100"),
        "list of 500": (f"{API}?pageSize=500", f"{BASELINE}?pageSize=500"),
        "one trajectory": (f"{API}/{LARGE}", f"{BASELINE}/{LARGE}"),
    }
    figures = []
    with site_client("tests.benchmarks.baseline_api") as request:
        for name, (url, baseline_url) in pages.items():
            figures.append(_figure(name, {"api": url, "baseline": baseline_url}, request, runs))
        figures.append(_dossier(request, runs))
    return [*figures, _write(runs)]


def measure_overdue(runs: int) -> list[Measurement]:
    """Measure the list of what is overdue in CPU seconds: the first page, as a visitor."""
    Throttle.THROTTLE_RATES = dict.fromkeys(RATES, f"{10**9}/min")
    paths = {"overdue": "/api/v1/obligations?status=overdue&pageSize=100", "list": f"{API}?pageSize=100"}
    with site_client("tests.benchmarks.baseline_api") as request:
        actions = {key: _repeat(lambda path=path: request(path)) for key, path in paths.items()}  # type: ignore[misc]
        times = time_in_turns(actions, runs, measure=cpu_seconds_of)
        note = f"{len(queries_of(lambda: request(paths['overdue'])))} queries"
    note += f"; {min(times['overdue']) / REPEATS * 1000:.1f} ms"
    return [
        Measurement("API, 100 that are overdue", "100 trajectories, CPU", ratios(times, "overdue", "list"), note=note)
    ]


def _figure(name: str, paths: Mapping[str, str], request: Callable[..., bytes], runs: int) -> Measurement:
    actions = {key: _repeat(lambda path=path: request(path)) for key, path in paths.items()}  # type: ignore[misc]
    times = time_in_turns(actions, runs)
    counts = [len(queries_of(lambda path=path: request(path))) for path in paths.values()]  # type: ignore[misc]
    size = [len(request(path)) / 1000 for path in paths.values()]
    note = f"{counts[0]} queries against {counts[1]}, {size[0]:.0f} kB against {size[1]:.0f}"
    return Measurement(f"API, {name}", "a minimal ModelViewSet", ratios(times, "api", "baseline"), note=note)


def _dossier(request: Callable[..., bytes], runs: int) -> Measurement:
    """Compare the request for a dossier with its selector and json.dumps alone."""
    path = f"{API}/{LARGE}/dossier"

    def alone() -> None:
        json.dumps(dossier_document(Trajectory.objects.get(slug=LARGE)), ensure_ascii=False).encode()

    actions = {"api": _repeat(lambda: request(path)), "alone": _repeat(alone)}
    times = time_in_turns(actions, runs)
    steps = Step.objects.filter(trajectory__slug=LARGE).count()
    size_note = f"{steps} steps, {Contribution.objects.filter(trajectory__slug=LARGE).count()} contributions"
    counts = [len(queries_of(action)) for action in (lambda: request(path), alone)]
    note = f"{counts[0]} queries against {counts[1]}, {len(request(path)) / 1000:.0f} kB"
    return Measurement(
        f"API, a dossier of {size_note}", "its selector and json alone", ratios(times, "api", "alone"), note=note
    )


def _write(runs: int) -> Measurement:
    """Compare a PATCH of a step with an API key with its service alone."""
    user, _new = User.objects.get_or_create(
        username=USERNAME, defaults={"email": f"{USERNAME}@example.org", "role": "coordinator"}
    )
    _row, key = ApiKey.objects.create(user, name="benchmarks")
    step = Step.objects.filter(trajectory__slug=LARGE).select_related("trajectory").order_by("pk")[0]
    path, book = f"{API}/{LARGE}/steps/{step.ref}", rulebooks()
    titles = iter(range(10**9))

    def alone() -> None:
        row = Step.objects.select_related("trajectory").get(pk=step.pk)
        with transaction.atomic():
            record = {"title": f"Avond {next(titles)}"}
            write_part("steps", row, record, WriteContext(user, book, TODAY, datetime.now(UTC)))

    with site_client("tests.benchmarks.baseline_api", authorization=f"Bearer {key}", if_match="*") as request:

        def patch() -> None:
            request(path, "PATCH", json.dumps({"title": f"Avond {next(titles)}"}))

        times = time_in_turns({"api": _repeat(patch), "alone": _repeat(alone)}, runs)
        note = f"{len(queries_of(patch))} queries against {len(queries_of(alone))}"
    return Measurement("API, a changed step", "its service alone", ratios(times, "api", "alone"), note=note)


def _repeat(action: Callable[[], Any]) -> Callable[[], None]:
    def repeated() -> None:
        for _ in range(REPEATS):
            action()

    return repeated


def _link_motions() -> None:
    """Link every third trajectory to a motion, because linked rows are read too."""
    through = Trajectory.motions.through
    if through.objects.exists():
        return
    motions = list(Motion.objects.order_by("pk").values_list("pk", flat=True))
    keys = Trajectory.objects.order_by("pk").values_list("pk", flat=True)
    rows = [through(trajectory_id=key, motion_id=motions[key % len(motions)]) for key in keys if key % 3 == 0]
    through.objects.bulk_create(rows, batch_size=5_000)
