"""The website of the demonstration, on a database of its own, at a moment that is always the same.

    python -m tests.browser.server FOLDER

Fills FOLDER/filled.sqlite3 the first time, whichever process comes first; then works on a copy. Prints one line
of JSON once it serves: its address, for each kind of reader the session that logs them in, and the folder in
which its mails are written. It stops when what started it closes its standard input.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
import tempfile
import threading
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import time_machine

#: A Wednesday in a week without holidays: what the demonstration shows follows from the day.
NOW = datetime(2026, 11, 18, 10, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))
HOST = "127.0.0.1"


def main(folder: Path) -> None:
    """Fill, log everyone in, and serve."""
    own = Path(tempfile.mkdtemp(dir=folder)) / "own.sqlite3"
    filled = folder / "filled.sqlite3"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not filled.exists():
            _settle(folder / "filling.sqlite3")
            _fill()
            (folder / "filling.sqlite3").rename(filled)
    shutil.copy(filled, own)
    _settle(own)
    _serve(own)


def _settle(database: Path) -> None:
    """Read the settings, for this database; once they are read, look at another file."""
    settings = {
        "DATABASE_URL": f"sqlite:///{database}",
        "EMAIL_URL": f"file://{_mails(database)}",
        "DEMO": "1",
        "DEBUG": "0",
    }
    os.environ.update(settings, DJANGO_SETTINGS_MODULE="tests.browser.settings")
    import django
    from django.db import connections

    django.setup()
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = str(database)


def _mails(database: Path) -> Path:
    return database.parent / "mails"


def _fill() -> None:
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from participation.compliance.rulebook import load
    from participation.demo import seed

    call_command("migrate", verbosity=0, interactive=False)
    seed.fill(load(settings.RULEBOOK), timezone.localdate(), timezone.now(), lambda *_told: None)
    # What is still in the log beside the file would be missing in a copy.
    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _serve(database: Path) -> None:
    from django.conf import settings
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler, get_internal_wsgi_application
    from django.test import Client
    from django.utils import timezone

    from participation.demo import participants
    from participation.demo.people import demo_logins

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_arguments: object) -> None:
            """Say nothing: what matters is in what the tests see."""

    sessions = {}
    people = demo_logins("nl")
    participants.add(next(person.user for person in people if person.role == "association_member"), timezone.now())
    for person in people:
        visitor = Client()
        visitor.force_login(person.user)
        sessions[person.role] = visitor.session.session_key
    server = ThreadedWSGIServer((HOST, 0), Quiet)
    server.set_app(get_internal_wsgi_application())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.BASE_URL = f"http://{HOST}:{server.server_port}"
    settings.EMAIL_FILE_PATH = str(_mails(database))
    site_info = {"url": settings.BASE_URL, "sessions": sessions, "mails": settings.EMAIL_FILE_PATH}
    sys.stdout.write(f"{json.dumps(site_info)}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    with time_machine.travel(NOW):
        main(Path(sys.argv[1]))
