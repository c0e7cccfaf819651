"""Management command: health check of jobs and mail, for monitoring and for cron, so that it needs no worker."""

import json
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone, translation

from participation.management import base, job_output
from participation.presentation.alerts import alarm_text
from participation.selectors.jobs.health import (
    HealthProblem,
    JobsHealth,
    MailHealth,
    StorageHealth,
    WebhooksHealth,
    health_problems,
    jobs_health,
    mail_health,
    webhooks_health,
)
from participation.services.jobs import alarms
from participation.services.jobs.storage import storage_health
from participation.services.mail import sender


class Command(base.TrackerCommand):
    """Health check of jobs, mail, webhooks and storage. Exit codes: 0 healthy, 3 problems found, 1 unknown."""

    help = (
        "Check the health of jobs, e-mail, webhooks and storage. Exits with 0 if healthy, "
        f"{base.FOUND} if there are problems, {base.FAILED} if the check itself failed."
    )

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument(
            "--alarm",
            action="store_true",
            help="also mail new and solved problems to ALARM_EMAIL",
        )
        parser.add_argument("--format", choices=("text", "json"), default="text")
        parser.add_argument("--language", choices=("nl", "en"), default="nl", help="language of the output")

    def handle(self, **options: Any) -> None:
        """Print the problems and the state of each job. Raises CommandError where there are problems."""
        _today, now = base.today_and_now()
        try:
            connection.ensure_connection()
        except (OperationalError, InterfaceError) as error:
            raise CommandError(
                f"The database is unavailable, so nothing can be checked: {error}", returncode=base.FAILED
            ) from None
        with translation.override(options["language"]):
            jobs, mail, webhooks, storage = (
                jobs_health(now),
                mail_health(now),
                webhooks_health(now),
                storage_health(now),
            )
            found = health_problems(jobs, mail, webhooks, storage)
            if options["format"] == "json":
                self._write_json(jobs, mail, webhooks, storage, found, now)
            else:
                self._write_text(jobs, found)
            if options["alarm"]:
                self._send_alarms(now)
        if found:
            raise CommandError(f"Problems found: {len(found)}.", returncode=base.FOUND)

    def _write_text(self, jobs: JobsHealth, found: list[HealthProblem]) -> None:
        for problem in found:
            output = alarm_text(problem)
            self.stdout.write(
                f"! {output.heading}.\n  {output.consequence} {output.first_step}"
                + (f"\n  {output.url}" * bool(output.url))
            )
        if not found:
            self.stdout.write("No problems.")
        self.stdout.write("")
        self.stdout.write("\n".join(job_output.table(jobs)))

    def _write_json(
        self,
        jobs: JobsHealth,
        mail: MailHealth,
        webhooks: WebhooksHealth,
        storage: StorageHealth,
        found: list[HealthProblem],
        now: datetime,
    ) -> None:
        output = {
            "ok": not found,
            "checked_at": now,
            "troubles": [{**problem._asdict(), "text": alarm_text(problem).heading} for problem in found],
            "jobs": [{**job._asdict(), "late": job.late} for job in jobs.jobs],
            "parts_open": jobs.open_chunks,
            "mail": mail._asdict(),
            "webhooks": {"waiting": webhooks.waiting, "oldest": webhooks.oldest, "off": len(webhooks.disabled)},
            "storage": {"database": storage.database, "media": storage.media, "free_bytes": storage.free},
        }
        self.stdout.write(json.dumps(output, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1))

    def _send_alarms(self, now: datetime) -> None:
        states = [sender.send_one(pk, timezone.now) for pk in alarms.raise_alarms(now)]
        if states:
            self.stderr.write(f"Alarms sent: {states.count('sent')} of {len(states)}.")
        if len(states) > states.count("sent"):
            self.stderr.write(self.style.ERROR("The others are retried: the mail server did not accept them."))
