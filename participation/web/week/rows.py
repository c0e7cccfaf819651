"""Lines of the week page: obligation or other task, strength, day, and remedy."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from participation.compliance import wording
from participation.compliance.facts import Facts
from participation.compliance.obligations import DUE_SOON_DAYS, days_late, planned_in_time
from participation.compliance.priority import priority_of
from participation.compliance.rules import Rule
from participation.presentation.digest_data import phrase
from participation.presentation.priorities import waiting_text
from participation.selectors.obligations.facts import facts_for
from participation.selectors.obligations.statuses import party_names
from participation.selectors.week import EndingWaiver, PendingSignal, SuggestedParty, WeekItem

from ..shared.actions import Action, action_for
from ..shared.addresses import obligation_address, trajectory_address
from ..shared.request_context import RequestContext
from ..shared.return_urls import HIGHLIGHT_PARAM, RETURN_PARAM

#: Details that identify the subject of a line, in order of preference.
ABOUT = ("about", "party")
#: Maximum length of a title: a commitment has none, so its text is shortened.
MAX_TITLE_LENGTH = 70


class WeekLine(NamedTuple):
    """A line: day, days late, obligation, subject, owner, remedy, group by consequence, and markers.

    ``strength`` is that of the rule in words; ``waiting`` are the lines of the points that wait for one missing fact,
    when the line is about that fact.
    """

    day: date | None
    late: int
    label: str
    about: str
    href: str
    title: str
    home: str
    action: Action | None
    group: str
    strength: str = ""
    is_new: bool = False
    note: str = ""
    waiting: "tuple[WeekLine, ...]" = ()

    @property
    def points(self) -> int:
        """Return the number of points on this line."""
        return len(self.waiting) or 1


class WeekLineRenderer:
    """Makes the lines for one user: in their language, with the remedies that they are permitted."""

    def __init__(self, context: RequestContext, return_url: str, municipalities: Mapping[str, str]) -> None:
        """Store the context; ``return_url`` is the URL to return to after an action.

        ``municipalities`` are the names of those to name with a trajectory, by slug: none where there is one.
        """
        self.context, self.return_url, self.municipalities = context, return_url, municipalities
        self.names: Mapping[str, str] = party_names()
        self.can_edit = context.user.edits_everything or context.user.role == "adviser"

    def lines(self, entries: Sequence[Sequence[WeekItem]]) -> list[WeekLine]:
        """Return a line for each entry; the facts of all trajectories are loaded at once."""
        keys = sorted({entry[0].key for entry in entries if entry[0].key}) if self.can_edit else []
        facts_by_key = dict(facts_for(keys))
        return [self._line(entry, facts_by_key.get(entry[0].key or 0)) for entry in entries]

    def _line(self, entry: Sequence[WeekItem], facts: Facts | None) -> WeekLine:
        """Return the line of an obligation, or of the fact for which several wait; the remedy is that of the first."""
        lines = [self._obligation(item, facts) for item in entry]
        first = lines[0]
        if len(lines) == 1:
            return first
        is_of_subject = entry[0].cause is not None and entry[0].cause[-1]
        about = next((line.about for line in lines if line.about), "") if is_of_subject else ""
        return first._replace(
            label=waiting_text(entry[0].obligation.missing[:1], len(entry), self.context.language, about),
            about="",
            is_new=any(line.is_new for line in lines),
            note="",
            waiting=tuple(line._replace(about="") if about else line for line in lines),
        )

    def _rules(self, municipality: str) -> Mapping[str, Rule]:
        return self.context.rulebooks.for_municipality(municipality).by_id

    def _title(self, of: WeekItem | PendingSignal | SuggestedParty | EndingWaiver) -> str:
        """Return the title of the trajectory, with its municipality where there are several."""
        name = self.municipalities.get(of.municipality)
        return f"{short_text(of.title)} ({name})" if name else short_text(of.title)

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
            obligation_address(item.owner_type, item.name, rule.id, item.obligation.subject),
            self._title(item) if item.owner_type == "trajectory" else _numbered_title(item, language),
            reverse(item.owner_type, args=[item.name]),
            action if is_allowed else None,
            item.priority.group,
            wording.label("strengths", item.strength, language),
            item.is_new,
            phrase("not_done", language) if late is None else self._note(item),
        )

    def _note(self, item: WeekItem) -> str:
        """Return a note: planned in time, or a status that the heading of the section does not imply."""
        if planned := planned_in_time(item.obligation, self.context.today):
            return _("planned for %(day)s, on time") % {"day": wording.format_day(planned, self.context.language)}
        if item.obligation.closes_too_soon and item.status in ("planned_late", "possibly_overdue"):
            return _("closes too soon")
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
            obligation_address("trajectory", signal.name, signal.rule, ""),
            self._title(signal),
            reverse("trajectory", args=[signal.name]),
            self._action(_("Answer it"), "request_change", (signal.name, signal.request), query),
            self.group_of(due, strength := self._strength(signal.municipality, signal.answer_rule)),
            strength and wording.label("strengths", strength, self.context.language),
        )

    def suggestion(self, suggested: SuggestedParty) -> WeekLine:
        """Return the line of a suggested party without a part in the plan, due today."""
        by = self.names.get(suggested.suggested_by, suggested.suggested_by)
        return WeekLine(
            self.context.today,
            0,
            _("%(party)s is waiting for a role in the plan") % {"party": suggested.organisation},
            _("suggested by %(organisation)s") % {"organisation": by},
            trajectory_address(suggested.name, "plan"),
            self._title(suggested),
            reverse("trajectory", args=[suggested.name]),
            self._action(_("Give it a role"), "actor_decide", (suggested.name, suggested.pk), {}),
            self.group_of(None, ""),
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
            obligation_address("trajectory", ending.name, ending.rule, ending.subject),
            self._title(ending),
            reverse("trajectory", args=[ending.name]),
            self._action(_("Explain again"), "waiver_add", (ending.name,), query),
            self.group_of(ending.until, rule.strength),
            wording.label("strengths", rule.strength, self.context.language),
        )

    def _strength(self, municipality: str, rule: str) -> str:
        found = self._rules(municipality).get(rule)
        return found.strength if found else ""

    def group_of(self, due_on: date | None, strength: str) -> str:
        """Return the group of what awaits the municipality; without a term it is of today."""
        today = self.context.today
        day = min(due_on or today, today + timedelta(days=DUE_SOON_DAYS))
        return priority_of(strength, "overdue" if day < today else "due_soon", day, False, today).group

    def _action(self, label: str, view: str, args: tuple[Any, ...], query: Mapping[str, str]) -> Action | None:
        if not self.can_edit:
            return None
        try:
            url = reverse(view, args=args)
        except NoReverseMatch:
            return None
        params = {name: value for name, value in query.items() if value}
        return Action(label, f"{url}?{urlencode({**params, RETURN_PARAM: self.return_url})}")


def _numbered_title(item: WeekItem, language: str) -> str:
    number = phrase(item.owner_type, language, name=item.name)
    return f"{number}: {short_text(item.title)}" if item.title else number


def short_text(text: str) -> str:
    """Return the text on one line, cut off at a word."""
    details = " ".join(text.split())
    return details if len(details) <= MAX_TITLE_LENGTH else f"{details[:MAX_TITLE_LENGTH].rpartition(' ')[0]} …"
