"""What management commands share: the clock, argument types, the rulebook and files."""

import argparse
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.text import slugify

from participation.compliance.dates import parse_iso_day
from participation.compliance.problems import RulebookError
from participation.compliance.rulebooks import Rulebooks, load_rulebooks

#: Exit codes besides 0: the command failed, and it found what --fail-on or a health check looks for.
FAILED, FOUND = 1, 3


class TrackerCommand(BaseCommand):
    """Base command that asks to run the migrations when the database is not up to date."""

    def execute(self, *arguments: Any, **options: Any) -> Any:
        """Run the command. Raises CommandError where a database error is due to migrations that were not run."""
        try:
            return super().execute(*arguments, **options)
        except (OperationalError, ProgrammingError):
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                remedy = "The database is not up to date: run `python manage.py migrate` first."
                raise CommandError(remedy, returncode=FAILED) from None
            raise


def day(text: str) -> date:
    """Return the parsed ISO date; raises ArgumentTypeError, which argparse reports."""
    try:
        return parse_iso_day(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}; write it like 2026-03-20") from None


def moment(text: str) -> datetime:
    """Return the parsed timestamp, in Amsterdam time without an offset; a bare date means the end of that day."""
    try:
        if len(text) == len("2026-03-20"):
            return timezone.make_aware(datetime.combine(parse_iso_day(text), datetime.max.time()))
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a timestamp; write it like 2026-03-20 or 2026-03-20T14:00"
        ) from None
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def today_and_now() -> tuple[date, datetime]:
    """Return today in Amsterdam and the current time: the only place in the commands that reads the clock."""
    now = timezone.now()
    return timezone.localdate(now), now


def municipality_slug() -> str:
    """Return the slug of the municipality of this installation."""
    return slugify(settings.MUNICIPALITY.removeprefix("gemeente "))[:100]


def rulebooks(names: str | None = None) -> Rulebooks:
    """Return the named rulebooks, by default those of the settings. Raises CommandError with every problem in them."""
    try:
        return load_rulebooks(names or settings.RULEBOOK)
    except RulebookError as error:
        raise CommandError(f"The rulebook cannot be used:\n{error}", returncode=FAILED) from None


def add_rulebook(parser: Any) -> None:
    """Add the --rulebook option."""
    parser.add_argument(
        "--rulebook",
        metavar="NAME|FILE",
        help="use this rulebook, or several with commas between them, instead of those of the settings",
    )


def files(paths: list[str]) -> Iterator[Path]:
    """Yield the files of these paths, of a folder its .json files. Raises CommandError where there are none."""
    for text in paths:
        path = Path(text)
        if path.is_dir():
            found = sorted(path.rglob("*.json"))
            if not found:
                raise CommandError(f"{path}: no .json files in this folder", returncode=FAILED)
            yield from found
        elif path.is_file():
            yield path
        else:
            raise CommandError(f"{path}: no such file", returncode=FAILED)
