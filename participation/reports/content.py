"""What a report of a week or a day says: pure values in, a report out, or None when there is nothing to say."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from participation.compliance import words
from participation.compliance.obligations import FLAGGED, SOON_DAYS
from participation.compliance.vocabulary import STRENGTHS

#: What a flag is resolved by.
RESOLVED = ("met", "met_late", "explained", "withdrawn")
#: The sections of flags, in the order in which a reader meets them: the worst first.
SECTIONS = ("overdue", "possibly_overdue", "planned_late", "due_soon", "unknown")
#: The rows of the figures, each with the statuses that it counts.
FIGURES: Mapping[str, tuple[str, ...]] = {
    **{code: (code,) for code in SECTIONS},
    "explained": ("explained",),
    "done": ("met", "met_late"),
}
#: So many lines in full a section, unless more than that are law; what is less pressing is kept shorter.
LIMIT = 10
LIMITS = {"unknown": 5, "register": 5, "resolved": 5, "review": 5}
#: Who is told about motions and commitments.
REGISTER_ROLES = ("coordinator", "auditor")


class Line(NamedTuple):
    """An obligation as one recipient reads it, with its past in the ledger; ``title`` is its owner's.

    ``before`` is the status that the ledger had at the start of the period ("" when it was not there),
    ``noticed`` the last one it has, ``noticed_at`` when that was, and ``flagged_meanwhile`` whether it left a
    flagged status within the period. ``days_late`` are calendar days; None where it
    was not done and the trajectory is over.
    """

    of: str
    name: str
    title: str
    home: str
    rule: str
    rule_title: str
    strength: str
    basic: str
    subject: str
    status: str
    message: str
    remedy: str
    source: str
    link: str
    retrospective: bool = False
    due_on: date | None = None
    strict_due_on: date | None = None
    expected_on: date | None = None
    met_on: date | None = None
    days_late: int | None = 0
    missing: tuple[str, ...] = ()
    planned_in_time: bool = False
    before: str = ""
    noticed: str = ""
    noticed_at: datetime | None = None
    flagged_meanwhile: bool = False

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """Return what makes it the same line, also when it was withdrawn and called for again."""
        return (self.of, self.name, self.rule, self.subject)

    @property
    def badness(self) -> tuple[Any, ...]:
        """Return by what lines are sorted: law before wish, then the latest first, then by date."""
        return (
            STRENGTHS.index(self.strength),
            -(self.days_late or 0),
            self.due_on or date.max,
            self.title,
            self.identity,
            SECTIONS.index(self.status) if self.status in SECTIONS else len(SECTIONS),
        )


class RunningOut(NamedTuple):
    """An explanation that ends soon, or ended within the period, of what is still not done."""

    title: str
    home: str
    rule_title: str
    until: date
    by: str
    reason: str
    link: str


class Recipient(NamedTuple):
    """For whom a report is written: decides its language, and what is told and asked."""

    role: str
    language: str


class Entry(NamedTuple):
    """A line in a section; ``new`` when it came to this status within the period."""

    line: Line
    new: bool


class Group(NamedTuple):
    """The entries of one owner: a trajectory, motion or commitment; ``more`` counts its lines left out."""

    title: str
    link: str
    entries: tuple[Entry, ...]
    more: int


class Section(NamedTuple):
    """A heading and what is under it; ``more`` counts the lines of owners that are left out as a whole."""

    code: str
    total: int
    groups: tuple[Group, ...]
    more: int


class Figure(NamedTuple):
    """How many lines had a status at the start of the period, and how many have it now."""

    code: str
    before: int
    now: int


class Report(NamedTuple):
    """A report for one recipient; empty sections are left out. ``since`` is where the period that it tells of began.

    ``period`` is weekly, with everything that is flagged, or daily, with what changed alone.
    """

    recipient: Recipient
    period: str
    year: int
    week: int
    day: date
    since: date
    subject: str
    summary: str
    figures: tuple[Figure, ...]
    sections: tuple[Section, ...]
    register: Section | None
    resolved: Section | None
    waivers: tuple[RunningOut, ...]
    review: Section | None
    new: int

    def as_figures(self) -> dict[str, Any]:
        """Return its figures as a delivery keeps them."""
        return {
            "now": {f.code: f.now for f in self.figures},
            "before": {f.code: f.before for f in self.figures},
            "new": self.new,
            "resolved": self.resolved.total if self.resolved else 0,
        }


def build(
    recipient: Recipient,
    day: date,
    since: datetime,
    lines: Iterable[Line],
    waivers: Iterable[RunningOut] = (),
    now: Mapping[str, int] | None = None,
    before: Mapping[str, int] | None = None,
    period: str = "weekly",
) -> Report | None:
    """Return the report of the period from ``since`` up to ``day``, or None when there is nothing to say.

    ``now`` and ``before`` count the lines a status; what looks back is in none of them. A report about
    looking back alone is made only when something in it is new: the same news every week is no news. A daily
    report has only what came to its status or was resolved since, and no figures: the week's has them.
    """
    daily = period == "daily"
    theirs = (line for line in lines if line.of == "trajectory" or recipient.role in REGISTER_ROLES)
    told = sorted(_once(theirs), key=lambda line: line.badness)
    if daily:
        told = [line for line in told if line.status not in FLAGGED or is_new(line, since)]
        waivers = [waiver for waiver in waivers if _came_up(waiver, since.date(), day)]
    current = [line for line in told if not line.retrospective]
    flagged = [line for line in current if line.status in FLAGGED]
    sections = [
        _section(code, [x for x in flagged if x.status == code and x.of == "trajectory"], since) for code in SECTIONS
    ]
    register = _section("register", _by_status(line for line in flagged if line.of != "trajectory"), since)
    resolved = _section("resolved", [line for line in current if was_resolved(line, since)], since)
    looking_back = _by_status(line for line in told if line.retrospective and line.status in FLAGGED)
    review = _review(looking_back, since)
    running_out = tuple(sorted(waivers, key=lambda waiver: (waiver.until, waiver)))
    new = sum(is_new(line, since) for line in flagged)
    if not (flagged or resolved or running_out or any(is_new(line, since) for line in looking_back)):
        return None
    figures = (
        ()
        if daily
        else tuple(
            figure
            for code, statuses in FIGURES.items()
            if any((figure := Figure(code, _count(before, statuses), _count(now, statuses)))[1:])
        )
    )
    year, week, _weekday = day.isocalendar()
    counts = {
        "new": new,
        "resolved": resolved.total if resolved else 0,
        "waivers": len(running_out),
        "law": sum(line.strength == "law" and line.status == "overdue" for line in flagged),
        **{code: sum(line.status == code for line in flagged) for code in SECTIONS},
    }
    return Report(
        recipient=recipient,
        period=period,
        year=year,
        week=week,
        day=day,
        since=since.date(),
        subject=_subject(None if daily else week, day, counts, recipient.language, bool(review)),
        summary=_day_summary(since.date(), counts, recipient.language)
        if daily
        else _summary(since.date(), counts, recipient.language),
        figures=figures,
        sections=tuple(section for section in sections if section),
        register=register,
        resolved=resolved,
        waivers=running_out,
        review=review,
        new=new,
    )


def is_new(line: Line, since: datetime) -> bool:
    """Tell whether the ledger has it come to the flagged status it still has, after the period began."""
    return (
        line.status in FLAGGED
        and line.noticed == line.status != line.before
        and line.noticed_at is not None
        and line.noticed_at > since
    )


def was_resolved(line: Line, since: datetime) -> bool:
    """Tell whether the ledger has it flagged, then resolved within the period, and it still is."""
    return (
        line.status in RESOLVED
        and line.noticed in RESOLVED
        and line.noticed_at is not None
        and line.noticed_at > since
        and (line.before in FLAGGED or line.flagged_meanwhile)
    )


def phrase(code: str, language: str, n: int | None = None, **values: Any) -> str:
    """Return a phrase of the report; ``n`` chooses the form for none or for one, where there is one."""
    form = {0: f"{code}_none", 1: f"{code}_one"}.get(-1 if n is None else n, code)
    text = words.label("report", form, language)
    if text == form:
        text = words.label("report", code, language)
    return text.format(n=n, **values)


def status_name(code: str, language: str) -> str:
    """Return what a status is called in the report, within a sentence: as above its section."""
    if code not in SECTIONS:
        return phrase("done", language) if code == "done" else words.label("statuses", code, language)
    name = phrase("unknown_seen" if code == "unknown" else code, language)
    return name[:1].lower() + name[1:]


def _once(lines: Iterable[Line]) -> list[Line]:
    """Return each line once: what was withdrawn and called for again was never away."""
    found: dict[tuple[str, str, str, str], Line] = {}
    latest_first = sorted(lines, key=lambda line: (str(line.noticed_at or ""), repr(line)), reverse=True)
    for line in sorted(latest_first, key=lambda line: line.status == "withdrawn"):
        there = found.setdefault(line.identity, line)
        if there is not line:
            found[line.identity] = there._replace(before=there.before or line.before)
    return list(found.values())


def _by_status(lines: Iterable[Line]) -> list[Line]:
    """Return lines of several statuses with the worst status first, each in the order it had."""
    return sorted(lines, key=lambda line: SECTIONS.index(line.status))


def _section(code: str, lines: list[Line], since: datetime) -> Section | None:
    """Return the section of these lines, sorted already, or None where there are none."""
    if not lines:
        return None
    kept = _kept(lines, since, LIMITS.get(code, LIMIT))
    return Section(code, len(lines), *_grouped(kept, lines, since))


def _review(lines: list[Line], since: datetime) -> Section | None:
    """Return the section that looks back: what is new in it and what is law, and of the rest how many."""
    if not lines:
        return None
    telling = [line for line in lines if line.strength == "law" or is_new(line, since)]
    groups, more = _grouped(_kept(telling, since, LIMITS["review"]), lines, since)
    told = {(group.title, group.link) for group in groups}
    rest = Counter((line.title, line.home) for line in lines if (line.title, line.home) not in told)
    listed = [Group(*owner, (), count) for owner, count in rest.items()][: max(0, LIMIT - len(groups))]
    return Section("review", len(lines), (*groups, *listed), more - sum(group.more for group in listed))


def _grouped(kept: list[Line], lines: list[Line], since: datetime) -> tuple[tuple[Group, ...], int]:
    """Return the kept lines by owner, each where its worst line would stand, and how many have no group."""
    total = Counter(_owner(line) for line in lines)
    place = {_owner(line): at for at, line in reversed(list(enumerate(kept)))}
    groups = []
    for owner, own in groupby(sorted(kept, key=lambda line: place[_owner(line)]), key=_owner):
        entries = tuple(Entry(line, is_new(line, since)) for line in own)
        first = entries[0].line
        groups.append(Group(first.title, first.home, entries, total.pop(owner) - len(entries)))
    return tuple(groups), total.total()


def _kept(lines: list[Line], since: datetime, limit: int) -> list[Line]:
    """Return what is told in full, in its order: law first, then news, then each rule before its repeats."""
    seen: Counter[tuple[str, ...]] = Counter()
    ranks = []
    for at, line in enumerate(lines):
        rule = (*_owner(line), line.rule)
        ranks.append((line.strength != "law", not is_new(line, since), seen[rule], at))
        seen[rule] += 1
    law = sum(line.strength == "law" for line in lines)
    return [lines[at] for at in sorted(at for *_rank, at in sorted(ranks)[: max(limit, law)])]


def _owner(line: Line) -> tuple[str, str]:
    return (line.of, line.name)


def _count(counts: Mapping[str, int] | None, statuses: Iterable[str]) -> int:
    return sum((counts or {}).get(status, 0) for status in statuses)


def _came_up(waiver: RunningOut, since: date, day: date) -> bool:
    """Tell whether this explanation ended since, or came within the days in which its end is told of."""
    return waiver.until < day or waiver.until > since + timedelta(days=SOON_DAYS)


def _subject(week: int | None, day: date, counts: Mapping[str, int], language: str, looks_back: bool) -> str:
    """Return the subject: what is new, late and resolved; in a quiet week what comes; noughts are left out."""

    def parts(**chosen: str) -> list[str]:
        return [phrase(f"subject_{code}", language, counts[of]) for code, of in chosen.items() if counts[of]]

    told = parts(new="new", late="overdue", resolved="resolved") or parts(soon="due_soon") or parts(unknown="unknown")
    told = told or parts(waivers="waivers")
    quiet = "subject_review" if looks_back and not any(counts.values()) else "subject_quiet"
    listed = ", ".join(told or [phrase(quiet, language)])
    if week is None:
        return phrase("subject_day", language, day=words.say_day(day, language, with_year=False), parts=listed)
    return phrase("subject", language, week=week, parts=listed)


def _summary(since: date, counts: Mapping[str, int], language: str) -> str:
    """Return what matters most in at most four short sentences."""
    told = [phrase("late", language, counts["overdue"])]
    if counts["law"]:
        told.append(phrase("late_law", language, counts["law"]))
    beside = [f"{counts[code]} {status_name(code, language)}" for code in SECTIONS[1:] if counts[code]]
    if beside:
        told.append(phrase("beside", language, parts=words.listed(beside, language)))
    changes = [phrase(f"subject_{code}", language, counts[code]) for code in ("new", "resolved") if counts[code]]
    return " ".join([*told, _since(since, changes, language)])


def _day_summary(since: date, counts: Mapping[str, int], language: str) -> str:
    """Return what a report of what changed is about, in one sentence."""
    told = ("new", "resolved", "waivers")
    changes = [phrase(f"subject_{code}", language, counts[code]) for code in told if counts[code]]
    return _since(since, changes or [phrase("subject_review", language)], language)


def _since(since: date, changes: list[str], language: str) -> str:
    day = words.say_day(since, language)
    if changes:
        return phrase("changed", language, since=day, parts=words.listed(changes, language))
    return phrase("unchanged", language, since=day)
