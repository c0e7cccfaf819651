"""Checks the system packages that the tests need: a browser, the libraries for PDF, PostgreSQL and Redis.

    python tests/system.py               check all; as root on Debian, install what is missing
    python tests/system.py browser pdf   check only these

Each check uses the program, because an installed program may lack a library. Where something is missing and cannot be
installed, the last lines say what to ask an administrator for, and the exit code is 1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


class SystemRequirement(NamedTuple):
    """A check that raises where something does not work, and the Debian packages that provide it."""

    check: Callable[[], object]
    packages: tuple[str, ...]


def check_browser() -> None:
    """Start the browser and read a page. Raises RuntimeError or an error of Playwright."""
    from playwright.sync_api import sync_playwright

    from tests.browser import chromium

    program = chromium.program()
    if not program:
        raise RuntimeError(chromium.MISSING)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=[*chromium.ARGUMENTS])
        page = browser.new_page()
        page.set_content("<title>works</title>")
        if page.title() != "works":
            raise RuntimeError("Chromium does not open a page")
        browser.close()


def check_pdf() -> None:
    """Create a PDF with some text. Raises OSError where a library is missing."""
    import weasyprint

    if not weasyprint.HTML(string="<p>é").write_pdf().startswith(b"%PDF"):
        raise RuntimeError("WeasyPrint does not create a PDF")


def check_servers() -> None:
    """Start PostgreSQL and Redis, and send each a command. Raises ServiceError or an error of the client."""
    import psycopg
    import redis

    from tests import servers

    with servers.postgres() as database_url, servers.redis() as redis_url:
        with psycopg.connect(database_url) as connection:
            connection.execute("SELECT 1")
        redis.Redis.from_url(redis_url).ping()


#: Playwright includes a Node.js that needs libatomic1.
REQUIREMENTS = {
    "browser": SystemRequirement(check_browser, ("chromium-headless-shell", "libatomic1")),
    "pdf": SystemRequirement(
        check_pdf, ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core")
    ),
    "servers": SystemRequirement(check_servers, ("postgresql", "redis-server")),
}


def failure(name: str) -> str:
    """Return in one line why a requirement is not met, or an empty text.

    The check runs in a process of its own, because a failed import of a library cannot be repeated within a process.
    """
    done = subprocess.run(
        [sys.executable, __file__, "--check", name],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    lines = [line for line in done.stderr.strip().splitlines() if line.strip()]
    return (lines[-1] if lines else f"exit code {done.returncode}") if done.returncode else ""


def install(packages: Sequence[str]) -> None:
    """Install Debian packages; the next check shows whether that worked."""
    print(f"Installing {' '.join(packages)} from the system packages", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False)
    command = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)


def main(names: Sequence[str]) -> int:
    """Check these requirements, install what is missing where possible, and return the exit code."""
    failures = {name: why for name in names if (why := failure(name))}
    if failures and os.geteuid() == 0 and shutil.which("apt-get"):
        install([package for name in failures for package in REQUIREMENTS[name].packages])
        failures = {name: why for name in failures if (why := failure(name))}
    for name, why in failures.items():
        print(f"{name}: {why}", file=sys.stderr)
    if failures:
        packages = " ".join(package for name in failures for package in REQUIREMENTS[name].packages)
        print(
            f"System packages that the tests need are missing.\nAsk an administrator: apt-get install {packages}",
            file=sys.stderr,
        )
    return 1 if failures else 0


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--check", name]:
            REQUIREMENTS[name].check()
        case names if set(names) <= REQUIREMENTS.keys():
            sys.exit(main(names or list(REQUIREMENTS)))
        case _:
            print(__doc__, file=sys.stderr)
            sys.exit(2)
