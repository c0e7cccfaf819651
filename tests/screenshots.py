"""Takes the screenshots of the manual from the demonstration, always at the same date and time.

    python -m tests.screenshots FOLDER [NAME …]     take these screenshots, or all

To add a screenshot, add a line to SCREENSHOTS.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import time_machine
from playwright.sync_api import Browser, sync_playwright

from tests.browser import chromium
from tests.browser.server import NOW
from tests.browser.site import Site, served

#: The adviser's digest, as `make demo` writes it.
DIGEST = "mails/adviseur.html"
PARKING = "/trajecten/parkeerplan-singelrand-voorbeeld/"


class Screenshot(NamedTuple):
    """The name of a screenshot, its page or a file of the demonstration, the role that is logged in, and its size."""

    name: str
    url: str
    role: str = ""
    width: int = 1000
    height: int = 900


SCREENSHOTS = (
    Screenshot("report", DIGEST, width=700, height=1180),
    Screenshot("trajectory", PARKING, width=1100, height=1560),
    Screenshot("week", "/deze-week/", "adviser", width=1280, height=800),
    Screenshot("planning", f"{PARKING}planning/", "adviser", width=1100, height=1000),
    Screenshot("city", "/stad/", "auditor", width=1280, height=860),
    Screenshot("trajectories-telephone", "/trajecten/", width=390, height=844),
    Screenshot("dashboard-telephone", "/mijn/", "association_member", width=390, height=844),
    Screenshot("contributions-telephone", f"{PARKING}inbreng/", width=390, height=844),
)


def take(screenshot: Screenshot, browser: Browser, site: Site, demo: Path, into: Path) -> Path:
    """Take a screenshot, and return its path."""
    size = {"width": screenshot.width, "height": screenshot.height}
    page = browser.new_page(viewport=size, locale="nl-NL", timezone_id="Europe/Amsterdam", base_url=site.url)
    page.context.add_cookies(site.cookies(screenshot.role))
    page.goto(screenshot.url if screenshot.url.startswith("/") else (demo / screenshot.url).as_uri())
    file = into / f"{screenshot.name}.png"
    page.screenshot(path=file)
    page.close()
    return file


def _run_demo(into: Path) -> None:
    """Write the output of the demonstration, with its mails, to this folder."""
    os.environ.update(DATABASE_URL=f"sqlite:///{into / 'demo.sqlite3'}", DEMO="1", DEBUG="0")
    os.environ["DJANGO_SETTINGS_MODULE"] = "tracker.settings"
    import django
    from django.core.management import call_command

    with time_machine.travel(NOW), (into / "demo.txt").open("w") as output:
        django.setup()
        call_command("demo", "--no-server", output=str(into), stdout=output, stderr=output)


def main(into: Path, names: Sequence[str]) -> int:
    """Take the screenshots with these names, or all, and return the exit code."""
    selected = [screenshot for screenshot in SCREENSHOTS if not names or screenshot.name in names]
    if unknown := set(names) - {screenshot.name for screenshot in selected}:
        sys.stderr.write(f"screenshots: there is none called {', '.join(sorted(unknown))}\n")
        return 2
    program = chromium.program()
    if program is None:
        sys.stderr.write(f"screenshots: {chromium.MISSING}\n")
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        demo = Path(scratch)
        if any(not screenshot.url.startswith("/") for screenshot in selected):
            _run_demo(demo)
        with served(demo) as site, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=[*chromium.ARGUMENTS])
            for screenshot in selected:
                sys.stdout.write(f"{take(screenshot, browser, site, demo, into)}\n")
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
