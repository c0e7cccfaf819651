"""Remedy links: the form that clears an obligation, by its check and parameters, so that local rules have one too."""

from . import papers, steps
from .base import RemedyContext, RemedyLink, explanation_link
from .missing import BY_MISSING_FACT

__all__ = ["RemedyContext", "RemedyLink", "explanation_link", "remedy_for"]

_BY_CHECK = {**steps.BY_CHECK, **papers.BY_CHECK}


def remedy_for(context: RemedyContext) -> RemedyLink:
    """Return the link to the form that clears this obligation; for an unknown check, to its explanation."""
    for missing in context.obligation.missing:
        if missing in BY_MISSING_FACT and (found := BY_MISSING_FACT[missing](context)):
            return found
    return _BY_CHECK.get(context.rule.check, explanation_link)(context)
