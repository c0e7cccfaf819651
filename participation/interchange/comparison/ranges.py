"""Ranges over municipalities: between which shares a rule was met in time, never whose share is which."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from participation.compliance.rule_demand import demand_digest, shared_rules
from participation.compliance.rulebook import Rulebook
from participation.compliance.rules import Rule

from .document import ComparisonDocument, RuleTotals

#: The smallest number of municipalities over which a range is shown.
MIN_MUNICIPALITIES: Final = 3
#: A share that is not known within this is left out: it is of too few trajectories to say something.
MAX_UNCERTAINTY: Final = 0.2


class PublishedBy(NamedTuple):
    """A document that is compared, and whether it is that of this installation."""

    document: ComparisonDocument
    is_own: bool


class RuleRange(NamedTuple):
    """A rule of one municipality, compared in one year.

    ``number`` is how many municipalities have a share, the own one included; ``shares`` is from the lowest to the
    highest of theirs, None where there are fewer than three. ``own_shares`` is between which two the own share lies,
    None where it is not known. ``otherwise`` is in how many the rule demands something else, ``too_few`` how many
    judged too few trajectories under it.
    """

    rule: Rule
    number: int
    shares: tuple[float, float] | None
    own_shares: tuple[float, float] | None
    otherwise: int
    too_few: int


def compared_years(published: Sequence[PublishedBy]) -> list[int]:
    """Return the years of which anything was published, newest first."""
    return sorted({found.year for row in published for found in row.document.years}, reverse=True)


def compare_rules(published: Sequence[PublishedBy], rulebook: Rulebook, year: int) -> list[RuleRange]:
    """Return the shared rules of this rulebook under which something was published of this year, by id.

    Only what demanded the same is compared: the same check with the same numbers.
    """
    shared = shared_rules()
    rows = [
        (row.is_own, {totals.rule: totals for totals in found.rules})
        for row in published
        for found in row.document.years
        if found.year == year
    ]
    ranges = (
        _range(rule, demand_digest(rule, rulebook, year), [(is_own, found.get(rule.id)) for is_own, found in rows])
        for rule in rulebook.rules
        if rule.id in shared
    )
    return [found for found in ranges if found.number or found.otherwise or found.too_few]


def _range(rule: Rule, demand: str, rows: Sequence[tuple[bool, RuleTotals | None]]) -> RuleRange:
    # What was published here counts by the rule as it was then.
    demand = next((totals.demand for is_own, totals in rows if is_own and totals), demand)
    alike = [(is_own, totals) for is_own, totals in rows if totals and totals.demand == demand]
    shares = list(_known_shares(totals for _is_own, totals in alike))
    own = list(_known_shares(totals for is_own, totals in alike if is_own))
    is_shown = len(shares) >= MIN_MUNICIPALITIES
    return RuleRange(
        rule,
        len(shares),
        (min(low for low, _high in shares), max(high for _low, high in shares)) if is_shown else None,
        own[0] if own else None,
        sum(totals is not None and totals.demand != demand for _is_own, totals in rows),
        len(alike) - len(shares),
    )


def _known_shares(rows: Iterator[RuleTotals]) -> Iterator[tuple[float, float]]:
    for totals in rows:
        low, high = totals.in_time_shares
        if high - low <= MAX_UNCERTAINTY:
            yield low, high
