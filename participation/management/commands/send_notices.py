"""send_notices: tell followers what changed, each as often as they chose."""

from typing import Any

from django.core.management.base import CommandError

from participation.management import doors
from participation.models.following import FREQUENCIES
from participation.services.notices import send_notices
from participation.services.post import Unreachable


class Command(doors.Door):
    """The daily job: a second run on the same day serves whom the first did not."""

    help = "Mail followers what changed since they were last told: daily or, from Monday on, weekly."

    def add_arguments(self, parser: Any) -> None:
        """Declare what can be given."""
        parser.add_argument(
            "--frequency",
            choices=FREQUENCIES,
            action="append",
            help="only those who chose this (may be given more than once; default: everyone)",
        )
        doors.add_rulebook(parser)

    def handle(self, **options: Any) -> None:
        """Send, and say what it came to."""
        today, now = doors.today_and_now()
        rulebook = doors.rulebook(options["rulebook"])
        try:
            outcome = send_notices(rulebook, today, now, options["frequency"] or FREQUENCIES)
        except Unreachable as error:
            raise CommandError(f"{error}. Run this again to serve the others.", returncode=doors.FAILED) from error
        counts = outcome.counts
        mails = "1 mail" if counts["sent"] == 1 else f"{counts['sent']} mails"
        self.stdout.write(
            f"{mails} sent, {counts['before']} were in the hands of another run, {counts['failed']} went wrong; "
            f"there is nothing to say to {counts['nothing']}."
        )
        if outcome.failures:
            told = "\n".join(f"  {who}: {reason}" for who, reason in outcome.failures)
            raise CommandError(f"These went wrong and are tried again by a next run:\n{told}", returncode=doors.FAILED)
