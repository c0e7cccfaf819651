"""Remedy links: the form that clears an obligation, by its check and parameters, so that local rules have one too."""

from . import papers, steps
from .base import RemedyContext, RemedyLink, page_of
from .missing import MISSING

__all__ = ["RemedyContext", "RemedyLink", "aim_at", "page_of"]

_BY_CHECK = {**steps.BY_CHECK, **papers.BY_CHECK}


def aim_at(case: RemedyContext) -> RemedyLink:
    """Return the link to the form that clears this obligation; for an unknown check, to its explanation."""
    for missing in case.owed.missing:
        if missing in MISSING and (found := MISSING[missing](case)):
            return found
    return _BY_CHECK.get(case.rule.check, page_of)(case)
