"""Management command: mail followers what changed, at the frequency each chose."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from participation.management import base, mail_output
from participation.models.followers import FREQUENCIES
from participation.selectors.followers import due_followers
from participation.services.jobs import jobs
from participation.services.mail.notifications import make_notifications, period_starts


class Command(base.TrackerCommand):
    """Run the daily notifications job; a second run the same day makes missing mails and sends those that wait."""

    help = (
        "Create the notifications of followers for whom something changed since their last one, daily or weekly (from "
        "Monday), and send the outbox."
    )

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument(
            "--frequency",
            choices=FREQUENCIES,
            action="append",
            help="only followers with this frequency (may be repeated; default: all)",
        )
        base.add_rulebook(parser)

    def handle(self, **options: Any) -> None:
        """Make and send the mails, and print the counts. Raises CommandError where something failed."""
        today, now = base.today_and_now()
        rulebooks = base.rulebooks(options["rulebook"])
        counts: Mapping[str, int]
        if options["frequency"]:
            since = {name: moment for name, moment in period_starts(today).items() if name in options["frequency"]}
            outcome = make_notifications(list(due_followers(since).values_list("pk", flat=True)), rulebooks, today, now)
            counts, failures, unfinished = outcome.counts, outcome.failures, False
        else:
            run = jobs.run("notifications", today, rulebooks, now, timezone.now)
            counts, failures, unfinished = Counter(run.counts), run.failures, run.finished_at is None
        self.stdout.write(
            f"{mail_output.count_of(counts['made'], 'e-mail')} created, {counts['before']} created by another run, "
            f"{counts['failed']} failed; {counts['nothing']} without changes, {counts['paused']} paused."
        )
        mail_output.send(self, failures, unfinished)
