"""Evaluation forms of a meeting: links to hand out, and answers that nobody can trace."""

import re
import secrets
from collections.abc import Mapping
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from participation.compliance.dates import When
from participation.compliance.rulebook import Rulebook
from participation.models import Entry, EvaluationLink, EvaluationResponse, Step, User

from .recording import recording
from .unique_names import retried

#: So many links can be made in one go: by whom organises the meeting, and by an association that hands them on.
MOST_LINKS, MOST_TO_HAND_ON = 200, 10
#: What people can type over from paper: nothing that looks like something else, nothing to capitalise.
_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
_GROUPS, _SIGNS_A_GROUP = 3, 4
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SCORES = ("fairness", "heard", "informed")


class LinkSpent(Exception):
    """This link was used, or there is none by this name: which of the two is nobody's business."""


@retried
def make_links(
    by: User, step: Step, how_many: int, handed_out_on: date, *, rulebook: Rulebook, today: date, now: datetime
) -> tuple[list[EvaluationLink], Entry | None]:
    """Make links to the form of a step and return them, with an entry where the day was not recorded yet.

    The first links set the day on which the form is handed out; a day that was recorded is left alone.
    Raises ValidationError on fewer than one or more than ``MOST_LINKS``, or a day before today.
    """
    if not 1 <= how_many <= MOST_LINKS:
        raise ValidationError(_("Choose a number from 1 to %(most)s.") % {"most": MOST_LINKS})
    if handed_out_on < today:
        raise ValidationError(_("These links are made today: they cannot have been handed out before."))
    about = step.title or step.get_kind_display() or step.ref
    with recording(by, step.trajectory, "evaluated", about=about, rulebook=rulebook, today=today, now=now) as recorder:
        # As it is by now: two who make links at once must not each set the day.
        current = Step.objects.get(pk=step.pk)
        if current.evaluation_sent_on is None:
            current.evaluation_sent_on = When.on(handed_out_on)
            recorder.save(current)
        links = EvaluationLink.objects.bulk_create(
            [EvaluationLink(step=current, token=new_code(), made_on=today) for _number in range(how_many)]
        )
    return links, recorder.entry


def fill_in(token: str, scores: Mapping[str, int | None], remark: str, today: date) -> EvaluationResponse:
    """Store one answer for this link and return it; the link is spent from then on.

    Claimed by one conditional update in the transaction that stores the answer: of two at once one is let in,
    and what goes wrong with the answer gives the link back. Raises LinkSpent, or ValidationError where nothing
    was answered or a score is not one from 1 to 10. Nothing is kept of whose link it was.
    """
    remark = remark.strip()
    if not remark and all(scores.get(name) is None for name in _SCORES):
        raise ValidationError(_("Answer at least one question."))
    with transaction.atomic():
        link = open_link(token)
        if not EvaluationLink.objects.filter(pk=link.pk, used=False).update(used=True):
            raise LinkSpent
        response = EvaluationResponse(
            step_id=link.step_id, answered_on=today, remark=remark, **{name: scores.get(name) for name in _SCORES}
        )
        response.full_clean()
        response.save()
    return response


def open_link(token: str) -> EvaluationLink:
    """Return the link by this name, with its step and trajectory. Raises LinkSpent where it cannot be used."""
    if not _TOKEN.fullmatch(token := written(token)):
        # No token of ours; some databases would rather fail than look for it.
        raise LinkSpent
    links = EvaluationLink.objects.select_related("step__trajectory")
    found = links.filter(token=token, used=False, step__cancelled=False).first()
    if found is None:
        raise LinkSpent
    return found


def withdraw_links(step: Step) -> int:
    """Remove the links of a step that were not used, such as those of a sheet that got lost; return how many."""
    removed, _each = EvaluationLink.objects.filter(step=step, used=False).delete()
    return removed


def new_code() -> str:
    """Return a name for a link that nobody can guess (59 bits) and anyone can type over."""
    groups = ("".join(secrets.choice(_SIGNS) for _sign in range(_SIGNS_A_GROUP)) for _group in range(_GROUPS))
    return "-".join(groups)


def written(token: str) -> str:
    """Return a name that was typed over, as it is stored: in lower case, with its hyphens, whatever was left out."""
    signs = re.sub(r"[\s-]", "", token).lower()
    if len(signs) != _GROUPS * _SIGNS_A_GROUP:
        return token
    return "-".join(signs[at : at + _SIGNS_A_GROUP] for at in range(0, len(signs), _SIGNS_A_GROUP))
