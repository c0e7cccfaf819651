"""A trajectory under other rules: another rulebook, or a proposed file, beside its own. Nothing is stored."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from participation.compliance import wording
from participation.compliance.evaluate import RuleFailed
from participation.compliance.facts import Facts
from participation.compliance.obligations import WaiverValue
from participation.compliance.rulebook import Rulebook, load, shipped_rulebooks
from participation.compliance.rulebooks import Rulebooks
from participation.compliance.vocabulary import STATUSES
from participation.presentation.labels import status_label
from participation.selectors.obligations.statuses import (
    Verdict,
    facts_as_known,
    party_names,
    verdicts_on,
    waivers_granted_in,
)

from ..rules.proposals import ProposalForm, Side, side_of
from ..shared import permissions
from ..shared.forms import Form
from ..shared.pages import page
from ..shared.request_context import request_context_of
from .as_of_form import AsOfForm


class RulebookChoiceForm(Form):
    """The rulebook to look at the trajectory under; the field name is the query parameter."""

    regelboek = forms.ChoiceField(label=gettext_lazy("Rules of"))

    def __init__(self, data: Any, choices: Sequence[tuple[str, str]]) -> None:
        """Offer these rulebooks; bind the form only if the query string names one."""
        super().__init__(data if data.get("regelboek") else None)
        self.fields["regelboek"].choices = choices  # type: ignore[attr-defined]


class ComparedObligation(NamedTuple):
    """An obligation under both rulebooks; None where one of them does not ask for it."""

    title: str
    message: str
    own: Side | None
    other: Side | None


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_not_required
def other_rules(request: HttpRequest, name: str) -> HttpResponse:
    """Return the page that judges a trajectory by its own rules and by others, side by side.

    Raises Http404 if the trajectory is not visible, PermissionDenied where a visitor sends a file.
    """
    request_context = request_context_of(request)
    row = permissions.get_visible_trajectory(request, name)
    may_propose = bool(getattr(request.user, "sees_everything", False))
    if request.method == "POST" and not may_propose:
        raise PermissionDenied
    with translation.override(request_context.language):
        own = request_context.rulebook_of(row)
        choices = _choices(request_context.rulebooks, own, request_context.language)
        choice_form = RulebookChoiceForm(request.GET, choices)
        day_form = AsOfForm(request.GET, request_context.today)
        proposal_form = ProposalForm(request.POST, request.FILES) if request.method == "POST" else ProposalForm()
        day = (day_form.is_valid() and day_form.cleaned_data["op"]) or request_context.today
        other = None
        if request.method == "POST":
            other = proposal_form.cleaned_data["file"] if proposal_form.is_valid() else None
        elif choice_form.is_valid():
            other = _rulebook(choice_form.cleaned_data["regelboek"], request_context.rulebooks)
        context: dict[str, Any] = {
            "trajectory": row,
            "choice_form": choice_form,
            "day_form": day_form,
            "proposal_form": proposal_form if may_propose else None,
            "own_title": wording.text_in_language(own.title, request_context.language),
            "day": day,
        }
        facts = facts_as_known(row.pk) if other else None
        if other and facts:
            language = request_context.language
            waivers = tuple(found.waiver for found in waivers_granted_in(row.pk, day))
            try:
                context |= {
                    **_comparison(facts, own, other, day, waivers, language),
                    "other_title": wording.text_in_language(other.title, language),
                    "notice": wording.text_in_language(other.notice or {}, language),
                }
            except RuleFailed as failure:
                # A proposal may ask for terms that no calendar reaches.
                message = _("The rule %(rule)s of this file cannot be calculated. Check its terms.")
                proposal_form.add_error("file", message % {"rule": failure.rule})
        return page(request, "web/trajectories/other_rules.html", context)


def _choices(rulebooks: Rulebooks, own: Rulebook, language: str) -> list[tuple[str, str]]:
    names = dict.fromkeys((*rulebooks.by_name, *shipped_rulebooks()))
    titles = {name: wording.text_in_language(_rulebook(name, rulebooks).title, language) for name in names}
    return [(name, title) for name, title in titles.items() if name != own.name]


def _rulebook(name: str, rulebooks: Rulebooks) -> Rulebook:
    return rulebooks.by_name.get(name) or load(name)


def _comparison(
    facts: Facts, own: Rulebook, other: Rulebook, day: date, waivers: tuple[WaiverValue, ...], language: str
) -> dict[str, Any]:
    names = party_names()
    own_verdicts, other_verdicts = (
        list(verdicts_on("trajectory", facts.trajectory.slug, facts, rulebook, day, waivers, names=names))
        for rulebook in (own, other)
    )
    compared = list(_compared(own_verdicts, other_verdicts, language))
    same = [line for line in compared if _has_same_outcome(line)]
    return {
        "groups": [
            (
                _("Another outcome"),
                [line for line in compared if line.own and line.other and not _has_same_outcome(line)],
            ),
            (_("Only under its own rules"), [line for line in compared if line.other is None]),
            (_("Only under these rules"), [line for line in compared if line.own is None]),
        ],
        "same": same,
        "counts": [
            (status_label(status, language), _count(own_verdicts, status), _count(other_verdicts, status))
            for status in STATUSES
            if _count(own_verdicts, status) or _count(other_verdicts, status)
        ],
    }


def _count(verdicts: Iterable[Verdict], status: str) -> int:
    return sum(verdict.status == status for verdict in verdicts)


def _compared(own: Iterable[Verdict], other: Iterable[Verdict], language: str) -> Iterator[ComparedObligation]:
    by_identity = [{verdict.obligation.identity: verdict for verdict in verdicts} for verdicts in (own, other)]
    for identity in sorted(by_identity[0].keys() | by_identity[1].keys()):
        sides = [found.get(identity) for found in by_identity]
        shown = sides[0] or sides[1]
        if shown is not None:
            yield ComparedObligation(
                wording.text_in_language(shown.rule.title, language),
                shown.message(language),
                *(side_of(verdict, language) for verdict in sides),
            )


def _has_same_outcome(line: ComparedObligation) -> bool:
    """Return whether both ask for it, with the same status and last day; the strength may differ."""
    own, other = line.own, line.other
    return own is not None and other is not None and (own.status, own.due_on) == (other.status, other.due_on)
