"""What is loaded before the first request, so that no visitor waits for it."""

from .test_settings import python

FIRST_REQUEST = """
import sys
from tracker.{kind} import application
from django.test import Client
from participation.compliance.rulebook import _load
loaded, files = set(sys.modules), _load.cache_info().misses
Client(raise_request_exception=False).get("/api/v1/rules", headers={{"host": "localhost"}})
print(files > 0, _load.cache_info().misses - files)
print([name for name in sorted(set(sys.modules) - loaded) if name.startswith("participation.api")])
"""


def test_the_first_request_loads_no_rulebook_and_no_module_of_the_api(tmp_path):
    settings = {"DEBUG": "1", "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3"}
    for kind in ("wsgi", "asgi"):
        done = python(FIRST_REQUEST.format(kind=kind), **settings)

        assert done.stdout.splitlines() == ["True 0", "[]"], done.stderr


def test_an_invalid_rulebook_does_not_keep_a_worker_from_starting(tmp_path):
    (tmp_path / "own.yaml").write_text("rules: 3\n", encoding="utf-8")
    done = python("import tracker.wsgi", DEBUG="1", RULEBOOK=str(tmp_path / "own.yaml"))

    assert done.returncode == 0, done.stderr
