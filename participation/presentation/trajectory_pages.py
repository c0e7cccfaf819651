"""The pages of a trajectory, and which of them a fragment stands on."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, urlencode

#: Paths of the pages below the path of the trajectory.
SUMMARY: Final = ""
TAKE_PART: Final = "meedoen/"
INPUT: Final = "inbreng/"
PLAN: Final = "plan/"
AGREEMENTS: Final = "afspraken/"
SEARCH: Final = "zoeken/"

#: Query parameter with the fragment of an item: the part of the list in which it stands is shown.
AT_PARAM: Final = "bij"
#: The page by fragment of a section.
SECTIONS: Final[Mapping[str, str]] = {
    "invloed": TAKE_PART,
    "vervolg": TAKE_PART,
    "contact": TAKE_PART,
    "inbreng": INPUT,
    "verzoeken": INPUT,
    "plan": PLAN,
    "bereik": PLAN,
    "tijdlijn": PLAN,
    "documenten": PLAN,
    "besluiten": PLAN,
    "afspraken": AGREEMENTS,
    "wettelijk": AGREEMENTS,
    "volgen": SUMMARY,
}
#: The page by first part of the fragment of an item, which its ref follows.
ITEM_PREFIXES: Final[Mapping[str, str]] = {
    "inbreng-": INPUT,
    "verzoek-": INPUT,
    "stap-": PLAN,
    "besluit-": PLAN,
    "document-": PLAN,
    "scenario-": PLAN,
}


def obligation_fragment(rule: str, subject: str = "") -> str:
    """Return the fragment of an obligation, which is also its HTML id."""
    return "--".join(quote(part, safe="") for part in (rule, subject) if part)


def item_fragment(item_type: str, ref: str) -> str:
    """Return the fragment of a contribution or a request, which is also its HTML id."""
    return f"{'inbreng' if item_type == 'contribution' else 'verzoek'}-{ref}"


def path_of_fragment(fragment: str, query: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the path of the page with this section or item, below that of the trajectory, with query and fragment.

    Without a fragment it is the summary. Raises ValueError if it is neither a section nor an item.
    """
    if not fragment:
        return SUMMARY + _query_string(query)
    if fragment in SECTIONS:
        return f"{SECTIONS[fragment]}{_query_string(query)}#{fragment}"
    for prefix, path in ITEM_PREFIXES.items():
        if fragment.startswith(prefix):
            return f"{path}{_query_string({**query, AT_PARAM: fragment})}#{quote(fragment, safe='')}"
    raise ValueError(f"no page of a trajectory has {fragment}")


def _query_string(query: Mapping[str, str]) -> str:
    return f"?{urlencode(query)}" if query else ""


def path_of_obligation(rule: str, subject: str = "") -> str:
    """Return the path of the page with the obligations, below that of the trajectory, at this one."""
    return f"{AGREEMENTS}#{obligation_fragment(rule, subject)}"
