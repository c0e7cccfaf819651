"""The digest of a member of an association: our input, what changed, what comes and where, and how to contradict."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from participation.compliance import wording
from participation.models.labels import LABELS
from participation.selectors.associations.dashboard import OpenRequest, TrajectoryContact, UpcomingStep
from participation.selectors.trajectories.opportunities import Opportunity

from .change_messages import ChangeRenderer, ChangeText, contact_text, place_texts, step_name
from .digest_data import Recipient, phrase, section_heading, subject_of, summary_of
from .mail import link, trajectory_link
from .trajectory_pages import item_fragment
from .values import truncate

#: Maximum number of lines in each section: together they fit two screens, and the page has the rest.
MAX_ANSWERS, MAX_WAITING, MAX_CHANGES, MAX_MEETINGS = 3, 3, 4, 3
#: Maximum number of characters of a line, and of the text below it.
MAX_LINE_LENGTH, MAX_TEXT_LENGTH = 80, 120
#: Bound on the words of the whole mail that follows from these, addresses left out: two screens. A normal week
#: has half of them.
MAX_WORDS = 600


class DigestChange(NamedTuple):
    """A change in words, with its trajectory, and how many it stands for."""

    title: str
    link: str
    text: ChangeText
    total: int


class Meeting(NamedTuple):
    """How members can take part in a step that is open or still to come, and whom to ask."""

    opportunity: Opportunity
    contact: TrajectoryContact


class AssociationDigest(NamedTuple):
    """A digest for a member of an association; ``since`` is the start of its period.

    ``waiting`` is what their organisations submitted without an answer yet, ``overdue`` the number of points that are
    overdue in their trajectories and ``statutory`` how many of these the law or an ordinance asks.
    """

    recipient: Recipient
    period: str
    week: int
    day: date
    since: date
    subject: str
    summary: str
    answers: tuple[DigestChange, ...]
    waiting: tuple[OpenRequest, ...]
    changes: tuple[DigestChange, ...]
    meetings: tuple[Meeting, ...]
    overdue: int
    statutory: int
    municipalities: frozenset[str] = frozenset()

    def as_figures(self) -> dict[str, Any]:
        """Return the figures as they are stored with the delivery."""
        return {**dict(_numbers(self.answers, self.waiting, self.changes, self.meetings)), "overdue": self.overdue}


def build_association_digest(
    recipient: Recipient,
    period: str,
    day: date,
    since: datetime,
    answers: Sequence[DigestChange],
    waiting: Sequence[OpenRequest],
    changes: Sequence[DigestChange],
    meetings: Sequence[Meeting],
    overdue: int = 0,
    statutory: int = 0,
    municipalities: frozenset[str] = frozenset(),
) -> AssociationDigest | None:
    """Return the digest of the period from ``since`` up to ``day``, or None when there is nothing to report."""
    numbers = _numbers(answers, waiting, changes, meetings)
    if not numbers and not overdue:
        return None
    language = recipient.language
    parts = [f"{n} {phrase(f'association_{code}', language, n)}" for code, n in numbers]
    parts = parts or [phrase("association_quiet", language)]
    _year, week, _weekday = day.isocalendar()
    return AssociationDigest(
        recipient,
        period,
        week,
        day,
        since.date(),
        subject_of(week if period == "weekly" else None, day, parts, language),
        summary_of(since.date(), parts, language),
        tuple(answers),
        tuple(waiting),
        tuple(changes),
        tuple(meetings),
        overdue,
        statutory,
        municipalities,
    )


def association_sections(digest: AssociationDigest, renderer: ChangeRenderer) -> list[dict[str, Any]]:
    """Return the context of the sections, in the active language: input, changes, meetings, how to contradict."""
    language = digest.recipient.language
    groups = {
        "answers": _changes(digest.answers[:MAX_ANSWERS]),
        "changes": _changes(digest.changes[:MAX_CHANGES], with_details=False),
        "meetings": _grouped((m.contact, _meeting(m, renderer)) for m in digest.meetings[:MAX_MEETINGS]),
        "waiting": [
            {"title": title, "link": url, "items": [_waiting(item, digest) for item in own]}
            for (title, url), own in groupby(
                digest.waiting[:MAX_WAITING], lambda item: (item.trajectory, link("trajectory", item.slug))
            )
        ],
    }
    shown = {
        "answers": sum(each.total for each in digest.answers[:MAX_ANSWERS]),
        "changes": sum(each.total for each in digest.changes[:MAX_CHANGES]),
        "meetings": MAX_MEETINGS,
        "waiting": MAX_WAITING,
    }
    numbers = _numbers(digest.answers, digest.waiting, digest.changes, digest.meetings)
    found = [
        {
            **section_heading(capfirst(phrase(f"association_{code}", language, total)), total, code),
            "groups": groups[code],
            "more": phrase("association_more", language, rest) if (rest := total - shown[code]) > 0 else "",
            "more_link": own_page_url(),
        }
        for code, total in numbers
    ]
    note = [phrase("late", language, digest.overdue)]
    note += [phrase("late_statutory", language, digest.statutory)] if digest.statutory else []
    return [
        *found,
        {
            "code": "contradict",
            "heading": phrase("association_contradict", language),
            "note": " ".join([*note, phrase("association_how", language)]),
            "groups": [],
            "more": phrase("association_page", language),
            "more_link": own_page_url(),
        },
    ]


def own_page_url() -> str:
    """Return the URL of the page of a member of an association."""
    return f"{settings.BASE_URL}/mijn/"


def _numbers(
    answers: Sequence[DigestChange],
    waiting: Sequence[OpenRequest],
    changes: Sequence[DigestChange],
    meetings: Sequence[Meeting],
) -> list[tuple[str, int]]:
    """Return the number of each section that is not empty, in reading order."""
    numbers = {
        "answers": sum(each.total for each in answers),
        "waiting": len(waiting),
        "changes": sum(each.total for each in changes),
        "meetings": len(meetings),
    }
    return [(code, number) for code, number in numbers.items() if number]


def _changes(changes: Iterable[DigestChange], with_details: bool = True) -> list[dict[str, Any]]:
    return [
        {
            "title": title,
            "link": url,
            "items": [
                {
                    "message": truncate(each.text.line, MAX_LINE_LENGTH),
                    "details": [truncate(" ".join(each.text.details), MAX_TEXT_LENGTH)]
                    if with_details and each.text.details
                    else [],
                    "link": each.text.link,
                }
                for each in own
            ],
        }
        for (title, url), own in groupby(changes, lambda each: (each.title, each.link))
    ]


def _grouped(items: Iterable[tuple[TrajectoryContact, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [
        {
            "title": contact.title,
            "link": link("trajectory", contact.slug),
            "items": [item for _contact, item in own],
        }
        for contact, own in groupby(items, lambda pair: pair[0])
    ]


def _meeting(meeting: Meeting, renderer: ChangeRenderer) -> dict[str, Any]:
    """Return the context of a meeting: what and when, where, how to join, and whom to ask."""
    step: UpcomingStep = meeting.opportunity.step
    parts = step._asdict()
    when = renderer.moment(parts | {"when": meeting.opportunity.start})
    texts = (
        [_("You can take part until %(day)s.") % {"day": renderer.day(end)}] if (end := meeting.opportunity.end) else []
    )
    texts += place_texts({**parts, "place_name": truncate(step.place_name, MAX_LINE_LENGTH)})
    if step.place_accessible is not None:
        is_accessible = step.place_accessible
        texts.append(
            _("You can get in with a wheelchair.") if is_accessible else _("You cannot get in with a wheelchair.")
        )
    if any(meeting.contact[3:]):
        texts.append(_("Questions: %(contact)s") % {"contact": contact_text(meeting.contact._asdict())})
    return {
        "message": f"{truncate(step_name(step.kind, step.method, step.title), MAX_LINE_LENGTH)}: {when}",
        "details": texts,
        "link": link("trajectory", meeting.contact.slug),
    }


def _waiting(item: OpenRequest, digest: AssociationDigest) -> dict[str, Any]:
    """Return the context of what was submitted without an answer yet, with its term."""
    language = digest.recipient.language
    kind = capfirst(str(LABELS[item.kind])) if item.kind else _("Contribution")
    # Privacy: a complaint is about people, so its content stays out of mails.
    text = "" if item.kind == "complaint" or not item.summary else f"“{truncate(item.summary, MAX_LINE_LENGTH)}”"
    details = []
    if item.due_on:
        late, left = (digest.day - item.due_on).days, (item.due_on - digest.day).days
        due = wording.format_day(item.due_on, language)
        details.append(
            phrase("when_overdue", language, late, due=due)
            if late > 0
            else phrase("when_due_soon", language, left, due=due)
        )
    return {
        "message": ": ".join(filter(None, (kind, text))),
        "details": details,
        "link": link("trajectory", item.slug, item.rule, item.subject)
        if item.rule
        else trajectory_link(item.slug, item_fragment(item.item_type, item.ref)),
    }
