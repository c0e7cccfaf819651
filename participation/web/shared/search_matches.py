"""What matched a search, as it is shown: kind of text, excerpt with the words marked, and link to the place."""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from participation.presentation.trajectory_pages import item_fragment
from participation.selectors.searching import TextPart
from participation.selectors.trajectories.search import SearchMatch

from .addresses import address, trajectory_address
from .formatting import with_lang


class ShownMatch(NamedTuple):
    """A match: its kind in words, the URL of the place, and the excerpt as safe HTML."""

    label: str
    href: str
    excerpt: str


def marked_text(parts: Collection[TextPart]) -> str:
    """Return the text as safe HTML, with the words that were searched for marked."""
    return format_html_join(
        "", "{}", ((format_html("<mark>{}</mark>", text) if is_match else text,) for text, is_match in parts)
    )


def shown_matches(slug: str, matches: Iterable[SearchMatch]) -> list[ShownMatch]:
    """Return the matches in the trajectory with this slug."""
    return [
        ShownMatch(_match_label(match.kind), _match_url(slug, match), with_lang(marked_text(match.parts)))
        for match in matches
    ]


def _match_label(kind: str) -> str:
    return {
        "summary": _("Summary"),
        "case_number": _("Case number"),
        "external": _("In another system"),
        "contribution": _("Contribution"),
        "answer": _("Answer to a contribution"),
        "document": _("Document"),
        "document_number": _("Case number of a document"),
        "step": _("Step"),
        "step_number": _("Case number of a step"),
        "decision": _("Decision"),
        "plan": _("Plan"),
        "influence": _("What you can influence"),
        "scenario": _("Scenario"),
        "request": _("Question or request"),
        "request_answer": _("Answer to a question or request"),
        "motion": _("Motion"),
        "organisation": _("Party"),
        "neighbourhood": _("Neighbourhood"),
        "contact": _("Who to call"),
    }[kind]


def _match_url(slug: str, match: SearchMatch) -> Any:
    kind, ref = match.kind, match.ref
    if kind == "motion":
        return address("motion", ref)
    if kind in ("contribution", "answer"):
        return trajectory_address(slug, item_fragment("contribution", ref))
    if kind in ("document", "document_number"):
        return trajectory_address(slug, f"document-{ref}")
    if kind in ("step", "step_number"):
        return trajectory_address(slug, f"stap-{ref}")
    if kind in ("request", "request_answer"):
        return trajectory_address(slug, item_fragment("request", ref))
    if kind in ("decision", "scenario"):
        prefix = "besluit" if kind == "decision" else "scenario"
        return trajectory_address(slug, f"{prefix}-{ref}")
    return trajectory_address(slug, _FRAGMENTS.get(kind, ""))


#: The id of the section with what has no id of its own; of all others the page itself is the place.
_FRAGMENTS = {
    "influence": "invloed",
    "plan": "plan",
    "organisation": "plan",
    "contact": "contact",
}
