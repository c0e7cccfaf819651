"""Pages, each against a bare page of the same bytes: through all of Django, without a network between."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from statistics import quantiles
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory, override_settings
from django.utils import timezone

from participation.compliance.dates import ImpreciseDate
from participation.models import Contribution, Neighbourhood, Step, Trajectory
from participation.services.assessment import reassess_one

from .baseline_pages import SIZES
from .dataset import PARTIES, PLACES, SENTENCES, TODAY
from .measure import Measurement, queries, rulebook

LIST = "/trajecten/"
LARGE = "groot-traject"
STEPS, CONTRIBUTIONS = 60, 200
#: So many times each page is asked for in a round, in turns.
TIMES = 40

METHODS = ("meeting", "workshop", "survey", "walk")
PHASES = ("exploration", "judgement", "decision")


def prepare() -> None:
    """Give the town neighbourhoods, and one trajectory with very much in it."""
    if Trajectory.objects.filter(slug=LARGE).exists():
        return
    places = [
        Neighbourhood(slug=f"buurt-{n}", name=f"{PLACES[n % len(PLACES)]} {n}", district=f"Stadsdeel {n % 5}")
        for n in range(30)
    ]
    Neighbourhood.objects.bulk_create(places)
    pks = list(Neighbourhood.objects.order_by("pk").values_list("pk", flat=True))
    through = Trajectory.neighbourhoods.through
    keys = Trajectory.objects.order_by("pk").values_list("pk", flat=True)
    through.objects.bulk_create(
        [
            through(trajectory_id=key, neighbourhood_id=pks[(key + nth * 7) % len(pks)])
            for key in keys
            for nth in range(1 + key % 2)
        ],
        batch_size=5_000,
    )
    _large()


def _large() -> None:
    """Write a trajectory that runs, with a step every twelve days and what people said in them."""
    of = Trajectory.objects.create(
        slug=LARGE,
        title="Een groot traject",
        summary=" ".join(SENTENCES),
        kind="area_development",
        level="advise",
        impact="high",
        status="active",
        contact_role="project_manager",
        started_on=ImpreciseDate.on(TODAY - timedelta(days=500)),
    )
    steps = []
    for number in range(STEPS):
        day = TODAY + timedelta(days=12 * (number - STEPS + 15))
        kind = ("activity", "feedback", "update", "briefing")[number % 4]
        steps.append(
            Step(
                trajectory=of,
                ref=f"s{number}",
                kind=kind,
                method=METHODS[number % 3] if kind == "activity" else "",
                phase=PHASES[number * 3 // STEPS],
                title=f"Stap {number}",
                planned=ImpreciseDate.on(day),
                done=ImpreciseDate.on(day) if day < TODAY else None,
                announced_on=ImpreciseDate.on(day - timedelta(days=30)),
                audience=["residents", PARTIES[number % len(PARTIES)]],
                about=[f"s{number - 1}"] if kind == "feedback" else [],
            )
        )
    Step.objects.bulk_create(steps)
    Contribution.objects.bulk_create(
        Contribution(
            trajectory=of,
            ref=f"c{number}",
            step=f"s{number % 40 // 4 * 4}",
            party=PARTIES[number % len(PARTIES)],
            received_on=ImpreciseDate.on(TODAY - timedelta(days=300 - number)),
            theme=f"Thema {number % 7}",
            summary=SENTENCES[number % len(SENTENCES)],
            outcome=("adopted", "partly", "not_adopted", "")[number % 4],
            response=SENTENCES[(number + 3) % len(SENTENCES)] if number % 4 < 3 else "",
            responded_on=ImpreciseDate.on(TODAY - timedelta(days=200)) if number % 4 < 3 else None,
        )
        for number in range(CONTRIBUTIONS)
    )
    reassess_one(of.pk, rulebook(), TODAY, datetime.now(UTC))


def measure(runs: int) -> list[Measurement]:
    """Measure the list and the page of the large trajectory, as a visitor sees them."""
    prepare()
    pages = {
        "list": (LIST, "/kaal/lijst/"),
        "list, the tenth part": (f"{LIST}?pagina=10", "/kaal/tien/"),
        "list, what is open": (f"{LIST}?meedoen=on", "/kaal/meedoen/"),
        "list, searched": (f"{LIST}?zoek=park", "/kaal/zoeken/"),
        f"trajectory, {STEPS} steps, {CONTRIBUTIONS} contributions": (f"{LIST}{LARGE}/", f"/kaal/een/{LARGE}/"),
    }
    figures = []
    with served() as get:
        for what, (ours, bare) in pages.items():
            SIZES[bare] = len(get(ours))
            rounds = [_round(get, {"ours": ours, "bare": bare}) for _run in range(runs)]
            sent = [len(queries(lambda path=path: get(path))) for path in (ours, bare)]  # type: ignore[misc]
            note = f"{sent[0]} queries against {sent[1]}, {SIZES[bare] / 1000:.0f} kB"
            for name, nth in (("p50", 9), ("p95", 18)):
                found = tuple(times["ours"][nth] / times["bare"][nth] for times in rounds)
                figures.append(Measurement(f"{what}: {name}", "a bare Django page", found, note=note))
    return figures


def _round(get: Callable[[str], bytes], paths: Mapping[str, str]) -> dict[str, list[float]]:
    """Return of each page how long it took, as nineteen quantiles of as many requests as ``TIMES``."""
    times: dict[str, list[float]] = {name: [] for name in paths}
    for path in paths.values():
        get(path)
    for _time in range(TIMES):
        for name, path in paths.items():
            began = perf_counter()
            get(path)
            times[name].append(perf_counter() - began)
    return {name: quantiles(taken, n=20) for name, taken in times.items()}


@contextmanager
def served(urls: str = "tests.benchmarks.baseline_pages", **headers: str) -> Iterator[Callable[..., bytes]]:
    """Give a way to ask for a page on the town's own day; what is returned is what a browser would get.

    What a program sends goes with it: a method, a body of JSON, and headers.
    """
    plain = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    changed = {"STORAGES": plain, "ALLOWED_HOSTS": ["testserver"], "ROOT_URLCONF": urls}
    localdate = timezone.localdate
    with override_settings(**changed, SECURE_SSL_REDIRECT=False):
        handler, factory = WSGIHandler(), RequestFactory()

        given = {"accept-language": "nl", **{name.replace("_", "-"): value for name, value in headers.items() if value}}

        def get(path: str, method: str = "GET", data: str = "") -> bytes:
            answers: list[str] = []
            request = factory.generic(method, path, data, "application/json" if data else "", headers=given)
            response: Any = handler(request.environ, lambda status, _headers: answers.append(status))
            body = b"".join(response)
            response.close()
            assert answers == ["200 OK"], (path, answers)
            return body

        try:
            timezone.localdate = _today  # type: ignore[assignment]
            yield get
        finally:
            timezone.localdate = localdate


def _today(*_now: Any) -> date:
    return TODAY
