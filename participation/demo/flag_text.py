"""A flag in words, for a terminal: what was due, how long before the deadline, and the source."""

from collections.abc import Iterable, Iterator, Mapping

from participation.compliance import wording
from participation.compliance.calendar import Term
from participation.compliance.obligations import days_late
from participation.compliance.rulebook import Rulebook
from participation.compliance.rules import Rule, Source
from participation.selectors.replay import Replay, StatusTurn

from .messages import say


def headline(turn: StatusTurn, language: str) -> str:
    """Return the new status, with by how many days it was late."""
    status = wording.label("statuses", turn.after, language)
    if not turn.before:
        status = say("stands", language, status=status)
    late = days_late(turn.obligation, turn.on) if turn.after == "met_late" else 0
    return f"{status}, {say('late_by', language, days=days(late, language))}" if late else status


def before_what(turn: StatusTurn, language: str) -> str:
    """Return how long before the date that mattered the flag was raised; empty where there was no such date."""
    matter, left = turn.matter, turn.days_before
    if matter is None or left is None:
        return ""
    what = matter.title or wording.label("facts", str(turn.obligation.details.get("anchor", "")), language)
    own = ("days_before" if left else "same_day") + ("" if what else "_day")
    key = own if matter.own else "next_decision"
    return say(key, language, days=days(left, language), day=wording.say_day(matter.day, language), what=what)


def message(turn: StatusTurn, rulebook: Rulebook, names: Mapping[str, str], language: str) -> str:
    """Return what was due, in one sentence; ``names`` maps slugs of organisations to names."""
    return wording.message(rulebook.by_id[turn.obligation.rule], turn.obligation, language, names)


def on_whose_word(rule: Rule, language: str) -> str:
    """Return the strength of a rule and its source."""
    return f"{wording.label('strengths', rule.strength, language)} · {rule.source}"


def first_source(rule: Rule, rulebook: Rulebook, language: str) -> str:
    """Return the citation of a rule's first source."""
    return wording.cite(rule.sources[0], rulebook.sources, language)


def sources(rules: Iterable[Rule], rulebook: Rulebook, language: str) -> Iterator[str]:
    """Yield the citation of each source of these rules once, by its short name."""
    for name in sorted({source.text for rule in rules for source in rule.sources}):
        yield f"{name}: {wording.cite(Source(name), rulebook.sources, language)}"


def summary(replay: Replay, language: str) -> str:
    """Return the number of flags, and how many of them were raised before the date that mattered."""
    count = len(replay.flags)
    if not count:
        told = say("sum_none", language)
    else:
        parts = [say("sum_flag" if count == 1 else "sum_flags", language, count=count)]
        if replay.in_time:
            most = max(turn.days_before or 0 for turn in replay.in_time)
            parts.append(say("sum_in_time", language, count=len(replay.in_time), days=days(most, language)))
        if replay.before_decision:
            parts.append(say("sum_decision", language, count=len(replay.before_decision)))
        told = say("sum", language, flags="; ".join(parts))
    if replay.unknown:
        told += " " + say("sum_unknown", language, count=len(replay.unknown))
    return told


def days(count: int, language: str) -> str:
    """Return "1 dag" or "13 dagen"."""
    return wording.say_term(Term(count), language)
