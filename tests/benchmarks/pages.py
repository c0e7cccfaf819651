"""Measures pages against minimal pages of the same size, through the WSGI handler."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any, NamedTuple

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone

from participation.api.core.throttling import Throttle
from participation.compliance.dates import ImpreciseDate
from participation.models import Contribution, Neighbourhood, Step, Trajectory, User
from participation.services.assessment import reassess_one
from participation.web.trajectories.list import ROWS_PER_PAGE
from tracker.api import RATES

from .baseline_pages import SIZES
from .dataset import PARTIES, PLACES, SENTENCES, TODAY
from .measure import Measurement, cpu_seconds_of, queries_of, ratios, rulebooks, time_in_turns

LIST = "/trajecten/"
LARGE = "groot-traject"
STEPS, CONTRIBUTIONS = 60, 200
#: How many times each page is requested in a run: the CPU of a backend is counted in hundredths of a second.
REPEATS = 10
BARE = "a minimal Django page"
API_LIST = "/api/v1/trajectories?pageSize=100"

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
    reassess_one("trajectory", trajectory.pk, rulebooks(), TODAY, datetime.now(UTC))


class MeasuredPage(NamedTuple):
    """A page that is requested: its name, its path, the path of its baseline and what that is, and the role."""

    name: str
    path: str
    baseline: str
    label: str = BARE
    role: str = ""


def measured_pages() -> list[MeasuredPage]:
    """Return the pages that are measured, each with its baseline."""
    parts_in_all = max(1, Trajectory.objects.visible_to(None).count() // ROWS_PER_PAGE)
    tenth_part, last_part = min(10, parts_in_all), min(200, parts_in_all)
    large = f"{STEPS} steps, {CONTRIBUTIONS} contributions"
    own = f"{LIST}{LARGE}/"
    parts = {"": "summary", "meedoen/": "take part", "inbreng/": "input", "plan/": "plan", "afspraken/": "agreements"}
    first = f"{LIST}?volgorde="
    return [
        MeasuredPage("list", LIST, "/baseline/list/"),
        MeasuredPage(f"list, part {tenth_part}", f"{LIST}?pagina={tenth_part}", f"/baseline/part/?page={tenth_part}"),
        MeasuredPage(f"list, part {last_part}", f"{LIST}?pagina={last_part}", LIST, "its first part"),
        MeasuredPage(f"list by title, part {last_part}", f"{first}title&pagina={last_part}", f"{first}title", "part 1"),
        MeasuredPage("list, open for input", f"{LIST}?meedoen=on", "/baseline/open/"),
        MeasuredPage("list, search", f"{LIST}?zoek=park", "/baseline/search/"),
        MeasuredPage("the council's page", "/raad/", "/baseline/council/"),
        *(
            MeasuredPage(f"trajectory, {name}: {large}", f"{own}{part}", f"/baseline/detail/{LARGE}/{name}/")
            for part, name in parts.items()
        ),
        MeasuredPage("statistics, page", "/stad/", API_LIST, "a page of 100 of the API"),
        MeasuredPage("statistics, API", "/api/v1/statistics", API_LIST, "a page of 100 of the API"),
        MeasuredPage("the week", "/deze-week/", "/baseline/week/", role="coordinator"),
        MeasuredPage("the plan's form", f"{own}plan/wijzigen/?deel=alles", "/baseline/plan/", role="coordinator"),
    ]


def measure(runs: int) -> list[Measurement]:
    """Measure pages against their baselines, in CPU seconds of this process and its PostgreSQL backend."""
    prepare()
    # Requests to the API are still counted, but never throttled.
    Throttle.THROTTLE_RATES = dict.fromkeys(RATES, f"{10**9}/min")
    figures = []
    for page in measured_pages():
        with site_client(cookie=_session_cookie(page.role) if page.role else "") as get:
            SIZES[page.baseline.partition("?")[0]] = len(get(page.path))
            actions = {name: _repeat(get, path) for name, path in (("page", page.path), ("bare", page.baseline))}
            times = time_in_turns(actions, runs, measure=cpu_seconds_of)
            counts = [len(queries_of(lambda path=path: get(path))) for path in (page.path, page.baseline)]  # type: ignore[misc]
            size = len(get(page.path)) / 1000
        milliseconds = [1000 * median(times[name]) / REPEATS for name in ("page", "bare")]
        note = (
            f"{counts[0]} queries against {counts[1]}, {size:.0f} kB, "
            f"{milliseconds[0]:.0f} against {milliseconds[1]:.0f} ms of CPU"
        )
        figures.append(Measurement(page.name, page.label, ratios(times, "page", "bare"), note=note))
    return figures


def _repeat(get: Callable[[str], bytes], path: str) -> Callable[[], None]:
    def repeated() -> None:
        for _ in range(REPEATS):
            get(path)

    return repeated


def logged_in(role: str) -> Client:
    """Return the client of a user with this role."""
    user, _new = User.objects.get_or_create(
        username=f"bench-{role}", defaults={"email": f"bench-{role}@example.org", "role": role}
    )
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def _session_cookie(role: str) -> str:
    return f"{settings.SESSION_COOKIE_NAME}={logged_in(role).cookies[settings.SESSION_COOKIE_NAME].value}"


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
    with override_settings(**overrides, SECURE_SSL_REDIRECT=False, SECOND_FACTOR=False):
        # The backend whose time is counted must serve every request.
        connection.close()
        connection.settings_dict["CONN_MAX_AGE"] = None
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
