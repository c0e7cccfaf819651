"""Validates HTML with html-validate, and with the Nu HTML Checker where it is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

FRONTEND = Path(__file__).parents[2] / "participation" / "frontend"
#: The Nu HTML Checker is optional because it needs Java. Set its path with VNU_JAR, or install the npm package vnu-jar.
VNU = Path(os.environ.get("VNU_JAR") or FRONTEND / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar")


def validation_errors(pages: Mapping[str, str], folder: Path) -> list[str]:
    """Return the errors of these pages by name. All pages are written to the folder and validated together."""
    files = {}
    for number, (name, text) in enumerate(pages.items()):
        file = folder / f"{number}.html"
        file.write_text(text, encoding="utf-8")
        files[str(file)] = name
    return [f"{files[path]} {report}" for path, report in (*_html_validate(folder), *_nu(folder))]


def _html_validate(folder: Path) -> list[tuple[str, str]]:
    program = FRONTEND / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
    # The report goes to a file, because the program truncates output to a pipe.
    report = folder / "report.json"
    options = ["--config", FRONTEND / "html-validate.json", "--formatter", f"json={report}"]
    command = ["sh", FRONTEND / "node.sh", "node", program, *options, folder / "*.html"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert report.exists(), f"html-validate did not run; `make css` installs it.\n{ran.stderr}"
    return [
        (result["filePath"], f"{message['line']}:{message['column']} {message['ruleId']}: {message['message']}")
        for result in json.loads(report.read_text(encoding="utf-8"))
        for message in result["messages"]
    ]


def _nu(folder: Path) -> list[tuple[str, str]]:
    if not (VNU.exists() and shutil.which("java")):
        return []
    command = ["java", "-jar", VNU, "--format", "json", "--skip-non-html", folder]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return [
        (report["url"].removeprefix("file:"), f"{report.get('lastLine')}: {report['message']}")
        for report in json.loads(ran.stderr)["messages"]
    ]
