"""Data of the weekly or daily digest: lines in groups by consequence, and its sentences."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from django.utils.text import capfirst

from participation.compliance import wording
from participation.compliance.obligations import DUE_SOON_DAYS, FLAGGED, LATE, ObligationValue
from participation.compliance.priority import GROUPS, Priority, cause_of, priority_of

from .priorities import counted

#: The statuses that resolve a flag.
RESOLVED = ("met", "met_late", "explained", "withdrawn")
#: The sections of flags in reading order, the most severe first.
SECTIONS = ("overdue", "possibly_overdue", "planned_late", "due_soon", "unknown")
#: The groups that a digest lists; of the others it has the numbers and a link, so that a normal week fits two screens.
LISTED_GROUPS = ("statutory", "today", "new")
#: Maximum number of lines listed in a section. What the law or an ordinance asks is always listed, unless it is old.
MAX_LINES, MAX_RESOLVED_LINES, MAX_WAIVERS, MAX_REQUESTS = 4, 2, 2, 2
#: Maximum number of missing facts that are named with how many points wait for them.
MAX_CAUSES = 2
#: The roles whose digest includes motions and commitments.
REGISTER_ROLES = ("coordinator", "auditor")


class DigestLine(NamedTuple):
    """An obligation as one recipient reads it, with its transitions; ``title`` is that of its owner.

    ``municipality`` is the slug of that of its owner; the title names it where there are several. ``about`` is the
    title of what it is about.

    ``before`` is the status in the transition log at the start of the period ("" when it was not there), ``noticed``
    the last one logged, ``noticed_at`` when that was, and ``flagged_meanwhile``, of what is not flagged, whether it was
    within the period. ``days_late`` are calendar days; None where it was not done and the trajectory is over.
    """

    owner_type: str
    name: str
    title: str
    home: str
    rule: str
    strength: str
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
    closes_too_soon: bool = False
    before: str = ""
    noticed: str = ""
    noticed_at: datetime | None = None
    flagged_meanwhile: bool = False
    municipality: str = ""
    about: str = ""

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """Return the identity of the line; it stays the same when the obligation is withdrawn and created again."""
        return (self.owner_type, self.name, self.rule, self.subject)


class ExpiringWaiver(NamedTuple):
    """A waiver that ends soon, or ended within the period, of an obligation that is still not met."""

    title: str
    home: str
    rule_title: str
    until: date
    link: str
    municipality: str = ""


class WaitingRequest(NamedTuple):
    """A request without a trajectory that awaits moderation, or of which something is due within fourteen days.

    ``rule_title`` and ``strength`` are of what is due first, "" where nothing is. ``municipality`` is the slug of the
    one that has to answer, and ``place`` its name where there are several.
    """

    kind: str
    number: str
    text: str
    link: str
    awaits_moderation: bool
    rule_title: str = ""
    strength: str = ""
    due_on: date | None = None
    municipality: str = ""
    place: str = ""


class Recipient(NamedTuple):
    """The recipient of a digest: the role decides its content, the language its texts."""

    role: str
    language: str


class DigestEntry(NamedTuple):
    """A line in a section; ``new`` when it reached this status within the period."""

    line: DigestLine
    new: bool


class DigestGroup(NamedTuple):
    """The entries of one owner: a trajectory, motion or commitment; ``more`` counts its lines left out."""

    title: str
    link: str
    entries: tuple[DigestEntry, ...]
    more: int


class DigestSection(NamedTuple):
    """A section of the digest; ``more`` counts the lines of owners that are left out entirely."""

    code: str
    total: int
    groups: tuple[DigestGroup, ...]
    more: int


class DigestCause(NamedTuple):
    """A missing fact for which ``total`` points of one owner wait; ``about`` is its subject, ``link`` one of them."""

    missing: str
    about: str
    total: int
    title: str
    home: str
    link: str


class DigestRest(NamedTuple):
    """What a digest only counts: the groups with their numbers, how much is old, and the facts that hold up several."""

    counts: tuple[tuple[str, int], ...]
    old: int
    causes: tuple[DigestCause, ...]

    @property
    def total(self) -> int:
        """Return the number of points."""
        return sum(count for _code, count in self.counts)


class Digest(NamedTuple):
    """A digest for one recipient; empty sections are left out. ``since`` is the start of its period.

    ``period`` is weekly, with everything that is flagged, or daily, with only what changed. ``municipalities`` are the
    slugs of those that it is about.
    """

    recipient: Recipient
    period: str
    week: int
    day: date
    since: date
    subject: str
    summary: str
    sections: tuple[DigestSection, ...]
    rest: DigestRest | None
    resolved: DigestSection | None
    waivers: tuple[ExpiringWaiver, ...]
    review: DigestSection | None
    requests: tuple[WaitingRequest, ...] = ()
    municipalities: frozenset[str] = frozenset()

    def as_figures(self) -> dict[str, Any]:
        """Return the figures as they are stored with the delivery."""
        return {
            **{section.code: section.total for section in self.sections},
            **dict(self.rest.counts if self.rest else ()),
            "resolved": self.resolved.total if self.resolved else 0,
            **({"requests": len(self.requests)} if self.requests else {}),
        }


def build_digest(
    recipient: Recipient,
    day: date,
    since: datetime,
    lines: Iterable[DigestLine],
    waivers: Iterable[ExpiringWaiver] = (),
    period: str = "weekly",
    requests: Iterable[WaitingRequest] = (),
) -> Digest | None:
    """Return the digest of the period from ``since`` up to ``day``, or None when there is nothing to report.

    Of retrospective trajectories only what is new is in it, and in no number. A daily digest has only what reached its
    status or was resolved since.
    """
    daily, language = period == "daily", recipient.language
    theirs = (line for line in lines if line.owner_type == "trajectory" or recipient.role in REGISTER_ROLES)
    ordered = in_order(theirs, since, day)
    if daily:
        ordered = [line for line in ordered if line.status not in FLAGGED or is_new(line, since)]
        waivers = [waiver for waiver in waivers if _is_announced(waiver, since.date(), day)]
    groups: dict[str, list[DigestLine]] = {code: [] for code in GROUPS}
    for line in ordered:
        if line.status in FLAGGED and not line.retrospective:
            groups[priority_in(line, since, day).group].append(line)
    sections = tuple(filter(None, (_section(code, groups[code], since, day) for code in LISTED_GROUPS)))
    rest = _rest({code: own for code, own in groups.items() if own and code not in LISTED_GROUPS}, since, day)
    resolved = _section(
        "resolved", [line for line in ordered if not line.retrospective and was_resolved(line, since)], since, day
    )
    review = _section("review", [line for line in ordered if line.retrospective and is_new(line, since)], since, day)
    expiring = tuple(sorted(waivers, key=lambda waiver: (waiver.until, waiver)))
    waiting = tuple(requests)
    if not (sections or rest or resolved or expiring or review or waiting):
        return None
    parts = [counted(section.code, section.total, language) for section in sections]
    parts += [phrase("subject_requests", language, len(waiting))] if waiting else []
    parts += [phrase("subject_resolved", language, resolved.total)] if resolved else []
    parts += [phrase("subject_waivers", language, len(expiring))] if expiring else []
    if not parts and rest:
        parts = [counted(code, count, language) for code, count in rest.counts]
    _year, week, _weekday = day.isocalendar()
    return Digest(
        recipient,
        period,
        week,
        day,
        since.date(),
        subject_of(None if daily else week, day, parts or [phrase("subject_review", language)], language),
        summary_of(since.date(), parts or [phrase("subject_review", language)], language),
        sections,
        rest,
        resolved,
        expiring,
        review,
        waiting,
        frozenset(row.municipality for rows in (ordered, expiring, waiting) for row in rows),
    )


def section_heading(title: str, total: int, code: str) -> dict[str, Any]:
    """Return the context of the heading of a section, with the number of its lines."""
    return {"code": code, "heading": f"{title} ({total})"}


def in_order(lines: Iterable[DigestLine], since: datetime, day: date) -> list[DigestLine]:
    """Return the lines by consequence, each once."""
    return sorted(
        _deduplicate(lines), key=lambda line: (priority_in(line, since, day), line.title, line.identity, line.status)
    )


def priority_in(line: DigestLine, since: datetime, day: date) -> Priority:
    """Return the priority of a line on that day, in a period that began at ``since``."""
    return priority_of(line.strength, line.status, line.due_on, is_new(line, since), day, line.planned_in_time)


def subject_of(week: int | None, day: date, parts: Iterable[str], language: str) -> str:
    """Return the subject of a mail about a week, or about a day where that is None."""
    text = ", ".join(parts)
    if week is None:
        return phrase("subject_day", language, day=wording.format_day(day, language, with_year=False), parts=text)
    return phrase("subject", language, week=week, parts=text)


def summary_of(since: date, parts: Iterable[str], language: str) -> str:
    """Return the numbers of the subject in a sentence, and since when they are counted."""
    day = wording.format_day(since, language, with_year=False)
    return phrase("summary", language, parts=capfirst(wording.format_list(parts, language)), since=day)


def is_new(line: DigestLine, since: datetime) -> bool:
    """Return whether the line reached its present flagged status after the period began, by the transition log."""
    return (
        line.status in FLAGGED
        and line.noticed == line.status != line.before
        and line.noticed_at is not None
        and line.noticed_at > since
    )


def was_resolved(line: DigestLine, since: datetime) -> bool:
    """Return whether the line was flagged, was resolved within the period by the transition log, and still is."""
    return (
        line.status in RESOLVED
        and line.noticed in RESOLVED
        and line.noticed_at is not None
        and line.noticed_at > since
        and (line.before in FLAGGED or line.flagged_meanwhile)
    )


def phrase(code: str, language: str, n: int | None = None, **values: Any) -> str:
    """Return a phrase of the digest; ``n`` chooses the form for none or for one, where there is one."""
    form = {0: f"{code}_none", 1: f"{code}_one"}.get(-1 if n is None else n, code)
    text = wording.label("report", form, language)
    if text == form:
        text = wording.label("report", code, language)
    return text.format(n=n, **values)


def status_name(code: str, language: str) -> str:
    """Return the name of a status within a sentence, the same as in the section headings."""
    if code not in SECTIONS:
        return wording.label("statuses", code, language)
    name = phrase("unknown_seen" if code == "unknown" else code, language)
    return name[:1].lower() + name[1:]


def when_text(dates: DigestLine | ObligationValue, status: str, late: int | None, today: date, language: str) -> str:
    """Return the dates behind this status, in one sentence; ``late`` are days, None where it was not done."""

    def day(on: date | None) -> str:
        return wording.format_day(on, language) if on else wording.label("phrases", "not_recorded", language)

    if status == "unknown":
        return phrase("when_unknown", language, missing=wording.format_missing(dates.missing, language))
    if dates.closes_too_soon and (status == "planned_late" or status in LATE):
        code = "when_closes_too_soon" if status == "planned_late" else "when_closed_too_soon"
        return phrase(code, language, due=day(dates.due_on), expected=day(dates.expected_on))
    if late is None:
        return phrase("when_not_done", language, due=day(dates.due_on))
    return phrase(
        f"when_{status}",
        language,
        (dates.due_on - today).days if status == "due_soon" and dates.due_on else late,
        due=day(dates.due_on),
        strict=day(dates.strict_due_on),
        expected=day(dates.expected_on),
        met=day(dates.met_on),
    )


def _deduplicate(lines: Iterable[DigestLine]) -> list[DigestLine]:
    """Return each line once: an obligation withdrawn and created again counts as unchanged."""
    lines = list(lines)
    # Nearly always: then no text is made of each line to order them by.
    if len({line.identity for line in lines}) == len(lines):
        return lines
    found: dict[tuple[str, str, str, str], DigestLine] = {}
    latest_first = sorted(lines, key=lambda line: (str(line.noticed_at or ""), repr(line)), reverse=True)
    for line in sorted(latest_first, key=lambda line: line.status == "withdrawn"):
        existing = found.setdefault(line.identity, line)
        if existing is not line:
            found[line.identity] = existing._replace(before=existing.before or line.before)
    return list(found.values())


def _section(code: str, lines: list[DigestLine], since: datetime, day: date) -> DigestSection | None:
    """Return the section of these sorted lines, or None where there are none; what is old is only counted."""
    if not lines:
        return None
    current = lines if code == "resolved" else [line for line in lines if not priority_in(line, since, day).is_old]
    if code != "statutory":
        current = _varied(current, MAX_RESOLVED_LINES if code == "resolved" else MAX_LINES)
    return DigestSection(code, len(lines), *_grouped(current, lines, since))


def _rest(groups: dict[str, list[DigestLine]], since: datetime, day: date) -> DigestRest | None:
    """Return the numbers of these groups; None where there are none."""
    if not groups:
        return None
    waiting: dict[Any, list[DigestLine]] = {}
    for line in groups.get("unknown", ()):
        if cause := cause_of(line.missing, line.subject):
            waiting.setdefault((_owner(line), cause), []).append(line)
    causes = sorted((own for own in waiting.values() if len(own) > 1), key=lambda own: (-len(own), own[0].title))
    return DigestRest(
        tuple((code, len(own)) for code, own in groups.items()),
        sum(priority_in(line, since, day).is_old for own in groups.values() for line in own),
        tuple(sorted((_cause(own) for own in causes[:MAX_CAUSES]), key=lambda cause: (cause.title, -cause.total))),
    )


def _cause(lines: list[DigestLine]) -> DigestCause:
    first = lines[0]
    # A fact of the whole trajectory is about none of its steps.
    is_of_subject = len({line.subject for line in lines}) == 1 and first.subject
    about = next((line.about for line in lines if line.about), "") if is_of_subject else ""
    return DigestCause(first.missing[0], about, len(lines), first.title, first.home, first.link)


def _grouped(shown: list[DigestLine], lines: list[DigestLine], since: datetime) -> tuple[tuple[DigestGroup, ...], int]:
    """Return the kept lines grouped by owner, in order of each owner's first line, and the number without a group."""
    total = Counter(_owner(line) for line in lines)
    position = {_owner(line): index for index, line in reversed(list(enumerate(shown)))}
    groups = []
    for owner, own in groupby(sorted(shown, key=lambda line: position[_owner(line)]), key=_owner):
        entries = tuple(DigestEntry(line, is_new(line, since)) for line in own)
        first = entries[0].line
        groups.append(DigestGroup(first.title, first.home, entries, total.pop(owner) - len(entries)))
    return tuple(groups), total.total()


def _varied(lines: list[DigestLine], limit: int) -> list[DigestLine]:
    """Return at most so many of these sorted lines, each rule before its repeats."""
    seen: Counter[tuple[str, ...]] = Counter()
    ranks = []
    for index, line in enumerate(lines):
        rule = (*_owner(line), line.rule)
        ranks.append((seen[rule], index))
        seen[rule] += 1
    return [lines[index] for index in sorted(index for _repeats, index in sorted(ranks)[:limit])]


def _owner(line: DigestLine) -> tuple[str, str]:
    return (line.owner_type, line.name)


def _is_announced(waiver: ExpiringWaiver, since: date, day: date) -> bool:
    """Return whether this waiver ended since, or came within the days in which its end is announced."""
    return waiver.until < day or waiver.until > since + timedelta(days=DUE_SOON_DAYS)
