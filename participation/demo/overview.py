"""Figures for the demo summary: flags in the real cases, and the statuses and changes of this week."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Count

from participation.compliance.obligations import FLAGGED, SETTLED, ObligationValue
from participation.compliance.rulebooks import Rulebooks
from participation.models import Obligation, Trajectory, Transition
from participation.selectors.obligations.replay import Replay, StatusTransition, replay_trajectory
from participation.selectors.obligations.status_expressions import with_status

#: The most informative flags of each real case, as rule and subject; shown only where the rulebook raises them.
SHOWN_FLAGS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "onderzoek-participatie-leiden": (
        ("affected-in-setup", "opzet-commissie"),
        ("equal-information", "concept"),
        ("wob-decided", "wob"),
    ),
    "handreiking-samenwerken-in-de-stad": (
        ("feedback-before-decision", "raad"),
        ("trajectory-evaluated", ""),
    ),
    "toekomstvisie-leidse-regio-fase-2": (
        ("results-in-time", "p-1703-verzending"),
        ("feedback-given", "p-0304-inwoners"),
    ),
}
#: The real case with commitments that lack an owner or a date, their number prefix, and the rule on it.
COMMITMENTS_SLUG, COMMITMENT_PREFIX, COMMITMENT_RULE = (
    "gesprekken-wijkverenigingen",
    "Z/21/3258970-",
    "commitment-dated",
)


class FlagText(NamedTuple):
    """A flag to show, and the transition that settled it, if any."""

    flag: StatusTransition
    settled: StatusTransition | None


class DemoCase(NamedTuple):
    """A real case: its replay, the flags to show, and the number of other flags."""

    replay: Replay
    shown_flags: tuple[FlagText, ...]
    more: int


class UndatedCommitments(NamedTuple):
    """Commitments that lack an owner or a date: how many, the first day on which that was flagged, and one of them."""

    title: str
    total: int
    on: date
    one: ObligationValue


class Standing(NamedTuple):
    """A trajectory with its number of obligations by status."""

    title: str
    counts: Mapping[str, int]


class StatusChanges(NamedTuple):
    """The number of flags that came up since a moment, and the number resolved."""

    new: int
    resolved: int


def cases(rulebooks: Rulebooks, today: date) -> list[DemoCase]:
    """Return the real cases in the order in which they are shown."""
    found = []
    for slug, flag_keys in SHOWN_FLAGS.items():
        replay = replay_trajectory(slug, rulebooks, today)
        if replay is None:
            continue
        flags = {flag.obligation.identity: flag for flag in replay.flags}
        settled = {t.obligation.identity: t for t in replay.transitions if t.after in SETTLED}
        shown_flags = tuple(FlagText(flags[key], settled.get(key)) for key in flag_keys if key in flags)
        found.append(DemoCase(replay, shown_flags, len(flags) - len(shown_flags)))
    return found


def undated_commitments(today: date) -> UndatedCommitments | None:
    """Return the commitments that lack an owner or a date, or None where there are none."""
    rows = list(
        with_status(Obligation.objects.open(), today)
        .filter(commitment__number__startswith=COMMITMENT_PREFIX, rule=COMMITMENT_RULE, status="overdue")
        .order_by("due_on", "pk")
    )
    title = Trajectory.objects.filter(slug=COMMITMENTS_SLUG).values_list("title", flat=True).first()
    if not rows or title is None:
        return None
    first = rows[0]
    one = ObligationValue(first.rule, due_on=first.due_on, details=first.details)
    return UndatedCommitments(title, len(rows), first.due_on + timedelta(days=1), one)


def standings(slugs: Iterable[str], today: date) -> list[Standing]:
    """Return the number of obligations by status of these trajectories today, by title; two queries."""
    titles = dict(Trajectory.objects.filter(slug__in=list(slugs)).order_by("title").values_list("pk", "title"))
    rows = with_status(Obligation.objects.open().filter(trajectory__in=titles), today)
    counts: dict[int, dict[str, int]] = {pk: {} for pk in titles}
    for pk, status, count in rows.order_by().values_list("trajectory", "status").annotate(Count("pk")):
        counts[pk][status] = count
    return [Standing(title, counts[pk]) for pk, title in titles.items()]


def changes(slugs: Iterable[str], since: datetime) -> StatusChanges:
    """Return the number of new and resolved flags in the transition log after that moment; two queries."""
    lines = Transition.objects.filter(obligation__trajectory__slug__in=list(slugs)).order_by("pk")
    earlier = dict(lines.filter(noticed_at__lte=since).values_list("obligation", "to_status"))
    later = dict(lines.filter(noticed_at__gt=since).values_list("obligation", "to_status"))
    new = sum(now in FLAGGED and now != earlier.get(pk) for pk, now in later.items())
    resolved = sum(now not in (*FLAGGED, "pending") and earlier.get(pk) in FLAGGED for pk, now in later.items())
    return StatusChanges(new, resolved)
