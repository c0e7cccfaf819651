"""The reminder mail: what falls due within days, with its source and remedy."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any, cast

from django.core.mail import EmailMultiAlternatives
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from participation.compliance import wording
from participation.compliance.rulebooks import Rulebooks
from participation.models import User
from participation.selectors.mail.reminders import FALLBACK_ROLE

from .digest_data import DigestLine, phrase, section_heading
from .mail import build_mail, format_weekday, mail_unsubscribe_url, reply_address, unsubscribe_links
from .rules import names_of_judges


def reminder_key(day: date, user_pk: int) -> str:
    """Return the idempotency key of this user's reminder of that day: one mail with all of it."""
    return f"reminder-{day.isoformat()}-{user_pk}"


def reminder_mail(
    user: User, lines: Sequence[DigestLine], rulebooks: Rulebooks, today: date, now: datetime
) -> EmailMultiAlternatives:
    """Return the reminder mail about these lines, first due first."""
    language = user.language
    with translation.override(language):
        subject = ngettext(
            "Reminder: %(n)s point falls due on %(day)s",
            "Reminder: %(n)s points fall due, the first on %(day)s",
            len(lines),
        )
        heading = _("This falls due soon")
        context = {
            "language": language,
            "subject": subject
            % {"n": len(lines), "day": wording.format_day(_due_on(lines[0]), language, with_year=False)},
            "name": _("Reminder about participation"),
            "heading": heading,
            "summary": _(
                "This has to be done within days, and no day to come is planned for it. Is it done? Then record it."
            ),
            "sections": [_section(day, list(due), today, language) for day, due in groupby(lines, _due_on)],
            "footer": [
                _reason_for_mail(user.role),
                _("You get a reminder only when something falls due within three working days, once for each point."),
                phrase("answer", language, address=reply_address()),
                phrase(
                    "checked",
                    language,
                    day=wording.format_day(today, language),
                    rulebook=names_of_judges(rulebooks, {line.municipality for line in lines}, language),
                ),
            ],
            "unsubscribe_links": unsubscribe_links(user, "herinnering"),
        }
        return build_mail(
            reminder_key(today, user.pk),
            "reminder",
            user.email,
            language,
            mail_unsubscribe_url(user.pk, "herinnering"),
            now,
            context,
            "digests/mail",
        )


def _reason_for_mail(role: str) -> str:
    if role == FALLBACK_ROLE:
        return _(
            "You get this reminder because you coordinate: these are motions, commitments, or trajectories without "
            "an adviser who gets mail these days, or you advise on them yourself."
        )
    return _("You get this reminder because you advise on these trajectories.")


def _due_on(line: DigestLine) -> date:
    # Reminders are of obligations that are due soon, which have a due date.
    return cast(date, line.due_on)


def _section(day: date, lines: Sequence[DigestLine], today: date, language: str) -> Mapping[str, Any]:
    """Return the section of one due date, grouped by trajectory, motion or commitment."""
    weekday = format_weekday(day, language)
    title = _("Today, %(day)s") % {"day": weekday} if day == today else capfirst(weekday)
    by_owner = groupby(
        sorted(lines, key=lambda line: (line.title, line.identity)), lambda line: (line.title, line.home)
    )
    return {
        **section_heading(title, len(lines), "due_soon"),
        "groups": [
            {"title": owner, "link": home, "items": list(_items(own, today, language))}
            for (owner, home), own in by_owner
        ],
    }


def _items(lines: Iterable[DigestLine], today: date, language: str) -> Iterable[Mapping[str, str | list[str]]]:
    for line in lines:
        due = _due_on(line)
        date_text = phrase("when_due_soon", language, (due - today).days, due=wording.format_day(due, language))
        strength = wording.label("strengths", line.strength, language)
        yield {
            "badge": "",
            "message": line.message,
            "details": [date_text, phrase("word_of", language, strength=strength, source=line.source)],
            "link": line.link,
            "remedy_heading": "" if line.planned_in_time else phrase("call", language),
            "remedy_text": line.remedy,
        }
