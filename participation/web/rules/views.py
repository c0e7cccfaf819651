"""Pages of the rules: obligation, source, method of assessment, and figures over all trajectories."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance import wording
from participation.compliance.rules import Rule
from participation.compliance.vocabulary import BASICS, STRENGTHS
from participation.exchange import lists
from participation.models import Trajectory
from participation.reports.rules import explained, holds, sorted_rules
from participation.selectors.rule_figures import ORDER, Late, figures, overdue

from ..shared.downloads import download, list_asked
from ..shared.filtering import PAGE, FilterForm, FilterSelect
from ..shared.obligation_list import status_label
from ..shared.pages import page
from ..shared.request_context import RequestContext, visit_of
from .examples import worked

#: Number of overdue obligations per page.
ROWS = 25


class RuleFilters(FilterForm):
    """Search and filters of the rules."""

    names = {"search": "zoek", "strength": "woord"}

    search = forms.CharField(label=_("Search"), required=False)
    strength = forms.ChoiceField(label=_("Kind of source"), required=False, widget=FilterSelect)

    def __init__(self, data: Any, language: str) -> None:
        super().__init__(data)
        strengths: list[tuple[str, Any]] = [(code, wording.label("strengths", code, language)) for code in STRENGTHS]
        field: Any = self.fields["strength"]
        field.choices = [("", _("all kinds")), *strengths]


@require_safe
@never_cache
@login_not_required
def rules(request: HttpRequest) -> HttpResponseBase:
    """Return all rules by basic condition, or those that match the filters."""
    visit = visit_of(request)
    form = RuleFilters(request.GET, visit.language)
    form.is_valid()
    text, strength = form.cleaned_data.get("search", ""), form.cleaned_data.get("strength", "")
    found = [
        rule
        for rule in sorted_rules(visit.rulebook)
        if strength in ("", rule.strength) and holds(rule, visit.rulebook, visit.language, text)
    ]
    if list_asked(request) is not None and form.is_valid():
        with translation.override(visit.language):
            return download(request, lists.rules(found, visit.rulebook, visit.language), visit.today)
    context = {
        "form": form,
        "asked": bool(text or strength),
        "number": len(found),
        "groups": list(_groups(found, visit, with_findings=not (text or strength))),
        "rulebook": visit.rulebook,
    }
    return page(request, "web/rules/all.html", context)


def _groups(found: list[Rule], visit: RequestContext, with_findings: bool) -> Iterator[dict[str, Any]]:
    language = visit.language
    for basic in BASICS:
        own = [_told(rule, language) for rule in found if rule.basic == basic]
        findings = [
            {
                "text": wording.in_language(finding["text"], language),
                "by": wording.in_language(finding["by"], language),
                "on": finding["found_on"],
            }
            for finding in visit.rulebook.findings
            if with_findings and finding["basic"] == basic
        ]
        if own or findings:
            label = wording.label("basics", basic, language)
            yield {"id": basic, "label": label, "rules": own, "findings": findings}


def _told(rule: Rule, language: str) -> dict[str, str]:
    return {
        "id": rule.id,
        "title": wording.in_language(rule.title, language),
        "why": wording.in_language(rule.why, language),
        "strength": wording.label("strengths", rule.strength, language),
    }


@require_safe
@never_cache
@login_not_required
def rule(request: HttpRequest, rule_id: str) -> HttpResponse:
    """Return the page of one rule. Raises Http404 if the rulebook has none with this id."""
    visit = visit_of(request)
    found = visit.rulebook.by_id.get(rule_id)
    if found is None:
        raise Http404
    visible = Trajectory.objects.visible_to(visit.user)
    late = Paginator(overdue(found, visible, visit.today), ROWS).get_page(request.GET.get(PAGE))
    counted = figures(found, visible, visit.today)
    context = {
        "rule": {**explained(found, visit.rulebook, visit.language), "of": found.of},
        "basic": {"id": found.basic, "label": wording.label("basics", found.basic, visit.language)},
        "examples": list(worked(found, visit.rulebook, visit.language)),
        "figures": [
            {"code": code, "mark": status_label(code, visit.language), "now": now, "back": back}
            for code in ORDER
            if (now := dict(counted.now).get(code, 0)) + (back := dict(counted.looking_back).get(code, 0))
        ],
        "looks_back": bool(counted.looking_back),
        "late": [Late(*row) for row in late],
        "shown": late,
        "today": visit.today,
        "sees_all": getattr(visit.user, "sees_everything", False),
    }
    return page(request, "web/rules/one.html", context)
