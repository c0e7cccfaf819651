"""What is owed, as a page tells it: by basic condition, the late ones first, in words."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.urls import reverse

from participation.compliance import words
from participation.compliance.obligations import SETTLED, Obligation, days_late
from participation.compliance.rulebook import Rulebook
from participation.compliance.vocabulary import BASICS, STRENGTHS
from participation.reports.content import SECTIONS, phrase, status_name
from participation.reports.links import link
from participation.selectors.pages import Explanation

from ..words import words_in

#: In which order they stand in their group; what is done stands apart.
_ORDER = (*SECTIONS, "pending", "explained", *SETTLED)


class Reading(NamedTuple):
    """Who reads it when: the rules, the day, the language, what parties are called, and what is asked of them."""

    rulebook: Rulebook
    today: date
    language: str
    names: words.Names = words.NO_NAMES
    may_change: bool = False
    retrospective: bool = False


def anchor(rule: str, subject: str = "") -> str:
    """Return the id of an obligation on its page: what the links in mails point to."""
    return link(rule=rule, subject=subject).partition("#")[2]


def told(
    rows: Sequence[tuple[Obligation, str]], reading: Reading, explanations: Iterable[Explanation] = ()
) -> dict[str, Any]:
    """Return what the page shows of these obligations with their statuses."""
    explanations = tuple(explanations)
    groups = []
    for basic in BASICS:
        own = [row for row in rows if reading.rulebook.by_id[row[0].rule].basic == basic]
        if own:
            items = list(_items(sorted(own, key=lambda row: _badness(row, reading)), reading, explanations))
            done = [item for item in items if item["status"] in SETTLED]
            groups.append(
                {
                    "id": f"basic-{basic}",
                    "label": words.label("basics", basic, reading.language),
                    "items": [item for item in items if item["status"] not in SETTLED],
                    "done": done,
                    "done_told": words_in(reading.language)["done"].format(n=len(done)),
                }
            )
    overdue = sum(status == "overdue" for _obligation, status in rows)
    return {
        "groups": groups,
        "summary": phrase("late", reading.language, overdue),
        "checked": phrase(
            "checked",
            reading.language,
            day=words.say_day(reading.today, reading.language),
            rulebook=f"{words.in_language(reading.rulebook.title, reading.language)} ({reading.rulebook.hash})",
        ),
    }


def _badness(row: tuple[Obligation, str], reading: Reading) -> tuple[Any, ...]:
    obligation, status = row
    return (
        _ORDER.index(status),
        STRENGTHS.index(reading.rulebook.by_id[obligation.rule].strength),
        -days_late(obligation, reading.today),
        obligation.due_on or date.max,
        obligation.identity,
    )


def _items(
    rows: Sequence[tuple[Obligation, str]], reading: Reading, explanations: Sequence[Explanation]
) -> Iterator[dict[str, Any]]:
    """Yield each as it is shown; the first of a rule is also where a link to the rule as a whole leads."""
    led_to = {obligation.rule for obligation, _status in rows if not obligation.subject}
    for obligation, status in rows:
        whole = "" if obligation.rule in led_to else anchor(obligation.rule)
        led_to.add(obligation.rule)
        yield {"whole": whole, **_item(obligation, status, reading, explanations)}


def _item(obligation: Obligation, status: str, reading: Reading, explanations: Sequence[Explanation]) -> dict[str, Any]:
    language, rule = reading.language, reading.rulebook.by_id[obligation.rule]
    strength = words.label("strengths", rule.strength, language)
    source = words.cite(rule.sources[0], reading.rulebook.sources, language)
    name = status_name(status, language)
    return {
        "id": anchor(*obligation.identity),
        "status": status,
        "mark": name[:1].upper() + name[1:],
        "what": words.message(rule, obligation, language, reading.names),
        "told": [
            *_when(obligation, status, reading),
            phrase("word_of", language, strength=strength, source=source),
        ],
        "rule": {"title": words.in_language(rule.title, language), "href": f"{reverse('rules')}#rule-{rule.id}"},
        **_act(obligation, status, reading),
        "explanation": _explanation(obligation, reading, explanations),
    }


def _when(obligation: Obligation, status: str, reading: Reading) -> list[str]:
    """Return its dates in sentences."""
    language = reading.language

    def day(on: date | None) -> str:
        return words.say_day(on, language) if on else words.label("phrases", "not_recorded", language)

    if status == "unknown":
        if reading.may_change:
            return []  # what to fill in says it already
        return [phrase("when_unknown", language, missing=words.say_missing(obligation.missing, language))]
    by_then = words_in(language)["by_then"].format(due=day(obligation.due_on))
    if status == "pending":
        return [by_then]
    late = days_late(obligation, reading.today)
    left = (obligation.due_on - reading.today).days if status == "due_soon" and obligation.due_on else late
    dates = phrase(
        f"when_{status}",
        language,
        left,
        due=day(obligation.due_on),
        strict=day(obligation.strict_due_on),
        expected=day(obligation.expected_on),
        met=day(obligation.met_on),
    )
    return [by_then, dates] if status in (*SETTLED, "explained") and obligation.due_on else [dates]


def _act(obligation: Obligation, status: str, reading: Reading) -> dict[str, str]:
    """Return whose turn it is and the one thing to do, where there is one."""
    language, rule = reading.language, reading.rulebook.by_id[obligation.rule]
    if status in SETTLED or status == "explained":
        return {"call": "", "act": ""}
    if status == "unknown" and reading.may_change:
        return {"call": phrase("call", language), "act": words.remedy(rule, obligation, language)}
    if reading.retrospective:
        call = words_in(language)["had_helped"]
    else:
        call = phrase("call" if reading.may_change else "call_municipality", language)
    return {"call": call, "act": words.in_language(rule.remedy, language)}


def _explanation(
    obligation: Obligation, reading: Reading, explanations: Sequence[Explanation]
) -> dict[str, str] | None:
    """Return the explanation that holds longest, also when it ran out."""
    covering = [e for e in explanations if e.waiver.covers(obligation)]
    if not covering:
        return None
    longest = max(covering, key=lambda e: (e.waiver.until or date.max, e.waiver.granted_on))
    until, language = longest.waiver.until, reading.language
    code = "explained" if until is None else "explained_until" if until >= reading.today else "explained_before"
    return {
        "told": words_in(language)[code].format(until=words.say_day(until, language) if until else ""),
        "reason": phrase("waiver_by", language, by=longest.by, reason=longest.reason),
    }
