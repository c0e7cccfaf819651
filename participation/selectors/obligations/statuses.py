"""Statuses of obligations on a day: in SQL from stored rows, and reassessed from the facts as known at a moment."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When

from participation.compliance import wording
from participation.compliance.evaluate import evaluate
from participation.compliance.facts import Facts
from participation.compliance.obligations import DUE_SOON_DAYS, ObligationValue, WaiverValue, days_late, status
from participation.compliance.rulebook import Rulebook
from participation.compliance.rules import Rule
from participation.models import Commitment, Motion, Organisation, Trajectory, Transition, Waiver

from .facts import commitment_facts, facts_for, motion_facts, rows_known_at


def status_on(today: date) -> Case:
    """Return the expression for an obligation's status on that day, for a queryset of obligations."""
    met = Q(met_on__lte=today)
    return Case(
        When(met & (Q(due_on__isnull=True) | Q(met_on__lte=F("due_on"))), then=Value("met")),
        When(met, then=Value("met_late")),
        When(_has_waiver(today), then=Value("explained")),
        When(due_on__isnull=True, then=Value("unknown")),
        When(due_on__lt=today, then=Value("overdue")),
        When(strict_due_on__lt=today, then=Value("possibly_overdue")),
        When(expected_on__gt=F("due_on"), then=Value("planned_late")),
        When(due_on__lte=today + timedelta(days=DUE_SOON_DAYS), then=Value("due_soon")),
        default=Value("pending"),
        output_field=CharField(),
    )


def overdue_on(today: date) -> Q:
    """Return the condition that an obligation is overdue on that day: the same as ``status_on``, as a plain filter."""
    return Q(due_on__lt=today) & ~Q(met_on__lte=today) & ~Q(_has_waiver(today))


def _has_waiver(today: date) -> Exists:
    waivers = Waiver.objects.filter(
        Q(subject="") | Q(subject=OuterRef("subject")),
        Q(until__isnull=True) | Q(until__gte=today),
        trajectory=OuterRef("trajectory"),
        rule=OuterRef("rule"),
        granted_on__lte=today,
    )
    return Exists(waivers)


def with_status(obligations: QuerySet[Any], today: date) -> QuerySet[Any]:
    """Return the obligations, each with its ``status`` on that day."""
    annotated: QuerySet[Any] = obligations.annotate(status=status_on(today))
    return annotated


def waivers_of(trajectories: Iterable[int], known_at: datetime | None = None) -> Mapping[int, list[WaiverValue]]:
    """Return the waivers of these trajectories, by trajectory, as known now or at that moment."""
    found: dict[int, list[WaiverValue]] = {}
    rows = rows_known_at(Waiver, known_at).filter(trajectory__in=list(trajectories)).order_by("id")
    for trajectory, *values in rows.values_list("trajectory_id", "rule", "subject", "granted_on", "until"):
        found.setdefault(trajectory, []).append(WaiverValue(*values))
    return found


def trajectories_ever_waived(trajectories: Iterable[int]) -> frozenset[int]:
    """Return which of these trajectories have or ever had a waiver, including withdrawn ones."""
    lines = Waiver.history.filter(trajectory__in=list(trajectories))
    return frozenset(lines.values_list("trajectory_id", flat=True).order_by().distinct())


def last_logged_statuses(obligations: Iterable[int]) -> dict[int, str]:
    """Return the last status of each of these obligations in the transition log."""
    rows = Transition.objects.filter(obligation__in=list(obligations)).order_by("obligation_id", "pk")
    return dict(rows.values_list("obligation_id", "to_status"))


NOT_APPLICABLE = "not_applicable"


class Verdict(NamedTuple):
    """An obligation of a trajectory, motion or commitment, with its status on a day.

    ``over`` is whether the trajectory is over on that day.
    """

    owner_type: str
    name: str
    rule: Rule
    obligation: ObligationValue
    status: str
    on: date
    retrospective: bool
    waivers: tuple[WaiverValue, ...] = ()
    names: wording.Names = wording.NO_NAMES
    over: bool = False

    def message(self, language: str) -> str:
        """Return what is due, in one sentence."""
        return wording.message(self.rule, self.obligation, language, self.names)

    def remedy(self, language: str) -> str:
        """Return the remedy on that day; see ``words.remedy``."""
        return wording.remedy(self.rule, self.obligation, self.status, self.on, language)

    @property
    def met_on(self) -> date | None:
        """Return the day it was met, if that day has come; else None."""
        met_on = self.obligation.met_on
        return met_on if met_on and met_on <= self.on else None

    @property
    def days_late(self) -> int | None:
        """Return by how many calendar days it was, or is, late; None where it was not done and ``over``."""
        return days_late(self.obligation, self.on, self.over)

    def as_json(self, language: str = "nl") -> dict[str, Any]:
        """Return the verdict as JSON, with its texts in this language."""
        o, rule = self.obligation, self.rule
        is_applicable = self.status != NOT_APPLICABLE
        return {
            self.owner_type: self.name,
            "rule": rule.id,
            "basic": rule.basic,
            "strength": rule.strength,
            "subject": o.subject or None,
            "status": self.status,
            "due_on": _iso(o.due_on),
            "strict_due_on": _iso(o.strict_due_on),
            "expected_on": _iso(o.expected_on),
            "met_on": _iso(self.met_on),
            "days_late": self.days_late,
            "message": self.message(language) if is_applicable else rule.title[language],
            "remedy": self.remedy(language),
            "source": rule.source,
            "retrospective": self.retrospective,
        }


def party_names() -> dict[str, str]:
    """Return the names of organisations, by slug: texts are made when they are shown."""
    return dict(Organisation.objects.values_list("slug", "name"))


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def verdicts(
    rulebook: Rulebook,
    on: date,
    slugs: Sequence[str] = (),
    known_at: datetime | None = None,
    with_not_applicable: bool = False,
) -> Iterator[Verdict]:
    """Yield a verdict per obligation, in a stable order: trajectories by slug, then motions and commitments by number.

    ``slugs`` narrows it to those trajectories. ``known_at`` rebuilds the facts and waivers as they were recorded at
    that moment; trajectories that did not exist then are left out.
    """
    trajectories = rows_known_at(Trajectory, known_at)
    rows = trajectories.filter(slug__in=slugs) if slugs else trajectories
    names = party_names()
    # In chunks: one city fits in memory, ten years of all municipalities may not.
    keys = list(rows.order_by("slug").values_list("id", flat=True))
    for start in range(0, len(keys), 200):
        chunk = keys[start : start + 200]
        waivers = waivers_of(chunk, known_at)
        by_key = dict(facts_for(chunk, known_at))
        for key in chunk:
            facts = by_key[key]
            yield from verdicts_on(
                "trajectory",
                facts.trajectory.slug,
                facts,
                rulebook,
                on,
                tuple(waivers.get(key, ())),
                with_not_applicable,
                names,
            )
    if slugs:
        return
    registers: tuple[tuple[str, Any, Any], ...] = (
        ("motion", Motion, motion_facts),
        ("commitment", Commitment, commitment_facts),
    )
    for owner_type, model, read in registers:
        pks = list(rows_known_at(model, known_at).order_by("number").values_list("id", flat=True))
        found = dict(read(pks, known_at))
        for key in pks:
            yield from verdicts_on(owner_type, found[key].number, found[key], rulebook, on, (), with_not_applicable)


def verdicts_on(
    owner_type: str,
    name: str,
    facts_of_owner: Any,
    rulebook: Rulebook,
    on: date,
    waivers: tuple[WaiverValue, ...] = (),
    with_not_applicable: bool = False,
    names: wording.Names = wording.NO_NAMES,
) -> Iterator[Verdict]:
    """Yield the verdicts on one trajectory, motion or commitment, by rule and subject."""
    retrospective = isinstance(facts_of_owner, Facts) and facts_of_owner.trajectory.retrospective
    over = isinstance(facts_of_owner, Facts) and facts_of_owner.trajectory.is_over(on)
    obligations = evaluate(facts_of_owner, rulebook)
    applied = {obligation.rule for obligation in obligations}
    lines = [(o.rule, o.subject, o, status(o, on, waivers)) for o in obligations]
    if with_not_applicable:
        rules: Iterable[Rule] = rulebook.rules_about(facts_of_owner)
        lines += [(r.id, "", ObligationValue(r.id), NOT_APPLICABLE) for r in rules if r.id not in applied]
    for rule, _subject, obligation, found in sorted(lines, key=lambda line: line[:2]):
        yield Verdict(
            owner_type, name, rulebook.by_id[rule], obligation, found, on, retrospective, waivers, names, over
        )
