"""Every command in docs/api.md works with curl, and its response has the shape that is shown."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import time_machine
from django.conf import settings

from participation.api.core.problems import TITLES
from participation.compliance.rulebooks import load_rulebooks
from participation.models import ApiKey
from participation.services.dossiers.dossiers import import_dossier
from tests import world
from tests.dossier.example import importable_dossier
from tracker.api import RATES

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
NOW = world.moment("2026-05-04 10:00")
ELLIPSIS = "…"


class Block(NamedTuple):
    """A command and the response below it, with its language; "" where none is shown."""

    command: str
    language: str
    shown: str


def blocks() -> list[Block]:
    found = []
    parts = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
    for index, (language, text) in enumerate(parts):
        if language == "sh":
            after, shown = parts[index + 1] if index + 1 < len(parts) else ("sh", "")
            found.append(Block(text, *(("", "") if after == "sh" else (after, shown))))
    return found


def differs(shown: Any, really: Any, place: str = "") -> list[str]:
    """Yield where a response has other keys or types than shown; "…" matches anything."""
    if shown == ELLIPSIS:
        return []
    if isinstance(shown, dict) and isinstance(really, dict):
        missing = [f"{place}/{key}: not there" for key in shown.keys() - really.keys() - {ELLIPSIS}]
        more = [] if ELLIPSIS in shown else [f"{place}/{key}: not shown" for key in really.keys() - shown.keys()]
        both = [key for key in shown if key in really]
        return (
            missing
            + more
            + [difference for key in both for difference in differs(shown[key], really[key], f"{place}/{key}")]
        )
    if isinstance(shown, list) and isinstance(really, list):
        if shown and not really:
            return [f"{place}: nothing in it"]
        return [
            difference
            for index, one in enumerate(shown)
            for difference in differs(one, really[index], f"{place}/{index}")
        ]
    # A nullable text is shown as null or as text.
    kinds = {type(shown), type(really)} - {type(None)}
    return [] if len(kinds) <= 1 else [f"{place}: {really!r}, shown: {shown!r}"]


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl on this machine")
def test_every_documented_command_gives_the_documented_response(live_server, tmp_path, transactional_db):
    with time_machine.travel(NOW, tick=False):
        rulebooks = load_rulebooks(settings.RULEBOOK)
        import_dossier(importable_dossier(), rulebooks, date(2026, 5, 1), world.moment("2026-05-01 10:00"))
        _row, key = ApiKey.objects.create(user=world.user("coordinator"), name="proef")
        surroundings = {"PATH": os.environ["PATH"], "API": f"{live_server.url}/api/v1", "KEY": key}
        wrong = []
        for block in blocks():
            done = subprocess.run(
                ["sh", "-euc", block.command.replace("curl ", "curl --silent --show-error ")],
                cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=False, timeout=30,
            )  # fmt: skip
            assert done.returncode == 0, (block.command, done.stderr)
            wrong += [f"{difference}\n{block.command}{done.stdout[:2000]}" for difference in _wrong(block, done.stdout)]
    assert wrong == []


def _wrong(block: Block, answer: str) -> list[str]:
    if block.language == "http":
        status, *headers = block.shown.strip().splitlines()
        given = answer.partition("\r\n\r\n")[0].splitlines()
        names = {line.partition(":")[0].lower() for line in given}
        result = [f"no {name}" for line in headers if (name := line.partition(":")[0]).lower() not in names]
        # The HTTP version differs behind a proxy.
        return result if given[0].split()[1:] == status.split()[1:] else [given[0], *result]
    result = json.loads(answer)
    if not block.shown:
        return [result["detail"]] if isinstance(result, dict) and "detail" in result else []
    return differs(json.loads(block.shown), result)


def test_each_documented_response_follows_its_command():
    assert len(blocks()) > 15
    assert len(re.findall(r"^```\w", PAGE, re.MULTILINE)) == len(blocks()) + sum(bool(one.shown) for one in blocks())


def test_every_status_code_is_documented():
    table = PAGE.partition("| status | meaning |")[2].partition("\n\n")[0]

    documented = {int(status) for status in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}

    assert set(TITLES) - documented == {500}
    assert documented <= set(TITLES)


def test_the_rate_limits_are_documented():
    rates = [int(rate.partition("/")[0]) for rate in RATES.values()]

    assert [
        int(number) for number in re.findall(r"\d+", PAGE.partition("## Rate limits")[2].partition("\n## ")[0])
    ] == rates


@pytest.mark.parametrize(
    ("shown", "really"),
    [
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": 1, "b": 1}),
        ({"a": 1, ELLIPSIS: ELLIPSIS}, {"b": 1}),
        ({"a": 1}, {"a": "1"}),
        ([{"a": 1}], [{"a": []}]),
        ([1], []),
    ],
)
def test_a_response_of_another_shape_is_detected(shown, really):
    assert differs(shown, really)


def test_a_response_of_the_same_shape_is_accepted():
    assert differs({"a": 1, "b": [{"c": None}], ELLIPSIS: ELLIPSIS}, {"a": 2, "b": [{"c": "x"}, {}], "d": 1}) == []
