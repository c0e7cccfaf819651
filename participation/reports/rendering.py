"""Template context of a digest; all texts are made here, so that the templates hold none."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from participation.compliance import wording
from participation.compliance.rulebook import Rulebook

from .digest import (
    REGISTER_ROLES,
    Digest,
    DigestEntry,
    DigestGroup,
    DigestLine,
    DigestSection,
    RunningOut,
    phrase,
    status_name,
)
from .mail_headers import say_weekday
from .urls import link

#: An auditor only reads: no action is asked of them.
_ONLOOKER = "auditor"
#: Roles that can record missing facts.
_FILLERS = ("adviser", "coordinator", "administrator")
#: Sections about the past, shown briefly and without a remedy.
_SHORT = ("resolved", "review")


class Foot(NamedTuple):
    """The footer of a digest: the day of the next one, the reply address, and links to get less mail.

    ``ways_out`` are link texts, each with its URL.
    """

    following: date
    address: str
    ways_out: Sequence[tuple[str, str]]


def as_context(report: Digest, rulebook: Rulebook, foot: Foot) -> dict[str, Any]:
    """Return the template context of a digest."""
    language = report.recipient.language
    if report.period == "daily":
        name = phrase("name_day", language)
        heading = phrase("heading_day", language, day=say_weekday(report.day, language))
    else:
        name, heading = phrase("name", language), phrase("heading", language, week=report.week)
    return {
        "language": language,
        "subject": report.subject,
        "name": name,
        "heading": heading,
        "rule_off": "=" * len(heading),
        "summary": report.summary,
        "figures": _figures(report),
        "sections": _sections(report),
        "footer": _footer(report, rulebook, foot),
        "ways_out": foot.ways_out,
    }


def _figures(report: Digest) -> dict[str, Any] | None:
    role, language = report.recipient
    if not report.figures:
        return None
    rows = [(_capital(status_name(f.code, language)), f.before, f.now) for f in report.figures]
    since = wording.say_day(report.since, language, with_year=False)
    head = [phrase("figure", language), since, phrase("now", language)]
    widths = [max(len(str(row[at])) for row in [head, *rows]) for at in range(3)]
    return {
        "caption": phrase("figures_all" if role in REGISTER_ROLES else "figures", language, since=since),
        "head": head,
        "rows": rows,
        "text": [
            f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}" for row in [tuple(head), *rows]
        ],
    }


def _sections(report: Digest) -> list[dict[str, Any]]:
    found = [_section(section, report) for section in report.sections]
    if report.register:
        found.append(_section(report.register, report))
    if report.waivers:
        found.append(_waivers(report))
    found += [_section(section, report) for section in (report.resolved, report.review) if section]
    return found


def _section(section: DigestSection, report: Digest) -> dict[str, Any]:
    language = report.recipient.language
    code = section.code
    if code == "unknown" and report.recipient.role not in _FILLERS:
        code = "unknown_seen"
    return {
        **_headed(phrase(code, language), section.total, section.code),
        "note": phrase("review_note", language) if section.code == "review" else "",
        "groups": [_group(group, section.code, report) for group in section.groups],
        "more": phrase("more_register" if code == "register" else "more", language, section.more)
        if section.more
        else "",
        "more_link": link("motion" if code == "register" else "trajectory"),
    }


def _headed(title: str, total: int, code: str) -> dict[str, Any]:
    heading = f"{title} ({total})"
    return {"code": code, "heading": heading, "rule_off": "-" * len(heading)}


def _group(group: DigestGroup, code: str, report: Digest) -> dict[str, Any]:
    language = report.recipient.language
    return {
        "title": group.title,
        "link": group.link,
        "items": [_item(entry, code, report) for entry in group.entries],
        "more": phrase("more_here" if group.entries else "all_here", language, group.more) if group.more else "",
    }


def _item(entry: DigestEntry, code: str, report: Digest) -> dict[str, Any]:
    """Return the context of a line: mark, message, details and remedy."""
    line, language = entry.line, report.recipient.language
    told = [_when(line, report)]
    if code != "resolved":
        strength = wording.label("strengths", line.strength, language)
        told.append(phrase("word_of", language, strength=strength, source=line.source))
    return {
        "mark": phrase("new", language) if entry.new else "",
        "what": line.message,
        "told": [text for text in told if text],
        "link": line.link,
        **({"call": "", "act": ""} if code in _SHORT else _act(line, report)),
    }


def _act(line: DigestLine, report: Digest) -> dict[str, str]:
    """Return who has to act, and the text of the remedy link."""
    role, language = report.recipient
    if line.planned_in_time:
        return {"call": "", "act": line.remedy}
    if role == _ONLOOKER:
        return {"call": "", "act": phrase("look", language, title=line.rule_title)}
    if role not in _FILLERS:
        return {"call": phrase("call_municipality", language), "act": line.remedy}
    if line.status == "unknown":
        missing = wording.say_missing(line.missing, language)
        return {"call": "", "act": wording.label("phrases", "fill_in", language).format(missing=missing)}
    return {"call": phrase("call", language), "act": line.remedy}


def _when(line: DigestLine, report: Digest) -> str:
    language = report.recipient.language

    def day(on: date | None) -> str:
        return wording.say_day(on, language) if on else wording.label("phrases", "not_recorded", language)

    if line.status == "unknown":
        if report.recipient.role in _FILLERS and not line.retrospective:
            return ""  # the remedy names the missing facts already
        return phrase("when_unknown", language, missing=wording.say_missing(line.missing, language))
    if line.days_late is None:
        return phrase("when_not_done", language, due=day(line.due_on))
    left = (line.due_on - report.day).days if line.status == "due_soon" and line.due_on else line.days_late
    return phrase(
        f"when_{line.status}",
        language,
        left,
        due=day(line.due_on),
        strict=day(line.strict_due_on),
        expected=day(line.expected_on),
        met=day(line.met_on),
    )


def _waivers(report: Digest) -> dict[str, Any]:
    language = report.recipient.language
    groups: dict[str, dict[str, Any]] = {}
    for waiver in report.waivers:
        group = groups.setdefault(waiver.home, {"title": waiver.title, "link": waiver.home, "items": []})
        group["items"].append(_waiver(waiver, report))
    return {
        **_headed(phrase("waivers", language), len(report.waivers), "waivers"),
        "groups": list(groups.values()),
    }


def _waiver(waiver: RunningOut, report: Digest) -> dict[str, Any]:
    role, language = report.recipient
    until = wording.say_day(waiver.until, language)
    code = "runs_out" if waiver.until >= report.day else "ran_out"
    asked = role in _FILLERS
    return {
        "mark": "",
        "what": phrase(code, language, rule=waiver.rule_title, until=until),
        "told": [phrase("waiver_by", language, by=waiver.by, reason=waiver.reason)],
        "link": waiver.link,
        "call": phrase("call", language) if asked else "",
        "act": phrase("waiver_act", language) if asked else phrase("look", language, title=waiver.rule_title),
    }


def _footer(report: Digest, rulebook: Rulebook, foot: Foot) -> list[str]:
    role, language = report.recipient
    following = say_weekday(foot.following, language)
    monday = report.day + timedelta(days=7 - report.day.weekday())
    if foot.following == monday:
        coming = [phrase("next", language, day=following)]
    else:
        coming = [
            phrase("next_change", language, day=following),
            phrase("next_week", language, day=wording.say_day(monday, language)),
        ]
    return [
        phrase(f"why_{role}", language),
        " ".join(coming),
        phrase("answer", language, address=foot.address),
        phrase(
            "checked",
            language,
            day=wording.say_day(report.day, language),
            rulebook=f"{wording.in_language(rulebook.title, language)} ({rulebook.hash})",
        ),
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
