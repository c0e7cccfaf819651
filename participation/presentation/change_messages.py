"""Texts of changes, for notifications and feeds: a short label, one sentence, and details."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, time
from typing import Any, NamedTuple

from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from participation.compliance import wording
from participation.compliance.dates import ImpreciseDate
from participation.compliance.rulebooks import Rulebooks
from participation.compliance.times import ends_next_day
from participation.models.labels import LABELS
from participation.selectors.changes.feed import FeedChange

from .mail import link, trajectory_link
from .values import truncate

#: Maximum length, in characters, of the text in details; the page has the rest.
MAX_DETAIL_LENGTH = 400
#: Of contributions with the same answer: how many are quoted, and the maximum length of each quote.
MAX_QUOTES, MAX_QUOTE_IN_LIST = 3, 60

CHANGE_LABELS: Mapping[str, Promise] = {
    "began": pgettext_lazy("change", "New trajectory"),
    "state": pgettext_lazy("change", "Where it stands"),
    "planned": pgettext_lazy("change", "Planned"),
    "to_plan": pgettext_lazy("change", "Still to be planned"),
    "moved": pgettext_lazy("change", "Moved"),
    "dated": pgettext_lazy("change", "Date known"),
    "placed": pgettext_lazy("change", "Where you can take part"),
    "closes": pgettext_lazy("change", "Last day to take part"),
    "cancelled": pgettext_lazy("change", "Cancelled"),
    "dropped": pgettext_lazy("change", "No longer planned"),
    "decided": pgettext_lazy("change", "Decision taken"),
    "held": pgettext_lazy("change", "Took place"),
    "corrected": pgettext_lazy("change", "Date corrected"),
    "answered": pgettext_lazy("change", "Answer"),
    "answer_changed": pgettext_lazy("change", "Answer changed"),
    "request_answered": pgettext_lazy("change", "Answer"),
    "signal_answered": pgettext_lazy("change", "Answer to a rebuttal"),
    "acknowledged": pgettext_lazy("change", "Receipt confirmed"),
    "extended": pgettext_lazy("change", "Answer comes later"),
    "plan_adopted": pgettext_lazy("change", "Plan adopted"),
    "plan_made": pgettext_lazy("change", "New plan"),
    "plan_changed": pgettext_lazy("change", "Plan changed"),
    "plan_published": pgettext_lazy("change", "Plan published"),
    "level": pgettext_lazy("change", "Level of participation"),
    "contact": pgettext_lazy("change", "Contact"),
    "joined": pgettext_lazy("change", "Takes part"),
    "left": pgettext_lazy("change", "No longer takes part"),
    "scenario_added": pgettext_lazy("change", "New scenario"),
    "scenario_presented": pgettext_lazy("change", "Scenario presented"),
    "published": pgettext_lazy("change", "Document published"),
    "document_added": pgettext_lazy("change", "New document"),
    "document_renewed": pgettext_lazy("change", "Document renewed"),
    "document_removed": pgettext_lazy("change", "Document taken away"),
    "shared": pgettext_lazy("change", "Document shared"),
    "received": pgettext_lazy("change", "Contribution received"),
    "asked": pgettext_lazy("change", "Received"),
    "contradicted": pgettext_lazy("change", "Rebuttal"),
    "overdue": pgettext_lazy("change", "Overdue"),
    "done_late": pgettext_lazy("change", "Done after all"),
    "explained": pgettext_lazy("change", "Explanation given"),
    "explanation_changed": pgettext_lazy("change", "Explanation changed"),
    "explanation_withdrawn": pgettext_lazy("change", "Explanation withdrawn"),
}
_BEGUN = pgettext_lazy("change", "Has begun")
#: The id on the trajectory page by kind of change, or else by what it is about; all others link to the page itself.
ANCHORS: Mapping[str, str] = {
    "contact": "contact",
    "decided": "besluiten",
    "plan": "plan",
    "actor": "plan",
    "scenario": "plan",
    "step": "tijdlijn",
    "document": "documenten",
    "share": "documenten",
    "contribution": "inbreng",
    "request": "verzoeken",
}


class ChangeText(NamedTuple):
    """A change in words; ``link`` is where to read more."""

    label: str
    text: str
    details: tuple[str, ...]
    link: str

    @property
    def line(self) -> str:
        """Return the label and the text on one line."""
        return f"{self.label}: {self.text}" if self.text else self.label


class ChangeRenderer:
    """Formats changes in one language; ``names`` maps slugs of organisations to names."""

    def __init__(self, rulebooks: Rulebooks, language: str, names: wording.Names) -> None:
        self.rulebooks, self.language, self.names = rulebooks, language, names

    def render(self, change: FeedChange) -> ChangeText:
        """Return the change in words."""
        with translation.override(self.language):
            # A period (open for a while) has only begun when its first day is recorded.
            begun = change.kind == "held" and change.parts.get("closes")
            label = str(_BEGUN if begun else CHANGE_LABELS[change.kind])
            if change.more:
                rest = ngettext("%(n)s more", "%(n)s more", change.more) % {"n": change.more}
                return ChangeText(label, rest, (), link("trajectory", change.slug))
            parts = {**change.parts, "municipality": change.municipality}
            text, *details = _RENDERERS[change.kind](self, parts)
            return ChangeText(label, text, tuple(filter(None, details)), change_url(change))

    def party(self, name: str) -> str:
        """Return the display name of a party."""
        return self.names.get(name) or str(LABELS.get(name, name))

    def rule(self, parts: Mapping[str, Any]) -> str:
        """Return the title of the rule in this municipality, or its id where the rulebook no longer has it."""
        rule: str = parts["rule"]
        known = self.rulebooks.for_municipality(parts["municipality"]).by_id.get(rule)
        return wording.text_in_language(known.title, self.language) if known else rule

    def day(self, when: ImpreciseDate | date | None) -> str:
        """Return the date in words, or an empty string where there is none."""
        if isinstance(when, date):
            return wording.format_day(when, self.language)
        return wording.format_date(when, self.language) if when is not None else ""

    def moment(self, parts: Mapping[str, Any], prefix: str = "") -> str:
        """Return the day of a step with its times."""
        when = parts.get("was" if prefix else "when")
        times = self.times(parts.get(f"{prefix}starts_at"), parts.get(f"{prefix}ends_at"))
        return ", ".join(filter(None, (self.day(when), times)))

    def times(self, start: time | None, end: time | None) -> str:
        """Return the times of day: "van 19.30 tot 21.00 uur"."""
        if start is None:
            return ""
        clock = "%H.%M" if self.language == "nl" else "%H:%M"
        if end is None:
            return _("at %(start)s") % {"start": start.strftime(clock)}
        values = {"start": start.strftime(clock), "end": end.strftime(clock)}
        if ends_next_day(start, end):
            return _("from %(start)s to %(end)s (the next day)") % values
        return _("from %(start)s to %(end)s") % values


def change_url(change: FeedChange) -> str:
    """Return the URL at which a change can be read."""
    rule, subject = change.parts.get("rule", ""), change.parts.get("subject", "")
    if rule:
        return link("trajectory", change.slug, rule, subject)
    anchor = ANCHORS.get(change.kind) or ANCHORS.get(change.about, "")
    return trajectory_link(change.slug, anchor)


def step_name(kind: str, method: str, title: str) -> str:
    """Return the display name of a step in the active language: its title with its kind."""
    kind_label = str(LABELS[method]) if kind == "activity" and method else str(LABELS.get(kind, ""))
    if not title:
        return capfirst(kind_label or _("step"))
    return title if not kind_label or kind_label.casefold() in title.casefold() else f"{title} ({kind_label})"


# ---------- each kind of change: the text and its details

Parts = Mapping[str, Any]


def _step(parts: Parts) -> str:
    return step_name(parts["kind"], parts["method"], parts["title"])


def _step_with_moment(renderer: ChangeRenderer, parts: Parts) -> list[str]:
    texts = [f"{_step(parts)}: {renderer.moment(parts)}"]
    if parts["closes"] and parts["closes"].latest:
        texts.append(_("You can take part until %(day)s.") % {"day": renderer.day(parts["closes"])})
    return texts


def _coming_step(renderer: ChangeRenderer, parts: Parts) -> list[str]:
    return [*_step_with_moment(renderer, parts), *place_texts(parts)]


def place_texts(parts: Parts) -> Iterator[str]:
    """Yield where it takes place, and how to join, a line each."""
    if place := ", ".join(filter(None, (parts["place_name"], parts["place_address"]))):
        yield _("Where: %(place)s") % {"place": place}
    if parts["sign_up_url"]:
        yield _("Sign up: %(url)s") % {"url": parts["sign_up_url"]}
    if parts["place_online_url"]:
        yield _("Take part online: %(url)s") % {"url": parts["place_online_url"]}


def _cancelled_step(renderer: ChangeRenderer, parts: Parts) -> list[str]:
    was = renderer.moment(parts)
    return [_step(parts), _("It was planned for: %(when)s.") % {"when": was} if was else ""]


def _moved_step(renderer: ChangeRenderer, parts: Parts) -> list[str]:
    change = {"was": renderer.moment(parts, "was_"), "now": renderer.moment(parts)}
    return [f"{_step(parts)}: " + _("from %(was)s to %(now)s") % change]


def _unscheduled_step(renderer: ChangeRenderer, parts: Parts) -> list[str]:
    was = renderer.day(parts.get("was"))
    return [_step(parts), _("It was planned for: %(when)s.") % {"when": was} if was else ""]


def _closing_day(renderer: ChangeRenderer, parts: Parts) -> list[str]:
    was = renderer.day(parts["was"])
    texts = [f"{_step(parts)}: {renderer.day(parts['closes'])}"]
    return [*texts, _("It was: %(when)s.") % {"when": was}] if was else texts


def _answer(renderer: ChangeRenderer, parts: Parts) -> list[str]:
    answer = [_outcome(parts), truncate(parts["response"], MAX_DETAIL_LENGTH)]
    if "all" not in parts:
        return [_contribution(renderer, parts), *answer]
    contributions = parts["all"]
    names = sorted({renderer.party(each["party"]) for each in contributions if each["party"]}, key=str.casefold)
    what = _("%(count)s contributions") % {"count": parts["count"]}
    if names:
        parties = wording.format_list(names, renderer.language)
        what = _("%(what)s, from %(party)s") % {"what": what, "party": parties}
    return [what, *answer, _quotes(contributions)]


def _quotes(contributions: Sequence[Parts]) -> str:
    """Return the beginning of the first of these contributions, and how many others there are."""
    quotes = [truncate(each["summary"] or each["theme"], MAX_QUOTE_IN_LIST) for each in contributions]
    shown = [f"“{quote}”" for quote in quotes if quote][:MAX_QUOTES]
    if not shown:
        return ""
    text = ", ".join(shown)
    rest = len(contributions) - len(shown)
    if not rest:
        return _("About: %(quotes)s.") % {"quotes": text}
    return ngettext("About: %(quotes)s and %(n)s other.", "About: %(quotes)s and %(n)s others.", rest) % {
        "quotes": text,
        "n": rest,
    }


def _outcome(parts: Parts) -> str:
    outcome = parts["outcome"]
    return capfirst(str(LABELS[outcome])) + "." if outcome else ""


def _contribution(renderer: ChangeRenderer, parts: Parts) -> str:
    quote = truncate(parts["summary"] or parts["theme"])
    return _with_party(renderer, parts, f"“{quote}”" if quote else pgettext("change", "contribution"))


def _with_party(renderer: ChangeRenderer, parts: Parts, what: str) -> str:
    if not parts["party"]:
        return what
    return _("%(what)s, from %(party)s") % {"what": what, "party": renderer.party(parts["party"])}


def _request(renderer: ChangeRenderer, parts: Parts) -> str:
    kind = str(LABELS.get(parts["kind"], "")) or pgettext("change", "question")
    return _with_party(renderer, parts, capfirst(kind))


def _request_texts(renderer: ChangeRenderer, parts: Parts) -> list[str]:
    # Privacy: a complaint is about people, so its content stays out of mails and feeds.
    hidden = parts["kind"] == "complaint"
    text = "" if hidden else parts.get("answer") or parts.get("reason") or parts["summary"]
    return [_request(renderer, parts), truncate(text, MAX_DETAIL_LENGTH)]


def _signal_answered(renderer: ChangeRenderer, parts: Parts) -> list[str]:
    about = _("%(party)s about: %(rule)s") % {"party": parts["party"], "rule": renderer.rule(parts)}
    return [about, truncate(parts["answer"], MAX_DETAIL_LENGTH)]


def _document(_renderer: ChangeRenderer, parts: Parts) -> list[str]:
    title = parts["title"] or capfirst(str(LABELS.get(parts["kind"], pgettext("change", "document"))))
    return [f"{title} ({pgettext('change', 'version')} {parts['version']})" if parts.get("version") else title]


def _shared_document(renderer: ChangeRenderer, parts: Parts) -> list[str]:
    parties = wording.format_list(sorted({renderer.party(party) for party in parts["parties"]}), renderer.language)
    return [*_document(renderer, parts), _("With: %(parties)s.") % {"parties": parties}]


def contact_text(parts: Parts) -> str:
    """Return whom to call or write to, on one line."""
    role = capfirst(str(LABELS[parts["role"]])) if parts["role"] else ""
    return ", ".join(filter(None, (parts["name"], role, parts["phone"], parts["email"])))


def _contact(_renderer: ChangeRenderer, parts: Parts) -> list[str]:
    return [contact_text(parts)]


def _level(_renderer: ChangeRenderer, parts: Parts) -> list[str]:
    if not parts["was"]:
        return [str(LABELS[parts["level"]])]
    return [_("from %(was)s to %(now)s") % {"was": LABELS[parts["was"]], "now": LABELS[parts["level"]]}]


def _obligation_text(renderer: ChangeRenderer, parts: Parts) -> str:
    obligation = parts["obligation"]
    rule = renderer.rulebooks.for_municipality(parts["municipality"]).by_id[obligation.rule]
    return wording.message(rule, obligation, renderer.language, renderer.names)


def _overdue(renderer: ChangeRenderer, parts: Parts) -> list[str]:
    return [
        _obligation_text(renderer, parts),
        _("The term ran until %(day)s.") % {"day": renderer.day(parts["obligation"].due_on)},
    ]


def _done_late(renderer: ChangeRenderer, parts: Parts) -> list[str]:
    met = renderer.day(parts["obligation"].met_on)
    return [_obligation_text(renderer, parts), _("Done on %(day)s.") % {"day": met} if met else ""]


def _explanation(renderer: ChangeRenderer, parts: Parts) -> list[str]:
    until = renderer.day(parts["until"])
    by = _("By %(by)s, until %(until)s.") if until else _("By %(by)s.")
    return [
        renderer.rule(parts),
        truncate(parts["reason"], MAX_DETAIL_LENGTH),
        by % {"by": parts["by"], "until": until},
    ]


_RENDERERS: Mapping[str, Callable[[ChangeRenderer, Parts], list[str]]] = {
    "began": lambda _renderer, parts: [
        _("Level: %(level)s") % {"level": LABELS[parts["level"]]} if parts["level"] else ""
    ],
    "state": lambda _renderer, parts: [str(LABELS[parts["status"]])],
    "planned": _coming_step,
    "to_plan": _unscheduled_step,
    "moved": lambda renderer, parts: [*_moved_step(renderer, parts), *place_texts(parts)],
    "dated": _coming_step,
    "placed": _coming_step,
    "closes": _closing_day,
    "cancelled": _cancelled_step,
    "dropped": _cancelled_step,
    "decided": _step_with_moment,
    "held": _step_with_moment,
    "corrected": _moved_step,
    "answered": _answer,
    "answer_changed": _answer,
    "request_answered": _request_texts,
    "signal_answered": _signal_answered,
    "acknowledged": lambda renderer, parts: [_request(renderer, parts)],
    "extended": _request_texts,
    "plan_adopted": lambda renderer, parts: [renderer.day(parts["when"])],
    "plan_made": lambda _renderer, _parts: [_("The plan can be read now")],
    "plan_changed": lambda _renderer, _parts: [_("Read what it says now")],
    "plan_published": lambda renderer, parts: [renderer.day(parts["when"])],
    "level": _level,
    "contact": _contact,
    "joined": lambda _renderer, parts: [parts["party"]],
    "left": lambda _renderer, parts: [parts["party"]],
    "scenario_added": lambda _renderer, parts: [parts["title"]],
    "scenario_presented": lambda _renderer, parts: [parts["title"]],
    "published": _document,
    "document_added": _document,
    "document_renewed": _document,
    "document_removed": _document,
    "shared": _shared_document,
    "received": lambda renderer, parts: [_contribution(renderer, parts)],
    "asked": _request_texts,
    "contradicted": lambda renderer, parts: [f"{parts['party']}: {renderer.rule(parts)}"],
    "overdue": _overdue,
    "done_late": _done_late,
    "explained": _explanation,
    "explanation_changed": _explanation,
    "explanation_withdrawn": lambda renderer, parts: [renderer.rule(parts)],
}
