"""The reminder mail: what falls due within days, with its source and remedy."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from participation.compliance import wording
from participation.compliance.rulebook import Rulebook
from participation.models import User
from participation.selectors.reminders import FOR_THE_REST

from .digest import DigestLine, phrase
from .mail_headers import answers_to, envelope, say_weekday, ways_out
from .urls import mail_stop


def reminder_key(day: date, user_pk: int) -> str:
    """Return the idempotency key of this user's reminder of that day: one mail with all of it."""
    return f"reminder-{day.isoformat()}-{user_pk}"


def reminder_mail(
    user: User, lines: Sequence[DigestLine], rulebook: Rulebook, today: date, now: datetime
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
            "subject": subject % {"n": len(lines), "day": wording.say_day(_due(lines[0]), language, with_year=False)},
            "name": _("Reminder about participation"),
            "heading": heading,
            "rule_off": "=" * len(heading),
            "summary": _(
                "This has to be done within days, and no day to come is planned for it. Is it done? Then record it."
            ),
            "figures": None,
            "sections": [_section(day, list(due), today, language) for day, due in groupby(lines, _due)],
            "footer": [
                _why(user.role),
                _("You get a reminder only when something falls due within three working days, once for each point."),
                phrase("answer", language, address=answers_to()),
                phrase(
                    "checked",
                    language,
                    day=wording.say_day(today, language),
                    rulebook=f"{wording.in_language(rulebook.title, language)} ({rulebook.hash})",
                ),
            ],
            "ways_out": ways_out(user, "herinnering"),
        }
        return envelope(
            reminder_key(today, user.pk),
            "reminder",
            user.email,
            language,
            mail_stop(user.pk, "herinnering"),
            now,
            context,
            "reports/mail",
        )


def _why(role: str) -> str:
    if role == FOR_THE_REST:
        return _(
            "You get this reminder because you coordinate: these are motions, commitments, or trajectories without "
            "an adviser who gets mail these days, or you advise on them yourself."
        )
    return _("You get this reminder because you advise on these trajectories.")


def _due(line: DigestLine) -> date:
    assert line.due_on is not None
    return line.due_on


def _section(day: date, lines: Sequence[DigestLine], today: date, language: str) -> Mapping[str, Any]:
    """Return the section of one due date, grouped by trajectory, motion or commitment."""
    said = say_weekday(day, language)
    title = _("Today, %(day)s") % {"day": said} if day == today else said[:1].upper() + said[1:]
    heading = f"{title} ({len(lines)})"
    of = groupby(sorted(lines, key=lambda line: (line.title, line.identity)), lambda line: (line.title, line.home))
    return {
        "code": "due_soon",
        "heading": heading,
        "rule_off": "-" * len(heading),
        "groups": [
            {"title": owner, "link": home, "items": list(_items(own, today, language))} for (owner, home), own in of
        ],
    }


def _items(lines: Iterable[DigestLine], today: date, language: str) -> Iterable[Mapping[str, str | list[str]]]:
    for line in lines:
        due = _due(line)
        when = phrase("when_due_soon", language, (due - today).days, due=wording.say_day(due, language))
        strength = wording.label("strengths", line.strength, language)
        yield {
            "mark": "",
            "what": line.message,
            "told": [when, phrase("word_of", language, strength=strength, source=line.source)],
            "link": line.link,
            "call": "" if line.planned_in_time else phrase("call", language),
            "act": line.remedy,
        }
