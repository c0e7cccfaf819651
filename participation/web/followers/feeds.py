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
from participation.presentation.change_messages import ChangeRenderer, ChangeText
from participation.presentation.notifications import followed_url
from participation.selectors.changes.feed import ChangeFeed, FeedChange
from participation.selectors.followers import FollowedTarget, last_recorded_at
from participation.selectors.obligations.statuses import party_names

from ..shared.request_context import RequestContext
from .caching import cacheable_response, get_target_or_404, request_context_of_program

#: Period in days, and maximum number of entries.
PERIOD_DAYS, MAX_ENTRIES = 90, 100
#: ``updated`` of a feed about which nothing was ever recorded.
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


class FeedEntry(NamedTuple):
    """An entry of the feed: a change and its text."""

    change: FeedChange
    text: ChangeText


class _FeedContent(NamedTuple):
    """The content of a feed."""

    target: FollowedTarget
    entries: Sequence[FeedEntry]
    updated: datetime
    url: str


class _AtomFeed(Atom1Feed):
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


class _ChangesFeed(Feed):
    """A feed of changes; its object is a ``_FeedContent``."""

    feed_type = _AtomFeed

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return kwargs["content"]

    def title(self, obj: Any) -> str:
        return _("News about %(title)s") % {"title": obj.target.title}

    def subtitle(self, obj: Any) -> str:
        return _("What changed in participation in the past %(days)s days.") % {"days": PERIOD_DAYS}

    def link(self, obj: Any) -> str:
        return followed_url(obj.target)

    def feed_url(self, obj: Any) -> str:
        return str(obj.url)

    def feed_guid(self, obj: Any) -> str:
        return followed_url(obj.target)

    def author_name(self, obj: Any) -> str:
        return "Leidraad"

    def feed_extra_kwargs(self, obj: Any) -> dict[str, Any]:
        return {"updated": obj.updated}

    def items(self, obj: Any) -> Any:
        return obj.entries

    def item_title(self, item: Any) -> str:
        return str(item.text.line)

    def item_description(self, item: Any) -> str:
        # Django declares every summary as HTML, so user text must be escaped.
        return format_html_join("", "<p>{}</p>", ((line,) for line in (item.change.title, *item.text.details)))

    def item_link(self, item: Any) -> str:
        return str(item.text.link)

    def item_guid(self, item: Any) -> str:
        day = timezone.localdate(item.change.at).isoformat()
        host = urlsplit(settings.BASE_URL).hostname
        return f"tag:{host},{day}:{item.change.slug}/{quote(item.change.key, safe='')}"

    def item_pubdate(self, item: Any) -> Any:
        return item.change.at

    def item_updateddate(self, item: Any) -> Any:
        return item.change.at


_changes_feed = _ChangesFeed()


@login_not_required
@require_safe
def trajectory(request: HttpRequest, name: str) -> HttpResponse:
    """Return the feed of a trajectory. Raises Http404 if it is not public."""
    return _feed_response(request, get_target_or_404("trajectory", name))


@login_not_required
@require_safe
def neighbourhood(request: HttpRequest, name: str) -> HttpResponse:
    """Return the feed of all trajectories in a neighbourhood. Raises Http404 if there is no such neighbourhood."""
    return _feed_response(request, get_target_or_404("neighbourhood", name))


def _feed_response(request: HttpRequest, target: FollowedTarget) -> HttpResponse:
    context = request_context_of_program(request)
    with translation.override(context.language):
        response = _changes_feed(request, content=_feed_content(target, context))
    # Set by Django's feed view; conditional requests use the ETag of the content only.
    response.headers.pop("Last-Modified", None)
    return cacheable_response(request, response, context.language)


def _feed_content(target: FollowedTarget, context: RequestContext) -> _FeedContent:
    # Starts at midnight, so that the feed is unchanged until something happens.
    since = timezone.make_aware(datetime.combine(context.today - timedelta(days=PERIOD_DAYS), time.min))
    changes = ChangeFeed(target.trajectories, since, context.now, context.rulebooks).changes_by_day(since, context.now)[
        :MAX_ENTRIES
    ]
    renderer = ChangeRenderer(context.rulebooks, context.language, party_names())
    entries = [FeedEntry(change, renderer.render(change)) for change in changes]
    updated = changes[0].at if changes else last_recorded_at(target) or _NEVER
    url = settings.BASE_URL + reverse(f"{target.kind}_feed", args=[target.slug]) + f"?taal={context.language}"
    return _FeedContent(target, entries, updated, url)
