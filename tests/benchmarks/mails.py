"""Measures creating and sending the weekly digests against rendering and sending the same mails only.

The baseline has the data of the digests in memory. It renders each with the same templates, and sends it to the same
mail server over one open connection of Django. The measured code queries the data, renders it, stores each mail before
anything is sent, and records for each that it is being sent and with what result.
"""

import gc
from collections.abc import Iterator
from statistics import median
from typing import Any

from django.core.mail import get_connection
from django.db import connection

from participation.models import DigestDelivery, JobChunk, JobRun, OutboundEmail, User
from participation.presentation.association_digest import AssociationDigest
from participation.presentation.digest_data import Digest
from participation.presentation.digest_mail import digest_mail
from participation.presentation.mail import MAIL_CHARSET
from participation.selectors.mail.digest_lines import digest_recipients
from participation.services.jobs.jobs import run as run_job
from participation.services.mail.digests import digest_data_of
from participation.services.mail.outbox import BATCH_SIZE
from participation.services.mail.sender import send_waiting

from .dataset import TODAY
from .measure import Measurement, Times, batches, cpu_seconds_of, rulebooks, time_in_turns
from .recipients import FLAGS, NOW, TRAJECTORIES
from .smtp_sink import SmtpSink, smtp_sink

_TABLES = (DigestDelivery, OutboundEmail, JobChunk, JobRun)


class _Mailing:
    """The mailing of one week, which can be repeated."""

    def __init__(self, server: SmtpSink) -> None:
        self.server, self.book = server, rulebooks()
        self.users = list(digest_recipients("weekly").order_by("pk"))
        self.digests = list(self.query_digests())
        # So that garbage collections do not scan them while others are made.
        gc.freeze()
        expected = TRAJECTORIES * FLAGS
        flags = {_flag_count(digest) for _user, digest in self.digests if isinstance(digest, Digest)}
        if flags != {expected} or len(self.digests) != len(self.users):
            raise SystemExit(
                f"{len(self.digests)} of {len(self.users)} have digests, with {flags} flags instead of {expected}"
            )

    def connection(self) -> Any:
        """Return an unopened connection of Django to the mail server."""
        return get_connection(
            "django.core.mail.backends.smtp.EmailBackend", host=self.server.host, port=self.server.port
        )

    def query_digests(self) -> Iterator[tuple[User, Digest | AssociationDigest]]:
        """Yield each recipient with their digest, queried as the job does."""
        for users in batches(self.users, BATCH_SIZE):
            for user, data in digest_data_of(users, self.book, TODAY, NOW):
                if digest := data.digest_for(user):
                    yield user, digest

    def query(self) -> None:
        """Query the digests."""
        for _pair in self.query_digests():
            pass

    def render(self) -> None:
        """Render the digests."""
        for user, digest in self.digests:
            digest_mail(user, digest, self.book, NOW)

    def baseline(self) -> None:
        """Render and send the digests."""
        with self.connection() as connection_to_server:
            for user, digest in self.digests:
                mail = digest_mail(user, digest, self.book, NOW)
                mail.encoding = MAIL_CHARSET
                connection_to_server.send_messages([mail])

    def create(self) -> None:
        """Run the job that creates the mails in the outbox."""
        run = run_job("weekly-reports", TODAY, self.book, NOW, lambda: NOW)
        if run.counts["made"] != len(self.users) or run.failures:
            raise SystemExit(f"the job returned {run.counts}, {run.failures[:1]}")

    def send(self) -> None:
        """Send the mails of the outbox."""
        sending = send_waiting(lambda: NOW, self.connection())
        if sending.counts["sent"] != len(self.users) or sending.problem:
            raise SystemExit(f"sending returned {sending.counts}, {sending.problem}")

    def reset(self) -> None:
        """Delete the mails and job runs."""
        with connection.cursor() as cursor:
            for model in _TABLES:
                cursor.execute(f"DELETE FROM {model._meta.db_table}")
            if connection.vendor == "postgresql":
                cursor.execute(f"VACUUM ANALYZE {OutboundEmail._meta.db_table}, {DigestDelivery._meta.db_table}")

    def check(self) -> float:
        """Return the size of a mail in kB. Raises SystemExit where the baseline does not send the same mails."""
        counts = []
        for action in (self.baseline, self.create, self.send):
            action()
            counts.append(self.server.take_counts())
        self.reset()
        baseline, created, sent = counts
        if created[0] or baseline != sent:
            raise SystemExit(f"(mails, bytes): the baseline sent {baseline}, the job {created}, the outbox {sent}")
        return baseline[1] / baseline[0] / 1000


def _flag_count(digest: Digest) -> int:
    return sum(section.total for section in digest.sections) + (digest.rest.total if digest.rest else 0)


def measure(runs: int) -> list[Measurement]:
    """Measure the mailing, and how its time is divided."""
    with smtp_sink() as server:
        mailing = _Mailing(server)
        size = mailing.check()
        names = ("baseline", "create", "send", "reset", "query", "render")
        actions = {name: getattr(mailing, name) for name in names}
        times = time_in_turns(actions, runs, warm_up=False, measure=cpu_seconds_of)
    baseline, both = times["baseline"], [one + other for one, other in zip(times["create"], times["send"], strict=True)]
    count = len(mailing.users)
    each = f"{size:.0f} kB each, {count / median(both):.0f} mails a CPU second against {count / median(baseline):.0f}"
    ratios = tuple(one / other for one, other in zip(both, baseline, strict=True))
    name, baseline_name = (
        f"weekly digest with {TRAJECTORIES * FLAGS} flags, created and sent",
        "rendering and sending the same",
    )
    return [Measurement(name, baseline_name, ratios, note=each), *_shares(times, baseline_name)]


def _shares(times: Times, baseline: str) -> Iterator[Measurement]:
    """Yield a measurement for each part of the mailing."""

    def share(*parts: tuple[int, str]) -> tuple[float, ...]:
        runs = range(len(times["baseline"]))
        return tuple(sum(sign * times[name][run] for sign, name in parts) / times["baseline"][run] for run in runs)

    yield Measurement("  of which querying the digests", baseline, share((1, "query")))
    yield Measurement("  of which rendering", baseline, share((1, "render")))
    yield Measurement("  of which storing mails", baseline, share((1, "create"), (-1, "query"), (-1, "render")))
    yield Measurement("  of which sending, with its rows", baseline, share((1, "send")))
    yield Measurement("  (sending alone, without rows)", baseline, share((1, "baseline"), (-1, "render")))
