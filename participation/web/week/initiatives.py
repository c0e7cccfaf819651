"""Lines of this week about requests of the register: what awaits moderation, and what is due soon or late."""

from collections.abc import Iterator

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from participation.compliance import wording
from participation.models.labels import LABELS
from participation.selectors.initiatives import RequestTermDue, initiatives_to_do

from ..initiatives.access import may_change_initiatives
from ..initiatives.actions import next_action
from ..shared.addresses import address
from .rows import WeekLine, WeekLineRenderer, short_text

#: Maximum number of lines; the list of initiatives has all.
MAX_LINES = 50


def initiative_lines(renderer: WeekLineRenderer, municipality: str = "") -> Iterator[WeekLine]:
    """Yield a line for each request without a trajectory that somebody has to do something about."""
    context = renderer.context
    today, can_change = context.today, may_change_initiatives(context.user)
    for row, due in initiatives_to_do(context.rulebooks, today, municipality)[:MAX_LINES]:
        awaits, url = row.moderation == "awaiting", address("initiative", row.number)
        day = due.due_on if due else None
        if awaits:
            # Moderation has no term of its own, but somebody waits for it.
            day = min(day or today, today)
        strength = due.rule.strength if due and not awaits else ""
        yield WeekLine(
            day,
            max(0, (today - day).days) if day else 0,
            _("To be moderated") if awaits else _term_title(due, context.language),
            short_text(row.summary),
            url,
            f"{capfirst(str(LABELS.get(row.kind, row.kind)))} {row.number}",
            url,
            next_action(row, due, renderer.return_url) if can_change else None,
            renderer.group_of(day, strength),
            strength and wording.label("strengths", strength, context.language),
        )


def _term_title(due: RequestTermDue | None, language: str) -> str:
    return wording.text_in_language(due.rule.title, language) if due else ""
