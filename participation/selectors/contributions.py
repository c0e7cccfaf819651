"""Contributions that await an answer, by step, the oldest first."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from participation.compliance import wording
from participation.compliance.rulebook import Rulebook
from participation.models import Contribution, Obligation, Organisation, Step, Trajectory

#: The check of the rules that require an answer to a contribution.
CHECK = "contribution_answered"


class OpenContribution(NamedTuple):
    """A contribution without an answer: its party, the days it has waited, and when an answer is due."""

    contribution: Contribution
    party: str
    days_waiting: int | None
    due_on: date | None


class ContributionGroup(NamedTuple):
    """The contributions of one step; the title is empty for those without a step."""

    title: str
    rows: list[OpenContribution]


class OpenContributions(NamedTuple):
    """The groups on the page, and the total number of open contributions."""

    groups: list[ContributionGroup]
    open: int


def open_contributions(
    trajectory: Trajectory, rulebook: Rulebook, today: date, language: str, limit: int
) -> OpenContributions:
    """Return the contributions of this trajectory that lack an outcome or a reason, at most ``limit``."""
    rules = [rule.id for rule in rulebook.rules if rule.check == CHECK]
    rows = Contribution.objects.filter(trajectory=trajectory).exclude(outcome__gt="", response__gt="")
    shown = list(rows.order_by("received_on__earliest", "pk")[:limit])
    titles = _step_titles(trajectory.pk, {row.step for row in shown}, language)
    names = dict(Organisation.objects.filter(slug__in={row.party for row in shown}).values_list("slug", "name"))
    obligations = Obligation.objects.open().filter(trajectory=trajectory, subject__in=[row.ref for row in shown])
    due = dict(obligations.filter(rule__in=rules).values_list("subject", "due_on"))
    groups: dict[str, list[OpenContribution]] = {}
    over = trajectory.is_over(today)
    for row in shown:
        received = row.received_on.latest if row.received_on else None
        days_waiting = (today - received).days if received and not over else None
        party = names.get(row.party) or wording.label("parties", row.party, language)
        groups.setdefault(row.step, []).append(OpenContribution(row, party, days_waiting, due.get(row.ref)))
    found = [ContributionGroup(titles.get(step, ""), waiting) for step, waiting in groups.items()]
    return OpenContributions(found, len(shown) if len(shown) < limit else rows.count())


def _step_titles(trajectory: int, refs: set[str], language: str) -> Mapping[str, str]:
    rows = Step.objects.filter(trajectory=trajectory, ref__in=refs)
    return {
        row.ref: f"{row.title or row.get_kind_display()}, {wording.format_date(row.done or row.planned, language)}"
        for row in rows
    }
