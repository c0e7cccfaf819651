"""robots.txt (RFC 9309), security.txt (RFC 9116), opensearch.xml (OpenSearch 1.1) and favicon.ico."""

from datetime import UTC, datetime, time, timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from ..trajectories.filters import QUERY_PARAMS

#: Nobody looks for these by a search engine; those of links from mails and of QR codes hold a secret.
_NOT_INDEXED: Final = (
    *("/account/", "/admin/", "/inloggen/", "/mijn/", "/api/v1/docs/try"),
    *("/volgen/", "/post/", "/evaluatie/"),
)
#: RFC 9116 recommends less than a year.
SECURITY_TXT_DAYS: Final = 180
_DAY_SECONDS: Final = 86_400


@require_safe
@login_not_required
def robots_txt(_request: HttpRequest) -> HttpResponse:
    """Return what search engines may read: each page once, without filters, and nothing of a demonstration."""
    lines = ["User-agent: *"]
    if settings.DEMO:
        # Its trajectories are invented.
        lines += ["Disallow: /"]
    else:
        # Lists can be filtered, and pages shown as on any day: without end for a machine, and dear. The site map has
        # every page; the rules of other rulebooks than the first have an address with a query.
        lines += [f"Disallow: {path}" for path in (*_NOT_INDEXED, "/*?")]
        lines += ["Allow: /regels/*?regelboek=", "", f"Sitemap: {settings.BASE_URL}{reverse('sitemap_index')}"]
    return _text(lines)


@require_safe
@login_not_required
def security_txt(_request: HttpRequest) -> HttpResponse:
    """Return whom to tell about a vulnerability. Raises Http404 if no address is configured."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    last_day = timezone.localdate() + timedelta(days=SECURITY_TXT_DAYS)
    expires = datetime.combine(last_day, time.min, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _text(
        [
            f"Contact: mailto:{settings.SECURITY_CONTACT}",
            f"Expires: {expires}",
            "Preferred-Languages: nl, en",
            f"Canonical: {settings.BASE_URL}{reverse('security_txt')}",
        ]
    )


@require_safe
@login_not_required
def opensearch(_request: HttpRequest) -> HttpResponse:
    """Return how a browser or another site searches the trajectories; in one language, as caches keep it."""
    with translation.override(settings.LANGUAGE_CODE):
        context = {
            "url": settings.BASE_URL + reverse("opensearch"),
            "search_url": f"{settings.BASE_URL}{reverse('trajectories')}?{QUERY_PARAMS['search']}={{searchTerms}}",
            "icon_url": settings.BASE_URL + static("leidraad/favicon.svg"),
            "language": settings.LANGUAGE_CODE,
        }
        content = render_to_string("web/opensearch.xml", context)
    response = HttpResponse(content, content_type="application/opensearchdescription+xml")
    patch_cache_control(response, public=True, max_age=_DAY_SECONDS)
    return response


@require_safe
@login_not_required
def favicon(_request: HttpRequest) -> HttpResponse:
    """Return a redirect to the icon: browsers ask for this address where no page names one, as beside a download."""
    response = HttpResponseRedirect(static("leidraad/favicon.svg"))
    patch_cache_control(response, public=True, max_age=_DAY_SECONDS)
    return response


def _text(lines: list[str]) -> HttpResponse:
    response = HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
    patch_cache_control(response, public=True, max_age=_DAY_SECONDS)
    return response
