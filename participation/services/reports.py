"""Sending the weekly reports: each to whom it concerns, once, and what went wrong with one harms no other."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from participation.compliance.rulebook import Rulebook
from participation.models import ReportDelivery, User
from participation.reports.content import Report
from participation.reports.delivery import mail_for
from participation.reports.gathering import Gathered
from participation.selectors.report_lines import report_recipients

from .assessment import chunks
from .post import Post, Unreachable

__all__ = ["Sent", "Unreachable", "gathered_for", "prepared", "send_weekly", "write_reports"]

#: So many recipients' reports are in memory together.
CHUNK = 100
PERIOD = timedelta(days=7)
#: A previous report that went out so long ago at most is where the next one begins.
LONGEST_PERIOD = timedelta(days=10)
#: What stands at a delivery while a run is sending it, and after how long that run is taken for dead.
SENDING = "sending"
GIVEN_UP_AFTER = timedelta(hours=1)


class Sent:
    """What a run came to: counts, and the recipients whose mail went wrong, each with the reason."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.counts = dict.fromkeys(("sent", "nothing", "before", "failed"), 0)
        self.failures: list[tuple[str, str]] = []


def send_weekly(
    rulebook: Rulebook,
    day: date,
    now: datetime,
    recipients: Iterable[int] | None = None,
    connection: Any = None,
) -> Sent:
    """Send the reports of the week of that day, and return what it came to.

    ``recipients`` are primary keys of users; without them everyone is served who may get a report. Who got
    the week's report already, or is being served by another run, counts as ``before``. Raises Unreachable
    when the mail server cannot be reached; whoever was not served is served by a next run.
    """
    outcome = Sent()
    post = Post(connection or get_connection())
    try:
        for users in _in_chunks(recipients):
            done = _sent_already(users, day)
            outcome.counts["before"] += len(done)
            for user, gathered in gathered_for([user for user in users if user.pk not in done], rulebook, day, now):
                outcome.counts[_serve(user, gathered, rulebook, day, now, post, outcome.failures)] += 1
    finally:
        post.close()
    return outcome


def prepared(
    rulebook: Rulebook, day: date, now: datetime, recipients: Iterable[int] | None = None
) -> Iterator[tuple[User, EmailMultiAlternatives | None]]:
    """Yield each recipient with the mail that would be sent, or None where there is nothing to say."""
    for users in _in_chunks(recipients):
        for user, gathered in gathered_for(users, rulebook, day, now):
            report = gathered.report(user)
            yield user, mail_for(user, report, rulebook, now) if report else None


def write_reports(
    folder: Path, rulebook: Rulebook, day: date, now: datetime, recipients: Iterable[int] | None = None
) -> list[Path]:
    """Write each report as NAME.eml and NAME.html, send and record nothing, and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    names: set[str] = set()
    for user, mail in prepared(rulebook, day, now, recipients):
        if mail is None:
            continue
        name = slugify(user.username.partition("@")[0]) or "recipient"
        name = f"{name}-{user.pk}" if name in names else name
        names.add(name)
        html = mail.alternatives[0][0]
        for ending, content in (("eml", mail.message().as_bytes()), ("html", str(html).encode())):
            path = folder / f"{name}.{ending}"
            path.write_bytes(content)
            written.append(path)
    return written


def _in_chunks(recipients: Iterable[int] | None) -> Iterator[list[User]]:
    rows = report_recipients()
    if recipients is not None:
        rows = rows.filter(pk__in=list(recipients))
    for keys in chunks(rows, CHUNK):
        yield list(User.objects.filter(pk__in=keys).order_by("pk"))


def _until(day: date, now: datetime) -> datetime:
    """Return the moment up to which the ledger is told: the end of the day, or now where that comes first."""
    return min(now, timezone.make_aware(datetime.combine(day, time.max)))


def _periods(users: Sequence[User], day: date, now: datetime) -> dict[int, datetime]:
    """Return from which local time each is told of changes: where the last report ended, else a week ago.

    On a Monday the week has just begun; counted from the last report, nothing is told twice or lost.
    """
    until = _until(day, now)
    found = {user.pk: timezone.localtime(until - PERIOD) for user in users}
    earlier = ReportDelivery.objects.filter(
        recipient__in=users, sent_at__gte=until - LONGEST_PERIOD, sent_at__lt=until
    ).exclude(**_week(day))
    for recipient, sent_at in earlier.order_by("sent_at").values_list("recipient_id", "sent_at"):
        found[recipient] = timezone.localtime(sent_at)
    return found


def gathered_for(
    users: Sequence[User], rulebook: Rulebook, day: date, now: datetime
) -> Iterator[tuple[User, Gathered]]:
    """Yield each user with what their report is made from, shared with whoever has the same period."""
    together: dict[datetime, list[User]] = {}
    for user, since in zip(users, _periods(users, day, now).values(), strict=True):
        together.setdefault(since, []).append(user)
    for since, group in together.items():
        gathered = Gathered(group, rulebook, day, since, _until(day, now))
        yield from ((user, gathered) for user in group)


def _week(day: date) -> dict[str, int]:
    year, week, _weekday = day.isocalendar()
    return {"year": year, "week": week}


def _sent_already(users: Sequence[User], day: date) -> set[int]:
    sent = ReportDelivery.objects.filter(recipient__in=users, sent_at__isnull=False, **_week(day))
    return set(sent.values_list("recipient_id", flat=True))


def _serve(
    user: User,
    gathered: Gathered,
    rulebook: Rulebook,
    day: date,
    now: datetime,
    post: "Post",
    failures: list[tuple[str, str]],
) -> str:
    """Send one report, and return under which count it falls."""
    try:
        report = gathered.report(user)
        if report is None:
            return "nothing"
        mail = mail_for(user, report, rulebook, now)
    except DatabaseError:
        raise
    except Exception as error:  # whatever is wrong with this one, the others get theirs
        ReportDelivery.objects.get_or_create(
            recipient=user, **_week(day), defaults={"language": user.language, "created_at": now}
        )
        return _failed(user, day, error, failures)
    post.open()
    delivery = _claim(user, report, day, now)
    if delivery is None:
        return "before"
    try:
        post.send(mail)
    except Exception as error:
        return _failed(user, day, error, failures)
    ReportDelivery.objects.filter(pk=delivery).update(sent_at=now, error="")
    return "sent"


def _claim(user: User, report: Report, day: date, now: datetime) -> int | None:
    """Return the delivery that is now this run's to send, or None where it is sent or in another's hands."""
    told = {
        "error": SENDING,
        "created_at": now,
        "language": user.language,
        "subject": report.subject,
        "figures": report.as_figures(),
    }
    try:
        # Durable: before anything is sent, every other run can see that it is being sent.
        with transaction.atomic(durable=True):
            return ReportDelivery.objects.create(recipient=user, **_week(day), **told).pk
    except IntegrityError:
        row = ReportDelivery.objects.filter(recipient=user, **_week(day))
    with transaction.atomic(durable=True):
        free = row.filter(sent_at__isnull=True).exclude(error=SENDING, created_at__gt=now - GIVEN_UP_AFTER)
        return row.values_list("pk", flat=True).get() if free.update(**told) else None


def _failed(user: User, day: date, error: Exception, failures: list[tuple[str, str]]) -> str:
    reason = f"{type(error).__name__}: {error}"
    ReportDelivery.objects.filter(recipient=user, sent_at__isnull=True, **_week(day)).update(error=reason)
    failures.append((user.email, reason))
    return "failed"
