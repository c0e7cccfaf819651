"""The page that compares with other municipalities: per shared rule a range over all of them, and never an order."""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance import wording
from participation.compliance.vocabulary import BASICS, STRENGTHS
from participation.interchange.comparison.document import stored_document
from participation.interchange.comparison.ranges import (
    MIN_MUNICIPALITIES,
    PublishedBy,
    RuleRange,
    compare_rules,
    compared_years,
)
from participation.models import ComparedMunicipality
from participation.selectors.statistics.city import percent

from ..shared.addresses import rule_url
from ..shared.pages import page
from ..shared.request_context import request_context_of

YEAR_PARAM: Final = "jaar"
#: Smallest width of a part of the picture, in percent: a single share must be seen too.
_MIN_WIDTH: Final = 1.5


class PicturePart(NamedTuple):
    """A part of the picture of a range: its left side and its width, in percent."""

    x: float
    width: float


class RangeRow(NamedTuple):
    """A rule on the page: its title, address and kind of source, with the range and the own share as text."""

    title: str
    url: str
    strength: str
    number: int
    text: str
    own_text: str
    picture: PicturePart | None
    own_picture: PicturePart | None
    otherwise: str


class LeftOutRow(NamedTuple):
    """A rule of which no range is shown: its title, address, and why."""

    title: str
    url: str
    reason: str


@require_safe
@never_cache
@login_not_required
def city_comparison(request: HttpRequest) -> HttpResponseBase:
    """Return the ranges over the municipalities whose documents were read here, the own one included."""
    request_context = request_context_of(request)
    rows = list(ComparedMunicipality.objects.values_list("is_own", "slug", "content"))
    published = [PublishedBy(stored_document(content), is_own) for is_own, _slug, content in rows]
    own = next((slug for is_own, slug, _content in rows if is_own), "")
    rulebook = request_context.rulebooks.for_municipality(own)
    years = compared_years(published)
    year = _chosen_year(request.GET.get(YEAR_PARAM, ""), years)
    found = compare_rules(published, rulebook, year) if year else []
    found.sort(key=lambda one: (BASICS.index(one.rule.basic), STRENGTHS.index(one.rule.strength), one.rule.id))
    language = request_context.language
    with translation.override(language):
        context = {
            "section": "comparison",
            "year": year,
            "years": [(other, f"?{YEAR_PARAM}={other}") for other in years],
            "municipalities": _municipalities(published, year),
            "fewest": MIN_MUNICIPALITIES,
            "rows": [_row(one, rule_url(one.rule.id, rulebook), language) for one in found if one.shares],
            "left_out": [
                LeftOutRow(one.rule.title[language], rule_url(one.rule.id, rulebook), _reason(one))
                for one in found
                if not one.shares
            ],
            "has_own": any(row.is_own for row in published),
            "own_address": reverse("comparison_document") if own and settings.COMPARISON_KEY else "",
        }
    return page(request, "web/city/comparison.html", context)


def _chosen_year(text: str, years: Sequence[int]) -> int | None:
    """Return the year that was asked for, else the last one; None where there is none."""
    return next((year for year in years if str(year) == text), years[0] if years else None)


def _municipalities(published: Sequence[PublishedBy], year: int | None) -> list[tuple[str, date]]:
    """Return the municipalities of a year by name, with the day on which each published it."""
    found = [
        (row.document.name, totals.published_on)
        for row in published
        for totals in row.document.years
        if totals.year == year
    ]
    return sorted(found, key=lambda row: row[0].casefold())


def _row(one: RuleRange, url: str, language: str) -> RangeRow:
    low, high = one.shares or (0.0, 0.0)
    return RangeRow(
        one.rule.title[language],
        url,
        wording.label("strengths", one.rule.strength, language),
        one.number,
        _range_text(low, high),
        _share_text(*one.own_shares) if one.own_shares else "",
        _part(low, high),
        _part(*one.own_shares) if one.own_shares else None,
        _otherwise(one),
    )


def _range_text(low: float, high: float) -> str:
    first, last = percent(low), percent(high)
    if first == last:
        return _("%(share)s%% in each of them") % {"share": first}
    return _("between %(first)s%% and %(last)s%%") % {"first": first, "last": last}


def _share_text(low: float, high: float) -> str:
    first, last = percent(low), percent(high)
    return f"{first}%" if first == last else _("%(first)s%% to %(last)s%%") % {"first": first, "last": last}


def _part(low: float, high: float) -> PicturePart:
    width = max(_MIN_WIDTH, round((high - low) * 100, 1))
    return PicturePart(round(min(low * 100, 100 - width), 1), width)


def _otherwise(one: RuleRange) -> str:
    if not one.otherwise:
        return ""
    return ngettext(
        "%(n)s other municipality has other terms here, and is not compared.",
        "%(n)s other municipalities have other terms here, and are not compared.",
        one.otherwise,
    ) % {"n": one.otherwise}


def _reason(one: RuleRange) -> str:
    parts = [
        ngettext("%(n)s municipality can be compared.", "%(n)s municipalities can be compared.", one.number)
        % {"n": one.number}
    ]
    if one.too_few:
        parts.append(
            ngettext(
                "In %(n)s municipality, too few trajectories were judged by this rule.",
                "In %(n)s municipalities, too few trajectories were judged by this rule.",
                one.too_few,
            )
            % {"n": one.too_few}
        )
    return " ".join(filter(None, [*parts, _otherwise(one)]))
