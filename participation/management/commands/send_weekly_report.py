"""Management command: the weekly digest of obligations, to every subscribed user."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from participation.compliance.rulebooks import Rulebooks
from participation.management import base, mail_output
from participation.models import User
from participation.models.addresses import email_key
from participation.selectors.mail.digest_lines import digest_recipients
from participation.services.jobs import jobs
from participation.services.mail.digests import make_digests, prepare_digests, write_digests


class Command(base.TrackerCommand):
    """Run the weekly digest job; a second run in the same week makes only missing mails and sends what still waits."""

    help = (
        "Create the weekly digests of all subscribed users with something to report, once a week, and send the outbox."
    )

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("--on", type=base.day, metavar="DATE", help="the day of the digest (default: today)")
        parser.add_argument("--to", metavar="EMAIL", action="append", help="only this recipient (may be repeated)")
        other = parser.add_mutually_exclusive_group()
        other.add_argument("--dry-run", action="store_true", help="print what would be sent, send nothing")
        other.add_argument(
            "--folder", metavar="PATH", type=Path, help="write NAME.eml and NAME.html to this folder, send nothing"
        )
        base.add_rulebook(parser)

    def handle(self, **options: Any) -> None:
        """Send the digests, write them to a folder or list them, and print the counts."""
        today, now = base.today_and_now()
        day, rulebooks = options["on"] or today, base.rulebooks(options["rulebook"])
        recipients = _recipients(options["to"]) if options["to"] else None
        if options["folder"]:
            self._write(options["folder"], rulebooks, day, now, recipients)
        elif options["dry_run"]:
            self._write_preview(rulebooks, day, now, recipients)
        else:
            self._send(rulebooks, day, now, recipients)

    def _write(
        self, folder: Path, rulebooks: Rulebooks, day: date, now: datetime, recipients: list[int] | None
    ) -> None:
        try:
            written = write_digests(folder, rulebooks, day, now, recipients)
        except OSError as error:
            raise CommandError(f"The folder {folder} is not writable: {error}", returncode=base.FAILED) from error
        for path in written:
            self.stdout.write(str(path))
        self.stdout.write(f"Wrote {len(written)} files, sent nothing.")

    def _write_preview(self, rulebooks: Rulebooks, day: date, now: datetime, recipients: list[int] | None) -> None:
        mails = nothing = 0
        for user, mail in prepare_digests(rulebooks, day, now, recipients):
            if mail:
                mails += 1
                self.stdout.write(f"{user.email}: {mail.subject}")
            else:
                nothing += 1
        self.stdout.write(
            f"{mail_output.count_of(mails, 'e-mail')} would be sent, {nothing} without content. Nothing was sent."
        )

    def _send(self, rulebooks: Rulebooks, day: date, now: datetime, recipients: list[int] | None) -> None:
        counts: Mapping[str, int]
        if recipients is None:
            run = jobs.run("weekly-reports", day, rulebooks, now, timezone.now)
            counts, failures, unfinished = Counter(run.counts), run.failures, run.finished_at is None
        else:
            outcome = make_digests("weekly", recipients, rulebooks, day, now)
            counts, failures, unfinished = outcome.counts, outcome.failures, False
        year, week, _weekday = day.isocalendar()
        self.stdout.write(
            f"Week {week} of {year}: {mail_output.count_of(counts['made'], 'digest')} created, {counts['before']} "
            f"created before, {counts['failed']} failed; {counts['nothing']} without content, "
            f"{counts['snoozed']} paused."
        )
        mail_output.send(self, failures, unfinished)


def _recipients(emails: list[str]) -> list[int]:
    email_by_key = {email_key(email): email for email in emails}
    people = User.objects.filter(is_active=True, email_key__in=list(email_by_key)).exclude(email="")
    known = dict(people.values_list("email_key", "pk"))
    if missing := sorted(email_by_key[email] for email in email_by_key if email not in known):
        raise CommandError(f"No active user has the address {', '.join(missing)}.", returncode=base.FAILED)
    wanted = set(
        digest_recipients("weekly").filter(pk__in=[known[email] for email in email_by_key]).values_list("pk", flat=True)
    )
    if unwanted := sorted(email_by_key[email] for email in email_by_key if known[email] not in wanted):
        raise CommandError(f"Not subscribed to digests: {', '.join(unwanted)}.", returncode=base.FAILED)
    return [known[email] for email in email_by_key]
