"""The digest as an e-mail: its template context, and the message that is sent, previewed and stored."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import translation
from django.utils.text import capfirst

from participation.compliance import wording
from participation.compliance.calendar import Calendar
from participation.compliance.rulebooks import Rulebooks
from participation.models import User
from participation.models.labels import LABELS

from .association_digest import AssociationDigest, association_sections
from .change_messages import ChangeRenderer
from .digest_data import (
    MAX_REQUESTS,
    MAX_WAIVERS,
    Digest,
    DigestEntry,
    DigestGroup,
    DigestLine,
    DigestRest,
    DigestSection,
    ExpiringWaiver,
    WaitingRequest,
    phrase,
    section_heading,
    when_text,
)
from .mail import build_mail, format_weekday, mail_unsubscribe_url, reply_address, unsubscribe_links
from .priorities import counted, heading_of, waiting_text
from .rules import names_of_judges

#: Roles that can record missing facts.
_EDITOR_ROLES = ("adviser", "coordinator", "administrator")


class DigestFooter(NamedTuple):
    """The footer of a digest: the day of the next one, the reply address, and links to get less mail.

    ``unsubscribe_links`` are link texts, each with its URL.
    """

    next_day: date
    address: str
    unsubscribe_links: Sequence[tuple[str, str]]


def digest_context(digest: Digest | AssociationDigest, rulebooks: Rulebooks, footer: DigestFooter) -> dict[str, Any]:
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
        "summary": digest.summary,
        "sections": association_sections(digest, ChangeRenderer(rulebooks, language, wording.NO_NAMES))
        if isinstance(digest, AssociationDigest)
        else _sections(digest),
        "footer": _footer(digest, rulebooks, footer),
        "unsubscribe_links": footer.unsubscribe_links,
    }


def _sections(digest: Digest) -> list[dict[str, Any]]:
    found = [_section(section, digest) for section in digest.sections]
    if digest.requests:
        found.append(_requests(digest))
    if digest.waivers:
        found.append(_waivers(digest))
    found += [_section(section, digest) for section in (digest.resolved, digest.review) if section]
    if digest.rest:
        found.append(_rest(digest.rest, digest))
    return found


def _section(section: DigestSection, digest: Digest) -> dict[str, Any]:
    language, code = digest.recipient.language, section.code
    title = phrase(code, language) if code in ("resolved", "review") else heading_of(code, language)
    return {
        **section_heading(title, section.total, code),
        "note": phrase("review_note", language) if code == "review" else "",
        "groups": [_group(group, code, digest) for group in section.groups],
        "more": phrase("more", language, section.more) if section.more else "",
        "more_link": week_url(),
    }


def _rest(rest: DigestRest, digest: Digest) -> dict[str, Any]:
    """Return the context of what is only counted: the numbers, the missing facts that hold up several, and a link."""
    language = digest.recipient.language
    counts = [counted(code, count, language) for code, count in rest.counts]
    note = capfirst(wording.format_list(counts, language)) + "."
    if rest.old:
        note += " " + phrase("rest_old", language, old=counted("old", rest.old, language))
    return {
        **section_heading(phrase("rest", language), rest.total, "rest"),
        "note": note,
        "groups": [
            {
                "title": title,
                "link": home,
                "items": [
                    {
                        "message": waiting_text([cause.missing], cause.total, language, cause.about),
                        "link": cause.link,
                    }
                    for cause in own
                ],
            }
            for (title, home), own in groupby(rest.causes, lambda cause: (cause.title, cause.home))
        ],
        "more": phrase("whole_week", language),
        "more_link": week_url(),
    }


def week_url() -> str:
    """Return the URL of the page of the week."""
    return f"{settings.BASE_URL}/deze-week/"


def _group(group: DigestGroup, code: str, digest: Digest) -> dict[str, Any]:
    language = digest.recipient.language
    return {
        "title": group.title,
        "link": group.link,
        "items": [_item(entry, code, digest) for entry in group.entries],
        "more": phrase("more_here" if group.entries else "all_here", language, group.more) if group.more else "",
    }


def _item(entry: DigestEntry, code: str, digest: Digest) -> dict[str, Any]:
    """Return the context of a line: badge, message, dates with strength, and remedy."""
    line, language = entry.line, digest.recipient.language
    if code == "resolved":
        return {"message": line.message, "details": [] if line.status == "met" else [_date_text(line, digest)]}
    strength = capfirst(wording.label("strengths", line.strength, language))
    return {
        "badge": phrase("new", language) if entry.new and code != "new" else "",
        "message": line.message,
        "details": [" ".join(filter(None, (_date_text(line, digest), f"{strength}.")))],
        "link": line.link,
        "remedy_text": _remedy_text(line, digest) if code != "review" else "",
    }


def _remedy_text(line: DigestLine, digest: Digest) -> str:
    """Return which fact is missing, or that nothing needs to be done yet; else the page says what to do."""
    role, language = digest.recipient
    if line.planned_in_time:
        return line.remedy
    if line.status != "unknown" or role not in _EDITOR_ROLES:
        return ""
    return wording.label("phrases", "fill_in", language).format(missing=wording.format_missing(line.missing, language))


def _date_text(line: DigestLine, digest: Digest) -> str:
    if line.status == "unknown" and digest.recipient.role in _EDITOR_ROLES and not line.retrospective:
        return ""  # the remedy names the missing facts already
    return when_text(line, line.status, line.days_late, digest.day, digest.recipient.language)


def _waivers(digest: Digest) -> dict[str, Any]:
    language = digest.recipient.language
    groups: dict[str, dict[str, Any]] = {}
    for waiver in digest.waivers[:MAX_WAIVERS]:
        group = groups.setdefault(waiver.home, {"title": waiver.title, "link": waiver.home, "items": []})
        group["items"].append(_waiver(waiver, digest))
    return {
        **section_heading(phrase("waivers", language), len(digest.waivers), "waivers"),
        "groups": list(groups.values()),
        "more": phrase("more", language, more) if (more := len(digest.waivers) - MAX_WAIVERS) > 0 else "",
        "more_link": week_url(),
    }


def _waiver(waiver: ExpiringWaiver, digest: Digest) -> dict[str, Any]:
    role, language = digest.recipient
    until = wording.format_day(waiver.until, language)
    code = "runs_out" if waiver.until >= digest.day else "ran_out"
    return {
        "message": phrase(code, language, rule=waiver.rule_title, until=until),
        "link": waiver.link,
        "remedy_text": phrase("waiver_act", language) if role in _EDITOR_ROLES else "",
    }


def _requests(digest: Digest) -> dict[str, Any]:
    language = digest.recipient.language
    return {
        **section_heading(phrase("requests", language), len(digest.requests), "requests"),
        "groups": [_request(row, digest) for row in digest.requests[:MAX_REQUESTS]],
        "more": phrase("more", language, more) if (more := len(digest.requests) - MAX_REQUESTS) > 0 else "",
        "more_link": week_url(),
    }


def _request(row: WaitingRequest, digest: Digest) -> dict[str, Any]:
    """Return the context of a request: what it is, what is to be done, and by when."""
    language = digest.recipient.language
    act = phrase("moderate", language) if row.awaits_moderation else row.rule_title
    details = []
    if row.due_on:
        late, due = (digest.day - row.due_on).days, wording.format_day(row.due_on, language)
        details.append(phrase("when_overdue" if late > 0 else "when_due_soon", language, abs(late), due=due))
        details.append(f"{capfirst(wording.label('strengths', row.strength, language))}.")
    title = f"{capfirst(str(LABELS[row.kind]))} {row.number}" + (f" ({row.place})" if row.place else "")
    item = {"message": f"{act}: {row.text}", "details": [" ".join(details)] if details else [], "link": row.link}
    return {"title": title, "link": row.link, "items": [item]}


def _footer(digest: Digest | AssociationDigest, rulebooks: Rulebooks, footer: DigestFooter) -> list[str]:
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


def digest_mail(
    user: User, digest: Digest | AssociationDigest, rulebooks: Rulebooks, now: datetime
) -> EmailMultiAlternatives:
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
