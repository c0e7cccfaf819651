"""Obligations with their status on a day: from stored rows, or reassessed from the facts as known at a moment."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import F, QuerySet, TextField
from django.db.models.functions import Cast

from participation.compliance import wording
from participation.compliance.evaluate import evaluate
from participation.compliance.facts import Facts
from participation.compliance.obligations import (
    ObligationValue,
    WaiverValue,
    days_late,
    is_over,
    status,
)
from participation.compliance.rulebook import Rulebook
from participation.compliance.rulebooks import Rulebooks
from participation.compliance.rules import Rule
from participation.models import Obligation, Organisation, Trajectory, Transition, Waiver
from participation.selectors.changes.public_texts import public_facts, redact_rows

from .facts import commitment_facts, facts_for, motion_facts, request_facts, rows_known_at
from .judging import OWNER_MODELS, OWNER_MUNICIPALITY, rulebook_of, under_rules
from .status_expressions import with_status


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
    """An obligation of a trajectory, motion, commitment or request, with its status on a day.

    ``over`` is whether the trajectory is over on that day, ``municipality`` the slug of its own, "" where not known.
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
    municipality: str = ""

    def message(self, language: str) -> str:
        """Return what is due, in one sentence."""
        return wording.message(self.rule, self.obligation, language, self.names)

    def remedy(self, language: str) -> str:
        """Return the remedy on that day; see ``wording.remedy``."""
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
    rulebooks: Rulebooks,
    on: date,
    slugs: Sequence[str] = (),
    known_at: datetime | None = None,
    with_not_applicable: bool = False,
) -> Iterator[Verdict]:
    """Yield a verdict per obligation, in a stable order: trajectories by slug, then the register by number.

    Of the register these are the motions, the commitments, and the requests that belong to no trajectory.

    Each is judged by the rulebook of its municipality. ``slugs`` narrows it to those trajectories. ``known_at``
    rebuilds facts and waivers as they were recorded at that moment; trajectories that did not exist then are left out.
    """
    names = party_names()
    for owner in judged_owners(rulebooks, slugs, known_at):
        yield from verdicts_on(*owner[:4], on, owner.waivers, with_not_applicable, names)


class JudgedOwner(NamedTuple):
    """A trajectory, motion, commitment or request with its facts, its waivers and the rulebook that judges it."""

    owner_type: str
    name: str
    facts: Any
    rulebook: Rulebook
    waivers: tuple[WaiverValue, ...] = ()


def judged_owners(
    rulebooks: Rulebooks,
    slugs: Sequence[str] = (),
    known_at: datetime | None = None,
    only: Rulebook | None = None,
) -> Iterator[JudgedOwner]:
    """Yield who is judged, in a stable order; see ``verdicts``. ``only`` narrows it to those under that rulebook."""
    trajectories = rows_known_at(Trajectory, known_at)
    rows = trajectories.filter(slug__in=slugs) if slugs else trajectories
    # In chunks: one city fits in memory, ten years of all municipalities may not.
    judges = _judges(rows.order_by("slug"), rulebooks, only)
    keys = list(judges)
    for start in range(0, len(keys), 200):
        chunk = keys[start : start + 200]
        waivers = waivers_of(chunk, known_at)
        by_key = dict(facts_for(chunk, known_at))
        for key in chunk:
            facts = by_key[key]
            yield JudgedOwner("trajectory", facts.trajectory.slug, facts, judges[key], tuple(waivers.get(key, ())))
    if slugs:
        return
    for owner_type, read in _FACT_READERS.items():
        owners = rows_known_at(OWNER_MODELS[owner_type], known_at)
        owners = owners.filter(trajectory__isnull=True) if owner_type == "request" else owners
        judges = _judges(owners.order_by("number"), rulebooks, only)
        found = dict(read(list(judges), known_at))
        for key, rulebook in judges.items():
            yield JudgedOwner(owner_type, found[key].number, found[key], rulebook)


def _judges(owners: QuerySet[Any], rulebooks: Rulebooks, only: Rulebook | None) -> dict[int, Rulebook]:
    """Return the rulebook of each of these owners, by primary key, in their order."""
    municipalities = owners.values_list("id", "municipality")
    found = {key: rulebooks.for_municipality(municipality) for key, municipality in municipalities}
    return {key: rulebook for key, rulebook in found.items() if only in (None, rulebook)}


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
    """Yield the verdicts on one trajectory, motion, commitment or request, by rule and subject."""
    retrospective, over, municipality = False, False, ""
    if isinstance(facts_of_owner, Facts):
        trajectory = facts_of_owner.trajectory
        retrospective, over, municipality = trajectory.retrospective, trajectory.is_over(on), trajectory.municipality
    obligations = evaluate(facts_of_owner, rulebook)
    applied = {obligation.rule for obligation in obligations}
    lines = [(o.rule, o.subject, o, status(o, on, waivers)) for o in obligations]
    if with_not_applicable:
        rules: Iterable[Rule] = rulebook.rules_about(facts_of_owner)
        lines += [(r.id, "", ObligationValue(r.id), NOT_APPLICABLE) for r in rules if r.id not in applied]
    for rule, _subject, obligation, found in sorted(lines, key=lambda line: line[:2]):
        yield Verdict(
            *(owner_type, name, rulebook.by_id[rule], obligation, found, on, retrospective, waivers, names, over),
            municipality=municipality,
        )


# ---------- stored, or as known at a moment


class PublicWaiver(NamedTuple):
    """A waiver with its public reason and who gave it; ``key`` is its primary key."""

    waiver: WaiverValue
    by: str
    reason: str
    key: int = 0


class ObligationStatus(NamedTuple):
    """An obligation with its status on a day; ``pk`` is None where it was reassessed."""

    obligation: ObligationValue
    status: str
    pk: int | None = None


def facts_as_known(trajectory: int, known_at: datetime | None = None, earlier_texts: bool = False) -> Facts | None:
    """Return the facts as they are, or as recorded at that moment; None where the trajectory did not exist yet.

    Without ``earlier_texts``, titles that were changed since are left out.
    """
    return facts_as_known_of([trajectory], known_at, earlier_texts).get(trajectory)


def facts_as_known_of(
    trajectories: Sequence[int], known_at: datetime | None = None, earlier_texts: bool = False
) -> dict[int, Facts]:
    """Return the facts of each of these trajectories that existed, by its key, as ``facts_as_known`` does."""
    facts = dict(facts_for(trajectories, known_at))
    if known_at is None or earlier_texts:
        return facts
    now = dict(facts_for(trajectories, None))
    return {pk: public for pk, found in facts.items() if (public := public_facts(found, now.get(pk)))}


def obligations_as_known(
    facts: Facts, rulebook: Rulebook, day: date, explanations: Iterable[PublicWaiver]
) -> list[ObligationStatus]:
    """Return the obligations reassessed from these facts, with their status on that day."""
    waivers = tuple(explanation.waiver for explanation in explanations)
    lines = verdicts_on("trajectory", facts.trajectory.slug, facts, rulebook, day, waivers)
    return [ObligationStatus(line.obligation, line.status) for line in lines]


def waivers_as_known(
    trajectory: int, day: date, known_at: datetime | None = None, earlier_texts: bool = False
) -> list[PublicWaiver]:
    """Return the waivers granted up to that day, as known now or at that moment, including those that ended.

    Without ``earlier_texts``, a reason that was changed since is marked as such.
    """
    return waivers_as_known_of([trajectory], day, known_at, earlier_texts).get(trajectory, [])


def waivers_as_known_of(
    trajectories: Collection[int], day: date, known_at: datetime | None = None, earlier_texts: bool = False
) -> dict[int, list[PublicWaiver]]:
    """Return the waivers of these trajectories, by the key of the trajectory, as ``waivers_as_known`` does."""
    rows = rows_known_at(Waiver, known_at).filter(trajectory__in=trajectories, granted_on__lte=day)
    columns = ("id", "trajectory", "by", "reason", *WaiverValue._fields)
    values = list(rows.order_by("granted_on", "id").values(*columns))
    if known_at is not None and not earlier_texts:
        redact_rows(Waiver, values)
    found: dict[int, list[PublicWaiver]] = defaultdict(list)
    for row in values:
        value = WaiverValue(*(row[name] for name in WaiverValue._fields))
        found[row["trajectory"]].append(PublicWaiver(value, row["by"], row["reason"], row["id"]))
    return found


def waivers_granted_in(trajectory: int, today: date) -> list[PublicWaiver]:
    """Return the waivers granted in this trajectory up to that day, including those that ended."""
    rows = Waiver.objects.filter(trajectory=trajectory, granted_on__lte=today).order_by("granted_on", "pk")
    return [
        PublicWaiver(WaiverValue(*waiver), by, reason, key)
        for key, by, reason, *waiver in rows.values_list("pk", "by", "reason", *WaiverValue._fields)
    ]


# ---------- stored rows

FETCH_SIZE = 5_000
_COLUMNS: tuple[Any, ...] = (
    *("pk", "rule", "subject", "trigger_on", "due_on", "strict_due_on", "expected_on", "met_on"),
    *(Cast("missing", TextField()), Cast("details", TextField()), F("next_change_on")),
)


class StoredObligation(NamedTuple):
    """An open obligation as stored: its key, its value, and when it is reassessed next."""

    pk: int
    obligation: ObligationValue
    next_change_on: date | None


@lru_cache(maxsize=1 << 16)
def _parse_details(text: str) -> dict[str, Any]:
    # Cached, so shared: treat the details of an obligation as immutable.
    found: dict[str, Any] = json.loads(text)
    return found


@lru_cache(maxsize=1 << 12)
def _parse_missing(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


class _ParsedDays(dict[Any, date | None]):
    """A cache of parsed days: SQLite returns text, PostgreSQL dates. A table holds few distinct ones."""

    def __missing__(self, value: Any) -> date | None:
        """Return the parsed day, and cache it."""
        day = self[value] = date.fromisoformat(value) if isinstance(value, str) else value
        return day


def stored_obligations(owner_type: str, keys: Sequence[int]) -> dict[int, dict[tuple[str, str], StoredObligation]]:
    """Return the open obligations of these trajectories (motions, commitments), by owner and identity."""
    found: dict[int, dict[tuple[str, str], StoredObligation]] = {key: {} for key in keys}
    rows = (
        Obligation.objects.open()
        .filter(**{f"{owner_type}__in": list(keys)})
        .order_by()
        .values_list(*_COLUMNS, f"{owner_type}_id")
    )
    # Raw SQL compiled by the ORM: its converters, a call per cell, would cost as much as the rules.
    sql, params = rows.query.sql_with_params()
    day, make = _ParsedDays({None: None}), ObligationValue._make
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        while chunk := cursor.fetchmany(FETCH_SIZE):
            for pk, rule, subject, trigger, due, strict, expected, met, missing, details, next_change, owner in chunk:
                obligation = make(
                    (
                        *(rule, subject, day[trigger], day[due], day[strict], day[expected], day[met]),
                        *(_parse_missing(missing), _parse_details(details)),
                    )
                )
                found[owner][rule, subject] = StoredObligation(pk, obligation, day[next_change])
    return found


def obligations_with_status(owner_type: str, key: int, rules: Collection[str], day: date) -> list[ObligationStatus]:
    """Return the stored obligations of this trajectory (motion, commitment) with their status on that day; one query.

    They are in order of rule and subject. ``rules`` are the ids that the rulebook knows; an obligation of another rule
    is about to be withdrawn.
    """
    rows = with_status(Obligation.objects.open().filter(**{owner_type: key}, rule__in=sorted(rules)), day)
    found = []
    for pk, status_then, *values in rows.order_by("rule", "subject").values_list(
        "pk", "status", *ObligationValue._fields
    ):
        found.append(ObligationStatus(obligation_of_row(values), status_then, pk))
    return found


def obligation_of_row(values: Iterable[Any]) -> ObligationValue:
    """Return the obligation with these values of the columns ``ObligationValue._fields``."""
    obligation = ObligationValue(*values)
    return obligation._replace(missing=tuple(obligation.missing))


def owner_of_row(
    slug: str | None,
    title: str | None,
    motion: str | None,
    motion_title: str | None,
    commitment: str | None,
    text: str | None,
) -> tuple[str, str, str | None]:
    """Return the kind of owner, its slug or number, and its title or text."""
    if slug is not None:
        return "trajectory", slug, title
    if motion is not None:
        return "motion", motion, motion_title
    return "commitment", commitment or "", text


def overdue_counts(owner_type: str, keys: Collection[int], rulebooks: Rulebooks, today: date) -> dict[int, int]:
    """Return the number of obligations overdue on that day, by owner, for owners that have any."""
    rules = under_rules(rulebooks, owner_types=(owner_type,))
    # Not ``overdue_on``: its indexes find what is overdue in the whole city, for the few owners of one page.
    late = with_status(Obligation.objects.open().filter(rules, **{f"{owner_type}__in": keys}), today)
    late = late.filter(status="overdue")
    # Counted in Python: for the rows of one page that is faster than GROUP BY.
    return dict(Counter(late.values_list(f"{owner_type}_id", flat=True)))


#: The kinds of owner of an obligation, each with the column that identifies it.
OWNER_COLUMNS: Final[Mapping[str, str]] = {
    "trajectory": "slug",
    "motion": "number",
    "commitment": "number",
    "request": "number",
}
#: The keys of a record; of the first four it has exactly one.
RECORD_KEYS: Final = (
    *OWNER_COLUMNS,
    *("rule", "basic", "strength", "subject", "status", "due_on", "strict_due_on", "expected_on", "met_on"),
    *("days_late", "message", "remedy", "source", "retrospective"),
)
#: The columns that decide whether the trajectory is over; all empty for motions and commitments.
_OVER_COLUMNS: Final = ("trajectory__retrospective", "trajectory__status", "trajectory__closed_on")
_FACT_READERS: Final[Mapping[str, Any]] = {
    "motion": motion_facts,
    "commitment": commitment_facts,
    "request": request_facts,
}


def trajectory_obligations(
    trajectory: Trajectory,
    rulebooks: Rulebooks,
    day: date,
    known_at: datetime | None = None,
    earlier_texts: bool = False,
) -> list[Verdict] | None:
    """Return the obligations of a trajectory, with their status on that day, by rule and subject.

    As known now these are the stored ones; with ``known_at`` they are reassessed from what was recorded by then, and
    None where the trajectory did not exist yet. ``earlier_texts`` as in ``facts_as_known``.
    """
    names = party_names()
    if known_at is None:
        rulebook = rulebook_of(trajectory, rulebooks)
        found = obligations_with_status("trajectory", trajectory.pk, rulebook.by_id, day)
        about: Any = trajectory
    else:
        facts = facts_as_known(trajectory.pk, known_at, earlier_texts)
        if facts is None:
            return None
        rulebook = rulebooks.for_municipality(facts.trajectory.municipality)
        found = obligations_as_known(facts, rulebook, day, waivers_as_known(trajectory.pk, day, known_at))
        about = facts.trajectory
    lines = [
        Verdict(
            "trajectory",
            trajectory.slug,
            rulebook.by_id[item.obligation.rule],
            item.obligation,
            item.status,
            day,
            about.retrospective,
            names=names,
            over=about.is_over(day),
        )
        for item in found
    ]
    # Sorted in Python: databases collate text differently.
    return sorted(lines, key=lambda line: line.obligation.identity)


def obligations_of(
    owner_type: str, numbers: Mapping[int, str], rulebooks: Rulebooks, day: date, known_at: datetime | None = None
) -> dict[int, list[Verdict]]:
    """Return the obligations of these motions, commitments or requests, given by key and number.

    At most three queries, and one more where there are several rulebooks, however many rows there are.
    """
    names = party_names()
    found: dict[int, list[Verdict]] = {pk: [] for pk in numbers}
    if known_at is not None:
        versions = rows_known_at(OWNER_MODELS[owner_type], known_at).filter(id__in=list(numbers))
        # With one rulebook the municipality does not matter.
        municipalities = dict(versions.values_list("id", "municipality")) if len(rulebooks) > 1 else {}
        for pk, facts in _FACT_READERS[owner_type](list(numbers), known_at):
            rulebook = rulebooks.for_municipality(municipalities.get(pk))
            lines = verdicts_on(owner_type, numbers[pk], facts, rulebook, day)
            found[pk] = [line._replace(names=names) for line in lines]
        return found
    rows = Obligation.objects.open().filter(**{f"{owner_type}__in": list(numbers)})
    for line, pk in _stored_verdicts(rows, rulebooks, day, names, f"{owner_type}_id"):
        found[pk].append(line)
    return {pk: sorted(lines, key=lambda line: line.obligation.identity) for pk, lines in found.items()}


def register_facts(owner_type: str, key: int, known_at: datetime | None = None) -> Any:
    """Return the facts of this motion, commitment or request, as they are or were; None where it did not exist."""
    return dict(_FACT_READERS[owner_type]([key], known_at)).get(key)


def verdicts_by_keys(keys: Collection[int], rulebooks: Rulebooks, day: date) -> list[Verdict]:
    """Return these obligations with their status on that day, in this order; two queries."""
    rows = Obligation.objects.filter(pk__in=list(keys))
    found = {pk: line for line, pk in _stored_verdicts(rows, rulebooks, day, party_names(), "pk")}
    return [found[key] for key in keys if key in found]


def _stored_verdicts(
    rows: QuerySet[Obligation], rulebooks: Rulebooks, day: date, names: Mapping[str, str], key: str
) -> Iterable[tuple[Verdict, Any]]:
    owners = [f"{owner_type}__{column}" for owner_type, column in OWNER_COLUMNS.items()]
    known = with_status(rows.filter(under_rules(rulebooks)), day).order_by()
    columns: tuple[Any, ...] = (key, "status", OWNER_MUNICIPALITY, *_OVER_COLUMNS, *owners, *ObligationValue._fields)
    for pk, status_then, municipality, retrospective, state, closed_on, *values in known.values_list(*columns):
        numbers = dict(zip(OWNER_COLUMNS, values[: len(OWNER_COLUMNS)], strict=True))
        owner_type = next(owner_type for owner_type in OWNER_COLUMNS if numbers[owner_type] is not None)
        obligation = obligation_of_row(values[len(OWNER_COLUMNS) :])
        is_retrospective = bool(retrospective)
        over = is_over(day, retrospective=is_retrospective, status=state or "", closed_on=closed_on)
        rule = rulebooks.for_municipality(municipality).by_id[obligation.rule]
        name = numbers[owner_type]
        verdict = Verdict(
            owner_type, name, rule, obligation, status_then, day, is_retrospective, names=names, over=over
        )
        yield verdict, pk
