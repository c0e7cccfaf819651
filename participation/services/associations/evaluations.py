"""Evaluation forms of a meeting: single-use links, and answers that cannot be traced to a person."""

import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from participation.compliance.dates import ImpreciseDate
from participation.compliance.rulebooks import Rulebooks
from participation.models import Changeset, EvaluationCount, EvaluationLink, EvaluationResponse, Step, User
from participation.services.changes.changesets import record_changeset
from participation.services.changes.unique_names import retry_on_conflict

#: Maximum number of links in one request: for the organiser, and for an association that passes them on.
MAX_LINKS, MAX_LINKS_FOR_ASSOCIATION = 200, 10
#: Characters that are easy to type over from paper: no look-alikes and no capitals.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_GROUP_COUNT, _GROUP_LENGTH = 3, 4
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SCORES = ("fairness", "heard", "informed")


class LinkSpent(Exception):
    """Raised where a link was used or does not exist; deliberately the same, so that tokens cannot be probed."""


@retry_on_conflict
def make_links(
    by: User, step: Step, count: int, distributed_on: date, *, rulebooks: Rulebooks, today: date, now: datetime
) -> tuple[list[EvaluationLink], Changeset | None]:
    """Create evaluation links for a step and return them, with a changeset where the date was not recorded yet.

    The first links set the day on which the form is given out; a day that was recorded already is kept. Raises
    ValidationError on fewer than one or more than ``MAX_LINKS``, or a day before today.
    """
    if not 1 <= count <= MAX_LINKS:
        raise ValidationError(_("Choose a number from 1 to %(most)s.") % {"most": MAX_LINKS})
    if distributed_on < today:
        raise ValidationError(_("These links are made today: they cannot have been handed out before."))
    about = step.title or step.get_kind_display() or step.ref
    with record_changeset(
        by, step.trajectory, "evaluated", about=about, rulebooks=rulebooks, today=today, now=now
    ) as recorder:
        # Read under the lock: of two concurrent requests only one may set the day.
        current = Step.objects.get(pk=step.pk)
        if current.evaluation_sent_on is None:
            current.evaluation_sent_on = ImpreciseDate.on(distributed_on)
            recorder.save(current)
        links = EvaluationLink.objects.bulk_create(
            [EvaluationLink(step=current, token=new_token(), made_on=today) for _number in range(count)]
        )
    return links, recorder.changeset


def store_response(
    token: str,
    scores: Mapping[str, int | None],
    remark: str,
    today: date,
    *,
    groups: Iterable[str] = (),
    neighbourhood: str = "",
) -> EvaluationResponse:
    """Store one answer for this link, mark the link as used, and return the answer.

    To which ``groups`` the participant belongs and from which ``neighbourhood`` they come is counted for the step, not
    stored with the answer: that would tell who gave it.

    The link is claimed by a conditional update in the transaction that stores the answer: of two concurrent requests
    one succeeds, and an invalid answer rolls the claim back. Raises LinkSpent, or ValidationError where nothing was
    answered or a score is not from 1 to 10. The answer is not linked to the token, which keeps it anonymous.
    """
    remark = remark.strip()
    if not remark and all(scores.get(name) is None for name in _SCORES):
        raise ValidationError(_("Answer at least one question."))
    with transaction.atomic():
        link = usable_link(token)
        if not EvaluationLink.objects.filter(pk=link.pk, used=False).update(used=True):
            raise LinkSpent
        response = EvaluationResponse(
            step_id=link.step_id, answered_on=today, remark=remark, **{name: scores.get(name) for name in _SCORES}
        )
        response.full_clean()
        response.save()
        for group in sorted(set(groups)):
            _count_form(link.step_id, group=group)
        if neighbourhood:
            _count_form(link.step_id, neighbourhood=neighbourhood)
    return response


def _count_form(step: int, *, group: str = "", neighbourhood: str = "") -> None:
    row, _is_new = EvaluationCount.objects.get_or_create(step_id=step, group=group, neighbourhood=neighbourhood)
    # Added in the database: two forms may arrive at once.
    EvaluationCount.objects.filter(pk=row.pk).update(number=F("number") + 1)


def usable_link(token: str) -> EvaluationLink:
    """Return the link with this token, with its step and trajectory. Raises LinkSpent where it cannot be used."""
    if not _TOKEN.fullmatch(token := normalised_token(token)):
        # Not queried: some databases raise an error on such input (NUL in PostgreSQL).
        raise LinkSpent
    links = EvaluationLink.objects.select_related("step__trajectory")
    found = links.filter(token=token, used=False, step__cancelled=False).first()
    if found is None:
        raise LinkSpent
    return found


def delete_unused_links(step: Step) -> int:
    """Delete the unused links of a step, such as those of a lost sheet; return how many."""
    removed, _by_model = EvaluationLink.objects.filter(step=step, used=False).delete()
    return removed


def new_token() -> str:
    """Return a random token (59 bits) that is easy to type over."""
    groups = (
        "".join(secrets.choice(_ALPHABET) for _character in range(_GROUP_LENGTH)) for _group in range(_GROUP_COUNT)
    )
    return "-".join(groups)


def normalised_token(token: str) -> str:
    """Return a typed token in its stored form: lower case, grouped with hyphens."""
    characters = re.sub(r"[\s-]", "", token).lower()
    if len(characters) != _GROUP_COUNT * _GROUP_LENGTH:
        return token
    return "-".join(characters[start : start + _GROUP_LENGTH] for start in range(0, len(characters), _GROUP_LENGTH))
