"""Management command: list recorded erasures, or repeat them after a backup was restored."""

import json
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.utils import translation

from participation.management import base
from participation.models import User
from participation.services.erasure.erasure import recorded_erasures, repeat_erasures


class Command(base.TrackerCommand):
    """Export and repeat erasures; a first erasure is done in the admin, which previews what it removes."""

    help = (
        "Print the recorded erasures as JSON, without the erased text. With --again, repeat them after a backup was "
        "restored: whole texts are erased again, and rows from which words were erased are listed."
    )

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument(
            "--again", type=Path, metavar="FILE", help="the erasures to repeat, as printed by this command"
        )
        parser.add_argument(
            "--by", metavar="USERNAME", help="the administrator who repeats them; required with --again"
        )
        base.add_rulebook(parser)

    def handle(self, **options: Any) -> None:
        """Print the erasures, or repeat them. Raises CommandError on an invalid file or user."""
        today, now = base.today_and_now()
        with translation.override("en"):
            if options["again"] is None:
                self.stdout.write(json.dumps(recorded_erasures(), ensure_ascii=False, indent=1))
                return
            by = User.objects.filter(username=options["by"] or "", role="administrator", is_active=True).first()
            if by is None:
                raise CommandError("Name an active administrator with --by.", returncode=base.FAILED)
            try:
                erasures = json.loads(options["again"].read_text(encoding="utf-8"))
                rulebooks = base.rulebooks(options["rulebook"])
                found = repeat_erasures(erasures, by, rulebooks=rulebooks, today=today, now=now)
            except OSError as error:
                raise CommandError(f"{options['again']}: {error.strerror}", returncode=base.FAILED) from None
            except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
                problem = f"{options['again']}: {type(error).__name__}; give the file that `manage.py erase` printed"
                raise CommandError(problem, returncode=base.FAILED) from None
            self.stdout.write(f"Erased again: {found.erased}.")
            if found.manual_rows:
                self.stdout.write("Erase the words from these rows in the administration:")
                self.stdout.write("\n".join(f"  {line}" for line in found.manual_rows))
