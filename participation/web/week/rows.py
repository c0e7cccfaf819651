"""Lines of the week page: obligation or other task, day, and remedy."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from participation.compliance import wording
from participation.compliance.facts import Facts
from participation.compliance.obligations import days_late, planned_in_time
from participation.reports.digest import phrase
from participation.reports.urls import link
from participation.selectors.facts import facts_for
from participation.selectors.verdicts import party_names
from participation.selectors.week import Ending, Signalled, Suggested, WeekItem

from ..shared.actions import BACK, Action, action_for
from ..shared.request_context import RequestContext

#: Details that identify the subject of a line, in order of preference.
ABOUT = ("about", "party")
#: Maximum length of a title: a commitment has none, so its text is shortened.
LONGEST = 70


class WeekLine(NamedTuple):
    """A line: day, days late, obligation, subject, owner, remedy, and markers."""

    day: date | None
    late: int
    what: str
    about: str
    href: str
    title: str
    home: str
    action: Action | None
    is_new: bool = False
    mark: str = ""
    first: bool = False


class WeekLineRenderer:
    """Makes the lines for one user: in their language, with the remedies that they are permitted."""

    def __init__(self, visit: RequestContext, back: str) -> None:
        """Store the context; ``back`` is the URL to return to after an action."""
        self.visit, self.back = visit, back
        self.names: Mapping[str, str] = party_names()
        self.edits = visit.user.edits_everything or visit.user.role == "adviser"

    def obligations(self, items: Sequence[WeekItem]) -> Iterator[WeekLine]:
        """Yield a line for each item; the facts of all trajectories are loaded at once."""
        keys = sorted({item.key for item in items if item.key}) if self.edits else []
        known = dict(facts_for(keys))
        return (self._obligation(item, known.get(item.key or 0)) for item in items)

    def _obligation(self, item: WeekItem, facts: Facts | None) -> WeekLine:
        language, rule = self.visit.language, self.visit.rulebook.by_id[item.owed.rule]
        told = wording.details(rule, item.owed, language, self.names)
        about = next((told[name] for name in ABOUT if item.owed.details.get(name)), "")
        may = self.edits if item.of == "trajectory" else self.visit.user.edits_everything
        action = action_for(item.name, rule, item.owed, self.visit.today, facts=facts, back=self.back)
        late = days_late(item.owed, self.visit.today, item.over)
        return WeekLine(
            item.owed.due_on,
            late or 0,
            wording.in_language(rule.title, language),
            about if item.of == "trajectory" else "",
            _page(item.of, item.name, rule.id, item.owed.subject),
            _short(item.title) if item.of == "trajectory" else _numbered(item, language),
            reverse(item.of, args=[item.name]),
            action if may else None,
            item.is_new,
            phrase("not_done", language) if late is None else self._mark(item),
        )

    def _mark(self, item: WeekItem) -> str:
        """Return a note: planned in time, or a status that the heading of the section does not imply."""
        if planned := planned_in_time(item.owed, self.visit.today):
            return _("planned for %(day)s, on time") % {"day": wording.say_day(planned, self.visit.language)}
        special = item.status in ("possibly_overdue", "planned_late")
        return wording.label("statuses", item.status, self.visit.language) if special else ""

    def signal(self, signal: Signalled) -> WeekLine:
        """Return the line of a counter-signal, which must be answered."""
        today, due = self.visit.today, signal.due_on
        rule = self.visit.rulebook.by_id.get(signal.rule)
        about = wording.in_language(rule.title, self.visit.language) if rule else ""
        query = {"veld": "answer", "answered_on": today.isoformat()}
        return WeekLine(
            due,
            max(0, (today - due).days) if due else 0,
            _("%(organisation)s disputes a status") % {"organisation": signal.organisation},
            about,
            _page("trajectory", signal.name, signal.rule, ""),
            _short(signal.title),
            reverse("trajectory", args=[signal.name]),
            self._action(_("Answer it"), "request_change", (signal.name, signal.request), query),
            first=True,
        )

    def suggestion(self, suggested: Suggested) -> WeekLine:
        """Return the line of a suggested party without a part in the plan, due today."""
        by = self.names.get(suggested.suggested_by, suggested.suggested_by)
        return WeekLine(
            self.visit.today,
            0,
            _("%(party)s is waiting for a role in the plan") % {"party": suggested.organisation},
            _("suggested by %(organisation)s") % {"organisation": by},
            reverse("trajectory", args=[suggested.name]),
            _short(suggested.title),
            reverse("trajectory", args=[suggested.name]),
            self._action(_("Give it a role"), "actor_decide", (suggested.name, suggested.pk), {}),
            first=True,
        )

    def ending(self, ending: Ending) -> WeekLine:
        """Return the line of a waiver that ends while its obligation is still unmet."""
        rule = self.visit.rulebook.by_id[ending.rule]
        query = {"rule": ending.rule, "subject": ending.subject}
        return WeekLine(
            ending.until,
            0,
            _("The explanation ends"),
            wording.in_language(rule.title, self.visit.language),
            _page("trajectory", ending.name, ending.rule, ending.subject),
            _short(ending.title),
            reverse("trajectory", args=[ending.name]),
            self._action(_("Explain again"), "waiver_add", (ending.name,), query),
        )

    def _action(self, label: str, view: str, args: tuple[Any, ...], query: Mapping[str, str]) -> Action | None:
        if not self.edits:
            return None
        try:
            address = reverse(view, args=args)
        except NoReverseMatch:
            return None
        asked = {name: value for name, value in query.items() if value}
        return Action(label, f"{address}?{urlencode({**asked, BACK: self.back})}")


def by_day(lines: Iterable[WeekLine]) -> list[tuple[date | None, list[WeekLine]]]:
    """Return the lines grouped by day; within a day those that residents wait for come first."""
    ordered = sorted(lines, key=lambda line: (line.day or date.max, not line.first))
    return [(day, list(own)) for day, own in groupby(ordered, key=lambda line: line.day)]


def _page(of: str, name: str, rule: str, subject: str) -> str:
    """Return the URL of its explanation, on the page of the owner."""
    place = link(of, name, rule, subject).partition("#")[2]
    return f"{reverse(of, args=[name])}#{place}"


def _numbered(item: WeekItem, language: str) -> str:
    number = phrase(item.of, language, name=item.name)
    return f"{number}: {_short(item.title)}" if item.title else number


def _short(text: str) -> str:
    told = " ".join(text.split())
    return told if len(told) <= LONGEST else f"{told[:LONGEST].rpartition(' ')[0]} …"
