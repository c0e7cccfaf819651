"""Serves the site of the demonstration from a database of its own, always at the same date and time.

    python -m tests.browser.server FOLDER

The first process fills FOLDER/filled.sqlite3; each works on a copy. Once it serves, it prints a line of JSON: its URL,
a session key for each role, and the folder of its mails. It stops when its standard input is closed.
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

#: A Wednesday in a week without holidays: the data of the demonstration depends on the date.
NOW = datetime(2026, 11, 18, 10, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))
HOST = "127.0.0.1"


def main(folder: Path) -> None:
    """Fill the database, log in a user of each role, and serve."""
    own = Path(tempfile.mkdtemp(dir=folder)) / "own.sqlite3"
    filled = folder / "filled.sqlite3"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not filled.exists():
            _use_database(folder / "filling.sqlite3")
            _fill()
            (folder / "filling.sqlite3").rename(filled)
    shutil.copy(filled, own)
    _use_database(own)
    _serve(own)


def _use_database(database: Path) -> None:
    """Set Django up with this database, or point it to another file."""
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

    from participation.compliance.rulebooks import load_rulebooks
    from participation.demo import seed

    call_command("migrate", verbosity=0, interactive=False)
    seed.fill(load_rulebooks(settings.RULEBOOK), timezone.localdate(), timezone.now(), lambda *_output: None)
    # Write the write-ahead log back, because only the main file is copied.
    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _serve(database: Path) -> None:
    from django.conf import settings
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler, get_internal_wsgi_application
    from django.test import Client
    from django.utils import timezone

    from participation.compliance.rulebooks import load_rulebooks
    from participation.demo import documents, initiatives, participants
    from participation.demo.people import demo_logins
    from participation.services.exports import open_data
    from tests.comparisons import store_comparisons

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_arguments: object) -> None:
            """Log nothing."""

    sessions = {}
    settings.MEDIA_ROOT = str(database.parent / "media")
    people = demo_logins("nl")
    users = {person.role: person.user for person in people}
    participants.add(users["association_member"], timezone.now())
    documents.add(users["adviser"], timezone.now())
    initiatives.add(load_rulebooks(settings.RULEBOOK), timezone.now())
    store_comparisons()
    _store_running_import(timezone.now())
    for person in people:
        visitor = Client()
        visitor.force_login(person.user)
        sessions[person.role] = visitor.session.session_key
    server = ThreadedWSGIServer((HOST, 0), Quiet)
    server.set_app(get_internal_wsgi_application())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.BASE_URL = f"http://{HOST}:{server.server_port}"
    settings.EMAIL_FILE_PATH = str(_mails(database))
    open_data.make_dump(timezone.localdate(), load_rulebooks(settings.RULEBOOK))
    site_info = {"url": settings.BASE_URL, "sessions": sessions, "mails": settings.EMAIL_FILE_PATH}
    sys.stdout.write(f"{json.dumps(site_info)}\n")
    sys.stdout.flush()
    sys.stdin.read()


def _store_running_import(now: datetime) -> None:
    """Store an import of a long sheet that a worker is checking."""
    from participation.models import ContributionImport, Trajectory, User

    trajectory = Trajectory.objects.get(slug="herinrichting-lindeplein-voorbeeld")
    by = User.objects.filter(role="coordinator")[0]
    times = {"created_at": now, "not_before": now}
    ContributionImport.objects.create(trajectory=trajectory, by=by, total=100_000, checked=12_000, **times)


if __name__ == "__main__":
    with time_machine.travel(NOW):
        main(Path(sys.argv[1]))
