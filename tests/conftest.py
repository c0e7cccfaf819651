"""Settings of all tests, the profiles of Hypothesis, and the choice of tests that need the database."""

from __future__ import annotations

import atexit
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Set here, so that plain `pytest` works without any environment variable.
os.environ.setdefault("DEBUG", "1")
# Most tests are about the rules of Leiden.
os.environ.setdefault("RULEBOOK", "leiden")
# Tests also run on a machine whose disk is nearly full; tests about disk space set their own limit.
os.environ.setdefault("DISK_FREE_MB", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
# Playwright leaves an event loop in the process, with which the ORM otherwise refuses to work.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# No deadline: on a busy machine a slow example says nothing about the code. The examples of `make test` and CI are
# derived from the test, so that a failure can be repeated; a developer gets random ones.
settings.register_profile("ci", deadline=None, derandomize=True, database=None, max_examples=60)
settings.register_profile("dev", deadline=None, max_examples=60)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

#: Tests that gain nothing from a second database: what they select and record is tested on both where it is written,
#: and tests/web/test_rights.py requests every page on both.
ONE_DATABASE_ONLY = (
    *("admin/", "commands/test_demo.py", "interchange/archive/test_verify.py", "web/"),
    *("api/core/test_authentication.py", "api/core/test_foundation.py", "api/core/test_oidc.py"),
    *("api/test_description.py", "api/test_docs.py", "api/test_outsiders.py", "api/test_schemathesis.py"),
    *("interchange/sheets/", "interchange/register/", "interchange/go_vocal/"),
)
#: Tests of pages that depend on how a database sorts, searches, or lets requests wait for each other.
ON_EACH_DATABASE = (
    "web/accounts/test_codes_once.py",
    "web/editing/test_locking.py",
    "web/test_idempotency.py",
    "web/test_rights.py",
    "web/trajectories/test_list.py",
    "web/trajectories/test_search.py",
    "web/week/test_week.py",
)
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "live_server", "fault_environment"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-only",
        action="store_true",
        help="run only the tests that touch the database: those are what another database can change",
    )


def pytest_configure() -> None:
    from django.conf import settings as django_settings

    # Reads the settings, which pytest-django needs to set Django up right after this.
    assert django_settings.DATABASES
    # Test processes share a Redis server. Each uses a database of its own, so that clearing its cache affects no other.
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker and django_settings.REDIS_URL:
        location = f"{django_settings.REDIS_URL.rpartition('/')[0]}/{int(worker.removeprefix('gw')) + 1}"
        for cache in django_settings.CACHES.values():
            cache["LOCATION"] = location
    # Generated files of tests that do not set a folder of their own.
    media = tempfile.TemporaryDirectory(prefix="leidraad-media-")
    atexit.register(media.cleanup)
    django_settings.MEDIA_ROOT = Path(media.name)
    # A slow hash protects passwords that are stored; those of tests are nobody's.
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Without it each test client looks through all static files.
    django_settings.WHITENOISE_AUTOREFRESH = True
    # No throttling: tests send more requests in a minute than people do. Tests of throttling set their own rates.
    rates = django_settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
    django_settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] = dict.fromkeys(rates)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--database-only"):
        return
    kept = [item for item in items if touches_database(item) and not _needs_one_database(item)]
    chosen = set(kept)
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = kept


def _needs_one_database(item: pytest.Item) -> bool:
    file = item.path.as_posix()
    return any(f"/tests/{path}" in file for path in ONE_DATABASE_ONLY) and not file.endswith(ON_EACH_DATABASE)


def touches_database(item: pytest.Item) -> bool:
    """Return whether a test has the django_db mark, uses a database fixture, or is a TransactionTestCase."""
    if item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
        return True
    from django.test import TransactionTestCase  # not before pytest-django has set Django up

    return issubclass(getattr(item, "cls", None) or object, TransactionTestCase)


@pytest.fixture(autouse=True)
def _no_cached_results(request: pytest.FixtureRequest) -> None:
    """Start each test without cached results: keys of rows that were rolled back are used again."""
    if touches_database(request.node):
        from django.core.cache import caches

        for name in ("figures", "lists"):
            caches[name].clear()


@pytest.fixture(autouse=True)
def _in_dutch() -> Iterator[None]:
    """Start each test in Dutch, because a request leaves its language active in the thread."""
    from django.utils import translation

    with translation.override("nl"):
        yield
