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
from participation.selectors.change_feed import FeedChange
from participation.selectors.following import FollowedTarget

from .change_messages import ChangeRenderer, ChangeText
from .mail_headers import envelope
from .urls import link


def news_key(follower_pk: int, until: datetime) -> str:
    """Return the idempotency key of the notification to this follower of the changes up to that moment."""
    return f"news-{follower_pk}-{until.isoformat()}"


def question_key(follower: Follower) -> str:
    """Return the idempotency key of the mail that answers this follower's latest request."""
    return f"question-{follower.pk}-{follower.asked_at.isoformat()}"


def follow_link(token: str, act: str = "") -> str:
    """Return the URL of a follower's own page, or of an action there: ``bevestigen`` or ``stoppen``."""
    return f"{settings.BASE_URL}/volgen/{quote(token, safe='')}/" + (f"{act}/" if act else "")


def link_to(followed: FollowedTarget) -> str:
    """Return the URL of the followed trajectory or neighbourhood."""
    if followed.of == "trajectory":
        return link("trajectory", followed.slug)
    return f"{settings.BASE_URL}/wijken/{quote(followed.slug)}/"


def question_mail(follower: Follower, followed: FollowedTarget, until: date, now: datetime) -> EmailMultiAlternatives:
    """Return the double opt-in mail; the link in it is valid up to and including ``until``."""
    with translation.override(follower.language):
        context = {
            "heading": _("Do you want this news?"),
            "title": followed.title,
            "link": follow_link(follower.token, "bevestigen"),
            "until": wording.say_day(until, follower.language),
        }
        subject = _("Please confirm: news about %(title)s") % {"title": followed.title}
        return _mail("question", question_key(follower), subject, context, follower, now)


def known_mail(follower: Follower, followed: FollowedTarget, now: datetime) -> EmailMultiAlternatives:
    """Return the mail for a follower who asks to follow what they already follow."""
    with translation.override(follower.language):
        context = {
            "heading": _("You already get this news"),
            "title": followed.title,
            "frequency": follower.get_frequency_display(),
            "link": follow_link(follower.token),
            "ways_out": _ways_out(follower),
        }
        subject = _("You already get news about %(title)s") % {"title": followed.title}
        return _mail("known", question_key(follower), subject, context, follower, now)


def news_mail(
    follower: Follower,
    followed: FollowedTarget,
    changes: Sequence[FeedChange],
    teller: ChangeRenderer,
    next_day: date,
    until: datetime,
    now: datetime,
) -> EmailMultiAlternatives:
    """Return the notification of changes up to ``until``; ``following`` is the earliest day for the next one."""
    with translation.override(follower.language):
        count = sum(change.more or 1 for change in changes)
        since = follower.notified_until or follower.asked_at
        context = {
            "heading": _("News about %(title)s") % {"title": followed.title},
            "summary": ngettext("%(n)s change since %(day)s.", "%(n)s changes since %(day)s.", count)
            % {"n": count, "day": wording.say_day(timezone.localdate(since), follower.language)},
            "groups": list(grouped(changes, teller)),
            "in_one": followed.of == "trajectory",
            "link": link_to(followed),
            "title": followed.title,
            "footer": [
                _why(followed),
                _("The next mail comes on %(day)s at the earliest, and only if there is news.")
                % {"day": wording.say_day(next_day, follower.language)},
            ],
            "ways_out": _ways_out(follower),
        }
        subject = ngettext("%(title)s: %(n)s change", "%(title)s: %(n)s changes", count) % {
            "title": followed.title,
            "n": count,
        }
        return _mail("news", news_key(follower.pk, until), subject, context, follower, now)


def grouped(changes: Iterable[FeedChange], teller: ChangeRenderer) -> Iterable[Mapping[str, Any]]:
    """Yield the changes grouped by consecutive trajectory, with its title, in the given order."""
    for (slug, title), own in groupby(changes, key=lambda change: (change.slug, change.title)):
        said: list[ChangeText] = [teller.say(change) for change in own]
        yield {"title": title, "slug": slug, "link": link("trajectory", slug), "said": said}


def _why(followed: FollowedTarget) -> str:
    if followed.of == "trajectory":
        return _("You get this mail because you follow this trajectory: %(title)s.") % {"title": followed.title}
    return _("You get this mail because you follow this neighbourhood: %(title)s.") % {"title": followed.title}


def _ways_out(follower: Follower) -> list[tuple[str, str]]:
    return [
        (_("Get a mail more often, less often, or none for a while"), follow_link(follower.token)),
        (_("Stop with these mails: your address is deleted"), follow_link(follower.token, "stoppen")),
    ]


def _mail(
    template: str, key: str, subject: str, context: Mapping[str, Any], follower: Follower, now: datetime
) -> EmailMultiAlternatives:
    shown = {
        **context,
        "language": follower.language,
        "subject": " ".join(subject.split()),
        "name": _("News on participation"),
        "rule_off": "=" * len(context["heading"]),
    }
    stop = follow_link(follower.token, "stoppen")
    return envelope(key, "news", follower.email, follower.language, stop, now, shown, f"notices/{template}")
