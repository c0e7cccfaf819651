"""The digests of members of associations, read at once: their input, what changed, and what comes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

from participation.compliance import wording
from participation.compliance.rulebooks import Rulebooks
from participation.compliance.vocabulary import STATUTORY_STRENGTHS
from participation.models import User
from participation.selectors.associations.dashboard import contacts_of, open_requests, steps_by_trajectory
from participation.selectors.changes.feed import ANSWERED, ChangeFeed, FeedChange
from participation.selectors.changes.state_changes import KINDS
from participation.selectors.mail.digest_lines import parties_by_user, trajectories_of_members
from participation.selectors.trajectories.opportunities import opportunities

from .association_digest import AssociationDigest, DigestChange, Meeting, build_association_digest
from .change_messages import ChangeRenderer
from .digest_data import DigestLine, Recipient, in_order
from .mail import link


class AssociationBatch:
    """The digests of these members, each with the keys of the trajectories in it; a constant number of queries."""

    def __init__(
        self,
        keys_by_member: Mapping[int, Collection[int]],
        rulebooks: Rulebooks,
        names: wording.Names,
        day: date,
        since: datetime,
        until: datetime,
        period: str,
    ) -> None:
        """Read the data of all members; ``names`` maps slugs of organisations to names."""
        self._keys_by_member, self._rulebooks, self._names = keys_by_member, rulebooks, names
        self._day, self._since, self._until, self._period = day, since, until, period
        if not keys_by_member:
            return
        keys = frozenset().union(*keys_by_member.values())
        self._parties_by_user = parties_by_user(keys_by_member)
        parties = frozenset().union(*self._parties_by_user.values())
        self._feed = ChangeFeed(trajectories_of_members(keys, parties), since, until, rulebooks)
        # A daily digest has only what changed.
        weekly = period == "weekly"
        self._requests = [r for r in open_requests(parties, rulebooks, day) if not r.answered] if weekly else []
        self._steps = steps_by_trajectory(keys, day) if weekly else {}
        self._contacts = contacts_of(keys) if weekly else {}

    def digest_for(self, user: User, lines: Iterable[DigestLine]) -> AssociationDigest | None:
        """Return the digest of this member, or None when there is nothing to report."""
        keys, parties = self._keys_by_member[user.pk], self._parties_by_user.get(user.pk, frozenset())
        overdue = [
            line
            for line in in_order(lines, self._since, self._day)
            if line.status == "overdue" and not line.retrospective
        ]
        answers = self._feed.changes_between(self._since, self._until, answers_to=parties)
        changes = [
            change
            for change in self._feed.changes_between(self._since, self._until, keys)
            if change.kind not in ANSWERED or change.parts.get("party") not in parties
        ]
        renderer = ChangeRenderer(self._rulebooks, user.language, self._names)
        return build_association_digest(
            Recipient(user.role, user.language),
            self._period,
            self._day,
            self._since,
            _in_words(answers, renderer),
            [request for request in self._requests if request.party in parties],
            _in_words(sorted(changes, key=lambda change: KINDS.index(change.kind)), renderer),
            self._meetings(keys, parties),
            len(overdue),
            sum(line.strength in STATUTORY_STRENGTHS for line in overdue),
            frozenset(line.municipality for line in overdue),
        )

    def _meetings(self, keys: Collection[int], parties: Collection[str]) -> list[Meeting]:
        """Return how these parties can take part in these trajectories, the first to end or to come first."""
        found = [
            Meeting(opportunity, self._contacts[key])
            for key in keys
            if key in self._contacts
            for opportunity in opportunities(self._steps.get(key, ()), self._day, parties)
        ]
        return sorted(
            found,
            key=lambda each: (
                each.opportunity.until if each.opportunity.now and each.opportunity.until else each.opportunity.opens,
                each.contact,
                each.opportunity.step.ref,
            ),
        )


def _in_words(changes: Iterable[FeedChange], renderer: ChangeRenderer) -> Sequence[DigestChange]:
    return [
        DigestChange(
            change.title,
            link("trajectory", change.slug),
            renderer.render(change),
            change.more or change.parts.get("count", 1),
        )
        for change in changes
    ]
