"""What someone wants by mail: how often, not for a while, not any more, and to an address that works again."""

from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from participation.compliance import words
from participation.models import Follower, User
from participation.selectors.mail_page import paused_address

from .bounces import lift

#: So long at most no mail is sent: longer is stopping, and that is another choice.
LONGEST = timedelta(days=365)
#: What stops with one click, and what is then written with the account.
STOPS: dict[str, dict[str, Any]] = {"report": {"report_frequency": "none"}, "reminder": {"wants_reminders": False}}


def set_preferences(user: User, frequency: str, wants_reminders: bool) -> None:
    """Send this user reports as often as this from now on, and reminders or not."""
    User.objects.filter(pk=user.pk).update(report_frequency=frequency, wants_reminders=wants_reminders)


def snooze(user: User, until: date, reason: str, today: date) -> None:
    """Send this user nothing up to and including that day.

    Raises ValidationError, at the field, on a day that has been or is too far away, and without a reason.
    """
    reason = " ".join(reason.split())
    wrong = _wrong_day(until, today)
    if not reason:
        wrong["reason"] = _("Say in a few words why: then nobody wonders where your answer is.")
    most = User._meta.get_field("snooze_reason").max_length
    if most and len(reason) > most:
        wrong["reason"] = _("Say it in at most %(most)s characters.") % {"most": most}
    if wrong:
        raise ValidationError(dict(wrong))
    User.objects.filter(pk=user.pk).update(snoozed_until=until, snooze_reason=reason)


def wake(user: User) -> None:
    """Send this user mail again, and forget why there was none."""
    User.objects.filter(pk=user.pk).update(snoozed_until=None, snooze_reason="")


def stop(user_pk: int, what: str) -> bool:
    """Send this user no more reports or reminders, as ``STOPS`` calls them; tell whether there is such a user.

    Stopping twice is no error. Raises KeyError for what is no kind of mail.
    """
    return bool(User.objects.filter(pk=user_pk).update(**STOPS[what]))


def lift_pause(user: User, now: datetime) -> bool:
    """Send mail to this user's own address again; tell whether it was paused."""
    paused = paused_address(user)
    return paused is not None and lift(paused, now)


def pause_follower(follower: Follower, until: date, today: date) -> None:
    """Send this follower nothing up to and including that day.

    Raises ValidationError, at the field, on a day that has been or is too far away.
    """
    wrong = _wrong_day(until, today)
    if wrong:
        raise ValidationError(dict(wrong))
    Follower.objects.filter(pk=follower.pk).update(paused_until=until)


def wake_follower(follower: Follower) -> None:
    """Send this follower news again."""
    Follower.objects.filter(pk=follower.pk).update(paused_until=None)


def _wrong_day(until: date, today: date) -> dict[str, str]:
    """Return what is wrong with the last day without mail, at its field; nothing where it can be."""
    if until < today:
        return {"until": _("This day has been. Choose today or a later day.")}
    if until > today + LONGEST:
        latest = words.say_day(today + LONGEST, (get_language() or "nl")[:2])
        return {"until": _("This is more than a year away. Choose %(day)s at the latest.") % {"day": latest}}
    return {}
