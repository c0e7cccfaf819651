"""The remedy of an obligation: its label, and the link to the prefilled form that clears it."""

from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from participation.compliance.facts import Facts
from participation.compliance.obligations import ObligationValue, planned_in_time
from participation.compliance.rules import Rule

from .remedies import RemedyContext, RemedyLink, explanation_link, remedy_for
from .remedies.base import highlight_params
from .return_urls import RETURN_PARAM


class Action(NamedTuple):
    """The remedy of an obligation; ``label`` is lazily translated."""

    label: Any
    url: str


def action_for(
    name: str,
    rule: Rule,
    obligation: ObligationValue,
    today: date,
    *,
    facts: Facts | None = None,
    return_url: str = "",
) -> Action | None:
    """Return the remedy for this obligation; None if it is met by ``today`` or a future step is planned in time.

    On the planned day itself the remedy is to record that the step took place.

    ``name`` is the slug of the trajectory, or the number of the motion or commitment. With ``facts`` the link leads
    to the existing row, if any. ``return_url`` is the URL to return to afterwards.
    """
    if obligation.met_on is not None and obligation.met_on <= today:
        return None
    context = RemedyContext(name, rule, obligation, facts, today)
    remedy = remedy_for(context)
    planned = planned_in_time(obligation, today)
    if planned and (planned > today or not set(highlight_params("done")) & set(remedy.query)):
        return None
    # The form may not exist, or a ref may not fit its URL pattern: fall back to the explanation of the obligation.
    return Action(remedy.label, _remedy_url(remedy, return_url) or _remedy_url(explanation_link(context), ""))


def _remedy_url(remedy: RemedyLink, return_url: str) -> str:
    """Return the URL of the form with its query and fragment; "" if it does not resolve."""
    try:
        url = reverse(remedy.view, args=remedy.args)
    except NoReverseMatch:
        return ""
    query = [*remedy.query, *([(RETURN_PARAM, return_url)] if return_url else [])]
    return url + (f"?{urlencode(query)}" if query else "") + (f"#{remedy.fragment}" if remedy.fragment else "")
