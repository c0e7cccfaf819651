"""What every command shares: reading the clock, days, rulebooks and files, with errors that name the remedy."""

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

from participation.compliance.dates import iso_day
from participation.compliance.problems import RulebookError
from participation.compliance.rulebook import Rulebook, load

#: Exit codes beside 0: what was asked for could not be done, and what was asked to fail on was found.
FAILED, FOUND = 1, 3


class Door(BaseCommand):
    """A command that tells what to do when the database is not ready for it."""

    def execute(self, *arguments: Any, **options: Any) -> Any:
        """Do what the command does. Raises CommandError with the remedy where tables are missing."""
        try:
            return super().execute(*arguments, **options)
        except (OperationalError, ProgrammingError):
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                remedy = "The database is not up to date: run `python manage.py migrate` first."
                raise CommandError(remedy, returncode=FAILED) from None
            raise


def day(text: str) -> date:
    """Return the day that was typed; argparse tells what is wrong with another text."""
    try:
        return iso_day(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}; write it like 2026-03-20") from None


def moment(text: str) -> datetime:
    """Return the moment that was typed, in Amsterdam time unless it says otherwise; a day is its end."""
    try:
        if len(text) == len("2026-03-20"):
            return timezone.make_aware(datetime.combine(iso_day(text), datetime.max.time()))
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a moment; write it like 2026-03-20 or 2026-03-20T14:00"
        ) from None
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def today_and_now() -> tuple[date, datetime]:
    """Return today in Amsterdam and the moment: the only place under the commands that reads a clock."""
    now = timezone.now()
    return timezone.localdate(now), now


def rulebook(name: str | None = None) -> Rulebook:
    """Return the rulebook of the settings, or the one named. Raises CommandError with all that is wrong in it."""
    try:
        return load(name or settings.RULEBOOK)
    except RulebookError as error:
        raise CommandError(f"The rulebook cannot be used:\n{error}", returncode=FAILED) from None


def add_rulebook(parser: Any) -> None:
    """Add the option by which a command is given another rulebook."""
    parser.add_argument(
        "--rulebook", metavar="NAME|FILE", help="judge by this rulebook instead of the one in the settings"
    )


def files(paths: list[str]) -> Iterator[Path]:
    """Yield the files that these paths name, a folder standing for the .json files in it. Raises CommandError."""
    for text in paths:
        path = Path(text)
        if path.is_dir():
            found = sorted(path.rglob("*.json"))
            if not found:
                raise CommandError(f"{path}: there are no .json files in this folder", returncode=FAILED)
            yield from found
        elif path.is_file():
            yield path
        else:
            raise CommandError(f"{path}: there is no such file", returncode=FAILED)
