"""What a rule demanded up to the end of a year, as a digest: only where two are equal can figures be compared."""

import hashlib
import json
from datetime import date
from typing import Final

from .rulebook import Rulebook, load
from .rules import Rule

#: The rulebook with the rules that all municipalities share: those of the law, and the recommended ones.
SHARED_RULEBOOK: Final = "basis"


def shared_rules() -> dict[str, Rule]:
    """Return the shared rules that judge trajectories, by id."""
    return {rule.id: rule for rule in load(SHARED_RULEBOOK).rules if "trajectory" in rule.check_definition.owner_types}


def demand_digest(rule: Rule, rulebook: Rulebook, year: int) -> str:
    """Return the SHA-256 of everything in this rule that decided in that year whether it was met.

    That is its check, its scope, its strength, and its versions with their numbers, as far as they began by the end of
    the year: what was changed later judged nobody then. Its words and examples decide nothing. Of the rulebook they are
    the items that a plan must have and the days that are equated with holidays.
    """
    last = date(year, 12, 31)
    versions = [
        [version.first, min(version.last or last, last), sorted(version.parameters.items())]
        for version in rule.versions
        if version.first <= last
    ]
    equated = sorted(day for day in rulebook.calendar.equated if day <= last)
    demand = [
        [rule.id, rule.strength, rule.check, rule.scope, rule.days.by_law],
        versions,
        sorted(rule.item_names),
        equated,
    ]
    text = json.dumps(demand, default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
