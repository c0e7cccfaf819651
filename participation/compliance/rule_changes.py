"""Changes of rules that somebody considers: other terms, and the newest terms for what was before them. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from .calendar import Term
from .rulebook import Rulebook
from .rules import Rule

#: The value of a parameter that can be changed on a page.
TermOrNumber = Term | int


def changeable_parameters(rule: Rule) -> dict[str, TermOrNumber]:
    """Return the terms and numbers of the newest version, by parameter; none of law, which a town cannot change."""
    if rule.strength == "law":
        return {}
    values = rule.versions[-1].parameters.items()
    return {name: value for name, value in values if isinstance(value, TermOrNumber) and not isinstance(value, bool)}


def with_parameters(rulebook: Rulebook, rule_id: str, parameters: Mapping[str, Any]) -> Rulebook:
    """Return the rulebook in which the newest version of a rule has these parameters, and the rest of its own."""
    return rulebook.with_rules(
        _with_newest(rule, {**rule.versions[-1].parameters, **parameters}) if rule.id == rule_id else rule
        for rule in rulebook.rules
    )


def _with_newest(rule: Rule, parameters: Mapping[str, Any]) -> Rule:
    return rule._replace(versions=(*rule.versions[:-1], rule.versions[-1]._replace(parameters=parameters)))


def changed_rules(current: Rulebook, proposed: Rulebook) -> frozenset[str]:
    """Return the ids of the rules that judge otherwise, or that only one of the two has.

    Texts and sources are not compared: they change no outcome.
    """
    ids = current.by_id.keys() | proposed.by_id.keys()
    return frozenset(rule_id for rule_id in ids if _judging(current, rule_id) != _judging(proposed, rule_id))


def _judging(rulebook: Rulebook, rule_id: str) -> Any:
    rule = rulebook.by_id.get(rule_id)
    days = (rulebook.calendar.recesses, rulebook.calendar.equated)
    return rule and (rule.check, rule.scope, rule.versions, rule.days.by_law, days, sorted(rule.item_names))


def without_earlier_versions(rulebook: Rulebook, rule_ids: Iterable[str]) -> Rulebook:
    """Return the rulebook in which the newest version of these rules counts from the day of their first."""
    chosen = frozenset(rule_ids)
    return rulebook.with_rules(
        rule._replace(versions=(rule.versions[-1]._replace(first=rule.versions[0].first),))
        if rule.id in chosen
        else rule
        for rule in rulebook.rules
    )
