"""Drafts of answers to contributions: what one user typed and did not record yet, and the answers that it gives."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from participation.compliance.vocabulary import OUTCOMES
from participation.models import AnswerDraft, Contribution, Trajectory


class OwnAnswer(NamedTuple):
    """What a draft has for one contribution: whether it is ticked, and its own answer, which may be incomplete."""

    ticked: bool = False
    outcome: str = ""
    response: str = ""

    @property
    def has_text(self) -> bool:
        """Return whether it has a part of an answer."""
        return bool(self.outcome or self.response)


class DraftContent(NamedTuple):
    """The content of a draft: the joint answer, its day as typed, and what there is for each contribution, by ref."""

    outcome: str = ""
    response: str = ""
    responded_on: str = ""
    rows: Mapping[str, OwnAnswer] = {}

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was typed or ticked."""
        return not (self.outcome or self.response or self.responded_on or self.rows)

    @property
    def ticked(self) -> frozenset[str]:
        """Return the refs of the contributions that get the joint answer."""
        return frozenset(ref for ref, own in self.rows.items() if own.ticked)

    def with_rows(self, changed: Mapping[str, OwnAnswer]) -> "DraftContent":
        """Return the content with these for their contributions; one with nothing typed or ticked is left out."""
        rows = {**self.rows, **changed}
        return self._replace(rows={ref: own for ref, own in rows.items() if own != OwnAnswer()})

    def with_ticks(self, refs: Iterable[str], ticked: bool) -> "DraftContent":
        """Return the content in which these contributions are ticked, or are not."""
        return self.with_rows({ref: self.rows.get(ref, OwnAnswer())._replace(ticked=ticked) for ref in refs})

    def with_ticks_only_on(self, refs: Collection[str]) -> "DraftContent":
        """Return the content without the ticks of other contributions than these."""
        return self.with_ticks(self.ticked.difference(refs), False)

    def without(self, recorded: "DraftContent", refs: Collection[str], joint: bool) -> "DraftContent":
        """Return what is left once the answers that ``recorded`` gives to these contributions are recorded.

        ``joint`` is whether the joint answer was used. What was typed differently meanwhile is left.
        """
        # A mere tick that gave no answer is on what is no longer open.
        same = {ref for ref, own in self.rows.items() if own == recorded.rows.get(ref)}
        kept = {ref: own for ref, own in self.rows.items() if ref not in same or (ref not in refs and own.has_text)}
        left = self._replace(rows=kept)
        if joint and (self.outcome, self.response) == (recorded.outcome, recorded.response):
            left = left._replace(outcome="", response="")
        return left if left.outcome or left.response or left.rows else DraftContent()


class PendingAnswer(NamedTuple):
    """The answer that a draft gives to one contribution; one without outcome or response is incomplete.

    ``ticked`` is whether it gets the joint answer for what it lacks, ``joint`` whether it has a part of that.
    """

    contribution: Contribution
    outcome: str
    response: str
    ticked: bool
    joint: bool

    @property
    def is_complete(self) -> bool:
        """Return whether it has an outcome and a reason."""
        return bool(self.outcome and self.response)


def draft_of(user: Any, trajectory: Trajectory) -> AnswerDraft | None:
    """Return the draft of this user for this trajectory, or None; that of somebody else is never returned."""
    return AnswerDraft.objects.filter(user=user, trajectory=trajectory).first()


def content_of(draft: AnswerDraft | None) -> DraftContent:
    """Return the content of a draft, without what has another form: erasing words may change any part of it."""
    if draft is None:
        return DraftContent()
    rows = draft.rows if isinstance(draft.rows, dict) else {}
    found = {ref: _own_answer(own) for ref, own in rows.items() if isinstance(own, dict)}
    return DraftContent(_outcome(draft.outcome), draft.response, draft.responded_on).with_rows(found)


def _own_answer(stored: Mapping[str, Any]) -> OwnAnswer:
    return OwnAnswer(bool(stored.get("ticked")), _outcome(stored.get("outcome")), str(stored.get("response") or ""))


def _outcome(word: Any) -> str:
    return word if word in OUTCOMES else ""


def pending_answers(content: DraftContent, contributions: Iterable[Contribution]) -> list[PendingAnswer]:
    """Return the answers of a draft to these contributions, in their order; those without any are left out.

    An own outcome or reason comes before that of the joint answer.
    """
    found = []
    for contribution in contributions:
        own = content.rows.get(contribution.ref, OwnAnswer())
        if not (own.ticked or own.has_text):
            continue
        outcome, response = own.outcome, own.response
        if own.ticked:
            outcome, response = outcome or content.outcome, response or content.response
        joint = own.ticked and not (own.outcome and own.response)
        found.append(PendingAnswer(contribution, outcome, response, own.ticked, joint))
    return found
