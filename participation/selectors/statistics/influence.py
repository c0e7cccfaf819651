"""What was done with what people said, added up; and what it changed in decisions."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value, When

from participation.compliance.vocabulary import AUDIENCES, EFFECTS
from participation.compliance.vocabulary import OUTCOMES as ANSWERS
from participation.models import Contribution, Document, Organisation, Step, Trajectory
from participation.models.fields import first_day
from participation.selectors.contributions import theme_key
from participation.selectors.obligations.facts import rows_known_at
from participation.selectors.trajectories.date_queries import occurred_by

from .city import Period

#: What became of a contribution, in display order: its outcome, or still open.
STATES: Final = (*ANSWERS, "open")
#: The ages of what is still open: each with its highest number of days; None has no limit.
AGES: Final[Mapping[str, int | None]] = {"month": 28, "quarter": 91, "year": 365, "longer": None}
#: The ages of which the days are not counted: of a trajectory that is over, and of what was received on no known day.
UNCOUNTED_AGES: Final = ("over", "undated")
#: Maximum number of themes that have a row of their own.
MAX_THEMES: Final = 30
#: Stands for themes that were changed since and may not be shown.
CHANGED_THEME: Final = "…"
#: A name that no organisation kind, theme or district has.
NOT_RECORDED: Final = ""


class ContributionCounts(NamedTuple):
    """A group of contributions and how many have each state.

    ``key`` is what selects them: of a theme that of ``theme_key``.
    """

    key: str
    name: str
    states: Counter[str]

    @property
    def total(self) -> int:
        """Return how many there are."""
        return sum(self.states.values())


class EffectCounts(NamedTuple):
    """The number of decisions by what the input changed, and by whether the room was kept ("" is not recorded)."""

    effects: Mapping[str, int]
    room: Mapping[bool | None, int]

    @property
    def total(self) -> int:
        """Return the number of decisions."""
        return sum(self.effects.values())


class Influence(NamedTuple):
    """What was done with contributions: together, by theme, sender and district, and the age of what is open."""

    states: Counter[str]
    themes: list[ContributionCounts]
    other_themes: int
    senders: list[ContributionCounts]
    districts: list[ContributionCounts]
    ages: Mapping[str, int]

    @property
    def total(self) -> int:
        """Return the number of contributions."""
        return sum(self.states.values())


def contributions_in(
    trajectories: QuerySet[Trajectory], period: Period, known_at: datetime | None = None, earlier_texts: bool = True
) -> QuerySet[Any]:
    """Return the contributions to these trajectories that came in in this period, with ``state`` on its last day.

    A contribution is open until it has an outcome and a reason, and the day of the answer has come. One that came in on
    a day that is not recorded is in every period. With ``known_at`` they are the versions recorded by that moment.
    ``grouped_theme`` is the theme, where without ``earlier_texts`` one that was changed since is ``CHANGED_THEME``.
    """
    came_in = Q(received_on__isnull=True) | occurred_by("received_on", period.on)
    versions: QuerySet[Any] = rows_known_at(Contribution, known_at)
    rows = versions.filter(came_in, trajectory__in=trajectories.order_by().values("pk"))
    if period.first:
        undated = Q(received_on__isnull=True) | Q(received_on__latest__isnull=True)
        rows = rows.filter(undated | Q(received_on__latest__gte=period.first))
    answered = Q(outcome__gt="", response__gt="") & (
        Q(responded_on__isnull=True) | occurred_by("responded_on", period.on)
    )
    state = Case(When(answered, then=F("outcome")), default=Value("open"), output_field=CharField())
    theme: Any = F("theme")
    if known_at is not None and not earlier_texts:
        now = Contribution.objects.filter(pk=OuterRef("id"), theme=OuterRef("theme"))
        theme = Case(When(Exists(now), then=theme), default=Value(CHANGED_THEME), output_field=CharField())
    found: QuerySet[Any] = rows.annotate(state=state, grouped_theme=theme)
    return found


def with_age(contributions: QuerySet[Any], on: date, known_at: datetime | None = None) -> QuerySet[Any]:
    """Return the open ones of these contributions, each with its ``age`` on that day."""
    prefix = "trajectory__" if known_at is None else ""
    closed = {f"{prefix}closed_on__latest__isnull": True}, {f"{prefix}closed_on__latest__lte": on}
    closed_by = Q(**closed[0]) | Q(**closed[1])
    over = Q(**{f"{prefix}retrospective": True}) | Q(closed_by, **{f"{prefix}status": "closed"})
    if known_at is not None:
        over = Q(trajectory__in=rows_known_at(Trajectory, known_at).filter(over).values("id"))
    limits = [
        When(received_on__latest__gte=on - timedelta(days=days), then=Value(age))
        for age, days in AGES.items()
        if days is not None
    ]
    undated = Q(received_on__isnull=True) | Q(received_on__latest__isnull=True)
    age = Case(
        When(over, then=Value("over")),
        When(undated, then=Value("undated")),
        *limits,
        default=Value("longer"),
        output_field=CharField(),
    )
    found: QuerySet[Any] = contributions.filter(state="open").annotate(age=age)
    return found


def influence(contributions: QuerySet[Any], on: date, known_at: datetime | None = None) -> Influence:
    """Return what was done with these contributions; six queries."""
    by_theme = _count(contributions, "grouped_theme")
    named: dict[str, Counter[str]] = {}
    titles: dict[str, str] = {}
    states: Counter[str] = Counter()
    for (theme, state), number in sorted(by_theme.items()):
        named.setdefault(theme_key(theme), Counter())[state] += number
        titles.setdefault(theme_key(theme), theme.strip())
        states[state] += number
    themes = [ContributionCounts(key, titles[key], counts) for key, counts in named.items()]
    themes.sort(key=lambda row: (-row.total, row.key))
    ages = with_age(contributions, on, known_at).order_by().values_list("age").annotate(Count("pk"))
    found = dict(ages.values_list("age", "pk__count"))
    return Influence(
        states,
        themes[:MAX_THEMES],
        len(themes[MAX_THEMES:]),
        _by_sender(_count(contributions, "party")),
        _by_district(contributions),
        {age: found.get(age, 0) for age in (*AGES, *UNCOUNTED_AGES)},
    )


def _count(contributions: QuerySet[Any], column: str, distinct: bool = False) -> Mapping[tuple[str, str], int]:
    rows = contributions.order_by().values_list(column, "state").annotate(number=Count("pk", distinct=distinct))
    return {(name or "", state): number for name, state, number in rows}


def _by_sender(counts: Mapping[tuple[str, str], int]) -> list[ContributionCounts]:
    kinds = dict(Organisation.objects.values_list("slug", "kind"))
    found: dict[str, Counter[str]] = {}
    for (party, state), number in counts.items():
        kind = party if party in AUDIENCES else kinds.get(party, "")
        found.setdefault(kind, Counter())[state] += number
    return _largest_first(found)


def _by_district(contributions: QuerySet[Any]) -> list[ContributionCounts]:
    """Return the counts by district; those in several districts count in each."""
    column = "trajectory__neighbourhoods__district"
    found: dict[str, Counter[str]] = {}
    for (district, state), number in _count(contributions.filter(**{f"{column}__gt": ""}), column, True).items():
        found.setdefault(district, Counter())[state] += number
    placeless = of_district(contributions, "").order_by().values_list("state").annotate(number=Count("pk"))
    for state, number in placeless.values_list("state", "number"):
        found.setdefault("", Counter())[state] += number
    return _largest_first(found)


def _largest_first(found: Mapping[str, Counter[str]]) -> list[ContributionCounts]:
    rows = [ContributionCounts(name, name, counts) for name, counts in found.items()]
    return sorted(rows, key=lambda row: (not row.key, -row.total, row.key))


def of_theme(contributions: QuerySet[Any], key: str) -> QuerySet[Any]:
    """Return the contributions on the theme with this key, however it is spelled; one query more."""
    spellings = contributions.order_by().values_list("grouped_theme", flat=True).distinct()
    return contributions.filter(grouped_theme__in=[theme for theme in spellings if theme_key(theme) == key])


def of_sender(contributions: QuerySet[Any], kind: str) -> QuerySet[Any]:
    """Return the contributions of senders of this kind: an audience, a kind of organisation, or "" for the others."""
    if kind in AUDIENCES:
        return contributions.filter(party=kind)
    of_kind = Organisation.objects.order_by()
    if kind:
        return contributions.filter(party__in=of_kind.filter(kind=kind).values("slug"))
    return contributions.exclude(party__in=AUDIENCES).exclude(party__in=of_kind.exclude(kind="").values("slug"))


def of_district(contributions: QuerySet[Any], district: str) -> QuerySet[Any]:
    """Return the contributions to trajectories in this district; "" is those in none."""
    links = Trajectory.neighbourhoods.through.objects.exclude(neighbourhood__district="").order_by()
    if district:
        return contributions.filter(trajectory__in=links.filter(neighbourhood__district=district).values("trajectory"))
    return contributions.exclude(trajectory__in=links.values("trajectory"))


# ---------- decisions


def decisions_in(trajectories: QuerySet[Trajectory], period: Period, known_at: datetime | None = None) -> QuerySet[Any]:
    """Return the decisions on a proposal or its adoption that were taken in this period, newest first.

    The decisions on how a trajectory is set up are left out: nobody was asked anything yet. With ``known_at`` they are
    the versions recorded by that moment.
    """
    versions: QuerySet[Any] = rows_known_at(Step, known_at)
    rows = versions.filter(
        occurred_by("done", period.on),
        trajectory__in=trajectories.order_by().values("pk"),
        kind="decision",
        cancelled=False,
        done__isnull=False,
    ).exclude(stage="setup")
    if period.first:
        rows = rows.filter(Q(done__latest__isnull=True) | Q(done__latest__gte=period.first))
    found: QuerySet[Any] = rows.annotate(day=first_day("done")).order_by(F("day").desc(nulls_last=True), "pk")
    return found


def compared_trajectories(trajectories: Collection[int]) -> frozenset[int]:
    """Return which of these trajectories have a document with a file beside that of the version it replaces; one query.

    What the input changed can then be seen in the text itself.
    """
    earlier = Document.objects.filter(trajectory=OuterRef("trajectory"), ref=OuterRef("replaces"), file__isnull=False)
    rows = Document.objects.filter(Exists(earlier), trajectory__in=list(trajectories), file__isnull=False)
    return frozenset(rows.exclude(replaces="").values_list("trajectory_id", flat=True))


def count_effects(decisions: QuerySet[Any]) -> EffectCounts:
    """Return the number of these decisions by what the input changed, and by whether the room was kept; one query."""
    effects: dict[str, int] = dict.fromkeys((*reversed(EFFECTS), NOT_RECORDED), 0)
    room: dict[bool | None, int] = {True: 0, False: 0, None: 0}
    rows: Iterable[Any] = decisions.order_by().values_list("effect", "room_kept").annotate(Count("pk"))
    for effect, kept, number in rows:
        effects[effect] += number
        room[None if kept is None else bool(kept)] += number
    return EffectCounts(effects, room)
