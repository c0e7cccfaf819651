"""What follows from what was saved: what is due by when, and the next likely step as a link."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from participation.compliance import wording
from participation.compliance.obligations import SETTLED, ObligationValue, planned_in_time
from participation.compliance.rules import Rule
from participation.compliance.vocabulary import INPUT_STEP_KINDS, STRENGTHS
from participation.models import Contribution, Document, Step, Trajectory
from participation.presentation.change_messages import step_name
from participation.presentation.distances import distance_text
from participation.presentation.load import papers_text
from participation.selectors.obligations.statuses import facts_as_known, obligations_with_status, party_names
from participation.selectors.trajectories.load import (
    asked_of_people,
    asks_the_same_people,
    by_week,
    near_weeks,
    pages_by_document,
    papers_of,
    quieter_week,
    week_of,
)
from participation.web.shared.actions import Action, action_for
from participation.web.shared.addresses import address
from participation.web.shared.request_context import RequestContext
from participation.web.shared.return_urls import HIGHLIGHT_PARAM, RETURN_PARAM

#: Maximum number of due dates in a message: the strongest.
MAX_DUE_DATES = 2
#: Maximum number of other things in the same week that are named.
MAX_NAMED = 3


class Consequence(NamedTuple):
    """What is due because of a row, in sentences, and the next likely step; None where there is none."""

    text: str = ""
    action: Action | None = None


NO_CONSEQUENCE = Consequence()


class _Due(NamedTuple):
    """An obligation that has a due date, with its rule."""

    rule: Rule
    obligation: ObligationValue
    due_on: date

    @property
    def order(self) -> tuple[date, str]:
        """Return the sort key by due date."""
        return self.due_on, self.rule.id


def consequence_of(row: Any, trajectory: Trajectory, request_context: RequestContext, back: str) -> Consequence:
    """Return what follows from a row of the trajectory that was saved just now; nothing once the trajectory is over.

    ``back`` is the URL to return to after the next step.
    """
    if trajectory.is_over(request_context.today):
        return NO_CONSEQUENCE
    due = _open_obligations(row, trajectory, request_context)
    sentences = [*_sentences(due, request_context), *_load_sentences(row, trajectory, request_context)]
    return Consequence(" ".join(sentences), next(_actions(row, due, trajectory, request_context, back), None))


def _open_obligations(row: Any, trajectory: Trajectory, request_context: RequestContext) -> list[_Due]:
    """Return the obligations about this row that have a due date and still need something.

    What is still to come precedes what is overdue, and of those the strongest come first.
    """
    rules, today = request_context.rulebook_of(trajectory).by_id, request_context.today
    found = [
        _Due(rules[item.obligation.rule], item.obligation, item.obligation.due_on)
        for item in obligations_with_status("trajectory", trajectory.pk, rules, today)
        if item.obligation.subject == row.ref
        and item.status not in (*SETTLED, "explained")
        and item.obligation.due_on
        and not planned_in_time(item.obligation, today)
        and not _awaits_step(item.obligation.due_on, row)
    ]
    return sorted(found, key=lambda due: (due.due_on < today, STRENGTHS.index(due.rule.strength), due.order))


def _awaits_step(due_on: date, row: Any) -> bool:
    """Return whether the row is a step that is still to be held, and this is due only after it."""
    planned = row.planned if isinstance(row, Step) and row.done is None else None
    return bool(planned and planned.latest and planned.latest < due_on)


def _sentences(found: Sequence[_Due], request_context: RequestContext) -> Iterator[str]:
    language, today = request_context.language, request_context.today
    names = party_names() if found else {}
    for due in sorted(found[:MAX_DUE_DATES], key=lambda due: due.order):
        day = due.due_on
        text = (
            _("The term ran until %(day)s: %(distance)s.") if day < today else _("No later than %(day)s: %(distance)s.")
        )
        parts = {
            "day": wording.format_day(day, language, with_year=day.year != today.year),
            "distance": distance_text(day, today),
        }
        yield f"{wording.message(due.rule, due.obligation, language, names)} {text % parts}"


def _load_sentences(row: Any, trajectory: Trajectory, request_context: RequestContext) -> Iterator[str]:
    """Yield what is asked of the same people in the week for which a step was planned, and a week with less."""
    planned = row.planned if isinstance(row, Step) and row.done is None and not row.cancelled else None
    day = planned.latest if planned else None
    if not day or day < request_context.today or row.kind not in INPUT_STEP_KINDS:
        return
    same_people = asks_the_same_people(trajectory, Trajectory.objects.visible_to(request_context.user))
    asked = [
        item
        for item in asked_of_people(same_people, *near_weeks(week_of(day)))
        if (item.trajectory, item.ref) != (trajectory.pk, row.ref)
    ]
    weeks, language = by_week(asked), request_context.language
    if not (others := weeks.get(week_of(day), [])):
        return
    names = [
        f"{step_name(item.kind, item.method, item.title)} ({wording.format_day(item.day, language, with_year=False)})"
        for item in others[:MAX_NAMED]
    ]
    if len(others) > MAX_NAMED:
        rest = len(others) - MAX_NAMED
        names.append(ngettext("%(n)s more", "%(n)s more", rest) % {"n": rest})
    yield _("In that week the same people are already asked for: %(things)s.") % {
        "things": wording.format_list(names, language)
    }
    if papers := papers_text(papers_of(others, pages_by_document(others))):
        yield _("For that they are already to read: %(papers)s.") % {"papers": papers}
    if len(others) + 1 < settings.BUSY_WEEK:
        return
    counts = {week: len(items) for week, items in weeks.items()}
    quiet = quieter_week(counts, week_of(day), request_context.today, settings.BUSY_WEEK)
    yield (
        _("That makes it a full week. In the week of %(day)s there is less.")
        % {"day": wording.format_day(quiet, language, with_year=False)}
        if quiet
        else _("That makes it a full week.")
    )


def _actions(
    row: Any, found: Sequence[_Due], trajectory: Trajectory, request_context: RequestContext, back: str
) -> Iterator[Action]:
    """Yield the next steps, the likeliest first: that of the row itself, then the remedy of what is due."""
    slug, today = trajectory.slug, request_context.today
    if isinstance(row, Step) and row.kind == "activity" and not row.cancelled:
        if row.done is None and row.announced_on is None:
            url = address("step_change", slug, row.ref, **{HIGHLIGHT_PARAM: "announced_on", RETURN_PARAM: back})
            yield Action(_("Record the announcement"), url)
        elif row.done is not None and not Contribution.objects.filter(trajectory=trajectory, step=row.ref).exists():
            yield Action(_("Record contributions"), address("contributions_add", slug, step=row.ref))
    if isinstance(row, Document) and not row.shares.exists():
        yield Action(_("Share this document"), address("document_share", slug, row.ref, **{RETURN_PARAM: back}))
    facts = facts_as_known(trajectory.pk) if found else None
    for rule, obligation, _day in found:
        if action := action_for(slug, rule, obligation, today, facts=facts, return_url=back):
            yield action
