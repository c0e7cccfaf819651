"""Which browser looks at the pages: Debian's Chromium, never one that is downloaded.

python tests/browser/chromium.py     say which program would be used; exit 1 if there is none
"""

from __future__ import annotations

import os
import shutil
import sys

#: What it is called on Debian, on Fedora and on a developer's own machine.
NAMES = ("chromium", "chromium-browser", "google-chrome")
#: Without a sandbox, for root has none in a container; and nothing that calls home.
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
MISSING = "no Chromium: apt-get install chromium, or say where it is: CHROMIUM=/path/to/chromium"


def program() -> str | None:
    """Return the path of the browser: what CHROMIUM names, else the first that is on PATH."""
    found = (shutil.which(name) for name in (os.environ.get("CHROMIUM", ""), *NAMES) if name)
    return next(filter(None, found), None)


if __name__ == "__main__":
    print(program() or f"browser: {MISSING}", file=sys.stdout if program() else sys.stderr)
    sys.exit(0 if program() else 1)
