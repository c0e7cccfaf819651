"""Clients that two generators make from the description of the API do the six uses of docs/api.md."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.db import connection

from participation.compliance.rulebooks import load_rulebooks
from participation.models import ApiKey
from participation.services.dossiers.dossiers import import_dossier
from tests import world
from tests.api.openapi import openapi_document
from tests.dossier.example import importable_dossier

ROOT = Path(__file__).parents[2]
CLIENTS = Path(__file__).parent / "clients"
NODE_MODULES = CLIENTS / "node_modules"
NOW = world.moment("2026-05-04 10:00")


@pytest.fixture
def served(live_server, transactional_db) -> Iterator[dict[str, str]]:
    """Serve a trajectory, and yield what a client needs in its environment: the address of the API and a key."""
    if connection.vendor != "sqlite":
        pytest.skip("a client is the same for each database")
    with time_machine.travel(NOW, tick=False):
        import_dossier(
            importable_dossier(), load_rulebooks(settings.RULEBOOK), date(2026, 5, 1), world.moment("2026-05-01 10:00")
        )
        _row, key = ApiKey.objects.create(user=world.user("coordinator"), name="proef")
        yield {"API": f"{live_server.url}/api/v1", "KEY": key}


@pytest.fixture
def description(tmp_path: Path) -> Path:
    """Write the description of the API to a file."""
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(openapi_document()), encoding="utf-8")
    return file


def run(*command: str | Path, folder: Path, **environment: str) -> None:
    """Run a program in this folder. Fails the test with what it printed if it does not succeed."""
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"


def test_a_generated_python_client_does_the_six_uses(served: dict[str, str], description: Path, tmp_path: Path):
    options = tmp_path / "options.yaml"
    options.write_text("post_hooks: []\n", encoding="utf-8")
    output = ["--meta", "none", "--output-path", tmp_path / "leidraad_client", "--config", options]
    # Without this option, what the generator does not understand is left out of the client.
    generate = ["openapi_python_client", "generate", "--fail-on-warning"]
    run(sys.executable, "-m", *generate, "--path", description, *output, folder=tmp_path)

    run(sys.executable, CLIENTS / "uses.py", folder=tmp_path, PYTHONPATH=str(tmp_path), **served)


@pytest.mark.skipif(not NODE_MODULES.is_dir(), reason="`make clients` installs the generator")
def test_a_generated_typescript_client_does_the_six_uses(served: dict[str, str], description: Path, tmp_path: Path):
    for name in ("uses.ts", "package.json"):
        shutil.copy(CLIENTS / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    node = ["sh", ROOT / "participation" / "frontend" / "node.sh", "node"]
    run(*node, "node_modules/openapi-typescript/bin/cli.js", description, "-o", "schema.d.ts", folder=tmp_path)
    strict = ["--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext", "--types", "node"]
    run(*node, "node_modules/typescript/bin/tsc", *strict, "uses.ts", folder=tmp_path)

    run(*node, "uses.js", folder=tmp_path, **served)
