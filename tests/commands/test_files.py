"""The commands import_dossier and export_dossier."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from participation.management import base
from participation.models import Motion, Trajectory

pytestmark = pytest.mark.django_db

FIXTURES = Path(__file__).parents[2] / "fixtures"
SQUARE = {"dossier": 1, "trajectory": {"slug": "plein", "title": "Plein"}}


def run(*arguments):
    out, err = StringIO(), StringIO()
    try:
        call_command(*map(str, arguments), stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), err.getvalue(), error
    return out.getvalue(), err.getvalue(), None


def test_a_folder_of_dossiers_is_imported():
    out, _err, error = run("import_dossier", FIXTURES / "cases", FIXTURES / "register.json")
    assert error is None
    assert Trajectory.objects.count() == 4
    assert Motion.objects.filter(number="21.0098/04").exists()
    assert "onderzoek-participatie-leiden new" in out


def test_exported_dossiers_are_imported_unchanged(tmp_path):
    run("import_dossier", FIXTURES / "cases")
    for slug in Trajectory.objects.values_list("slug", flat=True):
        run("export_dossier", slug, "--output", tmp_path / f"{slug}.json")
    out, _err, error = run("import_dossier", tmp_path, "--replace")
    assert error is None
    assert out.count("0 added, 0 changed, 0 removed") == 4


BAD = {
    "cut off": b'{"dossier": 1, "trajectory": {"slug": "x',
    "not JSON": b"dossier: 1",
    "empty": b"",
    "Latin-1": '{"dossier": 1, "trajectory": {"slug": "x", "title": "Café"}}'.encode("latin-1"),
    "UTF-16": '{"dossier": 1}'.encode("utf-16"),
    "a list": b"[]",
    "another version": b'{"dossier": 2}',
    "the same key twice": b'{"dossier": 1, "trajectory": {"slug": "x", "slug": "y", "title": "X"}}',
    "deep": b"[" * 100_000,
    "fifty megabytes": b'{"dossier": 1, "trajectory": {"slug": "x", "title": "' + b"x" * 50_000_000 + b'"}}',
    "no title": b'{"dossier": 1, "trajectory": {"slug": "x"}}',
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_an_invalid_file_is_reported_and_skipped(tmp_path, data):
    bad, good = tmp_path / "a.json", tmp_path / "b.json"
    bad.write_bytes(data)
    good.write_text(json.dumps(SQUARE), encoding="utf-8")
    out, err, error = run("import_dossier", bad, good)
    assert f"{bad}: not imported, nothing was stored" in err
    assert error.returncode == base.FAILED
    assert "plein new" in out
    assert list(Trajectory.objects.values_list("slug", flat=True)) == ["plein"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["import_dossier", "nergens.json"], "no such file"),
        (["export_dossier", "plain"], "did you mean 'plein'?"),
        (["export_dossier"], "Name a trajectory, or give --register"),
        (["export_dossier", "plein", "--register"], "Name a trajectory, or give --register"),
    ],
)
def test_errors_are_reported_with_a_remedy(tmp_path, arguments, message):
    path = tmp_path / "plein.json"
    path.write_text(json.dumps(SQUARE), encoding="utf-8")
    run("import_dossier", path)
    _out, _err, error = run(*arguments)
    assert message in str(error)
    assert error.returncode == base.FAILED


def test_an_empty_folder_is_reported(tmp_path):
    _out, _err, error = run("import_dossier", tmp_path)
    assert "no .json files" in str(error)


def test_a_database_without_tables_is_reported_with_a_remedy(tmp_path):
    command = [sys.executable, "manage.py", "import_dossier", str(FIXTURES / "cases")]
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'empty.sqlite3'}"}
    done = subprocess.run(command, cwd=FIXTURES.parent, env=environment, capture_output=True, text=True, check=False)
    assert "run `python manage.py migrate` first" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == base.FAILED
