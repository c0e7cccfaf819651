"""Template data of obligations: grouped by basic condition, the overdue ones first, as texts."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.utils import translation
from django.utils.translation import gettext as _

from participation.compliance import wording
from participation.compliance.obligations import SETTLED, ObligationValue, days_late, planned_in_time
from participation.compliance.rulebook import Rulebook
from participation.compliance.vocabulary import BASICS, STRENGTHS
from participation.reports.digest import SECTIONS, phrase, status_name
from participation.reports.explanation import FullExplanation
from participation.reports.labels import dates_told
from participation.reports.labels import status_label as status_label
from participation.reports.urls import link
from participation.selectors.counter_signals import Signal
from participation.selectors.pages import Explanation

from .actions import Action
from .addresses import address

#: Order of the statuses within a group; settled ones are listed apart.
_ORDER = (*SECTIONS, "pending", "explained", *SETTLED)
#: (rule, subject), which identifies an obligation.
Identity = tuple[str, str]


class Reading(NamedTuple):
    """Context in which obligations are rendered: rulebook, day, language, party names and the reader's permissions."""

    rulebook: Rulebook
    today: date
    language: str
    names: wording.Names = wording.NO_NAMES
    may_change: bool = False
    retrospective: bool = False
    over: bool = False


class Beside(NamedTuple):
    """Additional data of obligations: full explanations and counter-signals by identity, and functions that make links.

    ``elsewhere`` returns the URL of the full explanation that is not on this page; with ``brief`` such obligations
    are one line. ``explain`` and ``contradict`` return the URLs of forms, or "" if the user has no permission.
    """

    full: Mapping[Identity, FullExplanation] = {}
    signals: Mapping[Identity, Sequence[Signal]] = {}
    action: Callable[[ObligationValue, str], Action | None] = lambda _obligation, _status: None
    elsewhere: Callable[[ObligationValue], str] = lambda _obligation: ""
    explain: Callable[[ObligationValue], str] = lambda _obligation: ""
    contradict: Callable[[ObligationValue], str] = lambda _obligation: ""
    brief: bool = False
    change_explanation: Callable[[Explanation], str] = lambda _explanation: ""


NOTHING = Beside()


def anchor(rule: str, subject: str = "") -> str:
    """Return the HTML id of an obligation, which links in mails use as fragment."""
    return link(rule=rule, subject=subject).partition("#")[2]


def told(
    rows: Sequence[tuple[ObligationValue, str]],
    reading: Reading,
    explanations: Iterable[Explanation] = (),
    beside: Beside = NOTHING,
) -> dict[str, Any]:
    """Return the template data of these obligations with their statuses; web/_owed.html renders one group."""
    with translation.override(reading.language):
        return _told(rows, reading, tuple(explanations), beside)


def _told(
    rows: Sequence[tuple[ObligationValue, str]], reading: Reading, explanations: Sequence[Explanation], beside: Beside
) -> dict[str, Any]:
    groups = []
    for basic in BASICS:
        own = [row for row in rows if reading.rulebook.by_id[row[0].rule].basic == basic]
        if own:
            items = list(_items(sorted(own, key=lambda row: badness(row, reading)), reading, explanations, beside))
            # Obligations with a counter-signal are never folded away, also when settled.
            done = [item for item in items if item["status"] in SETTLED and not item["signals"]]
            rest = [item for item in items if item not in done]
            coming = [item for item in rest if item["status"] == "pending" and not item["signals"]]
            groups.append(
                {
                    "id": f"basic-{basic}",
                    "label": wording.label("basics", basic, reading.language),
                    "items": rest,
                    # The same items split in three: needs attention (full and brief), and still to come.
                    "now": [item for item in rest if item not in coming and "brief" not in item],
                    "more": [item for item in rest if item not in coming and "brief" in item],
                    "coming": coming,
                    "done": done,
                    "done_told": _("Done (%(n)s)") % {"n": len(done)},
                    "overdue": sum(item["status"] == "overdue" for item in items),
                }
            )
    overdue = sum(status == "overdue" for _obligation, status in rows)
    return {
        "groups": groups,
        "overdue": overdue,
        "summary": phrase("late", reading.language, overdue),
        "checked": phrase(
            "checked",
            reading.language,
            day=wording.say_day(reading.today, reading.language),
            rulebook=f"{wording.in_language(reading.rulebook.title, reading.language)} ({reading.rulebook.hash})",
        ),
    }


def badness(row: tuple[ObligationValue, str], reading: Reading) -> tuple[Any, ...]:
    """Return the sort key: overdue first, then by strength of the rule (law first), then by days late."""
    obligation, status = row
    return (
        _ORDER.index(status),
        STRENGTHS.index(reading.rulebook.by_id[obligation.rule].strength),
        -(days_late(obligation, reading.today, reading.over) or 0),
        obligation.due_on or date.max,
        obligation.identity,
    )


def _items(
    rows: Sequence[tuple[ObligationValue, str]],
    reading: Reading,
    explanations: Sequence[Explanation],
    beside: Beside,
) -> Iterator[dict[str, Any]]:
    """Yield the items of a group; the first item of each rule also has the id of the rule as a whole."""
    led_to = {obligation.rule for obligation, _status in rows if not obligation.subject}
    for obligation, status in rows:
        whole = "" if obligation.rule in led_to else anchor(obligation.rule)
        led_to.add(obligation.rule)
        in_brief = beside.brief and obligation.identity not in beside.full
        made = brief(obligation, status, reading, beside) if in_brief else None
        yield {"whole": whole, **(made or item(obligation, status, reading, explanations, beside))}


def brief(obligation: ObligationValue, status: str, reading: Reading, beside: Beside) -> dict[str, Any]:
    """Return the one-line form of an obligation: text, status, dates, and a link to the full explanation."""
    rule = reading.rulebook.by_id[obligation.rule]
    return {
        "brief": True,
        "id": anchor(*obligation.identity),
        "status": status,
        "mark": status_label(status, reading.language),
        "what": wording.message(rule, obligation, reading.language, reading.names),
        "dates": _when(obligation, status, reading),
        "signals": (),
        "elsewhere": beside.elsewhere(obligation),
    }


def item(
    obligation: ObligationValue,
    status: str,
    reading: Reading,
    explanations: Sequence[Explanation] = (),
    beside: Beside = NOTHING,
) -> dict[str, Any]:
    """Return the template data of one obligation, for web/_owed_item.html."""
    language, rule = reading.language, reading.rulebook.by_id[obligation.rule]
    strength = wording.label("strengths", rule.strength, language)
    source = wording.cite(rule.sources[0], reading.rulebook.sources, language)
    full = beside.full.get(obligation.identity)
    return {
        "id": anchor(*obligation.identity),
        "status": status,
        "mark": status_label(status, language),
        "what": wording.message(rule, obligation, language, reading.names),
        "dates": (dates := _when(obligation, status, reading)),
        "strength": strength,
        "told": [*dates, phrase("word_of", language, strength=strength, source=source)],
        "rule": {"title": wording.in_language(rule.title, language), "href": rule_address(rule.id)},
        **_act(obligation, status, reading),
        "action": beside.action(obligation, status),
        "explanations": _explanations(obligation, reading, explanations, beside),
        "signals": _signals(beside.signals.get(obligation.identity, ()), reading),
        "full": full,
        "elsewhere": "" if full else beside.elsewhere(obligation),
        "explain": beside.explain(obligation) if status not in SETTLED else "",
        "contradict": beside.contradict(obligation),
    }


def rule_address(rule: str) -> str:
    """Return the URL of the explanation of a rule."""
    return address("rule", rule) or f"{address('rules')}#rule-{rule}"


def _when(obligation: ObligationValue, status: str, reading: Reading) -> list[str]:
    """Return the sentences on its dates; none if the remedy already asks the reader to fill in a missing fact."""
    if status == "unknown" and reading.may_change:
        return []
    return dates_told(obligation, status, reading.today, reading.language, reading.over)


def _act(obligation: ObligationValue, status: str, reading: Reading) -> dict[str, str]:
    """Return who must act and what to do; both "" if there is nothing to do."""
    language, rule = reading.language, reading.rulebook.by_id[obligation.rule]
    if status in SETTLED or status == "explained":
        return {"call": "", "act": ""}
    remedy = wording.remedy(rule, obligation, status, reading.today, language)
    if planned_in_time(obligation, reading.today):
        return {"call": "", "act": remedy}
    if status == "unknown" and reading.may_change:
        return {"call": phrase("call", language), "act": remedy}
    if reading.retrospective:
        call = _("This would have helped:")
    else:
        call = phrase("call" if reading.may_change else "call_municipality", language)
    return {"call": call, "act": wording.in_language(rule.remedy, language)}


def _explanations(
    obligation: ObligationValue, reading: Reading, explanations: Sequence[Explanation], beside: Beside
) -> list[dict[str, Any]]:
    """Return the waivers of this obligation, also expired ones, the longest valid first."""
    covering = [e for e in explanations if e.waiver.covers(obligation)]
    covering.sort(key=lambda e: (e.waiver.until or date.max, e.waiver.granted_on), reverse=True)
    found = []
    for given in covering:
        until, language = given.waiver.until, reading.language
        values = {"until": wording.say_day(until, language) if until else ""}
        if until is None:
            held = _("Explanation, without an end date.")
        elif until >= reading.today:
            held = _("Explanation, valid until %(until)s.") % values
        else:
            held = _("Explanation, was valid until %(until)s.") % values
        since = _("Given on %(day)s.") % {"day": wording.say_day(given.waiver.granted_on, language)}
        found.append(
            {
                "told": held,
                "since": since,
                "reason": phrase("waiver_by", language, by=given.by, reason=given.reason),
                "change": beside.change_explanation(given),
            }
        )
    return found


def _signals(signals: Sequence[Signal], reading: Reading) -> list[dict[str, Any]]:
    """Return the counter-signals on a status, newest first; status and counter-signal are shown side by side."""
    return [
        {
            "signal": signal,
            "status": status_name(signal.status, reading.language),
            "late": signal.is_late(reading.today),
            "file": address("upload", signal.file) if signal.file else "",
        }
        for signal in reversed(signals)
    ]
