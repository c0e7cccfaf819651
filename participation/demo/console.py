"""The demo summary as lines for a terminal, each with its style."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from shlex import quote
from textwrap import fill
from typing import NamedTuple

from participation.compliance import wording
from participation.compliance.obligations import days_late
from participation.compliance.rulebook import Rulebook
from participation.compliance.rules import Rule
from participation.selectors.obligations.replay import Replay

from . import flag_text
from .messages import demo_text
from .overview import DemoCase, FlagText, Standing, StatusChanges, UndatedCommitments
from .people import DemoLogin

#: The order in which a trajectory's statuses are shown; what is due later is left out.
STATUS_ORDER = ("overdue", "possibly_overdue", "planned_late", "due_soon", "unknown", "explained")


class StoryLine(NamedTuple):
    """A line of text, its style (heading, title, flag, secret, command, or none) and its indent."""

    text: str = ""
    kind: str = ""
    indent: int = 0

    def wrapped(self, width: int) -> str:
        """Return the text wrapped to ``width``; continuation lines are indented further.

        A command is not wrapped: it would be cut in two where it is copied.
        """
        first = " " * self.indent
        if self.kind == "command":
            return f"{first}{self.text}"
        return fill(
            self.text,
            width,
            initial_indent=first,
            subsequent_indent=f"{first}    " if self.kind else first,
            break_long_words=False,
            break_on_hyphens=False,
        )


class DemoLocations(NamedTuple):
    """Where to look further: the folder and number of the mails, the website, and how to run a command.

    ``environment`` are the variables that a command needs for that, without those that are set already.
    """

    mails: str
    written: int
    address: str
    python: str
    environment: Mapping[str, str]


def cases(
    found: Sequence[DemoCase], commitments: UndatedCommitments | None, rulebook: Rulebook, python: str, language: str
) -> Iterator[StoryLine]:
    """Yield the flags that would have been raised in the real cases: when, from which source, and the remedy."""
    yield StoryLine(demo_text("part_cases", language), "heading")
    for case in found:
        suffix = f" ({wording.label('phrases', 'retrospective', language)})" if case.replay.retrospective else ""
        yield StoryLine()
        yield StoryLine(f"{case.replay.title}{suffix}", "title")
        for shown_flag in case.shown_flags:
            yield from _flag_lines(shown_flag, case.replay, language)
        if not case.shown_flags:
            yield StoryLine(demo_text("no_flags", language), indent=2)
        if case.more:
            command = f"{python} manage.py replay {case.replay.slug}"
            yield StoryLine(demo_text("rest", language, count=case.more, command=command), indent=2)
    if commitments:
        rule = rulebook.by_id[commitments.one.rule]
        what = wording.message(rule, commitments.one, language)
        yield StoryLine()
        yield StoryLine(commitments.title, "title")
        yield StoryLine(
            f"{wording.format_day(commitments.on, language)} · {wording.label('statuses', 'overdue', language)}",
            "flag",
            2,
        )
        yield StoryLine(demo_text("times", language, count=commitments.total, what=what), indent=4)
        yield from _source_lines(rule, rulebook, language)


def _flag_lines(shown_flag: FlagText, replay: Replay, language: str) -> Iterator[StoryLine]:
    flag, rule = shown_flag.flag, replay.rulebook.by_id[shown_flag.flag.obligation.rule]
    parts = [wording.format_day(flag.on, language), wording.label("statuses", flag.after, language)]
    if lead_time := flag_text.lead_time_text(flag, language):
        parts.append(lead_time)
    yield StoryLine(" · ".join(parts), "flag", 2)
    lacking = len(flag.obligation.details.get("parties", ()))
    lacking_text = [demo_text("without", language, count=lacking)] if lacking else []
    message = flag_text.message(flag, replay, language)
    yield StoryLine(" ".join([message, *lacking_text, _settled_text(shown_flag, language)]), indent=4)
    yield from _source_lines(rule, replay.rulebook, language)


def _settled_text(shown_flag: FlagText, language: str) -> str:
    if shown_flag.settled is None:
        return demo_text("never", language)
    day = wording.format_day(shown_flag.settled.on, language)
    late = days_late(shown_flag.settled.obligation, shown_flag.settled.on)
    if not late:
        return demo_text("settled_in_time", language, day=day)
    days = flag_text.days(late, language)
    return demo_text("settled", language, day=day, late=demo_text("late_by", language, days=days))


def _source_lines(rule: Rule, rulebook: Rulebook, language: str) -> Iterator[StoryLine]:
    strength = wording.label("strengths", rule.strength, language)
    source = flag_text.first_source(rule, rulebook, language)
    yield StoryLine(f"{strength[:1].upper()}{strength[1:]}: {source}", indent=4)
    yield StoryLine(demo_text("remedy", language, what=wording.text_in_language(rule.remedy, language)), indent=4)


def week(standing: Sequence[Standing], changed: StatusChanges, language: str) -> Iterator[StoryLine]:
    """Yield the statuses of the invented trajectories today, and the changes of the past week."""
    yield StoryLine(demo_text("part_week", language), "heading")
    yield StoryLine()
    for one in standing:
        parts = [
            f"{one.counts[status]} {wording.label('statuses', status, language)}"
            for status in STATUS_ORDER
            if one.counts.get(status)
        ]
        parts.append(f"{one.counts.get('met', 0) + one.counts.get('met_late', 0)} {demo_text('done', language)}")
        yield StoryLine(one.title, "title", 2)
        yield StoryLine(", ".join(parts), indent=4)
    yield StoryLine(demo_text("changes", language, new=changed.new, resolved=changed.resolved), indent=2)


def further_lines(where: DemoLocations, people: Sequence[DemoLogin], language: str) -> Iterator[StoryLine]:
    """Yield where the mails are, how to run the commands, and the accounts to log in with."""
    yield StoryLine(demo_text("part_you", language), "heading")
    yield StoryLine()
    yield StoryLine(demo_text("mails", language, count=where.written, folder=where.mails), indent=2)
    yield StoryLine(demo_text("rules", language, command=f"{where.python} manage.py rules"), indent=2)
    yield StoryLine(demo_text("postcodes", language), indent=2)
    if where.environment:
        yield StoryLine(demo_text("commands", language), indent=2)
        for name, value in {"DEMO": "1", **where.environment}.items():
            yield StoryLine(f"export {name}={quote(value)}", "command", 4)
    yield StoryLine(demo_text("log_in", language, address=where.address), indent=2)
    width = max(len(person.user.email) for person in people)
    for person in people:
        what = demo_text(person.role, language, name=person.name, count=person.assigned)
        yield StoryLine(f"{person.user.email:<{width}}  {person.password}  {what}", "secret", 4)


def opening_lines(today: date, place: str, language: str) -> Iterator[StoryLine]:
    """Yield the title, today's date and where the data is stored."""
    yield StoryLine(demo_text("title", language), "heading")
    yield StoryLine(demo_text("today", language, day=wording.format_day(today, language), place=place))
