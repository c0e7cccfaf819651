"""Feeds (Atom, RFC 4287) of the changes in a trajectory or neighbourhood."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from participation.dossier.characters import clean_line, clean_text
from participation.reports.change_messages import ChangeRenderer, ChangeText
from participation.reports.notices import link_to
from participation.selectors.change_feed import ChangeFeed, FeedChange
from participation.selectors.following import FollowedTarget, last_recorded
from participation.selectors.verdicts import party_names

from ..shared.request_context import RequestContext
from .caching import cached, followed, visit_of_program

#: Period in days, and maximum number of entries.
DAYS, MOST = 90, 100
#: ``updated`` of a feed about which nothing was ever recorded.
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


class FeedEntry(NamedTuple):
    """An entry of the feed: a change and its text."""

    change: FeedChange
    said: ChangeText


class _Told(NamedTuple):
    """The content of a feed."""

    target: FollowedTarget
    entries: Sequence[FeedEntry]
    updated: datetime
    address: str


class _Atom(Atom1Feed):
    """Atom feed whose ``updated`` is that of the newest change; the time of the request would look like news.

    Removes control characters, which XML forbids: texts recorded before input was cleaned may contain them.
    """

    def __init__(self, title: str, link: str, description: str, **more: Any) -> None:
        """Start a feed with a cleaned title."""
        super().__init__(clean_line(title), link, description, **more)

    def add_item(self, title: str, link: str, description: str, *more: Any, **named: Any) -> None:
        """Add an entry with cleaned texts."""
        super().add_item(clean_line(title), link, clean_text(description), *more, **named)

    def latest_post_date(self) -> datetime:
        """Return the time of the newest change."""
        updated: datetime = self.feed["updated"]
        return updated


class _News(Feed):
    """A feed of changes; its object is a ``_FeedContent``."""

    feed_type = _Atom

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return kwargs["content"]

    def title(self, obj: Any) -> str:
        return _("News about %(title)s") % {"title": obj.target.title}

    def subtitle(self, obj: Any) -> str:
        return _("What changed in participation in the past %(days)s days.") % {"days": DAYS}

    def link(self, obj: Any) -> str:
        return link_to(obj.target)

    def feed_url(self, obj: Any) -> str:
        return str(obj.address)

    def feed_guid(self, obj: Any) -> str:
        return link_to(obj.target)

    def author_name(self, obj: Any) -> str:
        return "Leidraad"

    def feed_extra_kwargs(self, obj: Any) -> dict[str, Any]:
        return {"updated": obj.updated}

    def items(self, obj: Any) -> Any:
        return obj.entries

    def item_title(self, item: Any) -> str:
        return str(item.said.line)

    def item_description(self, item: Any) -> str:
        # Django declares every summary as HTML, so user text must be escaped.
        return format_html_join("", "<p>{}</p>", ((line,) for line in (item.change.title, *item.said.details)))

    def item_link(self, item: Any) -> str:
        return str(item.said.link)

    def item_guid(self, item: Any) -> str:
        day = timezone.localdate(item.change.at).isoformat()
        host = urlsplit(settings.BASE_URL).hostname
        return f"tag:{host},{day}:{item.change.slug}/{quote(item.change.key, safe='')}"

    def item_pubdate(self, item: Any) -> Any:
        return item.change.at

    def item_updateddate(self, item: Any) -> Any:
        return item.change.at


_news = _News()


@login_not_required
@require_safe
def trajectory(request: HttpRequest, name: str) -> HttpResponse:
    """Return the feed of a trajectory. Raises Http404 if it is not public."""
    return _feed(request, followed("trajectory", name))


@login_not_required
@require_safe
def neighbourhood(request: HttpRequest, name: str) -> HttpResponse:
    """Return the feed of all trajectories in a neighbourhood. Raises Http404 if there is no such neighbourhood."""
    return _feed(request, followed("neighbourhood", name))


def _feed(request: HttpRequest, target: FollowedTarget) -> HttpResponse:
    visit = visit_of_program(request)
    with translation.override(visit.language):
        response = _news(request, told=_told(target, visit))
    # Set by Django's feed view; conditional requests use the ETag of the content only.
    response.headers.pop("Last-Modified", None)
    return cached(request, response, visit.language)


def _told(target: FollowedTarget, visit: RequestContext) -> _Told:
    # Starts at midnight, so that the feed is unchanged until something happens.
    since = timezone.make_aware(datetime.combine(visit.today - timedelta(days=DAYS), time.min))
    changes = ChangeFeed(target.trajectories, since, visit.now, visit.rulebook.by_id).by_day(since, visit.now)[:MOST]
    teller = ChangeRenderer(visit.rulebook, visit.language, party_names())
    entries = [FeedEntry(change, teller.say(change)) for change in changes]
    updated = changes[0].at if changes else last_recorded(target) or _NEVER
    address = settings.BASE_URL + reverse(f"{target.kind}_feed", args=[target.slug]) + f"?taal={visit.language}"
    return _Told(target, entries, updated, address)
