"""What would be judged otherwise if a rule, or the rulebook, were changed; nothing is stored."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from participation.compliance import wording
from participation.compliance.calendar import Term
from participation.compliance.evaluate import RuleFailed
from participation.compliance.parameter_parser import MAX_NUMBER
from participation.compliance.rule_changes import (
    changeable_parameters,
    changed_rules,
    with_parameters,
    without_earlier_versions,
)
from participation.compliance.rulebook import Rulebook
from participation.compliance.rules import Rule
from participation.interchange.tables import Table, TableColumn
from participation.models import Trajectory
from participation.presentation.figure_labels import COLUMNS
from participation.presentation.labels import status_label
from participation.presentation.rules import term_label
from participation.selectors.obligations.rule_changes import (
    CHANGES,
    ChangedVerdict,
    RuleChanges,
    RuleEffect,
    count_judged_trajectories,
    rule_changes,
)
from participation.selectors.statistics.city import MAX_REASSESSED_TRAJECTORIES, OUTCOMES

from ..city.bars import BarPart, bar, legend
from ..shared.addresses import address, rule_url, rulebook_query
from ..shared.downloads import download, requested_list
from ..shared.forms import Form
from ..shared.pages import page
from ..shared.request_context import RequestContext, request_context_of
from ..trajectories.as_of_form import QueryDateField
from .choice import requested_rulebook
from .proposals import ProposalForm, Side, side_of

#: Maximum number of points shown on the page; the download of a changed rule has all of them.
MAX_CHANGES_SHOWN = 200
_UNITS = ("days", "weeks", "months", "working_days")
_NUMBER_LABELS = {
    "channels": gettext_lazy("Number of ways to announce it"),
    "least": gettext_lazy("Lowest number"),
    "weeks": gettext_lazy("For how many weeks at least"),
}
#: The labels of terms by parameter; of the others, by whether they count from a day or up to it.
_TERM_LABELS = {
    "extension": gettext_lazy("How much longer after an extension"),
    "committee_term": gettext_lazy("Within how long, where a committee gives advice"),
    "minimum": gettext_lazy("How long after it at the earliest"),
}
_WITHIN_LABEL, _BEFORE_LABEL = gettext_lazy("Within how long"), gettext_lazy("How long before")
_CHANGE_LABELS = {
    "status": gettext_lazy("Another status"),
    "added": gettext_lazy("Asked for under the new rules only"),
    "removed": gettext_lazy("No longer asked for"),
    "last_day": gettext_lazy("Same status, another last day"),
}


class _PeriodFields(Form):
    """The day to judge on, and from which day the changed rules count."""

    op = QueryDateField(label=gettext_lazy("Status on"), required=False)
    eigen_datum = forms.BooleanField(
        label=gettext_lazy("Let each version count from its own day"),
        help_text=gettext_lazy("Otherwise the new rules are used for everything that was recorded, also of long ago."),
        required=False,
    )


class RulebookPreviewForm(ProposalForm, _PeriodFields):
    """A proposed rulebook, and the day to judge on."""


class TermsForm(_PeriodFields):
    """Other values for the terms and numbers of a rule; the field names are the query parameters."""

    def __init__(self, rule: Rule, language: str, data: Any = None) -> None:
        """Make the fields for what can be changed; bound where the query string has any of them."""
        self.parameters = changeable_parameters(rule)
        super().__init__(data if data and self.parameters.keys() & data.keys() else None)
        del self.fields["eigen_datum"]
        own: dict[str, forms.Field] = {}
        for name, value in self.parameters.items():
            own |= _term_fields(name, value, language) if isinstance(value, Term) else _number_field(name, value)
        self.fields = {**own, **self.fields}

    @property
    def values(self) -> dict[str, Term | int]:
        """Return the values that were filled in."""
        return {name: self._value(name, value) for name, value in self.parameters.items()}

    def _value(self, name: str, current: Term | int) -> Term | int:
        number: int = self.cleaned_data[name]
        if isinstance(current, int):
            return number
        # A term before a day is negative; people write how long before.
        return Term(-number if current.length < 0 else number, self.cleaned_data[_unit(name)])


def _unit(name: str) -> str:
    return f"{name}_eenheid"


def _term_fields(name: str, value: Term, language: str) -> dict[str, forms.Field]:
    # Months only where the rule has them: a check that adds days may not know them.
    units = [unit for unit in _UNITS if unit in ("days", "weeks", "working_days", value.unit)]
    choices = [(unit, wording.label("units", unit, language)) for unit in units]
    label = _TERM_LABELS.get(name) or (_BEFORE_LABEL if value.length < 0 else _WITHIN_LABEL)
    now = term_label(name, value, wording.format_term(value, language), language)
    return {
        name: forms.IntegerField(
            label=_("%(term)s: number") % {"term": label},
            help_text=_("Now: %(term)s.") % {"term": now},
            min_value=0,
            max_value=MAX_NUMBER,
            initial=abs(value.length),
        ),
        _unit(name): forms.ChoiceField(
            label=_("%(term)s: unit") % {"term": label}, choices=choices, initial=value.unit
        ),
    }


def _number_field(name: str, value: int) -> dict[str, forms.Field]:
    label = _NUMBER_LABELS.get(name, _("Number"))
    return {name: forms.IntegerField(label=label, min_value=0, max_value=MAX_NUMBER, initial=value)}


class EffectBar(NamedTuple):
    """The points of a rule under one of the rulebooks, as a picture with its text."""

    label: str
    bar: list[BarPart]
    alt_text: str


class EffectRow(NamedTuple):
    """A rule with the number of its points by status, under both rulebooks, and what is judged otherwise, in words.

    The bars leave out what is not due yet.
    """

    title: str
    href: str
    changes: list[str]
    counts: list[tuple[str, str, int, int]]
    bars: list[EffectBar]


class ChangedRow(NamedTuple):
    """A point that is judged otherwise: of which trajectory, motion or commitment, and what both rulebooks say."""

    owner: str
    href: str
    title: str
    message: str
    own: Side | None
    other: Side | None


class ChangeGroup(NamedTuple):
    """What becomes otherwise, of how many points, and the first of these; the status is there too with none."""

    label: str
    number: int
    rows: list[ChangedRow]


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def rulebook_preview(request: HttpRequest) -> HttpResponse:
    """Return the page that compares a proposed rulebook with the one in use, over everything that is recorded.

    Raises PermissionDenied for who does not work for the municipality, the council or the audit office.
    """
    context = _staff_context(request)
    with translation.override(context.language):
        form = RulebookPreviewForm(request.POST, request.FILES) if request.method == "POST" else RulebookPreviewForm()
        shown: dict[str, Any] = {"form": form, "title": _("What if the rules change?")}
        if form.is_bound and form.is_valid():
            proposed: Rulebook = form.cleaned_data["file"]
            current = context.rulebooks.for_municipality(proposed.municipality)
            if not form.cleaned_data["eigen_datum"]:
                proposed = without_earlier_versions(proposed, changed_rules(current, proposed))
            shown |= _result(form, "file", current, proposed, context)
        return page(request, "web/rules/preview.html", shown)


@require_safe
@never_cache
def rule_preview(request: HttpRequest, rule_id: str) -> HttpResponseBase:
    """Return the page that shows what would be judged otherwise if the terms of a rule were others.

    Raises Http404 if the rulebook has no such rule, or none of its terms can be changed; PermissionDenied as
    ``rulebook_preview`` does.
    """
    context = _staff_context(request)
    current = requested_rulebook(request, context)
    rule = current.by_id.get(rule_id)
    if rule is None or not changeable_parameters(rule):
        raise Http404
    with translation.override(context.language):
        form = TermsForm(rule, context.language, request.GET)
        shown: dict[str, Any] = {
            "form": form,
            "title": _("What if this rule changes?"),
            "rule_title": wording.text_in_language(rule.title, context.language),
            "rule_url": rule_url(rule_id, current),
            "rulebook_query": rulebook_query(current),
        }
        if form.is_bound and form.is_valid():
            proposed = with_parameters(current, rule_id, form.values)
            proposed = without_earlier_versions(proposed, changed_rules(current, proposed))
            shown |= _result(form, next(iter(form.parameters)), current, proposed, context)
            if requested_list(request) is not None and "changes" in shown:
                return download(request, _table(shown["changes"], shown["titles"], context), context.today)
        return page(request, "web/rules/preview.html", shown)


def _staff_context(request: HttpRequest) -> RequestContext:
    if not getattr(request.user, "sees_everything", False):
        raise PermissionDenied
    return request_context_of(request)


def _result(form: Form, field: str, current: Rulebook, proposed: Rulebook, context: RequestContext) -> dict[str, Any]:
    """Return what the page shows of the comparison; none, with an error at the field, where it cannot be made."""
    number = count_judged_trajectories(context.rulebooks, current)
    if number > MAX_REASSESSED_TRAJECTORIES:
        message = _("There are %(n)s trajectories: too many to judge anew on a page. Ask for: manage.py preview FILE.")
        form.add_error(None, message % {"n": number})
        return {}
    day: date = form.cleaned_data["op"] or context.today
    try:
        found = rule_changes(context.rulebooks, current, proposed, day)
    except RuleFailed as failure:
        # A proposal may ask for terms that no calendar reaches.
        message = _("The rule %(rule)s of this file cannot be calculated. Check its terms.")
        form.add_error(field, message % {"rule": failure.rule})
        return {}
    shown = found.changed[:MAX_CHANGES_SHOWN]
    slugs = {pair.shown.name for pair in found.changed if pair.shown.owner_type == "trajectory"}
    titles = dict(Trajectory.objects.visible_to(context.user).filter(slug__in=slugs).values_list("slug", "title"))
    effects = {
        looks_back: [
            _effect_row(effect, proposed, context.language)
            for effect in found.effects
            if effect.retrospective == looks_back and effect.changes
        ]
        for looks_back in (False, True)
    }
    changes = found.changes
    return {
        "changes": found,
        "legend": legend(COLUMNS),
        "titles": titles,
        "day": day,
        "own_title": wording.text_in_language(current.title, context.language),
        "effects": effects[False],
        "retrospective_effects": effects[True],
        "groups": [
            ChangeGroup(
                str(_CHANGE_LABELS[change]),
                changes[change],
                [_changed_row(pair, titles, context.language) for pair in shown if pair.change == change],
            )
            for change in CHANGES
            if changes[change] or change == "status"
        ],
        "rest": len(found.changed) - len(shown),
    }


def _effect_row(effect: RuleEffect, proposed: Rulebook, language: str) -> EffectRow:
    statuses = sorted(effect.current.keys() | effect.proposed.keys())
    return EffectRow(
        wording.text_in_language(effect.rule.title, language),
        rule_url(effect.rule.id, proposed),
        [f"{_CHANGE_LABELS[change]}: {effect.changes[change]}" for change in CHANGES if effect.changes[change]],
        [
            (status, status_label(status, language), effect.current[status], effect.proposed[status])
            for status in statuses
        ],
        [_effect_bar(_("Now"), effect.current), _effect_bar(_("After the change"), effect.proposed)],
    )


def _effect_bar(label: str, counts: Mapping[str, int]) -> EffectBar:
    numbers = [(outcome, sum(counts.get(status, 0) for status in statuses)) for outcome, statuses in OUTCOMES.items()]
    parts = ", ".join(f"{COLUMNS[outcome]}: {number}" for outcome, number in numbers if number)
    return EffectBar(label, bar(numbers), f"{label}: {parts}")


def _changed_row(pair: ChangedVerdict, titles: Mapping[str, str], language: str) -> ChangedRow:
    shown = pair.shown
    return ChangedRow(
        titles.get(shown.name, shown.name),
        _owner_url(pair),
        wording.text_in_language(shown.rule.title, language),
        shown.message(language),
        side_of(pair.current, language),
        side_of(pair.proposed, language),
    )


def _owner_url(pair: ChangedVerdict) -> str:
    owner_type = pair.shown.owner_type
    return address(owner_type, pair.shown.name) if owner_type != "request" else ""


def _table(found: RuleChanges, titles: Mapping[str, str], context: RequestContext) -> Table:
    """Return the points that are judged otherwise as a table."""
    language = context.language

    def owner(pair: ChangedVerdict) -> str:
        return titles.get(pair.shown.name, pair.shown.name)

    def status(verdict: Any) -> str:
        return status_label(verdict.status, language) if verdict else ""

    def due(verdict: Any) -> date | None:
        return verdict.obligation.due_on if verdict else None

    columns = [
        TableColumn("trajectory", gettext_lazy("Trajectory"), owner),
        TableColumn("rule", gettext_lazy("Rule"), lambda pair: pair.shown.rule.id),
        TableColumn("message", gettext_lazy("What is due"), lambda pair: pair.shown.message(language)),
        TableColumn("retrospective", gettext_lazy("Looking back"), lambda pair: pair.shown.retrospective),
        TableColumn("change", gettext_lazy("What becomes otherwise"), lambda pair: _CHANGE_LABELS[pair.change]),
        TableColumn("status", gettext_lazy("Status now"), lambda pair: status(pair.current)),
        TableColumn("due_on", gettext_lazy("Last day now"), lambda pair: due(pair.current)),
        TableColumn("new_status", gettext_lazy("Status after the change"), lambda pair: status(pair.proposed)),
        TableColumn("new_due_on", gettext_lazy("Last day after the change"), lambda pair: due(pair.proposed)),
    ]
    return Table("regelwijziging", _("What if this rule changes?"), columns, found.changed, language)
