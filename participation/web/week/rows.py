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
from participation.compliance.rules import Rule
from participation.presentation.digest_data import phrase
from participation.presentation.mail import link
from participation.selectors.obligations.facts import facts_for
from participation.selectors.obligations.statuses import party_names
from participation.selectors.week import EndingWaiver, PendingSignal, SuggestedParty, WeekItem

from ..shared.actions import Action, action_for
from ..shared.request_context import RequestContext
from ..shared.return_urls import HIGHLIGHT_PARAM, RETURN_PARAM

#: Details that identify the subject of a line, in order of preference.
ABOUT = ("about", "party")
#: Maximum length of a title: a commitment has none, so its text is shortened.
MAX_TITLE_LENGTH = 70


class WeekLine(NamedTuple):
    """A line: day, days late, obligation, subject, owner, remedy, and markers."""

    day: date | None
    late: int
    label: str
    about: str
    href: str
    title: str
    home: str
    action: Action | None
    is_new: bool = False
    note: str = ""
    first: bool = False


class WeekLineRenderer:
    """Makes the lines for one user: in their language, with the remedies that they are permitted."""

    def __init__(self, context: RequestContext, return_url: str, municipalities: Mapping[str, str]) -> None:
        """Store the context; ``return_url`` is the URL to return to after an action.

        ``municipalities`` are the names of those to name with a trajectory, by slug: none where there is one.
        """
        self.context, self.return_url, self.municipalities = context, return_url, municipalities
        self.names: Mapping[str, str] = party_names()
        self.can_edit = context.user.edits_everything or context.user.role == "adviser"

    def obligations(self, items: Sequence[WeekItem]) -> Iterator[WeekLine]:
        """Yield a line for each item; the facts of all trajectories are loaded at once."""
        keys = sorted({item.key for item in items if item.key}) if self.can_edit else []
        facts_by_key = dict(facts_for(keys))
        return (self._obligation(item, facts_by_key.get(item.key or 0)) for item in items)

    def _rules(self, municipality: str) -> Mapping[str, Rule]:
        return self.context.rulebooks.for_municipality(municipality).by_id

    def _title(self, of: WeekItem | PendingSignal | SuggestedParty | EndingWaiver) -> str:
        """Return the title of the trajectory, with its municipality where there are several."""
        name = self.municipalities.get(of.municipality)
        return f"{_short(of.title)} ({name})" if name else _short(of.title)

    def _obligation(self, item: WeekItem, facts: Facts | None) -> WeekLine:
        language, rule = self.context.language, self._rules(item.municipality)[item.obligation.rule]
        details = wording.details(rule, item.obligation, language, self.names)
        about = next((details[name] for name in ABOUT if item.obligation.details.get(name)), "")
        is_allowed = self.can_edit if item.owner_type == "trajectory" else self.context.user.edits_everything
        action = action_for(
            item.name, rule, item.obligation, self.context.today, facts=facts, return_url=self.return_url
        )
        late = days_late(item.obligation, self.context.today, item.over)
        return WeekLine(
            item.obligation.due_on,
            late or 0,
            wording.text_in_language(rule.title, language),
            about if item.owner_type == "trajectory" else "",
            _explanation_url(item.owner_type, item.name, rule.id, item.obligation.subject),
            self._title(item) if item.owner_type == "trajectory" else _numbered_title(item, language),
            reverse(item.owner_type, args=[item.name]),
            action if is_allowed else None,
            item.is_new,
            phrase("not_done", language) if late is None else self._note(item),
        )

    def _note(self, item: WeekItem) -> str:
        """Return a note: planned in time, or a status that the heading of the section does not imply."""
        if planned := planned_in_time(item.obligation, self.context.today):
            return _("planned for %(day)s, on time") % {"day": wording.format_day(planned, self.context.language)}
        special = item.status in ("possibly_overdue", "planned_late")
        return wording.label("statuses", item.status, self.context.language) if special else ""

    def signal(self, signal: PendingSignal) -> WeekLine:
        """Return the line of a counter-signal, which must be answered."""
        today, due = self.context.today, signal.due_on
        rule = self._rules(signal.municipality).get(signal.rule)
        about = wording.text_in_language(rule.title, self.context.language) if rule else ""
        query = {HIGHLIGHT_PARAM: "answer", "answered_on": today.isoformat()}
        return WeekLine(
            due,
            max(0, (today - due).days) if due else 0,
            _("%(organisation)s disputes a status") % {"organisation": signal.organisation},
            about,
            _explanation_url("trajectory", signal.name, signal.rule, ""),
            self._title(signal),
            reverse("trajectory", args=[signal.name]),
            self._action(_("Answer it"), "request_change", (signal.name, signal.request), query),
            first=True,
        )

    def suggestion(self, suggested: SuggestedParty) -> WeekLine:
        """Return the line of a suggested party without a part in the plan, due today."""
        by = self.names.get(suggested.suggested_by, suggested.suggested_by)
        return WeekLine(
            self.context.today,
            0,
            _("%(party)s is waiting for a role in the plan") % {"party": suggested.organisation},
            _("suggested by %(organisation)s") % {"organisation": by},
            reverse("trajectory", args=[suggested.name]),
            self._title(suggested),
            reverse("trajectory", args=[suggested.name]),
            self._action(_("Give it a role"), "actor_decide", (suggested.name, suggested.pk), {}),
            first=True,
        )

    def ending(self, ending: EndingWaiver) -> WeekLine:
        """Return the line of a waiver that ends while its obligation is still unmet."""
        rule = self._rules(ending.municipality)[ending.rule]
        query = {"rule": ending.rule, "subject": ending.subject}
        return WeekLine(
            ending.until,
            0,
            _("The explanation ends"),
            wording.text_in_language(rule.title, self.context.language),
            _explanation_url("trajectory", ending.name, ending.rule, ending.subject),
            self._title(ending),
            reverse("trajectory", args=[ending.name]),
            self._action(_("Explain again"), "waiver_add", (ending.name,), query),
        )

    def _action(self, label: str, view: str, args: tuple[Any, ...], query: Mapping[str, str]) -> Action | None:
        if not self.can_edit:
            return None
        try:
            url = reverse(view, args=args)
        except NoReverseMatch:
            return None
        params = {name: value for name, value in query.items() if value}
        return Action(label, f"{url}?{urlencode({**params, RETURN_PARAM: self.return_url})}")


def group_by_day(lines: Iterable[WeekLine]) -> list[tuple[date | None, list[WeekLine]]]:
    """Return the lines grouped by day; within a day those that residents wait for come first."""
    ordered = sorted(lines, key=lambda line: (line.day or date.max, not line.first))
    return [(day, list(own)) for day, own in groupby(ordered, key=lambda line: line.day)]


def _explanation_url(owner_type: str, name: str, rule: str, subject: str) -> str:
    """Return the URL of its explanation, on the page of the owner."""
    fragment = link(owner_type, name, rule, subject).partition("#")[2]
    return f"{reverse(owner_type, args=[name])}#{fragment}"


def _numbered_title(item: WeekItem, language: str) -> str:
    number = phrase(item.owner_type, language, name=item.name)
    return f"{number}: {_short(item.title)}" if item.title else number


def _short(text: str) -> str:
    details = " ".join(text.split())
    return details if len(details) <= MAX_TITLE_LENGTH else f"{details[:MAX_TITLE_LENGTH].rpartition(' ')[0]} …"
