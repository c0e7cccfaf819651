"""Generating followers' notifications: what changed since each one's last mail, once, and none for no change."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.core.mail import EmailMultiAlternatives
from django.db import DatabaseError
from django.utils import timezone

from participation.compliance.rulebooks import Rulebooks
from participation.models import Follower, Trajectory
from participation.models.people import LANGUAGES
from participation.presentation.change_messages import ChangeRenderer
from participation.presentation.notifications import notification_key, notification_mail
from participation.selectors.changes.feed import ChangeFeed, FeedChange
from participation.selectors.followers import due_followers, followed_target, followers_by_keys, trajectories_followed
from participation.selectors.obligations.statuses import party_names
from participation.services.changes.unique_names import retry_on_conflict
from participation.services.jobs.job_results import JobResult, ResultCallback, ignore_result

from ..assessment import chunks
from .outbox import BATCH_SIZE, Draft, enqueue_all, note_failure

#: Margin for transactions that are not committed yet: their changes go into the next mail.
COMMIT_MARGIN = timedelta(minutes=1)
#: Maximum period of changes in one mail, however long no mail was sent.
MAX_PERIOD = timedelta(days=60)


def make_notifications(
    keys: Collection[int], rulebooks: Rulebooks, today: date, now: datetime, on_result: ResultCallback = ignore_result
) -> JobResult:
    """Make the due notifications of that day for these followers, and return the counts.

    Daily followers get at most one a day, weekly followers one a week, from Monday on: a missed Monday is made up for
    by the next run. Followers that a concurrent run served count as ``before``, paused ones as ``paused``: they get the
    changes later. A notification that fails does not affect others, and is made by a next run.
    """
    result = JobResult("made", "nothing", "before", "paused", "failed")
    until = max(now - COMMIT_MARGIN, period_starts(today)["daily"])
    for pks in chunks(due_followers(period_starts(today)).filter(pk__in=keys), BATCH_SIZE):
        followers = [each for each in followers_by_keys(pks) if not _is_paused(each, today)]
        result.count("paused", len(pks) - len(followers))
        if followers:
            _NotificationChunk(followers, rulebooks, today, now, until).make(result, on_result)
    return result


def period_starts(today: date) -> dict[str, datetime]:
    """Return the local start of the day and of the week, by frequency: a follower mailed since then is not due."""
    days = {"daily": today, "weekly": today - timedelta(days=today.weekday())}
    return {name: timezone.make_aware(datetime.combine(day, time.min)) for name, day in days.items()}


def _next_mail_on(frequency: str, today: date) -> date:
    return today + timedelta(days=1 if frequency == "daily" else 7 - today.weekday())


def _is_paused(follower: Follower, today: date) -> bool:
    return follower.paused_until is not None and follower.paused_until >= today


class _MadeNotification(NamedTuple):
    """A follower as read, with their mail, or None where nothing changed."""

    follower: Follower
    mail: EmailMultiAlternatives | None


class _NotificationChunk:
    """The notifications of a batch of followers, whose changes are read together."""

    def __init__(
        self, followers: Sequence[Follower], rulebooks: Rulebooks, today: date, now: datetime, until: datetime
    ) -> None:
        self.followers, self.today, self.now, self.until = followers, today, now, until
        self.followed_trajectories = trajectories_followed(followers)
        earlier = (follower.notified_until for follower in followers if follower.notified_until)
        self.oldest = max(min(earlier, default=until), until - MAX_PERIOD)
        public = Trajectory.objects.visible_to(None).filter(
            pk__in=frozenset().union(*self.followed_trajectories.values())
        )
        self.feed = ChangeFeed(public, self.oldest, until, rulebooks)
        names = party_names()
        self.renderers = {language: ChangeRenderer(rulebooks, language, names) for language in LANGUAGES}

    def make(self, result: JobResult, on_result: ResultCallback) -> None:
        """Make all notifications of the batch, and record them in one transaction."""
        made = []
        for follower in self.followers:
            since = max(follower.notified_until or self.oldest, self.oldest)
            try:
                changes = self.feed.changes_between(since, self.until, self.followed_trajectories[follower.pk])
                made.append(_MadeNotification(follower, self._mail(follower, changes) if changes else None))
            except DatabaseError:
                raise
            except Exception as error:  # a failing mail must not stop the others
                note_failure(result, "follower", follower.pk, error)
        recorded = retry_on_conflict(self._record)(made, on_result)
        result.add(recorded)
        result.count("before", len(made) - sum(recorded.counts.values()))

    def _mail(self, follower: Follower, changes: Sequence[FeedChange]) -> EmailMultiAlternatives:
        followed = followed_target(follower)
        if followed is None:
            # Published between two queries: the next run mails it.
            raise LookupError("What this follower follows was not public when the followers were read.")
        next_mail_on = _next_mail_on(follower.frequency, self.today)
        return notification_mail(
            follower, followed, changes, self.renderers[follower.language], next_mail_on, self.until, self.now
        )

    def _record(self, made: Sequence[_MadeNotification], on_result: ResultCallback) -> JobResult:
        """Put these mails in the outbox and update ``notified_until``; return the counts."""
        rows = Follower.objects.filter(pk__in=[each.follower.pk for each in made])
        # Followers who unsubscribed meanwhile, or whom a concurrent run served, are skipped.
        stored = dict(rows.select_for_update().order_by("pk").values_list("pk", "notified_until"))
        unserved = [
            each for each in made if (pk := each.follower.pk) in stored and stored[pk] == each.follower.notified_until
        ]
        drafts = [
            Draft(
                notification_key(each.follower.pk, self.until),
                "news",
                each.mail,
                follower_id=each.follower.pk,
                language=each.follower.language,
            )
            for each in unserved
            if each.mail
        ]
        enqueue_all(drafts, self.now)
        rows.filter(pk__in=[each.follower.pk for each in unserved]).update(notified_until=self.until)
        result = JobResult()
        result.count("made", len(drafts))
        result.count("nothing", len(unserved) - len(drafts))
        on_result(result)
        return result
