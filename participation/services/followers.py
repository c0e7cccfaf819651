"""Following without an account: double opt-in, frequency, unsubscribe. Unsubscribing deletes all data."""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from participation.models import Follower, OutboundEmail, User
from participation.presentation.notifications import already_following_mail, confirmation_mail, follow_request_key
from participation.retention import PERIODS
from participation.selectors.followers import FollowedTarget, count_unconfirmed_since
from participation.services.mail.outbox import Draft, enqueue

#: Validity of a confirmation link; an unconfirmed address is deleted after it.
CONFIRMATION_VALIDITY = PERIODS["unconfirmed"]
#: Minimum time between confirmation mails, and the maximum of them per address and period: prevents flooding somebody
#: else's mailbox with this form.
MIN_REQUEST_INTERVAL, REQUEST_PERIOD, MAX_REQUESTS = timedelta(minutes=5), timedelta(days=1), 5


def request_follow(
    followed: FollowedTarget, email: str, frequency: str, language: str, now: datetime
) -> OutboundEmail | None:
    """Put a confirmation mail in the outbox, or one saying that the address follows already; return it.

    Returns None where no mail is sent now. The response to the visitor must be the same in all cases, so that nobody
    can find out who follows what.
    """
    email = email.strip()
    with transaction.atomic():
        row = _find_follower(followed, email)
        if row is None and count_unconfirmed_since(now - REQUEST_PERIOD, email) >= MAX_REQUESTS:
            return None
        if row is not None and row.asked_at > now - MIN_REQUEST_INTERVAL:
            return None
        row = (
            _renew_request(row, frequency, language, now)
            if row
            else _create_follower(followed, email, frequency, language, now)
        )
        # None where a concurrent request has sent the mail.
        return enqueue(_draft(row, followed, now), now) if row else None


def _find_follower(followed: FollowedTarget, email: str) -> Follower | None:
    return Follower.objects.filter(**{followed.kind: followed.pk}, email_key=email).first()


def _create_follower(
    followed: FollowedTarget, email: str, frequency: str, language: str, now: datetime
) -> Follower | None:
    try:
        with transaction.atomic():
            return Follower.objects.create(
                **{f"{followed.kind}_id": followed.pk},
                email=email,
                frequency=frequency,
                language=language,
                asked_at=now,
            )
    except IntegrityError:
        return None


def _renew_request(row: Follower, frequency: str, language: str, now: datetime) -> Follower | None:
    unchanged = Follower.objects.filter(pk=row.pk, asked_at=row.asked_at)
    if row.confirmed_at is None:
        row.frequency, row.language = frequency, language
    row.asked_at = now
    return row if unchanged.update(asked_at=now, frequency=row.frequency, language=row.language) else None


def _draft(row: Follower, followed: FollowedTarget, now: datetime) -> Draft:
    kind = "question" if row.confirmed_at is None else "already_followed"
    mail = (
        confirmation_mail(row, followed, last_confirmation_day(row), now)
        if kind == "question"
        else already_following_mail(row, followed, now)
    )
    return Draft(follow_request_key(row), kind, mail, follower_id=row.pk, language=row.language)


def last_confirmation_day(follower: Follower) -> date:
    """Return the last full day on which the confirmation link is valid."""
    return timezone.localdate(follower.asked_at + CONFIRMATION_VALIDITY) - timedelta(days=1)


def can_confirm(follower: Follower, now: datetime) -> bool:
    """Return whether this follower can still confirm."""
    return follower.confirmed_at is None and follower.asked_at + CONFIRMATION_VALIDITY > now


def confirm(follower: Follower, now: datetime) -> bool:
    """Confirm this follower, from now on; return False where the link expired or was used."""
    unconfirmed = Follower.objects.filter(
        pk=follower.pk, confirmed_at__isnull=True, asked_at__gt=now - CONFIRMATION_VALIDITY
    )
    return bool(unconfirmed.update(confirmed_at=now, notified_until=now))


def change_frequency(follower: Follower, frequency: str) -> None:
    """Set how often this follower gets mail."""
    Follower.objects.filter(pk=follower.pk).update(frequency=frequency)


def unfollow(token: str) -> bool:
    """Delete the follower with this token, with all data; return whether there was one."""
    count, _by_model = Follower.objects.filter(token=token).delete()
    return bool(count)


def delete_unconfirmed(before: datetime) -> int:
    """Delete the followers that asked before this moment and did not confirm, and return how many."""
    late = Follower.objects.filter(confirmed_at__isnull=True, asked_at__lte=before)
    _count, by_model = late.delete()
    return by_model.get(Follower._meta.label, 0)


def set_caught_up(user: User, until: datetime) -> None:
    """Record up to when this user has read the changes; never moves back."""
    earlier = Q(caught_up_at__isnull=True) | Q(caught_up_at__lt=until)
    User.objects.filter(earlier, pk=user.pk).update(caught_up_at=until)
