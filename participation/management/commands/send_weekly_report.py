"""send_weekly_report: the mail that says what is owed, to everyone whom it concerns."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from participation.compliance.rulebook import Rulebook
from participation.management import doors
from participation.selectors.report_lines import report_recipients
from participation.services.reports import Unreachable, prepared, send_weekly, write_reports


class Command(doors.Door):
    """The weekly job: a second run in the same week serves whom the first did not."""

    help = "Send the weekly report to everyone for whom there is something to say, once a week."

    def add_arguments(self, parser: Any) -> None:
        """Declare what can be given."""
        parser.add_argument("--on", type=doors.day, metavar="DATE", help="the day to report on (default: today)")
        parser.add_argument(
            "--to", metavar="EMAIL", action="append", help="only this recipient (may be given more than once)"
        )
        other = parser.add_mutually_exclusive_group()
        other.add_argument("--dry-run", action="store_true", help="say what would be sent, and send nothing")
        other.add_argument(
            "--folder", metavar="PATH", type=Path, help="write NAME.eml and NAME.html there, and send nothing"
        )
        doors.add_rulebook(parser)

    def handle(self, **options: Any) -> None:
        """Send, write or tell, and say what it came to."""
        today, now = doors.today_and_now()
        day, rulebook = options["on"] or today, doors.rulebook(options["rulebook"])
        recipients = _recipients(options["to"]) if options["to"] else None
        if options["folder"]:
            self._write(options["folder"], rulebook, day, now, recipients)
        elif options["dry_run"]:
            self._tell(rulebook, day, now, recipients)
        else:
            self._send(rulebook, day, now, recipients)

    def _write(self, folder: Path, rulebook: Rulebook, day: date, now: datetime, recipients: list[int] | None) -> None:
        try:
            written = write_reports(folder, rulebook, day, now, recipients)
        except OSError as error:
            raise CommandError(f"The folder {folder} cannot be written: {error}", returncode=doors.FAILED) from error
        for path in written:
            self.stdout.write(str(path))
        self.stdout.write(f"Wrote {len(written)} files, sent nothing.")

    def _tell(self, rulebook: Rulebook, day: date, now: datetime, recipients: list[int] | None) -> None:
        mails = nothing = 0
        for user, mail in prepared(rulebook, day, now, recipients):
            if mail:
                mails += 1
                self.stdout.write(f"{user.email}: {mail.subject}")
            else:
                nothing += 1
        self.stdout.write(f"{_mails(mails)} would be sent; there is nothing to say to {nothing}. Nothing was sent.")

    def _send(self, rulebook: Rulebook, day: date, now: datetime, recipients: list[int] | None) -> None:
        try:
            outcome = send_weekly(rulebook, day, now, recipients)
        except Unreachable as error:
            raise CommandError(f"{error}. Run this again to serve the others.", returncode=doors.FAILED) from error
        counts = outcome.counts
        year, week, _weekday = day.isocalendar()
        self.stdout.write(
            f"Week {week} of {year}: {_mails(counts['sent'])} sent, {counts['before']} were sent before, "
            f"{counts['failed']} went wrong; there is nothing to say to {counts['nothing']}."
        )
        if outcome.failures:
            told = "\n".join(f"  {email}: {reason}" for email, reason in outcome.failures)
            raise CommandError(f"These went wrong and are tried again by a next run:\n{told}", returncode=doors.FAILED)


def _recipients(emails: list[str]) -> list[int]:
    known = {email.lower(): pk for pk, email in report_recipients().values_list("pk", "email")}
    if missing := sorted(set(emails) - {email for email in emails if email.strip().lower() in known}):
        raise CommandError(f"No active user has the address {', '.join(missing)}.", returncode=doors.FAILED)
    return [known[email.strip().lower()] for email in emails]


def _mails(count: int) -> str:
    return "1 mail" if count == 1 else f"{count} mails"
