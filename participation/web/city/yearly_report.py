"""The yearly report: as a page, as PDF, and as a ZIP with its data."""

import base64
import logging
import zipfile
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.interchange.archive.bag import PAYLOAD
from participation.interchange.archive.pdf import PdfUnavailableError
from participation.interchange.yearly_report.data import FIRST_YEAR, ReportRequest, report_data
from participation.interchange.yearly_report.document import ReportSection, report_document, report_url
from participation.interchange.yearly_report.writer import PDF, report_name
from participation.selectors.municipalities import municipalities_of
from participation.selectors.statistics.cached_counts import cached_yearly_figures
from participation.selectors.statistics.city import percent
from participation.selectors.statistics.yearly import public_trajectories
from participation.services.accounts import rate_limits
from participation.services.exports.cached_files import BeingMadeError, CachedFile
from participation.services.exports.reports import cached_report, make_report

from ..shared.addresses import MUNICIPALITY_PARAM
from ..shared.pages import generation_pending_page, page
from ..shared.request_context import RequestContext, request_context_of
from ..shared.throttle import RateExceeded, count_request, too_many_requests

log = logging.getLogger("leidraad.report")
#: Retry-After while a report is being made, in seconds.
RETRY_AFTER = 15
#: The number of other years that the page leads to.
OTHER_YEARS = 5


@require_safe
@never_cache
@login_not_required
def last_yearly_report(request: HttpRequest) -> HttpResponseBase:
    """Return a redirect to the report of the last year that is over."""
    return redirect("yearly_report", request_context_of(request).today.year - 1)


@require_safe
@never_cache
@login_not_required
def yearly_report(request: HttpRequest, year: int) -> HttpResponseBase:
    """Return the first page of the report of this year: what it says first, and where each part stands.

    It is of public trajectories, for everyone alike. Raises Http404 for another year, or an unknown municipality.
    """
    request_context = request_context_of(request)
    report_request, names = _report_request(request, request_context, year)
    data = report_data(report_request, cached_yearly_figures)
    with translation.override(request_context.language):
        report = report_document(data)
        last = request_context.today.year
        years = range(min(last, year + 2), max(FIRST_YEAR, year - OTHER_YEARS) - 1, -1)
        others = {other: report_request._replace(year=other) for other in years if other != year}
        towns = [("", _("All municipalities together")), *names.items()] if names else []
        context = {
            **_shared(report_request),
            "on": data.periods[-1].on,
            "is_over": year < last,
            "made_at": timezone.localtime(request_context.now),
            "report": report,
            "basics": [_entry(one, report_request) for one in report.basics],
            "others": [_entry(one, report_request) for one in report.others],
            "pdf_url": report_url(report_request, "yearly_report_pdf"),
            "zip_url": report_url(report_request, "yearly_report_zip"),
            "other_years": [(other, report_url(of)) for other, of in others.items()],
            "municipalities": [
                (name, report_url(report_request._replace(municipality=slug)), slug == report_request.municipality)
                for slug, name in towns
            ],
        }
    return page(request, "web/city/yearly_report.html", context)


@require_safe
@never_cache
@login_not_required
def yearly_report_part(request: HttpRequest, year: int, part: str) -> HttpResponseBase:
    """Return one part of the report of this year. Raises Http404 where it has no such part."""
    request_context = request_context_of(request)
    report_request, _names = _report_request(request, request_context, year)
    data = report_data(report_request, cached_yearly_figures)
    with translation.override(request_context.language):
        report = report_document(data)
        sections = [*report.basics, *report.others]
        place = next((place for place, one in enumerate(sections) if one.name == part), None)
        if place is None:
            raise Http404
        context = {
            **_shared(report_request),
            "part": sections[place],
            "previous": _entry(sections[place - 1], report_request) if place else None,
            "next": _entry(sections[place + 1], report_request) if place + 1 < len(sections) else None,
        }
    return page(request, "web/city/yearly_report_part.html", context)


class PartEntry(NamedTuple):
    """A part of the report in the contents: heading, URL, and the percentages on time of the last two years."""

    heading: str
    url: str
    percent: int | None
    percent_before: int | None


def _entry(section: ReportSection, report_request: ReportRequest) -> PartEntry:
    shares = [None if share is None else percent(share) for share in section.shares[-2:]] or [None, None]
    url = report_url(report_request, "yearly_report_part", section.name)
    return PartEntry(section.heading, url, shares[-1], shares[0])


def _shared(report_request: ReportRequest) -> dict[str, Any]:
    """Return the context that all pages of a report have in common."""
    return {
        "section": "yearly",
        "year": report_request.year,
        "municipality_name": report_request.municipality_name,
        "report_url": report_url(report_request),
    }


@require_safe
@never_cache
@login_not_required
def yearly_report_zip(request: HttpRequest, year: int) -> HttpResponseBase:
    """Return the report with its data as a download; errors as those of the archive of a trajectory.

    Its SHA-256 is sent as ETag and Repr-Digest (RFC 9530), and logged, so that a copy can be verified later.
    """
    report_request, _names = _report_request(request, request_context_of(request), year)
    if request.method == "HEAD":  # nothing is made to be thrown away
        return _with_headers(HttpResponse(content_type="application/zip"))
    found = cached_report(report_request) or _generate(request, report_request)
    if isinstance(found, HttpResponse):
        return found
    log.info("Yearly report of %s: %s bytes, SHA-256 %s", year, found.size, found.sha256)
    filename = f"{report_name(report_request)}.zip"
    response = FileResponse(found.file, as_attachment=True, filename=filename, content_type="application/zip")
    response.headers["ETag"] = f'"{found.sha256}"'
    response.headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(found.sha256)).decode()}:"
    return _with_headers(response)


@require_safe
@never_cache
@login_not_required
def yearly_report_pdf(request: HttpRequest, year: int) -> HttpResponseBase:
    """Return the PDF in that ZIP."""
    report_request, _names = _report_request(request, request_context_of(request), year)
    if request.method == "HEAD":
        return _with_headers(HttpResponse(content_type="application/pdf"))
    found = cached_report(report_request) or _generate(request, report_request)
    if isinstance(found, HttpResponse):
        return found
    name = report_name(report_request)
    with found.file, zipfile.ZipFile(found.file) as zipped:
        content = zipped.read(f"{name}/{PAYLOAD}{PDF}")
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return _with_headers(response)


def _report_request(
    request: HttpRequest, request_context: RequestContext, year: int
) -> tuple[ReportRequest, dict[str, str]]:
    """Return what is asked for, and the municipalities that can be chosen, none where there is one."""
    if not FIRST_YEAR <= year <= request_context.today.year:
        raise Http404
    names = municipalities_of(public_trajectories())
    chosen = request.GET.get(MUNICIPALITY_PARAM, "") if names else ""
    if chosen and chosen not in names:
        raise Http404
    return (
        ReportRequest(
            *(year, request_context.rulebooks, request_context.today, request_context.now, request_context.language),
            municipality=chosen,
            municipality_name=names.get(chosen, ""),
        ),
        names,
    )


def _generate(request: HttpRequest, report_request: ReportRequest) -> CachedFile | HttpResponse:
    """Return the report, made now, or an error page; the rate limit is that of archives, and counts made ones only."""
    try:
        hits = count_request(request, "archive", "reports")
    except RateExceeded as error:
        return too_many_requests(request, error.wait)
    try:
        return make_report(report_request)
    except BeingMadeError:
        rate_limits.uncount(hits)
        return generation_pending_page(request, RETRY_AFTER)
    except PdfUnavailableError as error:
        log.error("Could not write the yearly report of %s: %s", report_request.year, error)
        return page(request, "500.html", {}, status=503)


def _with_headers(response: HttpResponseBase) -> HttpResponseBase:
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
