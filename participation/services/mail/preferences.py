"""Mail preferences: frequency, snooze, unsubscribe, and resuming mail to a paused address."""

from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from participation.compliance import wording
from participation.models import Follower, User
from participation.selectors.mail.mail_page import paused_address

from .bounces import unpause

#: Maximum length of a snooze; for longer there is unsubscribing.
MAX_SNOOZE = timedelta(days=365)
#: The fields that a one-click unsubscribe sets, by kind of mail (RFC 8058).
UNSUBSCRIBE_COLUMNS: dict[str, dict[str, Any]] = {
    "report": {"report_frequency": "none"},
    "reminder": {"wants_reminders": False},
}


def set_preferences(user: User, frequency: str, wants_reminders: bool) -> None:
    """Set how often this user gets digests, and whether they get reminders."""
    User.objects.filter(pk=user.pk).update(report_frequency=frequency, wants_reminders=wants_reminders)


def snooze(user: User, until: date, reason: str, today: date) -> None:
    """Snooze all mail to this user up to and including that day.

    Raises ValidationError, by field, on a day in the past or too far away, and without a reason.
    """
    reason = " ".join(reason.split())
    errors = _pause_errors(until, today)
    if not reason:
        errors["reason"] = _("Say in a few words why: then nobody wonders where your answer is.")
    max_length = User._meta.get_field("snooze_reason").max_length
    if max_length and len(reason) > max_length:
        errors["reason"] = _("Say it in at most %(most)s characters.") % {"most": max_length}
    if errors:
        raise ValidationError(dict(errors))
    User.objects.filter(pk=user.pk).update(snoozed_until=until, snooze_reason=reason)


def resume(user: User) -> None:
    """End the snooze of this user, and clear its reason."""
    User.objects.filter(pk=user.pk).update(snoozed_until=None, snooze_reason="")


def unsubscribe(user_pk: int, kind: str) -> bool:
    """Unsubscribe this user from a kind of mail in ``UNSUBSCRIBE_COLUMNS``; return whether the user exists.

    Idempotent. Raises KeyError for an unknown kind.
    """
    return bool(User.objects.filter(pk=user_pk).update(**UNSUBSCRIBE_COLUMNS[kind]))


def unpause_own_address(user: User, now: datetime) -> bool:
    """Resume mail to this user's own address; return whether it was paused."""
    paused = paused_address(user)
    return paused is not None and unpause(paused, now)


def pause_follower(follower: Follower, until: date, today: date) -> None:
    """Pause mail to this follower up to and including that day.

    Raises ValidationError, by field, on a day in the past or too far away.
    """
    errors = _pause_errors(until, today)
    if errors:
        raise ValidationError(dict(errors))
    Follower.objects.filter(pk=follower.pk).update(paused_until=until)


def resume_follower(follower: Follower) -> None:
    """Resume mail to this follower."""
    Follower.objects.filter(pk=follower.pk).update(paused_until=None)


def _pause_errors(until: date, today: date) -> dict[str, str]:
    """Return the errors on the last day of a pause, by field; empty where it is valid."""
    if until < today:
        return {"until": _("This day has been. Choose today or a later day.")}
    if until > today + MAX_SNOOZE:
        latest = wording.format_day(today + MAX_SNOOZE, (get_language() or "nl")[:2])
        return {"until": _("This is more than a year away. Choose %(day)s at the latest.") % {"day": latest}}
    return {}
