"""Making reports: each for whom it concerns, once a week or once a day, into the outbox with its record."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.db import DatabaseError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import slugify

from participation.compliance.calendar import Calendar
from participation.compliance.rulebook import Rulebook
from participation.models import ReportDelivery, User
from participation.models.mail import REPORT_PERIODS
from participation.reports.content import Report
from participation.reports.delivery import MONDAY, mail_for, report_key
from participation.reports.gathering import Gathered
from participation.selectors.report_lines import report_recipients

from ..assessment import chunks
from ..outcomes import Outcome, Written, unrecorded
from .making import TOGETHER, in_one, note_failure
from .outbox import Draft, put_all

#: Who never got a report is told of so long.
PERIOD = timedelta(days=7)
#: Further back than this nobody is told what changed, however long they had no report.
LONGEST_PERIOD = timedelta(days=60)
#: Messages of these never reached their reader: what they told is told again.
UNREAD = ("refused", "held")


class _Made(NamedTuple):
    """What there is for one recipient: a report with its mail, or nothing to say."""

    user: User
    report: Report | None
    mail: EmailMultiAlternatives | None


def make_reports(
    period: str,
    keys: Collection[int],
    rulebook: Rulebook,
    day: date,
    now: datetime,
    written: Written = unrecorded,
) -> Outcome:
    """Make the reports of that day, or of its week, for these users, and return what it came to.

    Who has it already counts as ``before``, and who wants no mail for a while as ``snoozed``: theirs begins, later,
    where their last one ended. That there was nothing to say is recorded too, so that it is not said days late. A
    report that cannot be made harms no other and is made by a next run. On Mondays and days off there is no daily
    report.
    """
    outcome = Outcome("made", "nothing", "before", "snoozed", "failed")
    if period == "daily" and not _has_daily(day, rulebook.calendar):
        return outcome
    for users in _in_chunks(report_recipients(period).filter(pk__in=keys)):
        before = _delivered(users, period, day)
        awake = [user for user in users if not _sleeps(user, day)]
        outcome.count("snoozed", len(users) - len(awake))
        made = []
        todo = [user for user in awake if user.pk not in before]
        for user, gathered in gathered_for(todo, rulebook, day, now, period):
            try:
                report = gathered.report(user)
                made.append(_Made(user, report, mail_for(user, report, rulebook, now) if report else None))
            except (DatabaseError, ImproperlyConfigured):
                raise
            except Exception as error:  # whatever is wrong with this one, the others get theirs
                note_failure(outcome, "user", user.pk, error)
        recorded = _record(made, period, day, now, written)
        outcome.add(recorded)
        outcome.count("before", len(awake) - len(todo) + len(made) - sum(recorded.counts.values()))
    return outcome


def prepared(
    rulebook: Rulebook, day: date, now: datetime, recipients: Iterable[int] | None = None, period: str = "weekly"
) -> Iterator[tuple[User, EmailMultiAlternatives | None]]:
    """Yield each recipient with the mail that would be made, or None where there is nothing to say.

    Without ``recipients``, primary keys of users, these are all who want it. Who wants none for a while is left out.
    """
    rows = report_recipients(period)
    if recipients is not None:
        rows = rows.filter(pk__in=list(recipients))
    for users in _in_chunks(rows):
        awake = [user for user in users if not _sleeps(user, day)]
        for user, gathered in gathered_for(awake, rulebook, day, now, period):
            report = gathered.report(user)
            yield user, mail_for(user, report, rulebook, now) if report else None


def write_reports(
    folder: Path, rulebook: Rulebook, day: date, now: datetime, recipients: Iterable[int] | None = None
) -> list[Path]:
    """Write each weekly report as NAME.eml and NAME.html, send and record nothing, and return the files."""
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


def gathered_for(
    users: Sequence[User], rulebook: Rulebook, day: date, now: datetime, period: str = "weekly"
) -> Iterator[tuple[User, Gathered]]:
    """Yield each user with what their report is made from, shared with whoever is told of the same time."""
    together: dict[datetime, list[User]] = {}
    for user, since in zip(users, _periods(users, day, now, period).values(), strict=True):
        together.setdefault(since, []).append(user)
    for since, group in together.items():
        gathered = Gathered(group, rulebook, day, timezone.localtime(since), _until(day, now), period)
        yield from ((user, gathered) for user in group)


def _in_chunks(recipients: QuerySet[User]) -> Iterator[list[User]]:
    for keys in chunks(recipients, TOGETHER):
        yield list(User.objects.filter(pk__in=keys).order_by("pk"))


def _has_daily(day: date, calendar: Calendar) -> bool:
    """Tell whether there is a daily report: Monday's is the week's, and on a day off nobody is at work to read it."""
    return day.weekday() != MONDAY and not calendar.is_day_off(day)


def _sleeps(user: User, day: date) -> bool:
    return user.snoozed_until is not None and user.snoozed_until >= day


def _of(period: str, day: date) -> date:
    """Return the day under which a report is recorded: its own, or its week's Monday."""
    return day - timedelta(days=day.weekday()) if period == "weekly" else day


def _until(day: date, now: datetime) -> datetime:
    """Return the moment up to which the ledger is told: the end of the day, or now where that comes first."""
    return min(now, timezone.make_aware(datetime.combine(day, time.max)))


def _periods(users: Sequence[User], day: date, now: datetime, period: str) -> dict[int, datetime]:
    """Return from which moment each is told of changes: where the last report that reached them ended.

    On a Monday the week has just begun; counted from the last report, nothing is told twice or lost, also when no
    report came for weeks. Who never had one is told of a week.
    """
    until = _until(day, now)
    oldest = until - LONGEST_PERIOD
    ended = (
        ReportDelivery.objects.filter(recipient__in=users, created_at__lt=until)
        .exclude(period=period, day=_of(period, day))
        # Without a subject there was nothing to say.
        .exclude(subject="")
        .exclude(message__state__in=UNREAD)
    )
    # By the index, which ends in the day: a week's report has its Monday.
    recent = ended.filter(period__in=REPORT_PERIODS, day__gte=oldest.date() - PERIOD)
    found = dict(recent.order_by("created_at").values_list("recipient_id", "created_at"))
    others = [user for user in users if user.pk not in found]
    had_one = set(ended.filter(recipient__in=others).values_list("recipient_id", flat=True)) if others else set()
    for user in others:
        found[user.pk] = oldest if user.pk in had_one else until - PERIOD
    # In UTC: in local time two moments of the night in which the clock goes back look the same.
    return {user.pk: max(found[user.pk], oldest).astimezone(UTC) for user in users}


def _delivered(users: Iterable[User], period: str, day: date) -> set[int]:
    rows = ReportDelivery.objects.filter(recipient__in=list(users), period=period, day=_of(period, day))
    return set(rows.values_list("recipient_id", flat=True))


def _record(made: Sequence[_Made], period: str, day: date, now: datetime, written: Written) -> Outcome:
    """Put these mails in the outbox and note who has what, in one transaction; return how many there were of which."""

    def record() -> Outcome:
        # Another run may have been first since these were read.
        before = _delivered([each.user for each in made], period, day)
        new = [each for each in made if each.user.pk not in before]
        drafts = {
            each.user.pk: Draft(
                report_key(period, day, each.user.pk),
                f"{period}_report",
                each.mail,
                user_id=each.user.pk,
                language=each.user.language,
            )
            for each in new
            if each.mail
        }
        messages = put_all(drafts.values(), now)
        rows = [
            ReportDelivery(
                recipient=user,
                period=period,
                day=_of(period, day),
                language=user.language,
                subject=report.subject if report else "",
                figures=report.as_figures() if report else {},
                # Where what is told ends: there the next one begins.
                created_at=_until(day, now),
                message=messages[drafts[user.pk].key] if report else None,
            )
            for user, report, _mail in new
            if report is None or drafts[user.pk].key in messages
        ]
        ReportDelivery.objects.bulk_create(rows)
        outcome, mails = Outcome(), sum(row.message is not None for row in rows)
        outcome.count("made", mails)
        outcome.count("nothing", len(rows) - mails)
        written(outcome)
        return outcome

    return in_one(record) if made else Outcome()
