"""The steps that the law asks because of the instrument, with their state in this trajectory."""

from typing import NamedTuple

from participation.compliance import wording
from participation.compliance.instruments import rules_of_instrument
from participation.compliance.rules import Rule
from participation.presentation.labels import status_label
from participation.presentation.trajectory_pages import obligation_fragment
from participation.selectors.obligations.statuses import ObligationStatus

from ...shared.addresses import rule_url
from .base import TrajectoryPageData


class LegalStepState(NamedTuple):
    """How far a legal step is: its status, what is due, and the fragment of its explanation."""

    status: str
    status_label: str
    message: str
    fragment: str


class LegalStep(NamedTuple):
    """A rule that follows from the instrument: its title, why it is there, and its states in this trajectory.

    Without states it is not there yet, such as an inspection that is not planned.
    """

    title: str
    href: str
    why: str
    states: list[LegalStepState]


def legal_steps(page: TrajectoryPageData) -> list[LegalStep]:
    """Return the legal steps of the instrument: those that apply now, and those that applied before."""
    found: dict[str, list[ObligationStatus]] = {}
    for row in page.obligations:
        found.setdefault(row.obligation.rule, []).append(row)
    language = page.display_names.language
    return [
        LegalStep(
            wording.text_in_language(rule.title, language),
            rule_url(rule.id, page.rulebook),
            wording.text_in_language(rule.why, language),
            [_state(rule, row, page) for row in found.get(rule.id, ())],
        )
        for rule in rules_of_instrument(page.rulebook, page.rows.trajectory.instrument)
        if rule.id in found or rule.version_in_force(page.today)
    ]


def _state(rule: Rule, row: ObligationStatus, page: TrajectoryPageData) -> LegalStepState:
    language, names = page.display_names.language, page.display_names.names
    message = wording.message(rule, row.obligation, language, names)
    fragment = obligation_fragment(*row.obligation.identity)
    return LegalStepState(row.status, status_label(row.status, language), message, fragment)
