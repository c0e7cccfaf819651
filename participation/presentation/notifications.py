"""Mail to followers: the request to confirm (double opt-in), and notifications, each with an unsubscribe link."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from participation.compliance import wording
from participation.models import Follower
from participation.selectors.changes.feed import FeedChange
from participation.selectors.followers import FollowedTarget

from .change_messages import ChangeRenderer, ChangeText
from .mail import build_mail, link, privacy_url


def notification_key(follower_pk: int, until: datetime) -> str:
    """Return the idempotency key of the notification to this follower of the changes up to that moment."""
    return f"news-{follower_pk}-{until.isoformat()}"


def follow_request_key(follower: Follower) -> str:
    """Return the idempotency key of the mail that answers this follower's latest request."""
    return f"question-{follower.pk}-{follower.asked_at.isoformat()}"


def follower_url(token: str, action: str = "") -> str:
    """Return the URL of a follower's own page, or of an action there: ``bevestigen`` or ``stoppen``."""
    return f"{settings.BASE_URL}/volgen/{quote(token, safe='')}/" + (f"{action}/" if action else "")


def followed_url(followed: FollowedTarget) -> str:
    """Return the URL of the followed trajectory or neighbourhood."""
    if followed.kind == "trajectory":
        return link("trajectory", followed.slug)
    return f"{settings.BASE_URL}/wijken/{quote(followed.slug)}/"


def confirmation_mail(
    follower: Follower, followed: FollowedTarget, until: date, now: datetime
) -> EmailMultiAlternatives:
    """Return the double opt-in mail; the link in it is valid up to and including ``until``."""
    with translation.override(follower.language):
        context = {
            "heading": _("Do you want this news?"),
            "title": followed.title,
            "link": follower_url(follower.token, "bevestigen"),
            "until": wording.format_day(until, follower.language),
            "privacy_url": privacy_url(),
        }
        subject = _("Please confirm: news about %(title)s") % {"title": followed.title}
        return _build_mail("confirmation", follow_request_key(follower), subject, context, follower, now)


def already_following_mail(follower: Follower, followed: FollowedTarget, now: datetime) -> EmailMultiAlternatives:
    """Return the mail for a follower who asks to follow what they already follow."""
    with translation.override(follower.language):
        context = {
            "heading": _("You already get this news"),
            "title": followed.title,
            "frequency": follower.get_frequency_display(),
            "link": follower_url(follower.token),
            "unsubscribe_links": _unsubscribe_links(follower),
        }
        subject = _("You already get news about %(title)s") % {"title": followed.title}
        return _build_mail("already_followed", follow_request_key(follower), subject, context, follower, now)


def notification_mail(
    follower: Follower,
    followed: FollowedTarget,
    changes: Sequence[FeedChange],
    renderer: ChangeRenderer,
    next_day: date,
    until: datetime,
    now: datetime,
) -> EmailMultiAlternatives:
    """Return the notification of changes up to ``until``; ``next_day`` is the earliest day for the next one."""
    with translation.override(follower.language):
        count = sum(change.more or 1 for change in changes)
        since = follower.notified_until or follower.asked_at
        context = {
            "heading": _("News about %(title)s") % {"title": followed.title},
            "summary": ngettext("%(n)s change since %(day)s.", "%(n)s changes since %(day)s.", count)
            % {"n": count, "day": wording.format_day(timezone.localdate(since), follower.language)},
            "groups": list(group_by_trajectory(changes, renderer)),
            "is_single_trajectory": followed.kind == "trajectory",
            "link": followed_url(followed),
            "title": followed.title,
            "footer": [
                _reason_for_mail(followed),
                _("The next mail comes on %(day)s at the earliest, and only if there is news.")
                % {"day": wording.format_day(next_day, follower.language)},
            ],
            "unsubscribe_links": _unsubscribe_links(follower),
        }
        subject = ngettext("%(title)s: %(n)s change", "%(title)s: %(n)s changes", count) % {
            "title": followed.title,
            "n": count,
        }
        return _build_mail("news", notification_key(follower.pk, until), subject, context, follower, now)


def group_by_trajectory(changes: Iterable[FeedChange], renderer: ChangeRenderer) -> Iterable[Mapping[str, Any]]:
    """Yield the changes grouped by consecutive trajectory, with its title, in the given order."""
    for (slug, title), own in groupby(changes, key=lambda change: (change.slug, change.title)):
        texts: list[ChangeText] = [renderer.render(change) for change in own]
        yield {"title": title, "slug": slug, "link": link("trajectory", slug), "changes": texts}


def _reason_for_mail(followed: FollowedTarget) -> str:
    if followed.kind == "trajectory":
        return _("You get this mail because you follow this trajectory: %(title)s.") % {"title": followed.title}
    return _("You get this mail because you follow this neighbourhood: %(title)s.") % {"title": followed.title}


def _unsubscribe_links(follower: Follower) -> list[tuple[str, str]]:
    return [
        (_("Get a mail more often, less often, or none for a while"), follower_url(follower.token)),
        (_("Stop with these mails: your address is deleted"), follower_url(follower.token, "stoppen")),
        (_("What we keep about you, and for how long"), privacy_url()),
    ]


def _build_mail(
    template: str, key: str, subject: str, context: Mapping[str, Any], follower: Follower, now: datetime
) -> EmailMultiAlternatives:
    full_context = {
        **context,
        "language": follower.language,
        "subject": " ".join(subject.split()),
        "name": _("News on participation"),
        "underline": "=" * len(context["heading"]),
    }
    unsubscribe_url = follower_url(follower.token, "stoppen")
    return build_mail(
        key, "news", follower.email, follower.language, unsubscribe_url, now, full_context, f"notifications/{template}"
    )
