"""Measures pages against minimal pages of the same size, through the WSGI handler."""

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
from .measure import Measurement, queries_of, rulebooks

LIST = "/trajecten/"
LARGE = "groot-traject"
STEPS, CONTRIBUTIONS = 60, 200
#: How many times each page is requested in a run.
REPEATS = 40

METHODS = ("meeting", "workshop", "survey", "walk")
PHASES = ("exploration", "judgement", "decision")


def prepare() -> None:
    """Add neighbourhoods, and a trajectory with many steps and contributions."""
    if Trajectory.objects.filter(slug=LARGE).exists():
        return
    neighbourhoods = [
        Neighbourhood(slug=f"buurt-{n}", name=f"{PLACES[n % len(PLACES)]} {n}", district=f"Stadsdeel {n % 5}")
        for n in range(30)
    ]
    Neighbourhood.objects.bulk_create(neighbourhoods)
    pks = list(Neighbourhood.objects.order_by("pk").values_list("pk", flat=True))
    through = Trajectory.neighbourhoods.through
    keys = Trajectory.objects.order_by("pk").values_list("pk", flat=True)
    through.objects.bulk_create(
        [
            through(trajectory_id=key, neighbourhood_id=pks[(key + number * 7) % len(pks)])
            for key in keys
            for number in range(1 + key % 2)
        ],
        batch_size=5_000,
    )
    _add_large_trajectory()


def _add_large_trajectory() -> None:
    """Add a running trajectory with a step every twelve days, and contributions to the steps."""
    trajectory = Trajectory.objects.create(
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
                trajectory=trajectory,
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
            trajectory=trajectory,
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
    reassess_one(trajectory.pk, rulebooks(), TODAY, datetime.now(UTC))


def measure(runs: int) -> list[Measurement]:
    """Measure the list and the page of the large trajectory, as a visitor."""
    prepare()
    pages = {
        "list": (LIST, "/baseline/list/"),
        "list, tenth page": (f"{LIST}?pagina=10", "/baseline/page/"),
        "list, open for participation": (f"{LIST}?meedoen=on", "/baseline/open/"),
        "list, search": (f"{LIST}?zoek=park", "/baseline/search/"),
        f"trajectory, {STEPS} steps, {CONTRIBUTIONS} contributions": (f"{LIST}{LARGE}/", f"/baseline/detail/{LARGE}/"),
    }
    figures = []
    with site_client() as get:
        for page, (url, baseline) in pages.items():
            SIZES[baseline] = len(get(url))
            quantiles_of_runs = [_run(get, {"page": url, "baseline": baseline}) for _ in range(runs)]
            counts = [len(queries_of(lambda path=path: get(path))) for path in (url, baseline)]  # type: ignore[misc]
            note = f"{counts[0]} queries against {counts[1]}, {SIZES[baseline] / 1000:.0f} kB"
            for name, index in (("p50", 9), ("p95", 18)):
                found = tuple(times["page"][index] / times["baseline"][index] for times in quantiles_of_runs)
                figures.append(Measurement(f"{page}: {name}", "a minimal Django page", found, note=note))
    return figures


def _run(get: Callable[[str], bytes], paths: Mapping[str, str]) -> dict[str, list[float]]:
    """Return for each page the 19 quantiles (of 20 intervals) of the seconds of ``REPEATS`` requests."""
    times: dict[str, list[float]] = {name: [] for name in paths}
    for path in paths.values():
        get(path)
    for _ in range(REPEATS):
        for name, path in paths.items():
            started_at = perf_counter()
            get(path)
            times[name].append(perf_counter() - started_at)
    return {name: quantiles(seconds, n=20) for name, seconds in times.items()}


@contextmanager
def site_client(urls: str = "tests.benchmarks.baseline_pages", **headers: str) -> Iterator[Callable[..., bytes]]:
    """Yield a function that sends a request on the date of the dataset, and returns the body of the response.

    It takes a path, a method and a body of JSON. The headers are sent with every request.
    """
    storages = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    overrides = {"STORAGES": storages, "ALLOWED_HOSTS": ["testserver"], "ROOT_URLCONF": urls}
    localdate = timezone.localdate
    with override_settings(**overrides, SECURE_SSL_REDIRECT=False):
        handler, factory = WSGIHandler(), RequestFactory()

        all_headers = {
            "accept-language": "nl",
            **{name.replace("_", "-"): value for name, value in headers.items() if value},
        }

        def get(path: str, method: str = "GET", data: str = "") -> bytes:
            statuses: list[str] = []
            request = factory.generic(method, path, data, "application/json" if data else "", headers=all_headers)
            response: Any = handler(request.environ, lambda status, _headers: statuses.append(status))
            body = b"".join(response)
            response.close()
            assert statuses == ["200 OK"], (path, statuses)
            return body

        try:
            timezone.localdate = _today  # type: ignore[assignment]
            yield get
        finally:
            timezone.localdate = localdate


def _today(*_now: Any) -> date:
    return TODAY
