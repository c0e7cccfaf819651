"""The one action that clears what is owed: what it is called, and the form that it leads to, filled in already."""

from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from participation.compliance.facts import Facts
from participation.compliance.obligations import Obligation, planned_in_time
from participation.compliance.rules import Rule

from .aims import Aim, Case, aim_at, page_of
from .aims.base import fields

#: Under which name a form gets the address to go back to.
BACK = "terug"


class Action(NamedTuple):
    """What to do about an obligation; the label is translated when it is shown."""

    label: Any
    url: str


def action_for(
    name: str,
    rule: Rule,
    obligation: Obligation,
    today: date,
    *,
    facts: Facts | None = None,
    back: str = "",
) -> Action | None:
    """Return the one action that clears this obligation; None where it is met on that day, or on its way.

    On the very day for which it is planned, it can be recorded that it was held.

    ``name`` is the slug of the trajectory, or the number of the motion or commitment. ``facts`` make it lead to
    the very row where there is one already. ``back`` is where one goes afterwards.
    """
    if obligation.met_on is not None and obligation.met_on <= today:
        return None
    case = Case(name, rule, obligation, facts, today)
    aim = aim_at(case)
    planned = planned_in_time(obligation, today)
    if planned and (planned > today or not set(fields("done")) & set(aim.query)):
        return None
    # A form may be absent, a ref may fit in no address: then one is led to where it is explained.
    return Action(aim.label, _address(aim, back) or _address(page_of(case), ""))


def _address(aim: Aim, back: str) -> str:
    """Return the address with its query, or nothing where there is none."""
    try:
        address = reverse(aim.view, args=aim.args)
    except NoReverseMatch:
        return ""
    query = [*aim.query, *([(BACK, back)] if back else [])]
    return address + (f"?{urlencode(query)}" if query else "") + (f"#{aim.place}" if aim.place else "")
