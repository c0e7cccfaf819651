"""The site map for search engines (sitemaps.org): an index, and for each kind of page at most 50,000 in a file."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps import views as sitemap_views
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Commitment, Motion, Neighbourhood, Trajectory

from ..shared.addresses import rule_url


class _PublicSitemap(Sitemap):
    """Pages of one kind, at the public URL whatever the host of the request."""

    @property
    def protocol(self) -> str:  # type: ignore[override]
        """Return the scheme of the public URL."""
        return urlsplit(settings.BASE_URL).scheme

    def get_domain(self, site: Any = None) -> str:
        """Return the host of the public URL."""
        return urlsplit(settings.BASE_URL).netloc


class _FixedPages(_PublicSitemap):
    """Pages of which there is one."""

    def items(self) -> list[str]:
        public = ("trajectories", "neighbourhoods", "city", "motions", "commitments", "rules", "open_data")
        return [*public, "about", "accessibility", "privacy", "api:docs"]

    def location(self, item: str) -> str:
        return reverse(item)


class _RulePages(_PublicSitemap):
    """The rules of every rulebook in use."""

    def items(self) -> list[tuple[str, Any]]:
        rulebooks = load_rulebooks(settings.RULEBOOK)
        return [(rule.id, rulebook) for rulebook in rulebooks for rule in rulebook.rules]

    def location(self, item: tuple[str, Any]) -> str:
        return rule_url(*item)


class _RowPages(_PublicSitemap):
    """The pages of rows that everyone may see, by their slug or number."""

    def __init__(self, rows: QuerySet[Any], column: str, url_name: str) -> None:
        """Use these rows; each page is at the URL of this name, with this column."""
        self.rows, self.column, self.url_name = rows, column, url_name

    def items(self) -> QuerySet[Any]:
        return self.rows.exclude(**{self.column: ""}).order_by("pk").values_list(self.column, flat=True)

    def location(self, item: str) -> str:
        return reverse(self.url_name, args=[item])


def _sections() -> Mapping[str, _PublicSitemap]:
    trajectories = Trajectory.objects.visible_to(AnonymousUser())
    return {
        "pages": _FixedPages(),
        "rules": _RulePages(),
        "trajectories": _RowPages(trajectories, "slug", "trajectory"),
        "neighbourhoods": _RowPages(Neighbourhood.objects.all(), "slug", "neighbourhood"),
        "motions": _RowPages(Motion.objects.all(), "number", "motion"),
        "commitments": _RowPages(Commitment.objects.all(), "number", "commitment"),
    }


@require_safe
@login_not_required
def sitemap_index(request: HttpRequest) -> HttpResponse:
    """Return the list of the files of the site map."""
    # A file without pages is not allowed.
    sections: Mapping[str, Any] = {name: section for name, section in _sections().items() if section.paginator.count}
    return sitemap_views.index(request, dict(sections), sitemap_url_name="sitemap")


@require_safe
@login_not_required
def sitemap(request: HttpRequest, section: str) -> HttpResponse:
    """Return a file of the site map. Raises Http404 where there is no such section or page."""
    return sitemap_views.sitemap(request, dict(_sections()), section=section)
