"""Sending followers their news: each what changed since they were last told, once, and nothing where nothing did."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import DatabaseError, transaction
from django.utils import timezone

from participation.compliance.rulebook import Rulebook
from participation.models import Follower, Trajectory
from participation.models.following import FREQUENCIES
from participation.models.people import LANGUAGES
from participation.reports.notices import news_mail
from participation.reports.notices_words import Teller
from participation.selectors.following import due_followers, followed_by, followers_with, trajectories_followed
from participation.selectors.news import Change, Changes
from participation.selectors.verdicts import party_names

from .assessment import chunks
from .following import forget_unconfirmed
from .post import Post
from .reports import Sent

#: So many followers' news is in memory together.
CHUNK = 100
#: What is being recorded at this very moment is not in the database yet: it is told next time.
UNDERWAY = timedelta(minutes=1)
#: Further back nobody is told, however long no mails went out.
LONGEST = timedelta(days=60)


def send_notices(
    rulebook: Rulebook,
    today: date,
    now: datetime,
    frequencies: Collection[str] = FREQUENCIES,
    connection: Any = None,
) -> Sent:
    """Send each confirmed follower what changed since they were last told, and return what it came to.

    Who chose daily is told at most once a day, who chose weekly once a week, from Monday on: a Monday without a
    run is made good by the next. Whoever another run is serving counts as ``before``. Addresses that did not say
    yes in time are deleted first. Raises Unreachable when the mail server cannot be reached; whoever was not
    served is served by a next run.
    """
    forget_unconfirmed(now)
    starts = _starts(today)
    until = max(now - UNDERWAY, starts["daily"])
    outcome, post = Sent(), Post(connection or get_connection())
    try:
        for keys in chunks(due_followers({name: starts[name] for name in frequencies}), CHUNK):
            _Chunk(followers_with(keys), rulebook, today, now, until).serve(post, outcome)
    finally:
        post.close()
    return outcome


def _starts(today: date) -> dict[str, datetime]:
    """Return when the day and the week of that day began in local time, by frequency."""
    days = {"daily": today, "weekly": today - timedelta(days=today.weekday())}
    return {name: timezone.make_aware(datetime.combine(day, time.min)) for name, day in days.items()}


def _following(frequency: str, today: date) -> date:
    return today + timedelta(days=1 if frequency == "daily" else 7 - today.weekday())


class _Chunk:
    """The news of these followers, read together."""

    def __init__(
        self, followers: Sequence[Follower], rulebook: Rulebook, today: date, now: datetime, until: datetime
    ) -> None:
        self.followers, self.today, self.now, self.until = followers, today, now, until
        self.theirs = trajectories_followed(followers)
        told = (follower.told_until for follower in followers if follower.told_until)
        self.oldest = max(min(told, default=until), until - LONGEST)
        public = Trajectory.objects.visible_to(None).filter(pk__in=frozenset().union(*self.theirs.values()))
        self.read = Changes(public, self.oldest, until, rulebook.by_id)
        names = party_names()
        self.tellers = {language: Teller(rulebook, language, names) for language in LANGUAGES}

    def serve(self, post: Post, outcome: Sent) -> None:
        """Send everyone theirs."""
        quiet = []
        for follower in self.followers:
            since = max(follower.told_until or self.oldest, self.oldest)
            changes = self.read.between(since, self.until, self.theirs[follower.pk])
            if changes:
                outcome.counts[self._send(follower, changes, post, outcome)] += 1
            else:
                outcome.counts["nothing"] += 1
                quiet.append(follower.pk)
        Follower.objects.filter(pk__in=quiet, told_until__lt=self.until).update(told_until=self.until)

    def _send(self, follower: Follower, changes: Sequence[Change], post: Post, outcome: Sent) -> str:
        """Send one follower these changes, and return under which count it falls."""
        try:
            mail = self._mail(follower, changes)
        except DatabaseError:
            raise
        except Exception as error:  # whatever is wrong with this one, the others get theirs
            return _failed(follower, error, outcome)
        post.open()
        if not _claimed(follower, follower.told_until, self.until):
            return "before"
        try:
            post.send(mail)
        except Exception as error:
            _claimed(follower, self.until, follower.told_until)
            return _failed(follower, error, outcome)
        return "sent"

    def _mail(self, follower: Follower, changes: Sequence[Change]) -> EmailMultiAlternatives:
        followed = followed_by(follower)
        assert followed is not None
        following = _following(follower.frequency, self.today)
        return news_mail(follower, followed, changes, self.tellers[follower.language], following, self.now)


def _claimed(follower: Follower, before: datetime | None, after: datetime | None) -> bool:
    """Move what this follower was told of from one moment to another; tell whether nobody was first."""
    # Durable: before anything is sent, every other run can see that it is being sent.
    with transaction.atomic(durable=True):
        return bool(Follower.objects.filter(pk=follower.pk, told_until=before).update(told_until=after))


def _failed(follower: Follower, error: Exception, outcome: Sent) -> str:
    # By number: an address in a log outlives its owner's wish to be forgotten.
    outcome.failures.append((f"follower {follower.pk}", f"{type(error).__name__}: {error}"))
    return "failed"
