"""Trajectory cards for lists.

The texts are built in Python: a template per card is too slow for a long list.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils import translation
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from participation.selectors.searching import marked_parts
from participation.selectors.trajectories.list_query import ListedTrajectory
from participation.selectors.trajectories.opportunities import Opportunity
from participation.selectors.trajectories.search import SearchMatch

from .formatting import code_label, date_text, step_name
from .search_matches import ShownMatch, marked_text, shown_matches

#: Maximum number of words of a title and of a summary on a card.
MAX_TITLE_WORDS, MAX_SUMMARY_WORDS = 30, 28


class CardFact(NamedTuple):
    """A fact on a card; ``is_brief`` if it is shown on a narrow screen too."""

    label: str
    value: Any
    is_brief: bool


class TrajectoryCard(NamedTuple):
    """A trajectory in a list. ``late`` is the overdue count as text, or ""; ``matches`` are what a search found."""

    href: str
    title: str
    summary: str
    retrospective: bool
    public: bool
    facts: list[CardFact]
    late: str
    where: str
    matches: list[ShownMatch]


def cards(
    rows: Iterable[ListedTrajectory],
    language: str,
    municipalities: Mapping[str, str] = {},
    words: Collection[str] = (),
    matches: Mapping[str, Sequence[SearchMatch]] = {},
) -> list[TrajectoryCard]:
    """Return the cards of these trajectories in this language.

    ``municipalities`` are names by slug: where there are several, each card has that of its own. ``words`` are the
    folded words that were searched for, ``matches`` what they found, by slug.
    """
    with translation.override(language):
        return [_card(row, municipalities.get(row.municipality, ""), words, matches.get(row.slug, ())) for row in rows]


def _card(
    row: ListedTrajectory, municipality: str, words: Collection[str], matches: Sequence[SearchMatch]
) -> TrajectoryCard:
    title = Truncator(row.title).words(MAX_TITLE_WORDS, truncate=" …")
    return TrajectoryCard(
        reverse("trajectory", args=[row.slug]),
        marked_text(marked_parts(title, words)) if words else title,
        Truncator(row.summary).words(MAX_SUMMARY_WORDS, truncate=" …"),
        row.retrospective,
        row.public,
        [CardFact(*fact) for fact in _facts(row)],
        _late(row),
        ", ".join(filter(None, (*row.neighbourhoods, municipality))),
        shown_matches(row.slug, matches),
    )


def _facts(row: ListedTrajectory) -> Iterator[tuple[str, Any, bool]]:
    yield _("Where it stands"), _phase_and_status(row), True
    yield _("What comes next"), _next_step(row), row.opportunity is None
    yield _("Taking part"), _participation(row.opportunity), row.opportunity is not None
    if not row.overdue:
        yield _("Agreements"), _("nothing is overdue"), False
    elif row.retrospective:
        text = ngettext(
            "%(n)s point was not done on time, looking back",
            "%(n)s points were not done on time, looking back",
            row.overdue,
        )
        yield _("Agreements"), text % {"n": row.overdue}, False


def _phase_and_status(row: ListedTrajectory) -> Any:
    if row.phase and row.status:
        return _("%(status)s, phase: %(phase)s") % {"status": code_label(row.status), "phase": code_label(row.phase)}
    if row.phase:
        return _("phase: %(phase)s") % {"phase": code_label(row.phase)}
    return code_label(row.status) if row.status else _("not recorded")


def _next_step(row: ListedTrajectory) -> str:
    if row.next:
        return format_html("{}, {}", step_name(row.next), date_text(row.next.planned))
    if row.status == "closed" or row.retrospective:
        return _("nothing: this has ended")
    return _("nothing with a date yet")


def _participation(opportunity: Opportunity | None) -> Any:
    """Return how long one can still take part, as text."""
    if opportunity is None:
        return _("not now")
    what = step_name(opportunity.step)
    if opportunity.end:
        text = _format_sentence(
            _("Yes, up to and including %(until)s: %(what)s"), until=date_text(opportunity.end), what=what
        )
    elif opportunity.until:
        text = _format_sentence(_("Yes, %(when)s: %(what)s"), when=date_text(opportunity.start), what=what)
    else:
        text = _format_sentence(_("Yes: %(what)s. The last day was not recorded."), what=what)
    if opportunity.everyone:
        return format_html("<strong>{}</strong>", text)
    return format_html("<strong>{}</strong> {}", text, _("(for those invited)"))


def _format_sentence(sentence: str, **values: Any) -> str:
    """Return the sentence with these values filled in, escaped unless they are safe; the result is safe HTML."""
    for name in values:
        sentence = sentence.replace(f"%({name})s", f"{{{name}}}")
    return format_html(sentence, **values)


def _late(row: ListedTrajectory) -> str:
    if not row.overdue or row.retrospective:
        return ""
    return ngettext("%(n)s point is overdue", "%(n)s points are overdue", row.overdue) % {"n": row.overdue}
