"""The legal steps that an instrument of environmental law brings."""

from datetime import date

from .rulebook import Rulebook
from .rules import Rule


def rules_of_instrument(rulebook: Rulebook, instrument: str, on: date | None = None) -> tuple[Rule, ...]:
    """Return the rules that apply to a trajectory because of its instrument, by id; none without an instrument.

    With ``on`` only those that are in force on that day: the law of an instrument can have ended.
    """
    return tuple(
        rule
        for rule in rulebook.rules
        if instrument and instrument in rule.scope.instruments and (on is None or rule.version_in_force(on))
    )
