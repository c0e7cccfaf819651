"""A flag in words, for a terminal: what was due, how long before the deadline, and the source."""

from collections.abc import Iterable, Iterator

from participation.compliance import wording
from participation.compliance.calendar import Term
from participation.compliance.obligations import days_late
from participation.compliance.rulebook import Rulebook
from participation.compliance.rules import Citation, Rule
from participation.selectors.obligations.replay import Replay, StatusTransition

from .messages import demo_text


def headline(transition: StatusTransition, language: str) -> str:
    """Return the new status, with by how many days it was late."""
    status = wording.label("statuses", transition.after, language)
    if not transition.before:
        status = demo_text("stands", language, status=status)
    late = days_late(transition.obligation, transition.on) if transition.after == "met_late" else 0
    return f"{status}, {demo_text('late_by', language, days=days(late, language))}" if late else status


def lead_time_text(transition: StatusTransition, language: str) -> str:
    """Return how long before the date that mattered the flag was raised; empty where there was no such date."""
    deadline, left = transition.deadline, transition.days_until_deadline
    if deadline is None or left is None:
        return ""
    what = deadline.title or wording.label("facts", str(transition.obligation.details.get("anchor", "")), language)
    own = ("days_before" if left else "same_day") + ("" if what else "_day")
    key = own if deadline.own else "next_decision"
    return demo_text(
        key, language, days=days(left, language), day=wording.format_day(deadline.day, language), what=what
    )


def message(transition: StatusTransition, replay: Replay, language: str) -> str:
    """Return what was due, in one sentence."""
    rule = replay.rulebook.by_id[transition.obligation.rule]
    return wording.message(rule, transition.obligation, language, replay.names)


def strength_and_source(rule: Rule, language: str) -> str:
    """Return the strength of a rule and its source."""
    return f"{wording.label('strengths', rule.strength, language)} · {rule.source}"


def first_source(rule: Rule, rulebook: Rulebook, language: str) -> str:
    """Return the citation of a rule's first source."""
    return wording.cite(rule.sources[0], rulebook.sources, language)


def sources(rules: Iterable[Rule], rulebook: Rulebook, language: str) -> Iterator[str]:
    """Yield the citation of each source of these rules once, by its short name."""
    for name in sorted({citation.source for rule in rules for citation in rule.sources}):
        yield f"{name}: {wording.cite(Citation(name), rulebook.sources, language)}"


def summary(replay: Replay, language: str) -> str:
    """Return the number of flags, and how many of them were raised before the date that mattered."""
    count = len(replay.flags)
    if not count:
        text = demo_text("sum_none", language)
    else:
        parts = [demo_text("sum_flag" if count == 1 else "sum_flags", language, count=count)]
        if replay.in_time:
            max_days = max(transition.days_until_deadline or 0 for transition in replay.in_time)
            parts.append(demo_text("sum_in_time", language, count=len(replay.in_time), days=days(max_days, language)))
        if replay.before_decision:
            parts.append(demo_text("sum_decision", language, count=len(replay.before_decision)))
        text = demo_text("sum", language, flags="; ".join(parts))
    if replay.unknown:
        text += " " + demo_text("sum_unknown", language, count=len(replay.unknown))
    return text


def days(count: int, language: str) -> str:
    """Return "1 dag" or "13 dagen"."""
    return wording.format_term(Term(count), language)
