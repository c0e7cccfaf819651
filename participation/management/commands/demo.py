"""Management command: load the demo data, print a summary and serve the website."""

import os
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.servers.basehttp import get_internal_wsgi_application, run
from django.core.signals import setting_changed
from django.db import OperationalError, connection, connections
from django.utils import timezone

from participation.compliance.rulebooks import Rulebooks
from participation.demo import console, documents, initiatives, overview, participants, seed
from participation.demo.dates import FIXTURES_DATE, days_to_shift
from participation.demo.messages import demo_text
from participation.demo.people import demo_logins
from participation.dossier.errors import DossierError
from participation.management import base
from participation.services.contributions.background_import import run_due_imports
from participation.services.exports import archives, open_data
from participation.services.exports.cached_files import BeingMadeError, folder_lock
from participation.services.mail.digests import write_digests

HOST = "127.0.0.1"
RULEBOOK = "leiden"
MAX_PORT = 65_535
#: Interval between two looks for long sheets of contributions that wait, in seconds.
IMPORT_INTERVAL = 3
#: A table whose presence shows that a database has been used by Leidraad.
MARKER_TABLE = "participation_trajectory"


class Command(BaseCommand):
    """Demo in a database of its own; refuses a database that holds other data."""

    help = (
        "Run the demonstration: load four real cases and six invented ones, print what was flagged and when, write "
        "this week's e-mails, and serve the website on localhost."
    )
    # This command reports a broken rulebook itself, with all problems.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("--port", type=int, default=8000, help="serve on this port (default: 8000)")
        parser.add_argument("--no-server", action="store_true", help="do not serve the website")
        parser.add_argument("--fresh", action="store_true", help="start with an empty database of the demo")
        parser.add_argument(
            "--output", default="demo-output", metavar="FOLDER", help="write here (default: demo-output)"
        )
        parser.add_argument("--language", choices=("nl", "en"), default="nl", help="language of the demonstration")
        base.add_rulebook(parser)

    def handle(self, **options: Any) -> None:
        """Load the demo data, print the summary and start the server."""
        self.language: str = options["language"]
        #: What other commands need to work on the same data, where the environment does not have it yet.
        self.environment: dict[str, str] = {}
        today, now = base.today_and_now()
        rulebooks = self._rulebooks(options["rulebook"])
        serving, port = not options["no_server"], options["port"]
        if serving:
            self._check_port(port)
        folder = self._folder(options["output"])
        # Base of the links in mails, pages and open data.
        settings.BASE_URL = f"http://localhost:{port}"
        self._use_own_media(folder)
        self._use_readable_mail()
        try:
            with folder_lock(folder):
                self._prepare_all(folder, rulebooks, today, now, options["fresh"])
        except BeingMadeError:
            raise CommandError(
                f"{folder}: another demonstration is being prepared here. Wait until it runs, or choose another "
                "folder: --output FOLDER",
                returncode=base.FAILED,
            ) from None
        if serving:
            self._serve(port)
        else:
            self.stdout.write(f"  {demo_text('no_server', self.language)}")

    def _use_own_media(self, folder: Path) -> None:
        """Keep uploads and open data in this folder, unless MEDIA_ROOT is set."""
        if not os.environ.get("MEDIA_ROOT", "").strip():
            settings.MEDIA_ROOT = folder / "media"
            # A storage keeps the folder of its first use until this signal.
            setting_changed.send(type(self), setting="MEDIA_ROOT", value=settings.MEDIA_ROOT, enter=True)
            self.environment["MEDIA_ROOT"] = str(settings.MEDIA_ROOT)

    def _use_readable_mail(self) -> None:
        """Print mails that go to the console as they are read, unless they go elsewhere."""
        if settings.EMAIL_BACKEND == "django.core.mail.backends.console.EmailBackend":
            settings.EMAIL_BACKEND = "participation.demo.printed_mail.EmailBackend"

    def _prepare_all(self, folder: Path, rulebooks: Rulebooks, today: date, now: datetime, fresh: bool) -> None:
        """Fill the database, write the mails and the open data, and print the summary."""
        database_label = self._database(folder, today, fresh)
        self._show_stage("stage_database")
        self._prepare(today)
        try:
            seed.fill(rulebooks, today, now, self._show_stage)
        except DossierError as error:
            raise CommandError(f"The examples do not fit this rulebook:\n{error}", returncode=base.FAILED) from None
        self._show_stage("stage_people")
        people = demo_logins(self.language)
        users = {person.role: person.user for person in people}
        participants.add(users["association_member"], now)
        initiatives.add(rulebooks, now)
        with suppress(OSError):  # without writable media storage the rest still works
            documents.add(users["adviser"], now)
            # Files are named by primary key: those of an earlier demo database would belong to other trajectories.
            archives.clear_all_caches()
            open_data.make_dump(today, rulebooks, wait=True)
        self._show_stage("stage_mails")
        recipients = [person.user.pk for person in people]
        mails = folder / "mails"
        written = self._write_or_fail(lambda: write_digests(mails, rulebooks, today, now, recipients), mails)
        count = sum(path.suffix == ".eml" for path in written)
        self._show_stage("")
        self._write_lines(console.opening_lines(today, database_label, self.language))
        self._write_lines(
            console.cases(
                overview.cases(rulebooks, today),
                overview.undated_commitments(today),
                rulebooks.first,
                _python_command(),
                self.language,
            )
        )
        self._write_lines(self._week(today, now))
        where = console.DemoLocations(
            _display_path(mails), count, f"{settings.BASE_URL}/", _python_command(), self.environment
        )
        self._write_lines(console.further_lines(where, people, self.language))

    def _rulebooks(self, names: str | None) -> Rulebooks:
        """Return the rulebooks, and put their names in the settings for the code that reads them from there.

        The examples are of Leiden, so without a choice its rulebook judges them.
        """
        settings.RULEBOOK = names or os.environ.get("RULEBOOK", "").strip() or RULEBOOK
        return base.rulebooks()

    def _check_port(self, port: int) -> None:
        if settings.SECURE_SSL_REDIRECT:
            raise CommandError(
                "These are the settings of a real installation (https). Start with DEMO=1 and without "
                "BASE_URL, or add --no-server.",
                returncode=base.FAILED,
            )
        try:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise self._port_error(port, error) from None

    def _folder(self, given: str) -> Path:
        folder = Path(given).resolve()

        def make() -> None:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / ".writable"
            probe.touch()
            probe.unlink()

        self._write_or_fail(make, folder)
        return folder

    def _write_or_fail(self, write: Any, folder: Path) -> Any:
        try:
            return write()
        except OSError as error:
            reason = error.strerror or error
            raise CommandError(
                f"{folder}: cannot be written to ({reason}). Choose another folder: --output FOLDER",
                returncode=base.FAILED,
            ) from None

    def _database(self, folder: Path, today: date, fresh: bool) -> str:
        """Switch to the demo's own database, one file a week, unless DATABASE_URL is set; return a name to display."""
        if os.environ.get("DATABASE_URL", "").strip():
            if fresh:
                raise CommandError(
                    "--fresh removes only the demo's own database: unset DATABASE_URL.",
                    returncode=base.FAILED,
                )
            return demo_text("place_given", self.language)
        monday = FIXTURES_DATE + timedelta(days=days_to_shift(today))
        path = folder / f"leidraad-{monday}.sqlite3"
        if fresh:
            for suffix in ("", "-wal", "-shm"):
                self._write_or_fail(
                    path.with_name(path.name + suffix).unlink if path.exists() else lambda: None, folder
                )
        self.environment["DATABASE_URL"] = f"sqlite:///{path}"
        connection.close()
        connections.databases["default"]["NAME"] = connection.settings_dict["NAME"] = str(path)
        return _display_path(path)

    def _prepare(self, today: date) -> None:
        """Run the migrations. Raises CommandError, before any change, where the database holds other data."""
        tables = set(connection.introspection.table_names())
        if tables and (MARKER_TABLE not in tables or seed.has_foreign_data(today)):
            raise CommandError(
                "This database has data other than the demo's, so it is not used. Set DATABASE_URL to an empty "
                "database, or unset it to use the demo's own.",
                returncode=base.FAILED,
            )
        call_command("migrate", verbosity=0, interactive=False)

    def _week(self, today: date, now: datetime) -> Iterable[console.StoryLine]:
        slugs = [seed.slug_of(document) for document in seed.invented(today)]
        changed = overview.changes(slugs, now - timedelta(days=7))
        return console.week(overview.standings(slugs, today), changed, self.language)

    def _write_lines(self, lines: Iterable[console.StoryLine]) -> None:
        styles: dict[str, Callable[[str], str]] = {
            "heading": self.style.MIGRATE_HEADING,
            "title": self.style.MIGRATE_LABEL,
            "flag": self.style.WARNING,
            "secret": self.style.SUCCESS,
            "command": str,
        }
        width = min(100, shutil.get_terminal_size((100, 40)).columns)
        for line in lines:
            text = line.wrapped(width)
            self.stdout.write(styles[line.kind](text) if line.kind else text)
        self.stdout.write("")

    def _show_stage(self, key: str, done: int = 0, total: int = 0) -> None:
        """Show progress: in place on a terminal, otherwise one line per stage."""
        text = demo_text(key, self.language) if key else ""
        if self.stderr.isatty():
            count = f" {done}/{total}" if total > 1 else ""
            self.stderr.write(f"\r\x1b[K{text}{count}{' …' if text else ''}", style_func=str, ending="")
            self.stderr.flush()
        elif text and not done:
            self.stderr.write(f"{text} …", style_func=str)

    def _serve(self, port: int) -> None:
        """Serve until interrupted: as ``runserver``, without its messages for developers."""
        self.stdout.write(demo_text("serving", self.language))
        # Output to a pipe or file is buffered until exit, but the log-in details are needed now.
        self.stdout.flush()
        # No worker runs beside the demonstration.
        threading.Thread(target=_import_sheets, daemon=True).start()
        try:
            run(HOST, port, get_internal_wsgi_application(), threading=True)
        except KeyboardInterrupt:
            self.stdout.write(f"\n{demo_text('stopped', self.language)}")
        except OSError as error:
            raise self._port_error(port, error) from None

    def _port_error(self, port: int, error: Exception) -> CommandError:
        other = port + 1 if port < MAX_PORT else 8000
        return CommandError(
            f"Port {port} cannot be used ({error}). Choose another: --port {other}", returncode=base.FAILED
        )


def _import_sheets() -> None:
    """Import the long sheets that wait, for as long as the website runs."""
    rulebooks = base.rulebooks()
    while True:
        # The database is locked while a visitor records something: next time.
        with suppress(OperationalError):
            run_due_imports(rulebooks, timezone.now)
        time.sleep(IMPORT_INTERVAL)


def _display_path(path: Path) -> str:
    """Return the path relative to the current folder where possible."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _python_command() -> str:
    """Return how to call the running Python interpreter on the command line."""
    found = Path(sys.executable)
    return _display_path(found) if found.is_relative_to(Path.cwd()) else "python"
