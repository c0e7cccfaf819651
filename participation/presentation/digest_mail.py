"""The digest as an e-mail: its template context, and the message that is sent, previewed and stored."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.core.mail import EmailMultiAlternatives
from django.utils import translation
from django.utils.text import capfirst

from participation.compliance import wording
from participation.compliance.calendar import Calendar
from participation.compliance.rulebooks import Rulebooks
from participation.models import User

from .digest_data import (
    REGISTER_ROLES,
    Digest,
    DigestEntry,
    DigestGroup,
    DigestLine,
    DigestSection,
    ExpiringWaiver,
    phrase,
    status_name,
    when_text,
)
from .mail import build_mail, format_weekday, link, mail_unsubscribe_url, reply_address, unsubscribe_links
from .rules import names_of_judges

#: An auditor only reads: no action is asked of them.
_READ_ONLY_ROLE = "auditor"
#: Roles that can record missing facts.
_EDITOR_ROLES = ("adviser", "coordinator", "administrator")
#: Sections about the past, shown briefly and without a remedy.
_SECTIONS_WITHOUT_REMEDY = ("resolved", "review")


class DigestFooter(NamedTuple):
    """The footer of a digest: the day of the next one, the reply address, and links to get less mail.

    ``unsubscribe_links`` are link texts, each with its URL.
    """

    next_day: date
    address: str
    unsubscribe_links: Sequence[tuple[str, str]]


def digest_context(digest: Digest, rulebooks: Rulebooks, footer: DigestFooter) -> dict[str, Any]:
    """Return the template context of a digest."""
    language = digest.recipient.language
    if digest.period == "daily":
        name = phrase("name_day", language)
        heading = phrase("heading_day", language, day=format_weekday(digest.day, language))
    else:
        name, heading = phrase("name", language), phrase("heading", language, week=digest.week)
    return {
        "language": language,
        "subject": digest.subject,
        "name": name,
        "heading": heading,
        "underline": "=" * len(heading),
        "summary": digest.summary,
        "figures": _figures(digest),
        "sections": _sections(digest),
        "footer": _footer(digest, rulebooks, footer),
        "unsubscribe_links": footer.unsubscribe_links,
    }


def _figures(digest: Digest) -> dict[str, Any] | None:
    role, language = digest.recipient
    if not digest.figures:
        return None
    rows = [(capfirst(status_name(f.code, language)), f.before, f.now) for f in digest.figures]
    since = wording.format_day(digest.since, language, with_year=False)
    headings = [phrase("figure", language), since, phrase("now", language)]
    widths = [max(len(str(row[index])) for row in [headings, *rows]) for index in range(3)]
    return {
        "caption": phrase("figures_all" if role in REGISTER_ROLES else "figures", language, since=since),
        "headings": headings,
        "rows": rows,
        "text_rows": [
            f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}" for row in [tuple(headings), *rows]
        ],
    }


def _sections(digest: Digest) -> list[dict[str, Any]]:
    found = [_answers(digest)] if digest.answers else []
    found += [_section(section, digest) for section in digest.sections]
    if digest.register:
        found.append(_section(digest.register, digest))
    if digest.waivers:
        found.append(_waivers(digest))
    found += [_section(section, digest) for section in (digest.resolved, digest.review) if section]
    return found


def _answers(digest: Digest) -> dict[str, Any]:
    """Return the context of what was done with the recipient's input, by trajectory."""
    language = digest.recipient.language
    groups = [
        {
            "title": group.title,
            "link": group.link,
            "items": [
                {
                    "badge": "",
                    "message": answer.line,
                    "details": answer.details,
                    "link": answer.link,
                    "remedy_heading": "",
                    "remedy_text": phrase("read_answer", language),
                }
                for answer in group.answers
            ],
        }
        for group in digest.answers
    ]
    total = sum(group.total for group in digest.answers)
    return {**section_heading(phrase("answers", language), total, "resolved"), "groups": groups}


def _section(section: DigestSection, digest: Digest) -> dict[str, Any]:
    language = digest.recipient.language
    code = section.code
    if code == "unknown" and digest.recipient.role not in _EDITOR_ROLES:
        code = "unknown_seen"
    return {
        **section_heading(phrase(code, language), section.total, section.code),
        "note": phrase("review_note", language) if section.code == "review" else "",
        "groups": [_group(group, section.code, digest) for group in section.groups],
        "more": phrase("more_register" if code == "register" else "more", language, section.more)
        if section.more
        else "",
        "more_link": link("motion" if code == "register" else "trajectory"),
    }


def section_heading(title: str, total: int, code: str) -> dict[str, Any]:
    """Return the context of the heading of a section, with the number of its lines."""
    heading = f"{title} ({total})"
    return {"code": code, "heading": heading, "underline": "-" * len(heading)}


def _group(group: DigestGroup, code: str, digest: Digest) -> dict[str, Any]:
    language = digest.recipient.language
    return {
        "title": group.title,
        "link": group.link,
        "items": [_item(entry, code, digest) for entry in group.entries],
        "more": phrase("more_here" if group.entries else "all_here", language, group.more) if group.more else "",
    }


def _item(entry: DigestEntry, code: str, digest: Digest) -> dict[str, Any]:
    """Return the context of a line: badge, message, details and remedy."""
    line, language = entry.line, digest.recipient.language
    details = [_date_text(line, digest)]
    if code != "resolved":
        strength = wording.label("strengths", line.strength, language)
        details.append(phrase("word_of", language, strength=strength, source=line.source))
    return {
        "badge": phrase("new", language) if entry.new else "",
        "message": line.message,
        "details": [text for text in details if text],
        "link": line.link,
        **(
            {"remedy_heading": "", "remedy_text": ""}
            if code in _SECTIONS_WITHOUT_REMEDY
            else _remedy_texts(line, digest)
        ),
    }


def _remedy_texts(line: DigestLine, digest: Digest) -> dict[str, str]:
    """Return who has to act, and the text of the remedy link."""
    role, language = digest.recipient
    if line.planned_in_time:
        return {"remedy_heading": "", "remedy_text": line.remedy}
    if role == _READ_ONLY_ROLE:
        return {"remedy_heading": "", "remedy_text": phrase("look", language, title=line.rule_title)}
    if role not in _EDITOR_ROLES:
        return {"remedy_heading": phrase("call_municipality", language), "remedy_text": line.remedy}
    if line.status == "unknown":
        missing = wording.format_missing(line.missing, language)
        return {
            "remedy_heading": "",
            "remedy_text": wording.label("phrases", "fill_in", language).format(missing=missing),
        }
    return {"remedy_heading": phrase("call", language), "remedy_text": line.remedy}


def _date_text(line: DigestLine, digest: Digest) -> str:
    if line.status == "unknown" and digest.recipient.role in _EDITOR_ROLES and not line.retrospective:
        return ""  # the remedy names the missing facts already
    return when_text(line, line.status, line.days_late, digest.day, digest.recipient.language)


def _waivers(digest: Digest) -> dict[str, Any]:
    language = digest.recipient.language
    groups: dict[str, dict[str, Any]] = {}
    for waiver in digest.waivers:
        group = groups.setdefault(waiver.home, {"title": waiver.title, "link": waiver.home, "items": []})
        group["items"].append(_waiver(waiver, digest))
    return {
        **section_heading(phrase("waivers", language), len(digest.waivers), "waivers"),
        "groups": list(groups.values()),
    }


def _waiver(waiver: ExpiringWaiver, digest: Digest) -> dict[str, Any]:
    role, language = digest.recipient
    until = wording.format_day(waiver.until, language)
    code = "runs_out" if waiver.until >= digest.day else "ran_out"
    is_editor = role in _EDITOR_ROLES
    return {
        "badge": "",
        "message": phrase(code, language, rule=waiver.rule_title, until=until),
        "details": [phrase("waiver_by", language, by=waiver.by, reason=waiver.reason)],
        "link": waiver.link,
        "remedy_heading": phrase("call", language) if is_editor else "",
        "remedy_text": phrase("waiver_act", language)
        if is_editor
        else phrase("look", language, title=waiver.rule_title),
    }


def _footer(digest: Digest, rulebooks: Rulebooks, footer: DigestFooter) -> list[str]:
    role, language = digest.recipient
    next_day = format_weekday(footer.next_day, language)
    monday = digest.day + timedelta(days=7 - digest.day.weekday())
    if footer.next_day == monday:
        coming = [phrase("next", language, day=next_day)]
    else:
        coming = [
            phrase("next_change", language, day=next_day),
            phrase("next_week", language, day=wording.format_day(monday, language)),
        ]
    return [
        phrase(f"why_{role}", language),
        " ".join(coming),
        phrase("answer", language, address=footer.address),
        phrase(
            "checked",
            language,
            day=wording.format_day(digest.day, language),
            rulebook=names_of_judges(rulebooks, digest.municipalities, language),
        ),
    ]


MONDAY = 0


def digest_key(period: str, day: date, user_pk: int) -> str:
    """Return the idempotency key of this user's digest of that day or week: each is made once."""
    year, week, _weekday = day.isocalendar()
    period_key = f"{year}-{week:02}" if period == "weekly" else day.isoformat()
    return f"{period}-{period_key}-{user_pk}"


def next_digest_date(frequency: str, day: date, calendar: Calendar) -> date:
    """Return the earliest day after this one for the next digest: a Monday, or (daily) the next working day."""
    next_day = day + timedelta(days=1)
    while next_day.weekday() != MONDAY and (frequency == "weekly" or calendar.is_day_off(next_day)):
        next_day += timedelta(days=1)
    return next_day


def digest_mail(user: User, digest: Digest, rulebooks: Rulebooks, now: datetime) -> EmailMultiAlternatives:
    """Return the e-mail with this digest, in text and HTML."""
    language = digest.recipient.language
    with translation.override(language):
        footer = DigestFooter(
            next_digest_date(user.report_frequency, digest.day, rulebooks.first.calendar),
            reply_address(),
            unsubscribe_links(user, "rapport"),
        )
        return build_mail(
            digest_key(digest.period, digest.day, user.pk),
            digest.period,
            user.email,
            language,
            mail_unsubscribe_url(user.pk, "rapport"),
            now,
            digest_context(digest, rulebooks, footer),
            "digests/mail",
        )
