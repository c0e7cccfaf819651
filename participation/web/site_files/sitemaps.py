"""The site map for search engines (sitemaps.org): an index, and for each kind of page at most 50,000 in a file."""

from collections.abc import Mapping, Sequence
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
from django.utils import timezone
from django.views.decorators.http import require_safe

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Commitment, Motion, Neighbourhood, Organisation, Request, Trajectory

from ..shared.addresses import rule_url


class _PublicSitemap(Sitemap):
    """Pages of one kind, at the public URL whatever the host of the request; ``url_names`` are those of its pages."""

    url_names: Sequence[str] = ()

    @property
    def protocol(self) -> str:  # type: ignore[override]
        """Return the scheme of the public URL."""
        return urlsplit(settings.BASE_URL).scheme

    def get_domain(self, site: Any = None) -> str:
        """Return the host of the public URL."""
        return urlsplit(settings.BASE_URL).netloc


class _FixedPages(_PublicSitemap):
    """Pages of which there is one."""

    url_names = (
        *("trajectories", "trajectories_by_neighbourhood", "neighbourhoods", "own_neighbourhood"),
        *("initiatives", "initiative_hand_in", "motions", "commitments", "rules", "council"),
        *("city", "city_series", "city_days", "city_spread", "city_influence", "city_coverage", "city_comparison"),
        *("city_obligations", "city_contributions", "city_steps"),
        *("open_data", "loose_ends", "api:docs", "about", "accessibility", "privacy"),
    )

    def items(self) -> Sequence[str]:
        return self.url_names

    def location(self, item: str) -> str:
        return reverse(item)


class _RulePages(_PublicSitemap):
    """The rules of every rulebook in use."""

    url_names = ("rule",)

    def items(self) -> list[tuple[str, Any]]:
        rulebooks = load_rulebooks(settings.RULEBOOK)
        return [(rule.id, rulebook) for rulebook in rulebooks for rule in rulebook.rules]

    def location(self, item: tuple[str, Any]) -> str:
        return rule_url(*item)


class _ReportPages(_PublicSitemap):
    """The yearly report of the last year that is over, which leads to the others."""

    url_names = ("yearly_report",)

    def items(self) -> list[int]:
        return [timezone.localdate().year - 1]

    def location(self, item: int) -> str:
        return reverse("yearly_report", args=[item])


class _RowPages(_PublicSitemap):
    """The pages of rows that everyone may see, by their slug or number."""

    def __init__(self, rows: QuerySet[Any], column: str, url_name: str) -> None:
        """Use these rows; each page is at the URL of this name, with this column."""
        self.rows, self.column, self.url_names = rows, column, (url_name,)

    def items(self) -> QuerySet[Any]:
        return self.rows.exclude(**{self.column: ""}).order_by("pk").values_list(self.column, flat=True)

    def location(self, item: str) -> str:
        return reverse(self.url_names[0], args=[item])


def sections() -> Mapping[str, _PublicSitemap]:
    """Return the files of the site map by their name, each with the pages of its kind."""
    visitor = AnonymousUser()
    trajectories, neighbourhoods = Trajectory.objects.visible_to(visitor), Neighbourhood.objects.all()
    return {
        "pages": _FixedPages(),
        "rules": _RulePages(),
        "reports": _ReportPages(),
        "trajectories": _RowPages(trajectories, "slug", "trajectory"),
        "take-part": _RowPages(trajectories, "slug", "trajectory_take_part"),
        "input": _RowPages(trajectories, "slug", "trajectory_input"),
        "plans": _RowPages(trajectories, "slug", "trajectory_plan"),
        "agreements": _RowPages(trajectories, "slug", "trajectory_agreements"),
        "initiatives": _RowPages(Request.objects.in_register().visible_to(visitor), "number", "initiative"),
        "neighbourhoods": _RowPages(neighbourhoods, "slug", "neighbourhood"),
        "asked-of-neighbourhoods": _RowPages(neighbourhoods, "slug", "neighbourhood_load"),
        "asked-of-organisations": _RowPages(Organisation.objects.visible_to(visitor), "slug", "organisation_load"),
        "motions": _RowPages(Motion.objects.all(), "number", "motion"),
        "commitments": _RowPages(Commitment.objects.all(), "number", "commitment"),
    }


@require_safe
@login_not_required
def sitemap_index(request: HttpRequest) -> HttpResponse:
    """Return the list of the files of the site map."""
    # A file without pages is not allowed.
    filled: dict[str, Any] = {name: section for name, section in sections().items() if section.paginator.count}
    return sitemap_views.index(request, filled, sitemap_url_name="sitemap")


@require_safe
@login_not_required
def sitemap(request: HttpRequest, section: str) -> HttpResponse:
    """Return a file of the site map. Raises Http404 where there is no such section or page."""
    return sitemap_views.sitemap(request, dict(sections()), section=section)
