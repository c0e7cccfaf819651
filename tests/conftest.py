"""What holds for every test: its settings, how hard Hypothesis tries, which tests need the database."""

from __future__ import annotations

import atexit
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Here and not in pyproject.toml, which is read before anything can be set: so that a bare `pytest` runs too.
os.environ.setdefault("DEBUG", "1")
# A machine may test with a disk that is nearly full; the tests about that say how full.
os.environ.setdefault("DISK_FREE_MB", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
# A browser test leaves Playwright's event loop in its process, and the ORM would refuse to work beside one.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# On a busy machine a slow example says nothing about the code, so no deadline. What `make test` and CI find
# must be found again: there the examples follow from the test, not from chance. A developer gets new ones.
settings.register_profile("ci", deadline=None, derandomize=True, database=None, max_examples=60)
settings.register_profile("dev", deadline=None, max_examples=60)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

#: Forms, log-in, rights, the administration and the manners of the API: what these ask of the database, tests of
#: services and selectors ask of it too.
ONE_DATABASE_ONLY = (
    *("admin/", "commands/test_demo.py", "interchange/archive/test_verify.py", "web/rules/"),
    *("api/core/test_authentication.py", "api/core/test_foundation.py", "api/core/test_oidc.py"),
    *("api/test_description.py", "api/test_docs.py", "api/test_outsiders.py", "api/test_schemathesis.py"),
    *("interchange/sheets/", "interchange/register/", "interchange/go_vocal/"),
    *("web/accounts/test_access.py", "web/accounts/test_code.py", "web/accounts/test_api_keys.py"),
    *("web/accounts/test_mail_preferences.py", "web/accounts/test_oidc.py", "web/accounts/test_password.py"),
    *("web/accounts/test_second_factor.py", "web/editing/", "web/shared/", "web/test_rights.py"),
)
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "live_server", "faulty_world"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-only",
        action="store_true",
        help="run only the tests that touch the database: those are what another database can change",
    )


def pytest_configure() -> None:
    from django.conf import settings as django_settings

    # pytest-django sets Django up right after this, provided that the settings were read.
    assert django_settings.DATABASES
    # Test processes share a Redis server, each with a cache of its own: who empties theirs empties no other's.
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker and django_settings.REDIS_URL:
        place = f"{django_settings.REDIS_URL.rpartition('/')[0]}/{int(worker.removeprefix('gw')) + 1}"
        for cache in django_settings.CACHES.values():
            cache["LOCATION"] = place
    # What is made to be served again, where a test says nothing of it.
    media = tempfile.TemporaryDirectory(prefix="leidraad-media-")
    atexit.register(media.cleanup)
    django_settings.MEDIA_ROOT = Path(media.name)
    # A test asks more of the API in a minute than a person does; those about that say how often one may.
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
    return any(f"/tests/{place}" in item.path.as_posix() for place in ONE_DATABASE_ONLY)


def touches_database(item: pytest.Item) -> bool:
    """Whether a test says so with the mark, asks for it through a fixture, or is one of Django's own kind."""
    if item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
        return True
    from django.test import TransactionTestCase  # not before pytest-django has set Django up

    return issubclass(getattr(item, "cls", None) or object, TransactionTestCase)


@pytest.fixture(autouse=True)
def _in_dutch() -> Iterator[None]:
    """Begin each test in Dutch: a visit leaves the language of its visitor behind."""
    from django.utils import translation

    with translation.override("nl"):
        yield
