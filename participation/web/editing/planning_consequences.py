"""What the rows of a planning would bring, in words: what is late, what is missing, what is still to be planned."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from participation.compliance import wording
from participation.compliance.obligations import ObligationValue, status
from participation.compliance.rulebook import Rulebook
from participation.compliance.what_if import FactChange, WhatIfDifference
from participation.selectors.trajectories.added_steps import AddedStepsOutlook, StepOutlook

from ..shared.addresses import rule_url

#: Details that identify the subject of a line, in order of preference; the subject of a row is its own step.
_ABOUT, _ABOUT_IN_ROW = ("about", "party"), ("party",)


class Consequence(NamedTuple):
    """An obligation in words: its rule with a link, its status, its last day, and what is to be filled in."""

    title: str
    url: str
    about: str
    code: str
    label: str
    due_on: date | None
    remedy: str


class RowConsequences(NamedTuple):
    """The consequences of one row."""

    late: Sequence[Consequence] = ()
    missing: Sequence[Consequence] = ()
    to_do: Sequence[Consequence] = ()


class TrajectoryConsequences(NamedTuple):
    """The consequences for the rest of the trajectory: what no longer fits, and what fits now."""

    worse: Sequence[Consequence] = ()
    better: Sequence[Consequence] = ()

    @property
    def total(self) -> int:
        """Return the number of consequences."""
        return len(self.worse) + len(self.better)


class ConsequenceWriter:
    """Puts obligations into words, in one language."""

    def __init__(self, rulebook: Rulebook, today: date, language: str, names: Mapping[str, str]) -> None:
        """Store what the words depend on; ``names`` are those of the parties."""
        self._rulebook, self._today, self._language, self._names = rulebook, today, language, names

    def of_row(self, outlook: StepOutlook) -> RowConsequences:
        """Return the consequences of one row."""
        return RowConsequences(*([self._obligation(one, _ABOUT_IN_ROW) for one in group] for group in outlook))

    def of_rows(self, outlook: AddedStepsOutlook | None) -> Mapping[str, RowConsequences]:
        """Return the consequences of each row, by the ref of its step."""
        return {ref: self.of_row(found) for ref, found in outlook.by_ref.items()} if outlook else {}

    def of_trajectory(self, changes: WhatIfDifference | None) -> TrajectoryConsequences:
        """Return the consequences for the rest of the trajectory."""
        if changes is None:
            return TrajectoryConsequences()
        return TrajectoryConsequences(
            [self._change(change) for change in changes.worse], [self._change(change) for change in changes.better]
        )

    def _change(self, change: FactChange) -> Consequence:
        found = self._obligation(change.obligation, _ABOUT)
        label = wording.label("statuses", change.status_after, self._language) if change.status_after else ""
        return found._replace(code=change.status_after, label=label)

    def _obligation(self, obligation: ObligationValue, about: Sequence[str]) -> Consequence:
        rule, language = self._rulebook.by_id[obligation.rule], self._language
        code = status(obligation, self._today)
        details = wording.details(rule, obligation, language, self._names)
        return Consequence(
            wording.text_in_language(rule.title, language),
            rule_url(rule.id, self._rulebook),
            next((details[name] for name in about if obligation.details.get(name)), ""),
            code,
            wording.label("statuses", code, language),
            obligation.due_on,
            wording.remedy(rule, obligation, code, self._today, language) if obligation.missing else "",
        )
