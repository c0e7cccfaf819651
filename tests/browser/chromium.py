"""Finds the browser of the tests: the system's Chromium, never a downloaded one.

python tests/browser/chromium.py     print which program would be used; exit 1 if there is none
"""

from __future__ import annotations

import os
import shutil
import sys

#: Its names on Debian, on Fedora and on a developer's machine. The first has no windows, and takes a third less time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
#: Without a sandbox, which root cannot use in a container, and without network requests of its own.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
MISSING = "no Chromium: apt-get install chromium-headless-shell, or set its path: CHROMIUM=/path/to/chromium"


def program() -> str | None:
    """Return the path of the browser: CHROMIUM, or else the first name on PATH, or else None."""
    found = (shutil.which(name) for name in (os.environ.get("CHROMIUM", ""), *NAMES) if name)
    return next(filter(None, found), None)


if __name__ == "__main__":
    print(program() or f"browser: {MISSING}", file=sys.stdout if program() else sys.stderr)
    sys.exit(0 if program() else 1)
