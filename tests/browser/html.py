"""Whether pages are valid HTML: html-validate, and the Nu checker of the W3C where it is at hand."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

FRONTEND = Path(__file__).parents[2] / "participation" / "frontend"
#: No package of the project's own: java is not everywhere. Name it by VNU_JAR, or put vnu-jar in node_modules.
VNU = Path(os.environ.get("VNU_JAR") or FRONTEND / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar")


def validation_errors(pages: Mapping[str, str], folder: Path) -> list[str]:
    """Return what is wrong in these pages, by their names; they are written into the folder and checked at once."""
    files = {}
    for number, (name, text) in enumerate(pages.items()):
        file = folder / f"{number}.html"
        file.write_text(text, encoding="utf-8")
        files[str(file)] = name
    return [f"{files[path]} {report}" for path, report in (*_html_validate(folder), *_nu(folder))]


def _html_validate(folder: Path) -> list[tuple[str, str]]:
    program = FRONTEND / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
    # Into a file: what does not fit into a pipe is cut off.
    report = folder / "told.json"
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
