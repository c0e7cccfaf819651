"""The obligations section: the most urgent with their full explanation, the others with a link to it."""

from collections.abc import Container, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from participation.compliance.explain import Explainer
from participation.compliance.facts import Facts
from participation.compliance.obligations import SETTLED, ObligationValue
from participation.reports.explanation import ExplanationData, Identity, build_explanation, used_by
from participation.selectors.explaining import ObligationStatus, ledger_of, lines_of
from participation.selectors.pages import Explanation

from ...shared.actions import action_for
from ...shared.addresses import address
from ...shared.obligation_list import Beside, Reading, badness, told
from .base import Page

#: Maximum number of obligations per basic condition that are explained on the page itself.
IN_FULL = 10


class PointInTime(NamedTuple):
    """The as-of day, the known-at moment (None: now), and the permissions of the reader."""

    day: date
    known_at: datetime | None = None
    may_edit: bool = False
    may_speak: bool = False
    names_known: bool = False
    earlier_texts: bool = False
    query: dict[str, str] = {}

    @property
    def is_now(self) -> bool:
        """Return whether the page shows the present state, so that remedies apply."""
        return not self.query


def owed_told(
    page: Page,
    owed: Sequence[ObligationStatus],
    facts: Facts | None,
    explanations: Sequence[Explanation],
    asking: PointInTime,
    only: ObligationStatus | None = None,
) -> dict[str, Any]:
    """Return the template data of the section; with ``only``, that of this obligation in full."""
    reading = reading_of(page, asking)
    shown = [only] if only else in_full(owed, reading, page.signals)
    beside = beside_of(page, shown, facts, asking)
    return told([(row.obligation, row.status) for row in ([only] if only else owed)], reading, explanations, beside)


def reading_of(page: Page, asking: PointInTime) -> Reading:
    """Return the context in which the obligations are rendered."""
    trajectory = page.rows.trajectory
    return Reading(
        page.rulebook,
        asking.day,
        page.called.language,
        page.called.names,
        asking.may_edit and asking.is_now,
        trajectory.retrospective,
        trajectory.is_over(asking.day),
    )


def in_full(
    owed: Sequence[ObligationStatus], reading: Reading, contradicted: Container[Identity]
) -> list[ObligationStatus]:
    """Return the obligations to explain on the page: the most urgent open ones of each basic condition.

    Obligations with a counter-signal are included whatever their status.
    """
    count: dict[str, int] = {}
    found = []
    for row in sorted(owed, key=lambda row: badness((row.obligation, row.status), reading)):
        basic = reading.rulebook.by_id[row.obligation.rule].basic
        asks = row.status not in SETTLED or row.obligation.identity in contradicted
        if asks and count.get(basic, 0) < IN_FULL:
            count[basic] = count.get(basic, 0) + 1
            found.append(row)
    return found


def beside_of(page: Page, shown: Sequence[ObligationStatus], facts: Facts | None, asking: PointInTime) -> Beside:
    """Return the additional data of the obligations: explanations, counter-signals, remedies and links to forms."""
    trajectory, rulebook = page.rows.trajectory, page.rulebook
    obligations = [row.obligation for row in shown]
    wanted = used_by(obligations, facts, rulebook) if facts else {}
    keys = {row.pk: row.obligation.identity for row in shown if row.pk}
    behind = ExplanationData(
        rulebook,
        facts,
        asking.day,
        page.called,
        histories=lines_of(trajectory.pk, wanted, asking.known_at, asking.earlier_texts),
        ledger={keys[key]: lines for key, lines in ledger_of(list(keys), asking.known_at).items()},
        names_known=asking.names_known,
        explainer=Explainer(facts, rulebook) if facts else None,
    )
    here = address("trajectory", trajectory.slug)
    alone = address("trajectory_owed", trajectory.slug)

    def action(obligation: ObligationValue, _status: str) -> Any:
        if not (asking.may_edit and asking.is_now) or trajectory.retrospective:
            return None
        rule = rulebook.by_id[obligation.rule]
        return action_for(trajectory.slug, rule, obligation, page.today, facts=facts, back=here)

    def form(name: str, obligation: ObligationValue, may: bool) -> str:
        if not may or not asking.is_now:
            return ""
        return address(name, trajectory.slug, rule=obligation.rule, subject=obligation.subject)

    return Beside(
        full={obligation.identity: build_explanation(obligation, behind) for obligation in obligations},
        signals=page.signals,
        action=action,
        elsewhere=lambda o: f"{alone}?{urlencode({'regel': o.rule, 'over': o.subject, **asking.query})}",
        brief=True,
        explain=lambda o: form("waiver_add", o, asking.may_edit and not trajectory.retrospective),
        contradict=lambda o: form("counter_signal_add", o, asking.may_speak),
        change_explanation=lambda e: (
            address("waiver_change", trajectory.slug, e.key) if asking.may_edit and asking.is_now and e.key else ""
        ),
    )
