"""The demo summary as lines for a terminal, each with its style."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from textwrap import fill
from typing import NamedTuple

from participation.compliance import wording
from participation.compliance.obligations import days_late
from participation.compliance.rulebook import Rulebook
from participation.compliance.rules import Rule

from . import flag_text
from .messages import say
from .overview import DemoCase, FlagText, Promises, Standing, StatusChanges
from .people import DemoLogin

#: The order in which a trajectory's statuses are shown; what is due later is left out.
ORDER = ("overdue", "possibly_overdue", "planned_late", "due_soon", "unknown", "explained")


class StoryLine(NamedTuple):
    """A line of text, its style (heading, title, flag, secret, or none) and its indent."""

    text: str = ""
    kind: str = ""
    indent: int = 0

    def wrapped(self, width: int) -> str:
        """Return the text wrapped to ``width``; continuation lines are indented further."""
        first = " " * self.indent
        return fill(
            self.text,
            width,
            initial_indent=first,
            subsequent_indent=f"{first}    " if self.kind else first,
            break_long_words=False,
            break_on_hyphens=False,
        )


class Where(NamedTuple):
    """Where to look further: the folder and number of the mails, the website, and how to run a command.

    ``database`` is the value that DATABASE_URL must have for that, or empty where it is set already.
    """

    mails: str
    written: int
    address: str
    python: str
    database: str


def cases(
    found: Sequence[DemoCase], promised: Promises | None, rulebook: Rulebook, python: str, language: str
) -> Iterator[StoryLine]:
    """Yield the flags that would have been raised in the real cases: when, from which source, and the remedy."""
    yield StoryLine(say("part_cases", language), "heading")
    for case in found:
        apart = f" ({wording.label('phrases', 'retrospective', language)})" if case.replay.retrospective else ""
        yield StoryLine()
        yield StoryLine(f"{case.replay.title}{apart}", "title")
        for told in case.told:
            yield from _told(told, case.replay.names, rulebook, language)
        if not case.told:
            yield StoryLine(say("no_flags", language), indent=2)
        if case.more:
            command = f"{python} manage.py replay {case.replay.slug}"
            yield StoryLine(say("rest", language, count=case.more, command=command), indent=2)
    if promised:
        rule = rulebook.by_id[promised.one.rule]
        what = wording.message(rule, promised.one, language)
        yield StoryLine()
        yield StoryLine(promised.title, "title")
        yield StoryLine(
            f"{wording.say_day(promised.on, language)} · {wording.label('statuses', 'overdue', language)}",
            "flag",
            2,
        )
        yield StoryLine(say("times", language, count=promised.total, what=what), indent=4)
        yield from _why(rule, rulebook, language)


def _told(told: FlagText, names: Mapping[str, str], rulebook: Rulebook, language: str) -> Iterator[StoryLine]:
    flag, rule = told.flag, rulebook.by_id[told.flag.obligation.rule]
    parts = [wording.say_day(flag.on, language), wording.label("statuses", flag.after, language)]
    if ahead := flag_text.before_what(flag, language):
        parts.append(ahead)
    yield StoryLine(" · ".join(parts), "flag", 2)
    lacking = len(flag.obligation.details.get("parties", ()))
    without = [say("without", language, count=lacking)] if lacking else []
    owed = flag_text.message(flag, rulebook, names, language)
    yield StoryLine(" ".join([owed, *without, _ending(told, language)]), indent=4)
    yield from _why(rule, rulebook, language)


def _ending(told: FlagText, language: str) -> str:
    if told.settled is None:
        return say("never", language)
    day = wording.say_day(told.settled.on, language)
    late = days_late(told.settled.obligation, told.settled.on)
    if not late:
        return say("settled_in_time", language, day=day)
    days = flag_text.days(late, language)
    return say("settled", language, day=day, late=say("late_by", language, days=days))


def _why(rule: Rule, rulebook: Rulebook, language: str) -> Iterator[StoryLine]:
    strength = wording.label("strengths", rule.strength, language)
    source = flag_text.first_source(rule, rulebook, language)
    yield StoryLine(f"{strength[:1].upper()}{strength[1:]}: {source}", indent=4)
    yield StoryLine(say("remedy", language, what=wording.in_language(rule.remedy, language)), indent=4)


def week(standing: Sequence[Standing], changed: StatusChanges, language: str) -> Iterator[StoryLine]:
    """Yield the statuses of the invented trajectories today, and the changes of the past week."""
    yield StoryLine(say("part_week", language), "heading")
    yield StoryLine()
    for one in standing:
        told = [
            f"{one.counts[status]} {wording.label('statuses', status, language)}"
            for status in ORDER
            if one.counts.get(status)
        ]
        told.append(f"{one.counts.get('met', 0) + one.counts.get('met_late', 0)} {say('done', language)}")
        yield StoryLine(one.title, "title", 2)
        yield StoryLine(", ".join(told), indent=4)
    yield StoryLine(say("changes", language, new=changed.new, resolved=changed.resolved), indent=2)


def further(where: Where, people: Sequence[DemoLogin], language: str) -> Iterator[StoryLine]:
    """Yield where the mails are, how to run the commands, and the accounts to log in with."""
    yield StoryLine(say("part_you", language), "heading")
    yield StoryLine()
    yield StoryLine(say("mails", language, count=where.written, folder=where.mails), indent=2)
    yield StoryLine(say("rules", language, command=f"{where.python} manage.py rules"), indent=2)
    if where.database:
        yield StoryLine(say("commands", language), indent=2)
        yield StoryLine(f"export DEMO=1 DATABASE_URL={where.database}", indent=4)
    yield StoryLine(say("log_in", language, address=where.address), indent=2)
    width = max(len(person.user.email) for person in people)
    for person in people:
        what = say(person.role, language, name=person.name, count=person.assigned)
        yield StoryLine(f"{person.user.email:<{width}}  {person.password}  {what}", "secret", 4)


def opening(today: date, place: str, language: str) -> Iterator[StoryLine]:
    """Yield the title, today's date and where the data is stored."""
    yield StoryLine(say("title", language), "heading")
    yield StoryLine(say("today", language, day=wording.say_day(today, language), place=place))
