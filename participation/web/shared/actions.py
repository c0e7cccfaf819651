"""The remedy of an obligation: its label, and the link to the prefilled form that clears it."""

from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from participation.compliance.facts import Facts
from participation.compliance.obligations import ObligationValue, planned_in_time
from participation.compliance.rules import Rule

from .remedies import RemedyContext, RemedyLink, aim_at, page_of
from .remedies.base import fields

#: Query parameter with the URL to return to after the form.
BACK = "terug"


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
    back: str = "",
) -> Action | None:
    """Return the remedy for this obligation; None if it is met by ``today`` or a future step is planned in time.

    On the planned day itself the remedy is to record that the step took place.

    ``name`` is the slug of the trajectory, or the number of the motion or commitment. With ``facts`` the link leads
    to the existing row, if any. ``back`` is the URL to return to afterwards.
    """
    if obligation.met_on is not None and obligation.met_on <= today:
        return None
    case = RemedyContext(name, rule, obligation, facts, today)
    aim = aim_at(case)
    planned = planned_in_time(obligation, today)
    if planned and (planned > today or not set(fields("done")) & set(aim.query)):
        return None
    # The form may not exist, or a ref may not fit its URL pattern: fall back to the explanation of the obligation.
    return Action(aim.label, _address(aim, back) or _address(page_of(case), ""))


def _address(aim: RemedyLink, back: str) -> str:
    """Return the URL of the form with its query and fragment; "" if it does not resolve."""
    try:
        address = reverse(aim.view, args=aim.args)
    except NoReverseMatch:
        return ""
    query = [*aim.query, *([(BACK, back)] if back else [])]
    return address + (f"?{urlencode(query)}" if query else "") + (f"#{aim.place}" if aim.place else "")
