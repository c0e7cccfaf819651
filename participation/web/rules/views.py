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
from participation.interchange import lists
from participation.models import Trajectory
from participation.presentation.labels import status_label
from participation.presentation.rules import phrases, rule_matches, rule_texts, sorted_rules, unread_texts
from participation.selectors.statistics.rule_figures import STATUS_ORDER, OverdueOwner, count_by_status, overdue_owners

from ..shared.downloads import download, requested_list
from ..shared.filtering import PAGE_PARAM, FilterForm, FilterSelect
from ..shared.pages import page
from ..shared.request_context import RequestContext, request_context_of
from .examples import example_results

#: Number of overdue obligations per page.
ROWS_PER_PAGE = 25


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
    request_context = request_context_of(request)
    form = RuleFilters(request.GET, request_context.language)
    form.is_valid()
    text, strength = form.cleaned_data.get("search", ""), form.cleaned_data.get("strength", "")
    found = [
        rule
        for rule in sorted_rules(request_context.rulebook)
        if strength in ("", rule.strength)
        and rule_matches(rule, request_context.rulebook, request_context.language, text)
    ]
    if requested_list(request) is not None and form.is_valid():
        with translation.override(request_context.language):
            return download(
                request, lists.rules(found, request_context.rulebook, request_context.language), request_context.today
            )
    context = {
        "form": form,
        "is_filtered": bool(text or strength),
        "rule_count": len(found),
        "groups": list(_groups(found, request_context, with_findings=not (text or strength))),
        "rulebook": request_context.rulebook,
        "notice": wording.text_in_language(request_context.rulebook.notice or {}, request_context.language),
        "labels": phrases(request_context.language),
        "unread": [] if text or strength else unread_texts(request_context.rulebook, request_context.language),
    }
    return page(request, "web/rules/list.html", context)


def _groups(found: list[Rule], request_context: RequestContext, with_findings: bool) -> Iterator[dict[str, Any]]:
    language = request_context.language
    for basic in BASICS:
        own = [_rule_summary(rule, language) for rule in found if rule.basic == basic]
        findings = [
            {
                "text": wording.text_in_language(finding["text"], language),
                "by": wording.text_in_language(finding["by"], language),
                "on": finding["found_on"],
            }
            for finding in request_context.rulebook.findings
            if with_findings and finding["basic"] == basic
        ]
        if own or findings:
            label = wording.label("basics", basic, language)
            yield {"id": basic, "label": label, "rules": own, "findings": findings}


def _rule_summary(rule: Rule, language: str) -> dict[str, str]:
    return {
        "id": rule.id,
        "title": wording.text_in_language(rule.title, language),
        "why": wording.text_in_language(rule.why, language),
        "strength": wording.label("strengths", rule.strength, language),
    }


@require_safe
@never_cache
@login_not_required
def rule(request: HttpRequest, rule_id: str) -> HttpResponse:
    """Return the page of one rule. Raises Http404 if the rulebook has none with this id."""
    request_context = request_context_of(request)
    found = request_context.rulebook.by_id.get(rule_id)
    if found is None:
        raise Http404
    visible = Trajectory.objects.visible_to(request_context.user)
    late = Paginator(overdue_owners(found, visible, request_context.today), ROWS_PER_PAGE).get_page(
        request.GET.get(PAGE_PARAM)
    )
    counts = count_by_status(found, visible, request_context.today)
    context = {
        "rule": {
            **rule_texts(found, request_context.rulebook, request_context.language),
            "owner_type": found.owner_type,
        },
        "basic": {"id": found.basic, "label": wording.label("basics", found.basic, request_context.language)},
        "examples": list(example_results(found, request_context.rulebook, request_context.language)),
        "figures": [
            {
                "code": code,
                "status_label": status_label(code, request_context.language),
                "now": now,
                "retrospective": looking_back,
            }
            for code in STATUS_ORDER
            if (now := dict(counts.now).get(code, 0)) + (looking_back := dict(counts.retrospective).get(code, 0))
        ],
        "has_retrospective": bool(counts.retrospective),
        "overdue_owners": [OverdueOwner(*row) for row in late],
        "page_obj": late,
        "today": request_context.today,
        "sees_all": getattr(request_context.user, "sees_everything", False),
    }
    return page(request, "web/rules/detail.html", context)
