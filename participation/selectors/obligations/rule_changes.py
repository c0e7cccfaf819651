"""What would be judged otherwise under changed rules: per rule and per owner, from the facts as recorded now."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple, cast

from django.db.models import Count

from participation.compliance.rule_changes import changed_rules
from participation.compliance.rulebook import Rulebook
from participation.compliance.rulebooks import Rulebooks
from participation.compliance.rules import Rule
from participation.models import Trajectory

from .statuses import Verdict, judged_owners, party_names, verdicts_on


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
    def is_changed(self) -> bool:
        """Return whether the status or the due date differs, or only one of the two asks for it."""
        if self.current is None or self.proposed is None:
            return True
        one, other = self.current, self.proposed
        return (one.status, one.obligation.due_on) != (other.status, other.obligation.due_on)

    def has_same_status(self) -> bool:
        """Return whether only the due date differs."""
        return bool(self.current and self.proposed and self.current.status == self.proposed.status)


class RuleEffect(NamedTuple):
    """The number of obligations of a rule by status, under both rulebooks, and how many are judged otherwise.

    They are either of retrospective trajectories, or of all others.
    """

    rule: Rule
    retrospective: bool
    current: Counter[str]
    proposed: Counter[str]
    changed: int


class RuleChanges(NamedTuple):
    """The effect of changed rules: the rules that differ, their effects, and each obligation judged otherwise.

    Of these the ones with another status come first.
    """

    rules: frozenset[str]
    effects: tuple[RuleEffect, ...]
    changed: tuple[ChangedVerdict, ...]


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
    changed = sorted((pair for pair in found if pair.is_changed), key=ChangedVerdict.has_same_status)
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
        effect = found.setdefault(key, RuleEffect(shown.rule, shown.retrospective, Counter(), Counter(), 0))
        for side, counts in ((pair.current, effect.current), (pair.proposed, effect.proposed)):
            if side:
                counts[side.status] += 1
        found[key] = effect._replace(changed=effect.changed + pair.is_changed)
    for _key, effect in sorted(found.items(), key=lambda item: (item[0][0], -item[1].changed, item[0][1])):
        yield effect
