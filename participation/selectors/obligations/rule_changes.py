"""What would be judged otherwise under changed rules: per rule and per owner, from the facts as recorded now."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final, NamedTuple, cast

from django.db.models import Count

from participation.compliance.rule_changes import changed_rules
from participation.compliance.rulebook import Rulebook
from participation.compliance.rulebooks import Rulebooks
from participation.compliance.rules import Rule
from participation.models import Trajectory

from .statuses import Verdict, judged_owners, party_names, verdicts_on

#: What becomes otherwise, the weightiest first: the status, being asked at all, or the last day alone.
CHANGES: Final = ("status", "added", "removed", "last_day")


class ChangedVerdict(NamedTuple):
    """An obligation with its verdict under the current and under the proposed rules; None where one does not ask it."""

    current: Verdict | None
    proposed: Verdict | None

    @property
    def shown(self) -> Verdict:
        """Return the proposed verdict, or else the current one."""
        # At least one of the two rulebooks asks for it.
        return cast(Verdict, self.proposed or self.current)

    @property
    def change(self) -> str:
        """Return the first of ``CHANGES`` that applies; "" where both rulebooks judge alike."""
        if self.current is None:
            return "added"
        if self.proposed is None:
            return "removed"
        if self.current.status != self.proposed.status:
            return "status"
        return "last_day" if self.current.obligation.due_on != self.proposed.obligation.due_on else ""


class RuleEffect(NamedTuple):
    """The number of obligations of a rule by status, under both rulebooks, and of those judged otherwise by change.

    They are either of retrospective trajectories, or of all others.
    """

    rule: Rule
    retrospective: bool
    current: Counter[str]
    proposed: Counter[str]
    changes: Counter[str]


class RuleChanges(NamedTuple):
    """The effect of changed rules: the rules that differ, their effects, and each obligation judged otherwise.

    These are in the order of ``CHANGES``.
    """

    rules: frozenset[str]
    effects: tuple[RuleEffect, ...]
    changed: tuple[ChangedVerdict, ...]

    @property
    def changes(self) -> Counter[str]:
        """Return the number of obligations by what becomes otherwise."""
        return Counter(pair.change for pair in self.changed)


def count_judged_trajectories(rulebooks: Rulebooks, judge: Rulebook) -> int:
    """Return the number of trajectories that this rulebook judges; one query."""
    counts = Trajectory.objects.order_by().values_list("municipality").annotate(Count("pk"))
    return sum(number for municipality, number in counts if rulebooks.for_municipality(municipality) is judge)


def rule_changes(rulebooks: Rulebooks, current: Rulebook, proposed: Rulebook, on: date) -> RuleChanges:
    """Return what the proposed rulebook would judge otherwise on that day than the current one, which is in use.

    Of everything that the current one judges, private trajectories included. Only rules that differ are evaluated.
    Nothing is stored. Raises RuleFailed where a proposed term cannot be calculated.
    """
    rules = changed_rules(current, proposed)
    found: list[ChangedVerdict] = []
    if rules:
        names = party_names()
        sides = [side.with_rules(rule for rule in side.rules if rule.id in rules) for side in (current, proposed)]
        for owner in judged_owners(rulebooks, only=current):
            one, other = (list(verdicts_on(*owner[:3], side, on, owner.waivers, names=names)) for side in sides)
            found += _pairs(one, other)
    changed = sorted((pair for pair in found if pair.change), key=lambda pair: CHANGES.index(pair.change))
    return RuleChanges(rules, tuple(_effects(found)), tuple(changed))


def _pairs(current: Iterable[Verdict], proposed: Iterable[Verdict]) -> Iterator[ChangedVerdict]:
    one, other = ({verdict.obligation.identity: verdict for verdict in found} for found in (current, proposed))
    for identity in sorted(one.keys() | other.keys()):
        yield ChangedVerdict(one.get(identity), other.get(identity))


def _effects(pairs: Iterable[ChangedVerdict]) -> Iterator[RuleEffect]:
    found: dict[tuple[bool, str], RuleEffect] = {}
    for pair in pairs:
        shown = pair.shown
        key = (shown.retrospective, shown.rule.id)
        effect = found.setdefault(key, RuleEffect(shown.rule, shown.retrospective, Counter(), Counter(), Counter()))
        for side, counts in ((pair.current, effect.current), (pair.proposed, effect.proposed)):
            if side:
                counts[side.status] += 1
        if pair.change:
            effect.changes[pair.change] += 1
    yield from sorted(found.values(), key=_place)


def _place(effect: RuleEffect) -> tuple[bool, int, int, str]:
    """Return what effects are sorted by: what looks back last, the most changes other than of a last day first."""
    last_days = effect.changes["last_day"]
    return effect.retrospective, last_days - effect.changes.total(), -last_days, effect.rule.id
