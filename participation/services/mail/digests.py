"""Generating digests, weekly or daily, into the outbox, with a record of each delivery."""

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
from participation.compliance.rulebooks import Rulebooks
from participation.models import DigestDelivery, User
from participation.models.mail import DIGEST_PERIODS
from participation.presentation.association_digest import AssociationDigest
from participation.presentation.digest_batch import DigestBatch
from participation.presentation.digest_data import Digest
from participation.presentation.digest_mail import MONDAY, digest_key, digest_mail
from participation.selectors.mail.digest_lines import digest_recipients
from participation.services.bulk_insert import bulk_insert
from participation.services.changes.unique_names import retry_on_conflict
from participation.services.jobs.job_results import JobResult, ResultCallback, ignore_result

from ..assessment import chunks, gc_disabled
from .outbox import BATCH_SIZE, Draft, enqueue_all, note_failure

#: Period of changes in a user's first digest.
FIRST_PERIOD = timedelta(days=7)
#: Maximum period of changes in a digest, however long ago the last one was.
MAX_PERIOD = timedelta(days=60)
#: States of messages that did not reach their recipient: the next digest covers their period again.
UNDELIVERED_STATES = ("refused", "held")


class _MadeDigest(NamedTuple):
    """The result for one recipient: a digest with its mail, or None where it would be empty."""

    user: User
    report: Digest | AssociationDigest | None
    mail: EmailMultiAlternatives | None


def make_digests(
    period: str,
    keys: Collection[int],
    rulebooks: Rulebooks,
    day: date,
    now: datetime,
    on_result: ResultCallback = ignore_result,
) -> JobResult:
    """Make the digests of that day, or of its week, for these users, and return the counts.

    Users who have it already count as ``before``, and users who snoozed mail as ``snoozed``: their next digest starts
    where their last one ended. An empty digest is recorded too, so that the same one is not sent days late. A digest
    that fails does not affect others, and is made by a next run. There is no daily digest on Mondays and days off.
    """
    result = JobResult("made", "nothing", "before", "snoozed", "failed")
    if period == "daily" and not _has_daily_digest(day, rulebooks.first.calendar):
        return result
    for users in _user_batches(digest_recipients(period).filter(pk__in=keys)):
        with gc_disabled():
            result.add(_make_batch(users, period, rulebooks, day, now, on_result))
    return result


def _make_batch(
    users: Sequence[User],
    period: str,
    rulebooks: Rulebooks,
    day: date,
    now: datetime,
    on_result: ResultCallback,
) -> JobResult:
    result = JobResult()
    before = _users_with_digest(users, period, day)
    active = [user for user in users if not _has_snoozed(user, day)]
    result.count("snoozed", len(users) - len(active))
    made = []
    pending = [user for user in active if user.pk not in before]
    for user, gathered in digest_data_of(pending, rulebooks, day, now, period):
        try:
            report = gathered.digest_for(user)
            made.append(_MadeDigest(user, report, digest_mail(user, report, rulebooks, now) if report else None))
        except (DatabaseError, ImproperlyConfigured):
            raise
        except Exception as error:  # a failing mail must not stop the others
            note_failure(result, "user", user.pk, error)
    recorded = _record(made, period, day, now, on_result)
    result.add(recorded)
    result.count("before", len(active) - len(pending) + len(made) - sum(recorded.counts.values()))
    return result


def prepare_digests(
    rulebooks: Rulebooks, day: date, now: datetime, recipients: Iterable[int] | None = None, period: str = "weekly"
) -> Iterator[tuple[User, EmailMultiAlternatives | None]]:
    """Yield each recipient with the mail that would be made, or None where it would be empty.

    ``recipients`` are primary keys of users, by default all subscribed users. Users who snoozed mail are left out.
    """
    rows = digest_recipients(period)
    if recipients is not None:
        rows = rows.filter(pk__in=list(recipients))
    for users in _user_batches(rows):
        active = [user for user in users if not _has_snoozed(user, day)]
        for user, gathered in digest_data_of(active, rulebooks, day, now, period):
            report = gathered.digest_for(user)
            yield user, digest_mail(user, report, rulebooks, now) if report else None


def write_digests(
    folder: Path, rulebooks: Rulebooks, day: date, now: datetime, recipients: Iterable[int] | None = None
) -> list[Path]:
    """Write each weekly digest as NAME.eml and NAME.html and return the files; sends and records nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    names: set[str] = set()
    for user, mail in prepare_digests(rulebooks, day, now, recipients):
        if mail is None:
            continue
        name = slugify(user.username.partition("@")[0]) or "recipient"
        name = f"{name}-{user.pk}" if name in names else name
        names.add(name)
        html = mail.alternatives[0][0]
        for ending, content in (("eml", mail.message().as_bytes()), ("html", str(html).encode())):
            path = folder / f"{name}.{ending}"
            path.write_bytes(content)
            paths.append(path)
    return paths


def digest_data_of(
    users: Sequence[User], rulebooks: Rulebooks, day: date, now: datetime, period: str = "weekly"
) -> Iterator[tuple[User, DigestBatch]]:
    """Yield each user with the data of their digest, shared between users with the same period."""
    users_by_start: dict[datetime, list[User]] = {}
    for user, since in zip(users, _period_starts(users, day, now, period).values(), strict=True):
        users_by_start.setdefault(since, []).append(user)
    for since, group in users_by_start.items():
        gathered = DigestBatch(group, rulebooks, day, timezone.localtime(since), _period_end(day, now), period)
        yield from ((user, gathered) for user in group)


def _user_batches(recipients: QuerySet[User]) -> Iterator[list[User]]:
    for keys in chunks(recipients, BATCH_SIZE):
        yield list(User.objects.filter(pk__in=keys).order_by("pk"))


def _has_daily_digest(day: date, calendar: Calendar) -> bool:
    """Return whether there is a daily digest: Monday has the weekly one, and nobody works on a day off."""
    return day.weekday() != MONDAY and not calendar.is_day_off(day)


def _has_snoozed(user: User, day: date) -> bool:
    return user.snoozed_until is not None and user.snoozed_until >= day


def _digest_day(period: str, day: date) -> date:
    """Return the day under which a digest is recorded: the day itself, or the Monday of its week."""
    return day - timedelta(days=day.weekday()) if period == "weekly" else day


def _period_end(day: date, now: datetime) -> datetime:
    """Return the end of the period: the end of the day, or now where that is earlier."""
    return min(now, timezone.make_aware(datetime.combine(day, time.max)))


def _period_starts(users: Sequence[User], day: date, now: datetime, period: str) -> dict[int, datetime]:
    """Return the start of each user's period: the end of the last digest that reached them.

    So no change is reported twice or missed, also when digests failed for weeks. A first digest covers a week.
    """
    until = _period_end(day, now)
    oldest = until - MAX_PERIOD
    ended = (
        DigestDelivery.objects.filter(recipient__in=users, created_at__lt=until)
        .exclude(period=period, day=_digest_day(period, day))
        # Without a subject the digest was empty.
        .exclude(subject="")
        .exclude(message__state__in=UNDELIVERED_STATES)
    )
    # The filter on ``day`` makes use of the index; a weekly digest is stored under its Monday.
    recent = ended.filter(period__in=DIGEST_PERIODS, day__gte=oldest.date() - FIRST_PERIOD)
    found = dict(recent.order_by("created_at").values_list("recipient_id", "created_at"))
    others = [user for user in users if user.pk not in found]
    had_one = set(ended.filter(recipient__in=others).values_list("recipient_id", flat=True)) if others else set()
    for user in others:
        found[user.pk] = oldest if user.pk in had_one else until - FIRST_PERIOD
    # UTC: local times are ambiguous in the night in which daylight saving time ends.
    return {user.pk: max(found[user.pk], oldest).astimezone(UTC) for user in users}


def _users_with_digest(users: Iterable[User], period: str, day: date) -> set[int]:
    rows = DigestDelivery.objects.filter(recipient__in=list(users), period=period, day=_digest_day(period, day))
    return set(rows.values_list("recipient_id", flat=True))


def _record(made: Sequence[_MadeDigest], period: str, day: date, now: datetime, on_result: ResultCallback) -> JobResult:
    """Put these mails in the outbox and record the deliveries, in one transaction; return the counts."""

    def record() -> JobResult:
        # A concurrent run may have recorded the same since these were read.
        before = _users_with_digest([each.user for each in made], period, day)
        new = [each for each in made if each.user.pk not in before]
        drafts = {
            each.user.pk: Draft(
                digest_key(period, day, each.user.pk),
                f"{period}_report",
                each.mail,
                user_id=each.user.pk,
                language=each.user.language,
            )
            for each in new
            if each.mail
        }
        messages = enqueue_all(drafts.values(), now)
        rows = [
            DigestDelivery(
                recipient=user,
                period=period,
                day=_digest_day(period, day),
                language=user.language,
                subject=report.subject if report else "",
                figures=report.as_figures() if report else {},
                # End of the period: the next digest starts here.
                created_at=_period_end(day, now),
                message=messages[drafts[user.pk].key] if report else None,
            )
            for user, report, _mail in new
            if report is None or drafts[user.pk].key in messages
        ]
        bulk_insert(rows)
        result, mails = JobResult(), sum(row.message is not None for row in rows)
        result.count("made", mails)
        result.count("nothing", len(rows) - mails)
        on_result(result)
        return result

    return retry_on_conflict(record)() if made else JobResult()
