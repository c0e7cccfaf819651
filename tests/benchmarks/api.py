"""The API, against a bare one over the same rows: through all of Django, without a network between."""

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
from .measure import Measurement, in_turns, queries, ratios, rulebook
from .pages import LARGE, prepare, served

OURS, BARE = "/api/v1/trajectories", "/kaal/trajectories"
#: So many times each address is asked for in a round.
TIMES = 20
WHO = "programma"


def measure(runs: int) -> list[Measurement]:
    """Measure reading a list and a trajectory, the largest dossier, and writing one step."""
    prepare()
    _motions()
    # Counted as ever; only nobody is told to wait.
    Throttle.THROTTLE_RATES = dict.fromkeys(RATES, f"{10**9}/min")
    pages = {
        "list of 100": (f"{OURS}?pageSize=100", f"{BARE}?pageSize=100"),
        "list of 100, two fields": (f"{OURS}?pageSize=100&fields=slug,title", f"{BARE}?pageSize=100"),
        "list of 500": (f"{OURS}?pageSize=500", f"{BARE}?pageSize=500"),
        "one trajectory": (f"{OURS}/{LARGE}", f"{BARE}/{LARGE}"),
    }
    figures = []
    with served("tests.benchmarks.baseline_api") as ask:
        for what, (ours, bare) in pages.items():
            figures.append(_figure(what, {"ours": ours, "bare": bare}, ask, runs))
        figures.append(_dossier(ask, runs))
    return [*figures, _write(runs)]


def _figure(what: str, paths: Mapping[str, str], ask: Callable[..., bytes], runs: int) -> Measurement:
    times = in_turns({name: _often(lambda path=path: ask(path)) for name, path in paths.items()}, runs)  # type: ignore[misc]
    sent = [len(queries(lambda path=path: ask(path))) for path in paths.values()]  # type: ignore[misc]
    size = [len(ask(path)) / 1000 for path in paths.values()]
    note = f"{sent[0]} queries against {sent[1]}, {size[0]:.0f} kB against {size[1]:.0f}"
    return Measurement(f"API, {what}", "a bare ModelViewSet", ratios(times, "ours", "bare"), note=note)


def _dossier(ask: Callable[..., bytes], runs: int) -> Measurement:
    """Compare the address of the dossier with making it, and writing it as JSON, alone."""
    path = f"{OURS}/{LARGE}/dossier"

    def alone() -> None:
        json.dumps(dossier_document(Trajectory.objects.get(slug=LARGE)), ensure_ascii=False).encode()

    actions = {"ours": _often(lambda: ask(path)), "alone": _often(alone)}
    times = in_turns(actions, runs)
    steps = Step.objects.filter(trajectory__slug=LARGE).count()
    size_note = f"{steps} steps, {Contribution.objects.filter(trajectory__slug=LARGE).count()} contributions"
    note = f"{len(queries(lambda: ask(path)))} queries against {len(queries(alone))}, {len(ask(path)) / 1000:.0f} kB"
    return Measurement(
        f"API, a dossier of {size_note}", "its selector and json alone", ratios(times, "ours", "alone"), note=note
    )


def _write(runs: int) -> Measurement:
    """Compare changing a step with a key, as programs do, with the service that does it."""
    user, _new = User.objects.get_or_create(
        username=WHO, defaults={"email": f"{WHO}@example.org", "role": "coordinator"}
    )
    _row, key = ApiKey.objects.create(user, name="meten")
    step = Step.objects.filter(trajectory__slug=LARGE).select_related("trajectory").order_by("pk")[0]
    path, book = f"{OURS}/{LARGE}/steps/{step.ref}", rulebook()
    titles = iter(range(10**9))

    def alone() -> None:
        row = Step.objects.select_related("trajectory").get(pk=step.pk)
        with transaction.atomic():
            record = {"title": f"Avond {next(titles)}"}
            write_part("steps", row, record, WriteContext(user, book, TODAY, datetime.now(UTC)))

    with served("tests.benchmarks.baseline_api", authorization=f"Bearer {key}", if_match="*") as ask:

        def ours() -> None:
            ask(path, "PATCH", json.dumps({"title": f"Avond {next(titles)}"}))

        times = in_turns({"ours": _often(ours), "alone": _often(alone)}, runs)
        note = f"{len(queries(ours))} queries against {len(queries(alone))}"
    return Measurement("API, a changed step", "its service alone", ratios(times, "ours", "alone"), note=note)


def _often(action: Callable[[], Any]) -> Callable[[], None]:
    def repeated() -> None:
        for _time in range(TIMES):
            action()

    return repeated


def _motions() -> None:
    """Let each third trajectory carry out a motion: what is linked is read too."""
    through = Trajectory.motions.through
    if through.objects.exists():
        return
    motions = list(Motion.objects.order_by("pk").values_list("pk", flat=True))
    keys = Trajectory.objects.order_by("pk").values_list("pk", flat=True)
    rows = [through(trajectory_id=key, motion_id=motions[key % len(motions)]) for key in keys if key % 3 == 0]
    through.objects.bulk_create(rows, batch_size=5_000)
