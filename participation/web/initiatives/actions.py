"""The links to the forms that moderate, acknowledge and answer a request of the register."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from participation.compliance.obligations import ObligationValue
from participation.compliance.rules import Rule
from participation.models import Request
from participation.selectors.initiatives import RequestTermDue

from ..shared.actions import Action
from ..shared.addresses import address
from ..shared.return_urls import HIGHLIGHT_PARAM, RETURN_PARAM


def answer_action(row: Request, rule: Rule, obligation: ObligationValue, today: date) -> Action | None:
    """Return the link to the form that meets this obligation; None where it is met."""
    if obligation.met_on is not None and obligation.met_on <= today:
        return None
    return _form_action(row, rule)


def next_action(row: Request, due: RequestTermDue | None, return_url: str) -> Action:
    """Return the link to the form for what somebody has to do first about this request."""
    if row.moderation == "awaiting" or due is None:
        query = {RETURN_PARAM: return_url}
        return Action(_("Moderate it"), address("initiative_moderate", row.number, **query))
    return _form_action(row, due.rule, return_url)


def _form_action(row: Request, rule: Rule, return_url: str = "") -> Action:
    # Each version of a rule is about the same day.
    column = rule.versions[-1].parameters.get("by", "answered_on")
    label: Any = _("Confirm receipt") if column == "acknowledged_on" else _("Answer it")
    query = {HIGHLIGHT_PARAM: column, RETURN_PARAM: return_url}
    return Action(label, address("initiative_change", row.number, **query))
