"""Recording what people said and what is done with it: many in one go, as one entry that can be taken back."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from participation.compliance.dates import When
from participation.compliance.rulebook import Rulebook
from participation.models import Contribution, Entry, Trajectory, User

from .recording import next_ref, recording


def record_contributions(
    by: User,
    trajectory: Trajectory,
    contributions: Sequence[Contribution],
    *,
    changed: Sequence[Contribution] = (),
    rulebook: Rulebook,
    today: date,
    now: datetime,
) -> Entry | None:
    """Record new contributions, and changes of ones that are there, in one go; return the entry, None for nothing.

    What has a ref of its own, and was recorded by somebody else in the meantime, is left out. Raises ValidationError
    where one of them is not sound.
    """
    about = _about([*contributions, *changed])
    verb = "added" if contributions else "changed"
    with recording(by, trajectory, verb, about=about, rulebook=rulebook, today=today, now=now) as recorder:
        refs = {contribution.ref for contribution in contributions} - {""}
        there = (
            Contribution.objects.filter(trajectory=trajectory, ref__in=refs) if refs else Contribution.objects.none()
        )
        taken = set(there.values_list("ref", flat=True))
        fresh = [contribution for contribution in contributions if contribution.ref not in taken]
        number = int(next_ref(trajectory, "c")[1:])
        for index, contribution in enumerate(one for one in fresh if not one.ref):
            contribution.ref = f"c{number + index}"
        recorder.save_all(fresh)
        recorder.save_all(changed)
    return recorder.entry


class Answer(NamedTuple):
    """What is done with one contribution, and why."""

    contribution: Contribution
    outcome: str
    response: str


def record_answers(
    by: User,
    trajectory: Trajectory,
    answers: Iterable[Answer],
    responded_on: When,
    *,
    rulebook: Rulebook,
    today: date,
    now: datetime,
) -> Entry | None:
    """Record these answers in one go and return the entry, or None where there was none."""
    found = list(answers)
    about = _about([answer.contribution for answer in found])
    with recording(by, trajectory, "answered", about=about, rulebook=rulebook, today=today, now=now) as recorder:
        for contribution, outcome, response in found:
            contribution.outcome, contribution.response = outcome, response
            contribution.responded_on = responded_on
        recorder.save_all([answer.contribution for answer in found])
    return recorder.entry


def _about(contributions: Sequence[Contribution]) -> str:
    if len(contributions) == 1:
        return contributions[0].summary[:100] or contributions[0].theme
    return _("%(count)s contributions") % {"count": len(contributions)}
