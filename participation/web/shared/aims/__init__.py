"""Which form clears what is owed, by the rule's check and its numbers: so a municipality's own rules have one too."""

from . import papers, steps
from .base import Aim, Case, page_of
from .missing import MISSING

__all__ = ["Aim", "Case", "aim_at", "page_of"]

_BY_CHECK = {**steps.BY_CHECK, **papers.BY_CHECK}


def aim_at(case: Case) -> Aim:
    """Return the form that clears this; a check that is not known here leads to where it is explained."""
    for missing in case.owed.missing:
        if missing in MISSING and (found := MISSING[missing](case)):
            return found
    return _BY_CHECK.get(case.rule.check, page_of)(case)
