"""The weekly reports of a town, made and sent, against rendering and sending the same mails and nothing more.

The floor has what the reports say already in memory; it renders each by the same templates and hands it to the same
mail server by Django's own connection, kept open. Ours finds out what there is to say, renders it, keeps each mail as
a row before anything is sent, and writes down of each that it is being handed over, and what became of it.
"""

import gc
from collections.abc import Iterator
from statistics import median
from typing import Any

from django.core.mail import get_connection
from django.db import connection

from participation.models import DigestDelivery, JobChunk, JobRun, OutboundEmail, User
from participation.presentation.digest_data import Digest
from participation.presentation.digest_mail import digest_mail
from participation.selectors.mail.digest_lines import digest_recipients
from participation.services.jobs.jobs import run as run_job
from participation.services.mail.digests import digest_data_of
from participation.services.mail.outbox import BATCH_SIZE
from participation.services.mail.sender import send_waiting

from .measure import Measurement, Times, in_parts, in_turns, rulebook
from .recipients import FLAGS, NOW, TRAJECTORIES
from .sink import Sink, sink
from .town import TODAY

_TABLES = (DigestDelivery, OutboundEmail, JobChunk, JobRun)


class _Mailing:
    """The mailing of one week, which can be done again and again."""

    def __init__(self, server: Sink) -> None:
        self.server, self.book = server, rulebook()
        self.users = list(digest_recipients("weekly").order_by("pk"))
        self.reports = list(self.gathered())
        # The collector does not go through them again and again while others are made.
        gc.freeze()
        wanted = TRAJECTORIES * FLAGS
        flags = {sum(section.total for section in report.sections) for _user, report in self.reports}
        if flags != {wanted} or len(self.reports) != len(self.users):
            raise SystemExit(f"{len(self.reports)} of {len(self.users)} have reports, of {flags} flags not {wanted}")

    def connection(self) -> Any:
        """Return Django's connection to the mail server, not open yet."""
        return get_connection(
            "django.core.mail.backends.smtp.EmailBackend", host=self.server.host, port=self.server.port
        )

    def gathered(self) -> Iterator[tuple[User, Digest]]:
        """Yield each recipient with what their report says, as the job finds it out."""
        for users in in_parts(self.users, BATCH_SIZE):
            for user, gathered in digest_data_of(users, self.book, TODAY, NOW):
                if report := gathered.digest_for(user):
                    yield user, report

    def gather(self) -> None:
        for _pair in self.gathered():
            pass

    def render(self) -> None:
        for user, report in self.reports:
            digest_mail(user, report, self.book, NOW)

    def floor(self) -> None:
        """Render and send each, and nothing more."""
        with self.connection() as post:
            for user, report in self.reports:
                post.send_messages([digest_mail(user, report, self.book, NOW)])

    def make(self) -> None:
        """Run the job: it leaves every mail in the outbox."""
        run = run_job("weekly-reports", TODAY, self.book, NOW, lambda: NOW)
        if run.counts["made"] != len(self.users) or run.failures:
            raise SystemExit(f"the job came to {run.counts}, {run.failures[:1]}")

    def send(self) -> None:
        """Send what is in the outbox."""
        sending = send_waiting(lambda: NOW, self.connection())
        if sending.counts["sent"] != len(self.users) or sending.problem:
            raise SystemExit(f"sending came to {sending.counts}, {sending.problem}")

    def forget(self) -> None:
        """Have it be the morning before the mailing again."""
        with connection.cursor() as cursor:
            for model in _TABLES:
                cursor.execute(f"DELETE FROM {model._meta.db_table}")
            if connection.vendor == "postgresql":
                cursor.execute(f"VACUUM ANALYZE {OutboundEmail._meta.db_table}, {DigestDelivery._meta.db_table}")

    def compare(self) -> float:
        """Return the kB of a mail, after looking whether both ways send the same."""
        found = []
        for way in (self.floor, self.make, self.send):
            way()
            found.append(self.server.taken())
        self.forget()
        floor, made, sent = found
        if made[0] or floor != sent:
            raise SystemExit(f"(mails, bytes): the floor sent {floor}, the job {made}, the outbox {sent}")
        return floor[1] / floor[0] / 1000


def measure(runs: int) -> list[Measurement]:
    """Measure the mailing to everyone, and where its time goes."""
    with sink() as server:
        mailing = _Mailing(server)
        size = mailing.compare()
        ways = ("floor", "make", "send", "forget", "gather", "render")
        times = in_turns({way: getattr(mailing, way) for way in ways}, runs, warm_up=False)
    floor, both = times["floor"], [made + sent for made, sent in zip(times["make"], times["send"], strict=True)]
    count = len(mailing.users)
    each = f"{size:.0f} kB each, {count / median(both):.0f} mails a second against {count / median(floor):.0f}"
    ratios = tuple(one / other for one, other in zip(both, floor, strict=True))
    what, against = f"weekly report with {TRAJECTORIES * FLAGS} flags, made and sent", "rendering and sending the same"
    return [Measurement(what, against, ratios, note=each), *_shares(times, against)]


def _shares(times: Times, against: str) -> Iterator[Measurement]:
    """Yield what of it goes where."""

    def share(*parts: tuple[int, str]) -> tuple[float, ...]:
        rounds = range(len(times["floor"]))
        return tuple(sum(sign * times[way][at] for sign, way in parts) / times["floor"][at] for at in rounds)

    yield Measurement("  of which finding out what there is to say", against, share((1, "gather")))
    yield Measurement("  of which rendering", against, share((1, "render")))
    yield Measurement("  of which rows of what was made", against, share((1, "make"), (-1, "gather"), (-1, "render")))
    yield Measurement("  of which sending, with its rows", against, share((1, "send")))
    yield Measurement("  (sending alone, without rows)", against, share((1, "floor"), (-1, "render")))
