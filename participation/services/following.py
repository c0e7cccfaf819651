"""Following without an account: asked, confirmed, changed and left. Who leaves is gone, with all that was kept."""

from datetime import date, datetime, timedelta
from smtplib import SMTPException
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from participation.models import Follower, User
from participation.reports.notices import known_mail, question_mail
from participation.selectors.following import Followed, unconfirmed_since

#: The link in the mail that asks is good for so long, and whoever did not say yes by then is forgotten.
GOOD_FOR = timedelta(days=7)
#: So soon after a mail that asks no second one is sent, and an address is asked at most so much in a day: nobody
#: can fill somebody else's mailbox with this form.
PAUSE, PERIOD, MOST_ASKED = timedelta(minutes=5), timedelta(days=1), 5


class NotSent(Exception):
    """The mail could not be sent, and nothing was kept of the address."""


def ask_to_follow(
    followed: Followed, email: str, frequency: str, language: str, now: datetime, connection: Any = None
) -> None:
    """Send this address a mail that asks whether it wants this news; whoever has it already is told so.

    Nothing is returned, so that a visitor cannot find out who follows what. Raises NotSent.
    """
    email = email.strip()
    row = _row(followed, email)
    if row is None and unconfirmed_since(now - PERIOD, email) >= MOST_ASKED:
        return
    if row is not None and row.asked_at > now - PAUSE:
        return
    before = row.asked_at if row else None
    if row is None:
        row = _new(followed, email, frequency, language, now)
        if row is None:
            return  # asked twice at once: the other one sends the mail
    elif row.confirmed_at is None:
        row.frequency, row.language = frequency, language
    row.asked_at = now
    row.save(update_fields=["frequency", "language", "asked_at"])
    try:
        _deliver(_mail(row, followed, now), connection)
    except (OSError, SMTPException) as error:
        if before is None:
            row.delete()
        else:
            Follower.objects.filter(pk=row.pk).update(asked_at=before)
        raise NotSent from error


def _row(followed: Followed, email: str) -> Follower | None:
    return Follower.objects.filter(**{followed.of: followed.pk}, email__iexact=email).first()


def _new(followed: Followed, email: str, frequency: str, language: str, now: datetime) -> Follower | None:
    try:
        with transaction.atomic():
            return Follower.objects.create(
                **{f"{followed.of}_id": followed.pk},
                email=email,
                frequency=frequency,
                language=language,
                asked_at=now,
            )
    except IntegrityError:
        return None


def _mail(row: Follower, followed: Followed, now: datetime) -> EmailMultiAlternatives:
    if row.confirmed_at is not None:
        return known_mail(row, followed, now)
    return question_mail(row, followed, last_day(row), now)


def _deliver(mail: EmailMultiAlternatives, connection: Any) -> None:
    mail.connection = connection
    if not mail.send():
        raise OSError("The mail server did not take it.")


def last_day(follower: Follower) -> date:
    """Return the last day on which the link that asks still works all day."""
    return timezone.localdate(follower.asked_at + GOOD_FOR) - timedelta(days=1)


def is_open(follower: Follower, now: datetime) -> bool:
    """Tell whether this one can still say yes."""
    return follower.confirmed_at is None and follower.asked_at + GOOD_FOR > now


def confirm(follower: Follower, now: datetime) -> bool:
    """Note that this one wants the news, from now on; tell whether that was still possible."""
    open_ones = Follower.objects.filter(pk=follower.pk, confirmed_at__isnull=True, asked_at__gt=now - GOOD_FOR)
    return bool(open_ones.update(confirmed_at=now, told_until=now))


def change_frequency(follower: Follower, frequency: str) -> None:
    """Send this one news as often as this from now on."""
    Follower.objects.filter(pk=follower.pk).update(frequency=frequency)


def leave(token: str) -> bool:
    """Delete whoever has this token, with all that was kept; tell whether there was anyone."""
    count, _by_model = Follower.objects.filter(token=token).delete()
    return bool(count)


def forget_unconfirmed(now: datetime) -> int:
    """Delete the addresses that did not say yes in time, and return how many those were."""
    late = Follower.objects.filter(confirmed_at__isnull=True, asked_at__lte=now - GOOD_FOR)
    count, _by_model = late.delete()
    return count


def caught_up(user: User, until: datetime) -> None:
    """Note that this user has read what changed up to that moment; it never goes back."""
    earlier = Q(caught_up_at__isnull=True) | Q(caught_up_at__lt=until)
    User.objects.filter(earlier, pk=user.pk).update(caught_up_at=until)
