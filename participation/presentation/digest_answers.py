"""What was done with the input of a recipient's organisations: a section of the digest."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from participation.compliance.rulebooks import Rulebooks
from participation.models import User
from participation.selectors.changes.feed import ChangeFeed, FeedChange
from participation.selectors.mail.digest_lines import parties_by_user, trajectories_with_input_of

from .change_messages import ChangeRenderer, ChangeText
from .mail import link


class DigestAnswers(NamedTuple):
    """The answers to contributions of the recipient's organisations in one trajectory; ``link`` is its page.

    ``total`` is the number of contributions that were answered.
    """

    title: str
    link: str
    answers: tuple[ChangeText, ...]
    total: int


class AnswerBatch:
    """The answers for these recipients after ``since`` and not after ``until``, read together in four queries."""

    def __init__(
        self, users: Sequence[User], rulebooks: Rulebooks, names: Mapping[str, str], since: datetime, until: datetime
    ) -> None:
        """Read the answers; ``names`` maps slugs of organisations to names."""
        self._rulebooks, self._names, self._since, self._until = rulebooks, names, since, until
        self._parties_by_user = parties_by_user(users)
        parties = frozenset().union(*self._parties_by_user.values())
        self._feed = (
            ChangeFeed(trajectories_with_input_of(parties), since, until, rulebooks, only=("contribution",))
            if parties
            else None
        )

    def answers_for(self, user: User) -> tuple[DigestAnswers, ...]:
        """Return the answers to what this user's organisations contributed, by trajectory."""
        parties = self._parties_by_user.get(user.pk)
        if not parties or self._feed is None:
            return ()
        changes = self._feed.changes_between(self._since, self._until, answers_to=parties)
        renderer = ChangeRenderer(self._rulebooks, user.language, self._names)
        found = []
        for (slug, title), group in groupby(changes, key=lambda change: (change.slug, change.title)):
            own = list(group)
            texts = tuple(renderer.render(change) for change in own)
            found.append(DigestAnswers(title, link("trajectory", slug), texts, sum(map(_contribution_count, own))))
        return tuple(found)


def _contribution_count(change: FeedChange) -> int:
    count: int = change.more or change.parts.get("count", 1)
    return count
