"""Contributions that await an answer, by theme and sender."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.db.models import OuterRef, Subquery

from participation.compliance import wording
from participation.compliance.rulebook import Rulebook
from participation.dossier.characters import without_case
from participation.models import Contribution, Obligation, Organisation, Step, Trajectory, User

#: The check of the rules that require an answer to a contribution.
CHECK = "contribution_answered"
#: Maximum number of open contributions that are read at once, and answered at once: as many as a sheet may hold.
MAX_OPEN = 500


class OpenContribution(NamedTuple):
    """A contribution without an answer: its party and step in words, the days it has waited, and when one is due.

    ``version`` is the id of the newest row in its history, 0 where it has none.
    """

    contribution: Contribution
    version: int
    party: str
    step: str
    days_waiting: int | None
    due_on: date | None


class SenderGroup(NamedTuple):
    """The contributions of one party within a theme; ``total`` also counts those that are not among ``rows``."""

    party: str
    rows: Sequence[OpenContribution]
    total: int


class ThemeGroup(NamedTuple):
    """The contributions on one theme, by sender; ``total`` also counts those that are on another page.

    ``key`` is the same for spellings that differ in case or spaces; it and ``title`` are empty for those without one.
    """

    key: str
    title: str
    senders: Sequence[SenderGroup]
    total: int

    @property
    def rows(self) -> Iterator[OpenContribution]:
        """Yield its contributions in order."""
        for sender in self.senders:
            yield from sender.rows


class OpenContributions(NamedTuple):
    """The open contributions of a trajectory by theme, at most ``MAX_OPEN``, and the total number of them.

    ``first_due`` is the first day on which an answer is due, None where none is.
    """

    themes: Sequence[ThemeGroup]
    total: int
    first_due: date | None

    @property
    def rows(self) -> list[OpenContribution]:
        """Return the contributions in the order in which they are shown."""
        return [row for theme in self.themes for row in theme.rows]

    def page(self, number: int, size: int) -> list[ThemeGroup]:
        """Return the groups with only the contributions of this page, the first being 1; totals stay those of all."""
        shown = {row.contribution.pk for row in self.rows[(number - 1) * size : number * size]}
        return [theme for theme in (_narrowed(theme, shown) for theme in self.themes) if theme.senders]

    def page_of(self, ref: str, size: int) -> int:
        """Return the number of the page with this contribution; 1 where it is not among them."""
        return next((i // size + 1 for i, row in enumerate(self.rows) if row.contribution.ref == ref), 1)


def _narrowed(theme: ThemeGroup, shown: set[int]) -> ThemeGroup:
    senders = [s._replace(rows=[row for row in s.rows if row.contribution.pk in shown]) for s in theme.senders]
    return theme._replace(senders=[sender for sender in senders if sender.rows])


def open_contributions(
    trajectory: Trajectory, rulebook: Rulebook, today: date, language: str, limit: int = MAX_OPEN
) -> OpenContributions:
    """Return the contributions of this trajectory that lack an outcome or a reason, the oldest ``limit`` of them."""
    rules = [rule.id for rule in rulebook.rules if rule.check == CHECK]
    rows = Contribution.objects.filter(trajectory=trajectory).exclude(outcome__gt="", response__gt="")
    # In the same statement as the row, so that a version never goes with another text.
    newest = Contribution.history.filter(id=OuterRef("pk")).order_by("-history_id").values("history_id")[:1]
    read = list(rows.annotate(version=Subquery(newest)).order_by("received_on__earliest", "pk")[:limit])
    titles = _step_titles(trajectory.pk, {row.step for row in read}, language)
    names = dict(Organisation.objects.filter(slug__in={row.party for row in read}).values_list("slug", "name"))
    obligations = Obligation.objects.open().filter(trajectory=trajectory, rule__in=rules)
    due = dict(obligations.filter(subject__in=[row.ref for row in read]).values_list("subject", "due_on"))
    over = trajectory.is_over(today)
    found = []
    for row in read:
        received = row.received_on.latest if row.received_on else None
        days_waiting = max(0, (today - received).days) if received and not over else None
        party = names.get(row.party) or (wording.label("parties", row.party, language) if row.party else "")
        step, due_on = titles.get(row.step, ""), due.get(row.ref)
        found.append(OpenContribution(row, row.version or 0, party, step, days_waiting, due_on))
    days = [row.due_on for row in found if row.due_on]
    total = len(read) if len(read) < limit else rows.count()
    return OpenContributions(_by_theme(found), total, min(days, default=None))


def associations_behind(contributions: Iterable[Contribution]) -> list[str]:
    """Return the names of the organisations with members that sent these contributions; one query."""
    slugs = {contribution.party for contribution in contributions}
    rows = Organisation.objects.filter(slug__in=slugs, memberships__user__is_active=True).distinct()
    return list(rows.order_by("name", "slug").values_list("name", flat=True))


def theme_key(theme: str) -> str:
    """Return the theme without differences of case and spaces, by which contributions are grouped."""
    return without_case(theme)


def _by_theme(rows: Iterable[OpenContribution]) -> list[ThemeGroup]:
    """Return the contributions by theme and party, both by name; what has none comes last."""
    themes: dict[str, dict[str, list[OpenContribution]]] = {}
    for row in rows:
        themes.setdefault(theme_key(row.contribution.theme), {}).setdefault(row.party, []).append(row)
    found = []
    for key in sorted(themes, key=lambda key: (not key, key)):
        parties = sorted(themes[key], key=lambda party: (not party, party.casefold()))
        senders = [SenderGroup(party, themes[key][party], len(themes[key][party])) for party in parties]
        first = min((row.contribution for sender in senders for row in sender.rows), key=lambda row: row.pk)
        found.append(ThemeGroup(key, first.theme.strip(), senders, sum(sender.total for sender in senders)))
    return found


def _step_titles(trajectory: int, refs: set[str], language: str) -> Mapping[str, str]:
    rows = Step.objects.filter(trajectory=trajectory, ref__in=refs)
    return {
        row.ref: ", ".join(
            (row.title or row.get_kind_display() or row.ref, wording.format_date(row.done or row.planned, language))
        )
        for row in rows
    }


def contributions_recorded_by(user: User, trajectory: int) -> frozenset[int]:
    """Return the keys of the contributions to this trajectory that this user recorded."""
    added = Contribution.history.filter(trajectory_id=trajectory, history_type="+", history_user=user)
    return frozenset(added.values_list("id", flat=True))
