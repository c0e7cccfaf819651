"""Turns stored obligations into the lines of a digest: texts in the recipient's language, and links."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from participation.compliance import wording
from participation.compliance.obligations import days_late, planned_in_time
from participation.compliance.rulebook import Rulebook
from participation.models import User
from participation.selectors.report_lines import REGISTER, ObligationRow, WaiverRow, flags_of, trajectories_of
from participation.selectors.verdicts import party_names

from .digest import REGISTER_ROLES, Digest, DigestLine, Recipient, RunningOut, build, phrase
from .urls import link

#: A commitment has no title: the first characters of its text, at most so many, serve as one.
TITLE_LENGTH = 80


class Gathered:
    """The digests of these recipients on that day, read in one batch and built one at a time.

    New and resolved follow from the transitions logged after ``since``, a local time, and not after ``until``.
    """

    def __init__(
        self,
        users: Sequence[User],
        rulebook: Rulebook,
        day: date,
        since: datetime,
        until: datetime,
        period: str = "weekly",
    ) -> None:
        """Read the data of all recipients in a few queries."""
        self._rulebook, self._day, self._since, self._period = rulebook, day, since, period
        self._theirs = trajectories_of(users)
        scopes = self._theirs.values()
        everything = any(scope is None for scope in scopes)
        self._flags = flags_of(
            None if everything else frozenset().union(*(scope for scope in scopes if scope is not None)),
            any(user.role in REGISTER_ROLES for user in users),
            rulebook.by_id,
            day,
            since,
            until,
            changed_only=period == "daily",
        )
        self._told = {*self._flags.counts, *self._flags.rows, *self._flags.waivers} - {REGISTER}
        self._names = party_names()
        # Cached by scope and language: colleagues share the same lines.
        self._lines: dict[tuple[int | None, str], list[DigestLine]] = {}

    def digest_for(self, user: User) -> Digest | None:
        """Return this recipient's digest, or None when there is nothing to report."""
        keys = self._keys(user)
        now: Counter[str] = Counter()
        before: Counter[str] = Counter()
        for key in keys:
            for status, earlier, count in self._flags.counts.get(key, ()):
                now[status] += count
                before[earlier] += count
        return build(
            Recipient(user.role, user.language),
            self._day,
            self._since,
            [line for key in keys for line in self._of(key, user.language)],
            [
                _running_out(row, self._rulebook, user.language)
                for key in keys
                if key is not REGISTER
                for row in self._flags.waivers.get(key, ())
            ],
            now,
            before,
            self._period,
        )

    def _keys(self, user: User) -> list[int | None]:
        """Return the keys of this recipient's rows: trajectories, and REGISTER where the role includes it."""
        theirs = self._theirs[user.pk]
        found = self._told if theirs is None else self._told & theirs
        return [*found, *([REGISTER] if user.role in REGISTER_ROLES else [])]

    def _of(self, key: int | None, language: str) -> list[DigestLine]:
        if (key, language) not in self._lines:
            rows = self._flags.rows.get(key, ())
            self._lines[key, language] = [
                line_of(row, self._rulebook, self._day, language, self._names) for row in rows
            ]
        return self._lines[key, language]


def line_of(row: ObligationRow, rulebook: Rulebook, day: date, language: str, names: Mapping[str, str]) -> DigestLine:
    """Return the obligation as a line in this language; ``names`` maps slugs of parties to names."""
    owed, rule = row.owed, rulebook.by_id[row.owed.rule]
    met_on = owed.met_on if owed.met_on and owed.met_on <= day else None
    return DigestLine(
        of=row.of,
        name=row.name,
        title=_title(row.of, row.name, row.title, language),
        home=link(row.of, row.name),
        rule=rule.id,
        rule_title=wording.in_language(rule.title, language),
        strength=rule.strength,
        basic=rule.basic,
        subject=owed.subject,
        status=row.status,
        message=wording.message(rule, owed, language, names),
        remedy=wording.in_language(rule.remedy, language)
        if owed.missing
        else wording.remedy(rule, owed, row.status, day, language),
        planned_in_time=row.status == "due_soon" and planned_in_time(owed, day) is not None,
        source=wording.cite(rule.sources[0], rulebook.sources, language),
        link=link(row.of, row.name, rule.id, owed.subject),
        retrospective=row.retrospective,
        due_on=owed.due_on,
        strict_due_on=owed.strict_due_on,
        expected_on=owed.expected_on,
        met_on=met_on,
        days_late=days_late(owed, day, row.over),
        missing=owed.missing,
        before=row.before,
        noticed=row.noticed,
        noticed_at=row.noticed_at,
        flagged_meanwhile=row.flagged_meanwhile,
    )


def _title(of: str, name: str, called: str, language: str) -> str:
    if of == "trajectory":
        return called
    called = " ".join(called.split())
    if len(called) > TITLE_LENGTH:
        called = called[:TITLE_LENGTH].rpartition(" ")[0].rstrip(",;:. ") + " …"
    return ": ".join(part for part in (phrase(of, language, name=name), called) if part)


def _running_out(row: WaiverRow, rulebook: Rulebook, language: str) -> RunningOut:
    return RunningOut(
        title=row.title,
        home=link("trajectory", row.name),
        rule_title=wording.in_language(rulebook.by_id[row.rule].title, language),
        until=row.until,
        by=row.by,
        reason=" ".join(row.reason.split()),
        link=link("trajectory", row.name, row.rule, row.subject),
    )
