"""What the sections share: what is recorded, on which day, and how things are called."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from participation.compliance.dates import When
from participation.compliance.rulebook import Rulebook
from participation.models import Step
from participation.selectors.counter_signals import Signals
from participation.selectors.explaining import OwedOn
from participation.selectors.trajectory_page import Recorded

from ...shared.values import Called


class Page(NamedTuple):
    """All that a section may tell from: the rows, the day, the rules, what is owed today, and what is contradicted."""

    rows: Recorded
    today: date
    rulebook: Rulebook
    called: Called
    owed: Sequence[OwedOn]
    signals: Signals

    def owed_by_check(self, *checks: str) -> dict[str, list[OwedOn]]:
        """Return what is owed under rules with these checks, by what it is about."""
        found: dict[str, list[OwedOn]] = {}
        for row in self.owed:
            if self.rulebook.by_id[row.obligation.rule].check in checks:
                found.setdefault(row.obligation.subject, []).append(row)
        return found


def titles_of(rows: Recorded, language: str) -> dict[str, str]:
    """Return what the parts of a trajectory are called, by ref: never by the ref itself."""
    found = {step.ref: title_of(step) for step in rows.steps}
    found.update((d.ref, " ".join(filter(None, (d.title or d.get_kind_display(), d.version)))) for d in rows.documents)
    found.update((scenario.ref, scenario.title) for scenario in rows.scenarios if scenario.title)
    called = Called(language, rows.names)
    found.update((c.ref, _from(c._meta.verbose_name, c.party, called)) for c in rows.contributions)
    found.update((r.ref, _from(r.get_kind_display() or r._meta.verbose_name, r.party, called)) for r in rows.requests)
    return found


def _from(kind: Any, party: str, called: Called) -> str:
    return f"{kind} – {called.party(party)}" if party else str(kind)


def title_of(step: Step) -> str:
    """Return what a step is called: its title, else what kind of step it is."""
    return step.title or str(step.get_method_display() or step.get_kind_display() or step.ref)


def when_of(step: Step) -> When | None:
    """Return when it was, or is to be."""
    found: When | None = step.done or step.planned
    return found


def latest(when: Any) -> date | None:
    """Return the last day that a date leaves open."""
    return when.latest if when is not None else None


def by_ref(rows: Sequence[Any]) -> Mapping[str, Any]:
    """Return rows by their ref."""
    return {row.ref: row for row in rows}
