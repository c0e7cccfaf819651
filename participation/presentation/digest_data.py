"""Data of the weekly or daily digest: lines in groups and sections, and its sentences."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from participation.compliance import wording
from participation.compliance.obligations import DUE_SOON_DAYS, FLAGGED, ObligationValue
from participation.compliance.vocabulary import STATUTORY_STRENGTHS, STRENGTHS

from .digest_answers import DigestAnswers

#: The statuses that resolve a flag.
RESOLVED = ("met", "met_late", "explained", "withdrawn")
#: The sections of flags in reading order, the most severe first.
SECTIONS = ("overdue", "possibly_overdue", "planned_late", "due_soon", "unknown")
#: The rows of the figures table, each with the statuses that it counts.
FIGURES: Mapping[str, tuple[str, ...]] = {
    **{code: (code,) for code in SECTIONS},
    "explained": ("explained",),
    "done": ("met", "met_late"),
}
#: The number of lines shown in full per section, unless more than that are law; less urgent sections are shorter.
MAX_LINES = 10
MAX_LINES_BY_SECTION = {"unknown": 5, "register": 5, "resolved": 5, "review": 5}
#: The roles whose digest includes motions and commitments.
REGISTER_ROLES = ("coordinator", "auditor")


class DigestLine(NamedTuple):
    """An obligation as one recipient reads it, with its transitions; ``title`` is that of its owner.

    ``municipality`` is the slug of that of its owner; the title names it where there are several.

    ``before`` is the status in the transition log at the start of the period ("" when it was not there), ``noticed``
    the last one logged, ``noticed_at`` when that was, and ``flagged_meanwhile`` whether it left a flagged status within
    the period. ``days_late`` are calendar days; None where it was not done and the trajectory is over.
    """

    owner_type: str
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
    municipality: str = ""

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """Return the identity of the line; it stays the same when the obligation is withdrawn and created again."""
        return (self.owner_type, self.name, self.rule, self.subject)

    @property
    def is_statutory(self) -> bool:
        """Return whether it is due by law or by ordinance."""
        return self.strength in STATUTORY_STRENGTHS

    @property
    def severity(self) -> tuple[Any, ...]:
        """Return the sort key: legal rules first, then the most days late, then by date."""
        return (
            STRENGTHS.index(self.strength),
            -(self.days_late or 0),
            self.due_on or date.max,
            self.title,
            self.identity,
            SECTIONS.index(self.status) if self.status in SECTIONS else len(SECTIONS),
        )


class ExpiringWaiver(NamedTuple):
    """A waiver that ends soon, or ended within the period, of an obligation that is still not met."""

    title: str
    home: str
    rule_title: str
    until: date
    by: str
    reason: str
    link: str
    municipality: str = ""


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


class Figure(NamedTuple):
    """The number of lines with a status at the start of the period, and now."""

    code: str
    before: int
    now: int


class Digest(NamedTuple):
    """A digest for one recipient; empty sections are left out. ``since`` is the start of its period.

    ``period`` is weekly, with everything that is flagged, or daily, with only what changed. ``municipalities`` are the
    slugs of those that it is about.
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
    sections: tuple[DigestSection, ...]
    register: DigestSection | None
    resolved: DigestSection | None
    waivers: tuple[ExpiringWaiver, ...]
    review: DigestSection | None
    new: int
    municipalities: frozenset[str] = frozenset()
    answers: tuple[DigestAnswers, ...] = ()

    def as_figures(self) -> dict[str, Any]:
        """Return the figures as they are stored with the delivery."""
        return {
            "now": {f.code: f.now for f in self.figures},
            "before": {f.code: f.before for f in self.figures},
            "new": self.new,
            "resolved": self.resolved.total if self.resolved else 0,
        }


def build_digest(
    recipient: Recipient,
    day: date,
    since: datetime,
    lines: Iterable[DigestLine],
    waivers: Iterable[ExpiringWaiver] = (),
    now: Mapping[str, int] | None = None,
    before: Mapping[str, int] | None = None,
    period: str = "weekly",
    answers: Iterable[DigestAnswers] = (),
) -> Digest | None:
    """Return the digest of the period from ``since`` up to ``day``, or None when there is nothing to report.

    ``now`` and ``before`` count the lines by status; retrospective trajectories are in neither. A digest about
    retrospective trajectories alone is made only when something in it is new, so as not to repeat itself weekly. A
    daily digest has only what reached its status or was resolved since, and no figures: those are in the weekly one.
    """
    daily = period == "daily"
    theirs = (line for line in lines if line.owner_type == "trajectory" or recipient.role in REGISTER_ROLES)
    ordered = sorted(_deduplicate(theirs), key=lambda line: line.severity)
    if daily:
        ordered = [line for line in ordered if line.status not in FLAGGED or is_new(line, since)]
        waivers = [waiver for waiver in waivers if _is_announced(waiver, since.date(), day)]
    current = [line for line in ordered if not line.retrospective]
    flagged = [line for line in current if line.status in FLAGGED]
    sections = [
        _section(code, [x for x in flagged if x.status == code and x.owner_type == "trajectory"], since)
        for code in SECTIONS
    ]
    register = _section("register", _sort_by_status(line for line in flagged if line.owner_type != "trajectory"), since)
    resolved = _section("resolved", [line for line in current if was_resolved(line, since)], since)
    retrospective_lines = _sort_by_status(line for line in ordered if line.retrospective and line.status in FLAGGED)
    review = _review(retrospective_lines, since)
    expiring = tuple(sorted(waivers, key=lambda waiver: (waiver.until, waiver)))
    new, answers = sum(is_new(line, since) for line in flagged), tuple(answers)
    if not (flagged or resolved or expiring or answers or any(is_new(line, since) for line in retrospective_lines)):
        return None
    figures = (
        ()
        if daily
        else tuple(
            figure
            for code, statuses in FIGURES.items()
            if any((figure := Figure(code, _sum_counts(before, statuses), _sum_counts(now, statuses)))[1:])
        )
    )
    year, week, _weekday = day.isocalendar()
    counts = {
        "new": new,
        "resolved": resolved.total if resolved else 0,
        "waivers": len(expiring),
        "answers": sum(each.total for each in answers),
        "statutory": sum(line.is_statutory and line.status == "overdue" for line in flagged),
        **{code: sum(line.status == code for line in flagged) for code in SECTIONS},
    }
    return Digest(
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
        waivers=expiring,
        review=review,
        new=new,
        municipalities=frozenset(
            {line.municipality for line in ordered} | {waiver.municipality for waiver in expiring}
        ),
        answers=answers,
    )


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
        return phrase("done", language) if code == "done" else wording.label("statuses", code, language)
    name = phrase("unknown_seen" if code == "unknown" else code, language)
    return name[:1].lower() + name[1:]


def when_text(dates: DigestLine | ObligationValue, status: str, late: int | None, today: date, language: str) -> str:
    """Return the dates behind this status, in one sentence; ``late`` are days, None where it was not done."""

    def day(on: date | None) -> str:
        return wording.format_day(on, language) if on else wording.label("phrases", "not_recorded", language)

    if status == "unknown":
        return phrase("when_unknown", language, missing=wording.format_missing(dates.missing, language))
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
    found: dict[tuple[str, str, str, str], DigestLine] = {}
    latest_first = sorted(lines, key=lambda line: (str(line.noticed_at or ""), repr(line)), reverse=True)
    for line in sorted(latest_first, key=lambda line: line.status == "withdrawn"):
        existing = found.setdefault(line.identity, line)
        if existing is not line:
            found[line.identity] = existing._replace(before=existing.before or line.before)
    return list(found.values())


def _sort_by_status(lines: Iterable[DigestLine]) -> list[DigestLine]:
    """Return the lines with the most severe status first; the sort is stable."""
    return sorted(lines, key=lambda line: SECTIONS.index(line.status))


def _section(code: str, lines: list[DigestLine], since: datetime) -> DigestSection | None:
    """Return the section of these sorted lines, or None where there are none."""
    if not lines:
        return None
    shown = _select_in_full(lines, since, MAX_LINES_BY_SECTION.get(code, MAX_LINES))
    return DigestSection(code, len(lines), *_grouped(shown, lines, since))


def _review(lines: list[DigestLine], since: datetime) -> DigestSection | None:
    """Return the section on retrospective trajectories: new and legal lines in full, the rest as counts."""
    if not lines:
        return None
    important = [line for line in lines if line.is_statutory or is_new(line, since)]
    groups, more = _grouped(_select_in_full(important, since, MAX_LINES_BY_SECTION["review"]), lines, since)
    owners_in_full = {(group.title, group.link) for group in groups}
    rest = Counter((line.title, line.home) for line in lines if (line.title, line.home) not in owners_in_full)
    counted_groups = [DigestGroup(*owner, (), count) for owner, count in rest.items()][
        : max(0, MAX_LINES - len(groups))
    ]
    return DigestSection(
        "review", len(lines), (*groups, *counted_groups), more - sum(group.more for group in counted_groups)
    )


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


def _select_in_full(lines: list[DigestLine], since: datetime, limit: int) -> list[DigestLine]:
    """Return the lines shown in full: the statutory ones first, then what is new, then each rule before its repeats."""
    seen: Counter[tuple[str, ...]] = Counter()
    ranks = []
    for index, line in enumerate(lines):
        rule = (*_owner(line), line.rule)
        ranks.append((not line.is_statutory, not is_new(line, since), seen[rule], index))
        seen[rule] += 1
    statutory = sum(line.is_statutory for line in lines)
    return [lines[index] for index in sorted(index for *_rank, index in sorted(ranks)[: max(limit, statutory)])]


def _owner(line: DigestLine) -> tuple[str, str]:
    return (line.owner_type, line.name)


def _sum_counts(counts: Mapping[str, int] | None, statuses: Iterable[str]) -> int:
    return sum((counts or {}).get(status, 0) for status in statuses)


def _is_announced(waiver: ExpiringWaiver, since: date, day: date) -> bool:
    """Return whether this waiver ended since, or came within the days in which its end is announced."""
    return waiver.until < day or waiver.until > since + timedelta(days=DUE_SOON_DAYS)


def _subject(week: int | None, day: date, counts: Mapping[str, int], language: str, has_retrospective: bool) -> str:
    """Return the subject line: new, late and resolved; in a quiet week what is due soon; zeroes are left out."""

    def parts(**chosen: str) -> list[str]:
        return [
            phrase(f"subject_{code}", language, counts[count_key])
            for code, count_key in chosen.items()
            if counts[count_key]
        ]

    texts = (
        parts(answers="answers", new="new", late="overdue", resolved="resolved")
        or parts(soon="due_soon")
        or parts(unknown="unknown")
    )
    texts = texts or parts(waivers="waivers")
    quiet = "subject_review" if has_retrospective and not any(counts.values()) else "subject_quiet"
    parts_text = ", ".join(texts or [phrase(quiet, language)])
    if week is None:
        return phrase("subject_day", language, day=wording.format_day(day, language, with_year=False), parts=parts_text)
    return phrase("subject", language, week=week, parts=parts_text)


def _summary(since: date, counts: Mapping[str, int], language: str) -> str:
    """Return a summary in at most four short sentences."""
    texts = [phrase("late", language, counts["overdue"])]
    if counts["statutory"]:
        texts.append(phrase("late_statutory", language, counts["statutory"]))
    others = [f"{counts[code]} {status_name(code, language)}" for code in SECTIONS[1:] if counts[code]]
    if others:
        texts.append(phrase("beside", language, parts=wording.format_list(others, language)))
    codes = ("answers", "new", "resolved")
    changes = [phrase(f"subject_{code}", language, counts[code]) for code in codes if counts[code]]
    return " ".join([*texts, _changes_text(since, changes, language)])


def _day_summary(since: date, counts: Mapping[str, int], language: str) -> str:
    """Return the one-sentence summary of a daily digest."""
    codes = ("answers", "new", "resolved", "waivers")
    changes = [phrase(f"subject_{code}", language, counts[code]) for code in codes if counts[code]]
    return _changes_text(since, changes or [phrase("subject_review", language)], language)


def _changes_text(since: date, changes: list[str], language: str) -> str:
    day = wording.format_day(since, language)
    if changes:
        return phrase("changed", language, since=day, parts=wording.format_list(changes, language))
    return phrase("unchanged", language, since=day)
