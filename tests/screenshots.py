"""The pictures in the manual, made from the demonstration: always of the same moment.

    python -m tests.screenshots FOLDER [NAME …]     make those pictures, or all of them

A new picture is a new line in PICTURES.
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

#: The mail of the adviser, as `make demo` writes it.
REPORT = "mails/adviseur.html"
PARKING = "/trajecten/parkeerplan-singelrand-voorbeeld/"


class Picture(NamedTuple):
    """A picture: its name, the page (or a file of the demonstration), who looks, and how large it is."""

    name: str
    url: str
    whom: str = ""
    width: int = 1000
    height: int = 900


PICTURES = (
    Picture("report", REPORT, width=700, height=1180),
    Picture("trajectory", PARKING, width=1100, height=1560),
    Picture("week", "/deze-week/", "adviser", width=1280, height=800),
    Picture("planning", f"{PARKING}planning/", "adviser", width=1100, height=1000),
    Picture("city", "/stad/", "auditor", width=1280, height=860),
    Picture("trajectories-telephone", "/trajecten/", width=390, height=844),
    Picture("my-telephone", "/mijn/", "association_member", width=390, height=844),
    Picture("said-telephone", f"{PARKING}#inbreng", width=390, height=844),
)


def take(picture: Picture, browser: Browser, site: Site, demo: Path, into: Path) -> Path:
    """Take a picture; return where it is."""
    size = {"width": picture.width, "height": picture.height}
    page = browser.new_page(viewport=size, locale="nl-NL", timezone_id="Europe/Amsterdam", base_url=site.url)
    page.context.add_cookies(site.cookies(picture.whom))
    page.goto(picture.url if picture.url.startswith("/") else (demo / picture.url).as_uri())
    file = into / f"{picture.name}.png"
    page.screenshot(path=file)
    page.close()
    return file


def _tell(into: Path) -> None:
    """Write what the demonstration writes, mails among them."""
    os.environ.update(DATABASE_URL=f"sqlite:///{into / 'told.sqlite3'}", DEMO="1", DEBUG="0")
    os.environ["DJANGO_SETTINGS_MODULE"] = "tracker.settings"
    import django
    from django.core.management import call_command

    with time_machine.travel(NOW), (into / "told.txt").open("w") as report_file:
        django.setup()
        call_command("demo", "--no-server", output=str(into), stdout=report_file, stderr=report_file)


def main(into: Path, names: Sequence[str]) -> int:
    """Take the pictures of these names, or all."""
    wanted = [picture for picture in PICTURES if not names or picture.name in names]
    if unknown := set(names) - {picture.name for picture in wanted}:
        sys.stderr.write(f"pictures: there is no picture called {', '.join(sorted(unknown))}\n")
        return 2
    program = chromium.program()
    if program is None:
        sys.stderr.write(f"pictures: {chromium.MISSING}\n")
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        demo = Path(scratch)
        if any(not picture.url.startswith("/") for picture in wanted):
            _tell(demo)
        with served(demo) as site, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=[*chromium.ARGUMENTS])
            for picture in wanted:
                sys.stdout.write(f"{take(picture, browser, site, demo, into)}\n")
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
