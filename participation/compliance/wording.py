"""Texts in Dutch and English, rendered on display: rewording changes no stored row."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from .calendar import Term
from .dates import ImpreciseDate
from .obligations import SETTLED, ObligationValue, planned_in_time
from .problems import ProblemReporter, RulebookError
from .rules import Citation, Rule, Source
from .yaml_reader import read_yaml

WORDS_PATH = Path(__file__).parent.parent / "rulebooks" / "words.yaml"
#: Details that are dates.
DATE_DETAILS = ("first_lawful_day",)
#: The label group of each coded detail.
DETAIL_GROUPS = {"anchor": "facts", "lacks": "facts", "phase": "phases", "group": "groups"}
#: Details that are titles: rendered in quotation marks, to set them off in a sentence.
TITLE_DETAILS = ("about", "decision", "activities", "uses", "papers")
#: Details that are parties: rendered by their current name.
PARTY_DETAILS = ("party", "parties")
Names = Mapping[str, str]
NO_NAMES: Names = MappingProxyType({})


@lru_cache(maxsize=1)
def _load_words() -> dict[str, dict[str, dict[str, Any]]]:
    report = ProblemReporter([], WORDS_PATH.name)
    words: dict[str, dict[str, dict[str, Any]]] = read_yaml(WORDS_PATH.read_bytes(), report)
    if report.problems:
        raise RulebookError(report.problems)
    return words


def label(group: str, code: str, language: str) -> str:
    """Return the label of a code, or the code itself when it has none, so that nothing is hidden."""
    found = _load_words()[group].get(code)
    return str(found[language]) if found else code


def format_list(items: Iterable[str], language: str, conjunction: Literal["and", "or"] = "and") -> str:
    """Return "a, b en c"; an empty list is "niets"."""
    found = list(items)
    if not found:
        return label("phrases", "nothing", language)
    word = f" {label('phrases', conjunction, language)} "
    return word.join([", ".join(found[:-1]), found[-1]]) if len(found) > 1 else found[0]


def format_day(day: date, language: str, with_year: bool = True) -> str:
    """Return "6 juni 2017"."""
    month = label("months", str(day.month), language)
    return f"{day.day} {month} {day.year}" if with_year else f"{day.day} {month}"


def format_date(when: ImpreciseDate | None, language: str) -> str:
    """Return an imprecise date as text: "medio juni 2017", "16 of 17 maart 2017"."""
    if when is None:
        return label("phrases", "not_recorded", language)
    if when.latest is None:
        return label("precisions", when.precision, language)
    form = label("precisions", _displayed_precision(when), language)
    first, last = when.earliest or when.latest, when.latest
    return form.format(
        day=format_day(last, language),
        span=_format_span(first, last, language, "or" if when.precision == "either_or" else "until"),
        part=label("month_parts", _month_part(last), language),
        month=f"{label('months', str(last.month), language)} {last.year}",
        week=last.isocalendar().week,
        year=last.isocalendar().year if when.precision == "week" else last.year,
    )


def _displayed_precision(when: ImpreciseDate) -> str:
    """Return the label of the precision; bounds that do not match it are rendered as a range."""
    first, last = when.earliest, when.latest
    if when.precision in ("month", "month_part", "week", "year") and first and last:
        fits = {
            "month": first.day == 1 and (last.month, last.year) == (first.month, first.year),
            "month_part": (last.month, last.year) == (first.month, first.year),
            "week": (last - first).days == 6 and first.weekday() == 0,
            "year": (first.month, first.day, last.month, last.day, first.year) == (1, 1, 12, 31, last.year),
        }
        return when.precision if fits[when.precision] else "range"
    if when.precision in ("range", "either_or") and first == last:
        return "day"
    return when.precision


def _month_part(last: date) -> str:
    return "begin" if last.day <= 10 else "middle" if last.day <= 20 else "end"


def _format_span(first: date, last: date, language: str, conjunction: str) -> str:
    """Return "3 tot en met 22 april 2017": a shared month or year is not repeated."""
    word = label("phrases", conjunction, language)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} {word} {format_day(last, language)}"
    return f"{format_day(first, language, first.year != last.year)} {word} {format_day(last, language)}"


def format_term(term: Term, language: str) -> str:
    """Return "28 dagen" or "6 weken", without the sign of a negative term."""
    unit = label("units", f"{term.unit}_one" if abs(term.length) == 1 else term.unit, language)
    return f"{abs(term.length)} {unit}"


def message(rule: Rule, obligation: ObligationValue, language: str, names: Names = NO_NAMES) -> str:
    """Return the message of an obligation, one sentence; ``names`` maps slugs to organisation names."""
    return message_with(rule, details(rule, obligation, language, names), language)


def message_with(rule: Rule, texts: Mapping[str, str], language: str) -> str:
    """Return the message of an obligation with these details."""
    return rule.message[language].format_map(DetailTexts(texts))


def remedy(rule: Rule, obligation: ObligationValue, status: str, today: date, language: str) -> str:
    """Return the remedy on that day: the missing facts to fill in, else the action of the rule.

    When it is planned in time the text says so and asks for nothing; "" when it is met.
    """
    if status in SETTLED:
        return ""
    if obligation.missing:
        missing = format_missing(obligation.missing, language)
        return label("phrases", "fill_in", language).format(missing=missing)
    if planned := planned_in_time(obligation, today):
        return label("phrases", "planned_in_time", language).format(day=format_day(planned, language))
    return text_in_language(rule.remedy, language)


def details(rule: Rule, obligation: ObligationValue, language: str, names: Names = NO_NAMES) -> dict[str, str]:
    """Return the details of an obligation as display texts."""
    found = {
        name: format_list((_format_detail(rule, name, item, language, names) for item in value), language)
        if isinstance(value, (list, tuple))
        else _format_detail(rule, name, value, language, names)
        for name, value in obligation.details.items()
    }
    if obligation.due_on:
        found["due"] = format_day(obligation.due_on, language)
    term = rule.version_on(obligation.trigger_on).parameters.get("term")
    if isinstance(term, Term):
        found["term"] = format_term(term, language)
    return found


def _format_detail(rule: Rule, name: str, value: Any, language: str, names: Names) -> str:
    if value == "":
        return label("phrases", "the_trajectory", language)
    if name in DATE_DETAILS:
        return format_day(date.fromisoformat(value), language)
    if name in TITLE_DETAILS:
        return f"“{value}”"
    if name in PARTY_DETAILS:
        return names.get(value) or label("parties", value, language)
    if name == "lacks" and value in rule.item_names:
        return text_in_language(rule.item_names[value], language)
    group = DETAIL_GROUPS.get(name)
    return label(group, str(value), language) if group else str(value)


def cite(citation: Citation, sources: Mapping[str, Source], language: str) -> str:
    """Return a citation with the full name of the source: "Brief van het college (actie 10)".

    ``sources`` are those of the rulebook, by key.
    """
    source = sources.get(citation.source)
    text = text_in_language(source.text, language) if source else citation.source
    passage = " ".join(label("passages", word, language) for word in citation.passage.split())
    return f"{text} ({passage})" if passage else text


def cite_in_full(citation: Citation, sources: Mapping[str, Source], language: str) -> str:
    """Return a citation, and from which other text it is known where it was not read itself."""
    text = cite(citation, sources, language)
    source = sources.get(citation.source)
    if not (source and source.known_from):
        return text
    origin = cite(Citation(source.known_from), sources, language)
    return label("rule_page", "known_from", language).format(text=text, origin=origin)


def format_missing(missing: Iterable[str], language: str) -> str:
    """Return the list of missing facts as text."""
    known = _load_words()["missing"]
    return format_list((label("missing" if name in known else "facts", name, language) for name in missing), language)


class DetailTexts(dict[str, str]):
    """Format mapping that renders a detail missing from an older stored obligation as "…"."""

    def __missing__(self, key: str) -> str:
        """Return "…"."""
        return "…"


def text_in_language(text: Mapping[str, str], language: str) -> str:
    """Return a text of the rulebook in this language, else in Dutch."""
    return text.get(language) or text.get("nl", "")
