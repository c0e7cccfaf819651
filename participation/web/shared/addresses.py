"""Reverse URLs of other packages, "" where the URL is not configured."""

from urllib.parse import urlencode

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from participation.compliance.rulebook import Rulebook
from participation.compliance.rulebooks import load_rulebooks
from participation.presentation.trajectory_pages import obligation_fragment, path_of_fragment, path_of_obligation

#: Query parameter of the pages of rules: the name of a rulebook in use other than the first.
RULEBOOK_PARAM = "regelboek"
#: Query parameter of pages on trajectories: the slug of a municipality.
MUNICIPALITY_PARAM = "gemeente"


def address(name: str, *args: object, **query: str) -> str:
    """Return the URL of this name, with ``query`` as its query string; "" if it does not resolve.

    Empty values are left out of the query string.
    """
    try:
        found = reverse(name, args=args)
    except NoReverseMatch:
        return ""
    params = {key: value for key, value in query.items() if value}
    return f"{found}?{urlencode(params)}" if params else found


def trajectory_address(slug: str, fragment: str = "", **query: str) -> str:
    """Return the URL of the page of a trajectory with this section or item; of its summary without a fragment."""
    return reverse("trajectory", args=[slug]) + path_of_fragment(fragment, query)


def obligation_address(owner_type: str, name: str, rule: str, subject: str = "") -> str:
    """Return the URL of an obligation on the page of its trajectory, motion or commitment."""
    owner = reverse(owner_type, args=[name])
    if owner_type == "trajectory":
        return owner + path_of_obligation(rule, subject)
    return f"{owner}#{obligation_fragment(rule, subject)}"


def rulebook_query(rulebook: Rulebook) -> dict[str, str]:
    """Return the query that leads to this rulebook on the pages of rules; empty for the first."""
    rulebooks = load_rulebooks(settings.RULEBOOK)
    return {} if rulebook is rulebooks.first or rulebook not in rulebooks else {RULEBOOK_PARAM: rulebook.name}


def rule_url(rule: str, rulebook: Rulebook) -> str:
    """Return the URL of the explanation of a rule of this rulebook."""
    query = rulebook_query(rulebook)
    return address("rule", rule, **query) or f"{address('rules', **query)}#rule-{rule}"
