"""What the tests need of the machine besides Python packages: a browser, the libraries for PDF, two servers.

    python tests/system.py               use each of them once; as root on Debian, install what is missing
    python tests/system.py browser pdf   only these

Each is used, not looked for: a program that is there may lack a library. Where something is missing and cannot be
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


class Need(NamedTuple):
    """What the tests need: a check that raises where it does not work, and the Debian packages that bring it."""

    check: Callable[[], object]
    packages: tuple[str, ...]


def check_browser() -> None:
    """Start the driver and the browser, and read a page. Raises RuntimeError or the driver's own error."""
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
            raise RuntimeError("Chromium opens no page")
        browser.close()


def check_pdf() -> None:
    """Make a PDF with a letter in it. Raises OSError where a library is missing."""
    import weasyprint

    if not weasyprint.HTML(string="<p>é").write_pdf().startswith(b"%PDF"):
        raise RuntimeError("WeasyPrint makes no PDF")


def check_servers() -> None:
    """Start PostgreSQL and Redis and ask each something. Raises ServiceError or the client's own error."""
    import psycopg
    import redis

    from tests import servers

    with servers.postgres() as database_url, servers.redis() as redis_url:
        with psycopg.connect(database_url) as connection:
            connection.execute("SELECT 1")
        redis.Redis.from_url(redis_url).ping()


#: The driver of the browser brings a Node.js of its own, which needs libatomic1.
NEEDS = {
    "browser": Need(check_browser, ("chromium", "libatomic1")),
    "pdf": Need(check_pdf, ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core")),
    "servers": Need(check_servers, ("postgresql", "redis-server")),
}


def failure(name: str) -> str:
    """Return why this does not work, in one line, or nothing where it does.

    In a process of its own: a library that could not be loaded stays so until its process ends.
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
    """Install packages of Debian; what apt-get refuses shows in the next check."""
    print(f"Installing {' '.join(packages)} from the system packages", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False)
    command = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages]
    subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=False)


def main(names: Sequence[str]) -> int:
    """Check these, install what is missing where that can be, and return the exit code."""
    failures = {name: why for name in names if (why := failure(name))}
    if failures and os.geteuid() == 0 and shutil.which("apt-get"):
        install([package for name in failures for package in NEEDS[name].packages])
        failures = {name: why for name in failures if (why := failure(name))}
    for name, why in failures.items():
        print(f"{name}: {why}", file=sys.stderr)
    if failures:
        packages = " ".join(package for name in failures for package in NEEDS[name].packages)
        print(
            "The tests need programs of the system that are missing here.\n"
            f"Ask an administrator: apt-get install {packages}",
            file=sys.stderr,
        )
    return 1 if failures else 0


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--check", name]:
            NEEDS[name].check()
        case names if set(names) <= NEEDS.keys():
            sys.exit(main(names or list(NEEDS)))
        case _:
            print(__doc__, file=sys.stderr)
            sys.exit(2)
