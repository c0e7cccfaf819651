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
from participation.compliance.rule_changes import changeable_parameters
from participation.compliance.rulebook import Rulebook
from participation.compliance.rulebooks import Rulebooks
from participation.compliance.rules import Rule
from participation.compliance.vocabulary import BASICS, STRENGTHS
from participation.interchange import lists
from participation.models import Trajectory
from participation.presentation.labels import status_label
from participation.presentation.rules import phrases, rule_matches, rule_texts, sorted_rules, unread_texts
from participation.selectors.obligations.judging import judged_by
from participation.selectors.statistics.rule_figures import STATUS_ORDER, OverdueOwner, count_by_status, overdue_owners

from ..shared.addresses import RULEBOOK_PARAM, address, rule_url, rulebook_query
from ..shared.downloads import download, requested_list
from ..shared.filtering import PAGE_PARAM, FilterForm, FilterSelect
from ..shared.pages import page
from ..shared.request_context import request_context_of
from .choice import requested_rulebook
from .examples import example_results

#: Number of overdue obligations per page.
ROWS_PER_PAGE = 25


class RuleFilters(FilterForm):
    """Search and filters of the rules."""

    names = {"search": "zoek", "strength": "woord", "rulebook": RULEBOOK_PARAM}

    rulebook = forms.ChoiceField(label=_("Rulebook"), required=False, widget=FilterSelect)
    search = forms.CharField(label=_("Search"), required=False)
    strength = forms.ChoiceField(label=_("Kind of source"), required=False, widget=FilterSelect)

    def __init__(self, data: Any, rulebooks: Rulebooks, language: str) -> None:
        """Offer the rulebooks where there are several; the first is shown without a choice."""
        super().__init__(data)
        rulebook_field: Any = self.fields["rulebook"]
        rulebook_field.choices = [(found.name, wording.text_in_language(found.title, language)) for found in rulebooks]
        if len(rulebooks) == 1:
            del self.fields["rulebook"]
        strengths: list[tuple[str, Any]] = [(code, wording.label("strengths", code, language)) for code in STRENGTHS]
        field: Any = self.fields["strength"]
        field.choices = [("", _("all kinds")), *strengths]


@require_safe
@never_cache
@login_not_required
def rules(request: HttpRequest) -> HttpResponseBase:
    """Return all rules by basic condition, or those that match the filters."""
    request_context = request_context_of(request)
    rulebook, language = requested_rulebook(request, request_context), request_context.language
    form = RuleFilters(request.GET, request_context.rulebooks, language)
    form.is_valid()
    text, strength = form.cleaned_data.get("search", ""), form.cleaned_data.get("strength", "")
    found = [
        rule
        for rule in sorted_rules(rulebook)
        if strength in ("", rule.strength) and rule_matches(rule, rulebook, language, text)
    ]
    if requested_list(request) is not None and form.is_valid():
        with translation.override(language):
            return download(request, lists.rules(found, rulebook, language), request_context.today)
    query = rulebook_query(rulebook)
    context = {
        "form": form,
        "is_filtered": bool(text or strength),
        "rule_count": len(found),
        "groups": list(_groups(found, rulebook, language, with_findings=not (text or strength))),
        "rulebook": rulebook,
        "notice": wording.text_in_language(rulebook.notice or {}, language),
        "labels": phrases(language),
        "unread": [] if text or strength else unread_texts(rulebook, language),
        "all_url": address("rules", **query),
        "html_url": address("rulebook_html", **query),
        "preview_url": address("rulebook_preview") if getattr(request.user, "sees_everything", False) else "",
        "json_url": address("rulebook_json", **query),
    }
    return page(request, "web/rules/list.html", context)


def _groups(found: list[Rule], rulebook: Rulebook, language: str, with_findings: bool) -> Iterator[dict[str, Any]]:
    for basic in BASICS:
        own = [_rule_summary(rule, rulebook, language) for rule in found if rule.basic == basic]
        findings = [
            {
                "text": wording.text_in_language(finding["text"], language),
                "by": wording.text_in_language(finding["by"], language),
                "on": finding["found_on"],
            }
            for finding in rulebook.findings
            if with_findings and finding["basic"] == basic
        ]
        if own or findings:
            label = wording.label("basics", basic, language)
            yield {"id": basic, "label": label, "rules": own, "findings": findings}


def _rule_summary(rule: Rule, rulebook: Rulebook, language: str) -> dict[str, str]:
    return {
        "id": rule.id,
        "href": rule_url(rule.id, rulebook),
        "title": wording.text_in_language(rule.title, language),
        "why": wording.text_in_language(rule.why, language),
        "strength": wording.label("strengths", rule.strength, language),
    }


@require_safe
@never_cache
@login_not_required
def rule(request: HttpRequest, rule_id: str) -> HttpResponse:
    """Return the page of one rule. Raises Http404 if the rulebook has none with this id.

    Without a choice of rulebook it is that of the first with such a rule: another may have one with the same id.
    """
    request_context = request_context_of(request)
    rulebooks, language = request_context.rulebooks, request_context.language
    rulebook = requested_rulebook(request, request_context)
    having = [found for found in rulebooks if rule_id in found.by_id]
    if not request.GET.get(RULEBOOK_PARAM) and having:
        rulebook = having[0]
    found = rulebook.by_id.get(rule_id)
    if found is None:
        raise Http404
    visible, judged = (
        Trajectory.objects.visible_to(request_context.user),
        judged_by(rulebook, rulebooks, (found.owner_type,)),
    )
    sees_all = getattr(request_context.user, "sees_everything", False)
    late = Paginator(overdue_owners(found, visible, request_context.today, judged), ROWS_PER_PAGE).get_page(
        request.GET.get(PAGE_PARAM)
    )
    counts = count_by_status(found, visible, request_context.today, judged)
    context = {
        "rule": {
            **rule_texts(found, rulebook, language),
            "owner_type": found.owner_type,
        },
        "rules_url": address("rules", **rulebook_query(rulebook)),
        "rulebook_title": wording.text_in_language(rulebook.title, language) if len(rulebooks) > 1 else "",
        "other_rulebooks": [
            (wording.text_in_language(other.title, language), rule_url(rule_id, other))
            for other in having
            if other is not rulebook
        ],
        "basic": {"id": found.basic, "label": wording.label("basics", found.basic, language)},
        "examples": list(example_results(found, rulebook, language)),
        "figures": [
            {
                "code": code,
                "status_label": status_label(code, language),
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
        "sees_all": sees_all,
        "preview_url": (
            address("rule_preview", rule_id, **rulebook_query(rulebook))
            if sees_all and changeable_parameters(found)
            else ""
        ),
    }
    return page(request, "web/rules/detail.html", context)
