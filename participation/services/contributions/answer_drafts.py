"""Keeping, discarding and recording the draft of answers of one user for one trajectory."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction

from participation.compliance.dates import ImpreciseDate
from participation.compliance.rulebooks import Rulebooks
from participation.models import AnswerDraft, Changeset, Trajectory, User
from participation.selectors.answer_drafts import DraftContent, OwnAnswer, PendingAnswer, content_of
from participation.services.changes.unique_names import retry_on_conflict

from .outcomes import ContributionAnswer, record_answers


class OverwrittenText(NamedTuple):
    """A text that saving would overwrite: of which contribution (by ref; "" for the joint answer), and what it says."""

    ref: str
    text: str


class StaleDraft(Exception):
    """Raised where the draft was saved elsewhere meanwhile, and saving would overwrite text; nothing was saved."""

    def __init__(self, draft: AnswerDraft, texts: Sequence[OverwrittenText]) -> None:
        """Store the draft as it is now, and the texts in it that would be lost."""
        super().__init__()
        self.draft, self.texts = draft, texts


def draft_version(draft: AnswerDraft | None) -> str:
    """Return the version of a draft, which a form carries in a hidden field; "" where there is none."""
    return draft.saved_at.isoformat() if draft else ""


@retry_on_conflict
def save_draft(
    user: User,
    trajectory: Trajectory,
    typed: DraftContent,
    refs: Collection[str],
    *,
    expected_version: str,
    now: datetime,
    change: Callable[[DraftContent], DraftContent] = lambda content: content,
) -> AnswerDraft | None:
    """Save what was typed as the draft of this user, and return it; None where nothing is left of it.

    ``typed`` has the joint answer, and the rows of ``refs``: those that were on the page; the other rows stay as they
    are. ``change`` is applied to the result. Raises StaleDraft where the draft has another version than expected, and
    has text that was typed differently.
    """
    stored = AnswerDraft.objects.select_for_update().filter(user=user, trajectory=trajectory).first()
    before = content_of(stored)
    texts = _overwritten_texts(before, typed, refs)
    if stored is not None and texts and draft_version(stored) != expected_version:
        raise StaleDraft(stored, texts)
    content = change(
        before._replace(outcome=typed.outcome, response=typed.response, responded_on=typed.responded_on).with_rows(
            {ref: typed.rows.get(ref, OwnAnswer()) for ref in refs}
        )
    )
    return _store(stored or AnswerDraft(user=user, trajectory=trajectory), content, now)


def _overwritten_texts(before: DraftContent, typed: DraftContent, refs: Collection[str]) -> list[OverwrittenText]:
    none = OwnAnswer()
    pairs = [("", before.response, typed.response)]
    pairs += [(ref, before.rows.get(ref, none).response, typed.rows.get(ref, none).response) for ref in refs]
    return [OverwrittenText(ref, old) for ref, old, new in pairs if old and old.split() != new.split()]


def _store(draft: AnswerDraft, content: DraftContent, now: datetime) -> AnswerDraft | None:
    """Save the draft with this content and return it, or delete it where the content is empty and return None."""
    if content.is_empty:
        if draft.pk:
            draft.delete()
        return None
    if draft.pk and content == content_of(draft):
        return draft
    draft.outcome, draft.response, draft.responded_on = content.outcome, content.response, content.responded_on
    draft.rows, draft.saved_at = {ref: own._asdict() for ref, own in content.rows.items()}, now
    draft.save()
    return draft


def discard_draft(user: User, trajectory: Trajectory) -> bool:
    """Delete the draft of this user for this trajectory; return whether there was one."""
    return AnswerDraft.objects.filter(user=user, trajectory=trajectory).delete()[0] > 0


def record_draft(
    by: User,
    trajectory: Trajectory,
    content: DraftContent,
    answers: Sequence[PendingAnswer],
    responded_on: ImpreciseDate,
    *,
    expected_versions: Mapping[int, int],
    rulebooks: Rulebooks,
    today: date,
    now: datetime,
) -> Changeset | None:
    """Record these answers as one changeset and return it; what was not recorded stays in the draft.

    ``answers`` are those that ``content``, the draft as it was shown, gives. Raises StaleContributions and
    ValidationError as ``record_answers`` does; the draft is then kept.
    """
    with transaction.atomic():
        changeset = record_answers(
            by,
            trajectory,
            [ContributionAnswer(each.contribution, each.outcome, each.response) for each in answers],
            responded_on,
            expected_versions=expected_versions,
            rulebooks=rulebooks,
            today=today,
            now=now,
        )
        draft = AnswerDraft.objects.select_for_update().filter(user=by, trajectory=trajectory).first()
        if draft is not None:
            refs = {each.contribution.ref for each in answers}
            _store(draft, content_of(draft).without(content, refs, any(each.joint for each in answers)), now)
    return changeset
