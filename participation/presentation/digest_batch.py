"""Stored obligations as lines of digests, and the digests of many recipients at once."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from participation.compliance import wording
from participation.compliance.obligations import days_late, planned_in_time
from participation.compliance.rulebooks import Rulebooks
from participation.models import Trajectory, User
from participation.selectors.initiatives import RequestTermDue, initiatives_to_do
from participation.selectors.mail.digest_lines import (
    REGISTER_KEY,
    ObligationRow,
    WaiverRow,
    digest_flags,
    digest_trajectories,
)
from participation.selectors.municipalities import municipalities_of
from participation.selectors.obligations.statuses import party_names

from .association_batch import AssociationBatch
from .association_digest import AssociationDigest
from .digest_data import (
    REGISTER_ROLES,
    Digest,
    DigestLine,
    ExpiringWaiver,
    Recipient,
    WaitingRequest,
    build_digest,
    phrase,
)
from .mail import link
from .values import truncate

#: A commitment has no title: the first characters of its text, at most so many, serve as one.
MAX_TITLE_LENGTH = 80


class DigestBatch:
    """The digests of these recipients on that day, read in one batch and built one at a time.

    New and resolved follow from the transitions logged after ``since``, a local time, and not after ``until``.
    """

    def __init__(
        self,
        users: Sequence[User],
        rulebooks: Rulebooks,
        day: date,
        since: datetime,
        until: datetime,
        period: str = "weekly",
    ) -> None:
        """Read the data of all recipients in a few queries."""
        self._rulebooks, self._day, self._since, self._period = rulebooks, day, since, period
        self._keys_by_user = digest_trajectories(users)
        scopes = self._keys_by_user.values()
        everything = any(scope is None for scope in scopes)
        self._flags = digest_flags(
            None if everything else frozenset().union(*(scope for scope in scopes if scope is not None)),
            any(user.role in REGISTER_ROLES for user in users),
            rulebooks,
            day,
            since,
            until,
            changed_only=period == "daily",
        )
        self._keys_with_rows = {*self._flags.rows, *self._flags.waivers} - {REGISTER_KEY}
        self._names, self._municipalities = party_names(), municipalities_of(Trajectory.objects.all())
        members = {
            user.pk: self._keys_by_user[user.pk] or frozenset() for user in users if user.role == "association_member"
        }
        self._associations = AssociationBatch(members, rulebooks, self._names, day, since, until, period)
        # A daily digest has only what changed, by the transition log; requests of the register have no place in it.
        with_requests = period == "weekly" and any(user.adds_trajectories for user in users)
        self._requests = initiatives_to_do(rulebooks, day) if with_requests else []
        # Cached by scope and language: colleagues share the same lines.
        self._lines: dict[tuple[int | None, str], list[DigestLine]] = {}

    def digest_for(self, user: User) -> Digest | AssociationDigest | None:
        """Return this recipient's digest, or None when there is nothing to report."""
        keys = self._keys(user)
        lines = [line for key in keys for line in self._lines_of(key, user.language)]
        if user.role == "association_member":
            return self._associations.digest_for(user, lines)
        return build_digest(
            Recipient(user.role, user.language),
            self._day,
            self._since,
            lines,
            [
                _expiring_waiver(row, self._rulebooks, user.language, self._municipalities)
                for key in keys
                if key is not REGISTER_KEY
                for row in self._flags.waivers.get(key, ())
            ],
            self._period,
            self._waiting_requests(user),
        )

    def _waiting_requests(self, user: User) -> list[WaitingRequest]:
        """Return the requests without a trajectory, for who may moderate and answer them."""
        if not user.adds_trajectories:
            return []
        return [_waiting_request(row, due, user.language, self._municipalities) for row, due in self._requests]

    def _keys(self, user: User) -> list[int | None]:
        """Return the keys of this recipient's rows: trajectories, and ``REGISTER_KEY`` where the role includes it."""
        theirs = self._keys_by_user[user.pk]
        found = self._keys_with_rows if theirs is None else self._keys_with_rows & theirs
        return [*found, *([REGISTER_KEY] if user.role in REGISTER_ROLES else [])]

    def _lines_of(self, key: int | None, language: str) -> list[DigestLine]:
        if (key, language) not in self._lines:
            rows = self._flags.rows.get(key, ())
            self._lines[key, language] = [
                line_of(row, self._rulebooks, self._day, language, self._names, self._municipalities) for row in rows
            ]
        return self._lines[key, language]


def line_of(
    row: ObligationRow,
    rulebooks: Rulebooks,
    day: date,
    language: str,
    names: Mapping[str, str],
    municipalities: Mapping[str, str],
) -> DigestLine:
    """Return the obligation as a line in this language, in the words of the rulebook of its municipality.

    ``names`` maps slugs of parties to names, ``municipalities`` those of the municipalities to name: none of them
    where there is one.
    """
    rulebook = rulebooks.for_municipality(row.municipality)
    obligation, rule = row.obligation, rulebook.by_id[row.obligation.rule]
    met_on = obligation.met_on if obligation.met_on and obligation.met_on <= day else None
    texts = wording.details(rule, obligation, language, names)
    return DigestLine(
        owner_type=row.owner_type,
        name=row.name,
        title=_with_municipality(
            _title(row.owner_type, row.name, row.title, language), row.municipality, municipalities
        ),
        home=link(row.owner_type, row.name),
        rule=rule.id,
        strength=rule.strength,
        subject=obligation.subject,
        status=row.status,
        message=wording.message_with(rule, texts, language),
        remedy=wording.text_in_language(rule.remedy, language)
        if obligation.missing
        else wording.remedy(rule, obligation, row.status, day, language),
        planned_in_time=row.status == "due_soon" and planned_in_time(obligation, day) is not None,
        closes_too_soon=obligation.closes_too_soon,
        source=wording.cite(rule.sources[0], rulebook.sources, language),
        link=link(row.owner_type, row.name, rule.id, obligation.subject),
        retrospective=row.retrospective,
        due_on=obligation.due_on,
        strict_due_on=obligation.strict_due_on,
        expected_on=obligation.expected_on,
        met_on=met_on,
        days_late=days_late(obligation, day, row.over),
        missing=obligation.missing,
        before=row.before,
        noticed=row.noticed,
        noticed_at=row.noticed_at,
        flagged_meanwhile=row.flagged_meanwhile,
        municipality=row.municipality,
        about=texts.get("about", ""),
    )


def _with_municipality(title: str, municipality: str, municipalities: Mapping[str, str]) -> str:
    return f"{title} ({municipalities.get(municipality, municipality)})" if municipality and municipalities else title


def _title(owner_type: str, name: str, title: str, language: str) -> str:
    if owner_type == "trajectory":
        return title
    parts = (phrase(owner_type, language, name=name), truncate(title, MAX_TITLE_LENGTH))
    return ": ".join(filter(None, parts))


def _expiring_waiver(
    row: WaiverRow, rulebooks: Rulebooks, language: str, municipalities: Mapping[str, str]
) -> ExpiringWaiver:
    rule = rulebooks.for_municipality(row.municipality).by_id[row.rule]
    return ExpiringWaiver(
        title=_with_municipality(row.title, row.municipality, municipalities),
        home=link("trajectory", row.name),
        rule_title=wording.text_in_language(rule.title, language),
        until=row.until,
        link=link("trajectory", row.name, row.rule, row.subject),
        municipality=row.municipality,
    )


def _waiting_request(
    row: Any, due: RequestTermDue | None, language: str, municipalities: Mapping[str, str]
) -> WaitingRequest:
    return WaitingRequest(
        kind=row.kind,
        number=row.number,
        text=truncate(row.summary, MAX_TITLE_LENGTH),
        link=link("request", row.number),
        awaits_moderation=row.moderation == "awaiting",
        rule_title=wording.text_in_language(due.rule.title, language) if due else "",
        strength=due.rule.strength if due else "",
        due_on=due.due_on if due else None,
        municipality=row.municipality,
        place=municipalities.get(row.municipality, ""),
    )
