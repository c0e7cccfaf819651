"""Recording contributions and their outcomes in bulk, as one changeset that can be undone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from participation.compliance.dates import ImpreciseDate
from participation.compliance.rulebooks import Rulebooks
from participation.models import Changeset, Contribution, Trajectory, User
from participation.selectors.changes.row_versions import newest_versions
from participation.services.batches import batches
from participation.services.changes.changesets import ChangesetWriter, Prepare, StaleVersion, next_ref, record_changeset

#: The number of refs that are looked up at a time: SQLite limits the parameters of a statement.
_REFS_IN_A_QUERY = 5_000


def record_contributions(
    by: User,
    trajectory: Trajectory,
    contributions: Sequence[Contribution],
    *,
    changed: Sequence[Contribution] = (),
    prepare: Prepare | None = None,
    are_validated: bool = False,
    rulebooks: Rulebooks,
    today: date,
    now: datetime,
) -> Changeset | None:
    """Record new contributions, and changes to existing ones; return the changeset, None where nothing was recorded.

    A new one with a ref that exists by now is skipped. Raises ValidationError where one is invalid; new ones that are
    validated already are not validated again.
    """
    about = _changeset_label([*contributions, *changed])
    verb = "added" if contributions else "changed"
    with record_changeset(by, trajectory, verb, about=about, rulebooks=rulebooks, today=today, now=now) as recorder:
        if prepare is not None:
            prepare(recorder)
        add_contributions(recorder, trajectory, contributions, are_validated=are_validated)
        recorder.save_all(changed)
    return recorder.changeset


def add_contributions(
    recorder: ChangesetWriter,
    trajectory: Trajectory,
    contributions: Sequence[Contribution],
    *,
    are_validated: bool = False,
) -> None:
    """Save new contributions, with a free ref where they have none; one with a ref that exists by now is skipped."""
    existing_refs = set[str]()
    refs = sorted({contribution.ref for contribution in contributions} - {""})
    for few in batches(refs, _REFS_IN_A_QUERY):
        existing = Contribution.objects.filter(trajectory=trajectory, ref__in=few)
        existing_refs.update(existing.values_list("ref", flat=True))
    new = [contribution for contribution in contributions if contribution.ref not in existing_refs]
    unnamed = [contribution for contribution in new if not contribution.ref]
    number = int(next_ref(trajectory, "c")[1:]) if unnamed else 0
    for index, contribution in enumerate(unnamed):
        contribution.ref = f"c{number + index}"
    if are_validated:
        recorder.insert_all(new)
    else:
        recorder.save_all(new)


class ContributionAnswer(NamedTuple):
    """The outcome of one contribution, with its reason."""

    contribution: Contribution
    outcome: str
    response: str


class StaleContributions(StaleVersion):
    """Raised where contributions were changed after they were shown; nothing was saved. ``keys`` are their keys."""

    def __init__(self, keys: Sequence[int]) -> None:
        """Store the primary keys of the contributions."""
        super().__init__()
        self.keys = keys


def record_answers(
    by: User,
    trajectory: Trajectory,
    answers: Iterable[ContributionAnswer],
    responded_on: ImpreciseDate,
    *,
    expected_versions: Mapping[int, int],
    rulebooks: Rulebooks,
    today: date,
    now: datetime,
) -> Changeset | None:
    """Record these outcomes and return the changeset, or None where there were none.

    ``expected_versions`` are the versions that the user saw, by primary key. Raises StaleContributions where a
    contribution has another one by now, and ValidationError where an answer is invalid.
    """
    found = list(answers)
    about = _changeset_label([answer.contribution for answer in found])
    with record_changeset(
        by, trajectory, "answered", about=about, rulebooks=rulebooks, today=today, now=now
    ) as recorder:
        keys = [answer.contribution.pk for answer in found]
        versions = newest_versions(Contribution, keys)
        if changed := [key for key in keys if versions.get(key, 0) != expected_versions.get(key)]:
            raise StaleContributions(changed)
        for contribution, outcome, response in found:
            contribution.outcome, contribution.response = outcome, response
            contribution.responded_on = responded_on
        recorder.save_all([answer.contribution for answer in found])
    return recorder.changeset


def _changeset_label(contributions: Sequence[Contribution]) -> str:
    if len(contributions) == 1:
        return contributions[0].summary[:100] or contributions[0].theme
    return _("%(count)s contributions") % {"count": len(contributions)}
