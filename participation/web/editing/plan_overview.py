"""The plan in parts: how much of each is filled in, and which rules wait for it."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from participation.compliance import wording
from participation.compliance.obligations import SETTLED
from participation.compliance.vocabulary import STRENGTHS
from participation.models import Trajectory
from participation.selectors.obligations.statuses import facts_as_known, obligations_with_status
from participation.web.shared.remedies import RemedyContext, remedy_for
from participation.web.shared.remedies.papers import lacking_plan_columns
from participation.web.shared.request_context import RequestContext
from participation.web.shared.return_urls import HIGHLIGHT_PARAM

from .plan_form import PlanForm, PlanPart, plan_parts

#: Query parameter of the form with one part; ``ALL_PARTS`` asks for all.
PART_PARAM, ALL_PARTS = "deel", "alles"


class WaitingRule(NamedTuple):
    """A rule that waits for something in the plan: its title, its strength, and the day it is due, if known."""

    title: str
    strength: str
    due_on: date | None


class PartProgress(NamedTuple):
    """A part of the plan: its title, the URL of its form, its questions with an answer and in all, and what waits."""

    title: Any
    url: str
    filled: int
    total: int
    waiting: list[WaitingRule]

    @property
    def is_filled(self) -> bool:
        """Return whether every question has an answer."""
        return self.filled == self.total


def plan_progress(form: PlanForm, trajectory: Trajectory, request_context: RequestContext) -> list[PartProgress]:
    """Return the parts of the plan in this form, which has all of them, in display order."""
    found = []
    waiting = list(_waiting_columns(trajectory, request_context))
    for part in plan_parts(form.rulebook):
        rules = dict.fromkeys(rule for column, rule in waiting if part.edits(column))
        found.append(
            PartProgress(
                part.title,
                part_url(trajectory, part),
                form.filled_questions(part),
                len(part.questions),
                sorted(rules, key=_order),
            )
        )
    return found


def part_url(trajectory: Trajectory, part: PlanPart) -> str:
    """Return the URL of the form with this part only."""
    return f"{reverse('plan_change', args=[trajectory.slug])}?{urlencode({PART_PARAM: part.key})}"


def _order(rule: WaitingRule) -> tuple[bool, date, str]:
    return rule.due_on is None, rule.due_on or date.max, rule.title


def _waiting_columns(trajectory: Trajectory, request_context: RequestContext) -> Iterator[tuple[str, WaitingRule]]:
    """Yield each column of the plan that is lacking, with the rule that waits for it; the strongest rules first."""
    if trajectory.is_over(request_context.today):
        return
    rulebook, language, today = request_context.rulebook_of(trajectory), request_context.language, request_context.today
    facts = facts_as_known(trajectory.pk)
    rules = rulebook.by_id
    found = [
        (rules[item.obligation.rule], item.obligation)
        for item in obligations_with_status("trajectory", trajectory.pk, rules, today)
        if item.status not in (*SETTLED, "explained")
    ]
    for rule, obligation in sorted(found, key=lambda pair: STRENGTHS.index(pair[0].strength)):
        columns = lacking_plan_columns(obligation)
        if not columns:
            remedy = remedy_for(RemedyContext(trajectory.slug, rule, obligation, facts, today))
            if remedy.view == "plan_change":
                columns = [value for name, value in remedy.query if name == HIGHLIGHT_PARAM]
        title = wording.text_in_language(rule.title, language)
        strength = wording.label("strengths", rule.strength, language)
        for column in columns:
            yield column, WaitingRule(title, strength, obligation.due_on)
