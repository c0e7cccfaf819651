"""Conversion of a parsed dossier to facts, shared by imports, examples and tests.

Accepts parsed JSON and parsed YAML 1.1, in which a day is a ``date``, ``19:30`` is the integer 1170 and the
key ``on`` is ``True``. An absent or null value becomes the default of the fact.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from datetime import date, time
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Any, Final, TypeVar, get_args

from .dates import DateError, ImpreciseDate
from .facts import (
    FACTS_BY_SECTION,
    KEYS,
    Actors,
    CommitmentFacts,
    ContributionFacts,
    DocumentFacts,
    Facts,
    Filled,
    FilledKeys,
    Frameworks,
    FulfilmentDays,
    MotionFacts,
    Number,
    OrganisationFacts,
    PlanFacts,
    ReachedGroups,
    ReportDays,
    RequestFacts,
    ScenarioFacts,
    Shares,
    StepFacts,
    Suspensions,
    TargetGroups,
    TrajectoryFacts,
    field_types,
)

Row = Mapping[Any, Any]
Fact = TypeVar("Fact")

#: The lists whose rows have a ref, and the prefix of a generated ref.
REF_WORDS: Final = MappingProxyType(
    {
        "scenarios": "scenario",
        "documents": "document",
        "steps": "step",
        "contributions": "contribution",
        "requests": "request",
    }
)
_NO_ORGANISATIONS: Final[Mapping[str, OrganisationFacts]] = MappingProxyType({})
_MINUTES_PER_DAY = 24 * 60
#: Sorts after every day.
_NO_DAY: Final = (date.max, date.max, "~")
_CLOCK_TIME = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")


def facts_of(document: Row, known_organisations: Mapping[str, OrganisationFacts] = _NO_ORGANISATIONS) -> Facts:
    """Return the facts of a dossier, which may refer to ``known_organisations`` without declaring them.

    Raises ValueError for a date, time or number that cannot be parsed. Validates nothing else.
    """
    refs = refs_of(document)
    trajectory = _fact_of(TrajectoryFacts, {"public": True, **_without_nulls(document.get("trajectory") or {})})
    plan = None if document.get("plan") is None else _fact_of(PlanFacts, document["plan"])
    scenarios = _facts_of_rows(ScenarioFacts, document, "scenarios", refs)
    documents = _facts_of_rows(DocumentFacts, document, "documents", refs)
    steps = _facts_of_rows(StepFacts, document, "steps", refs)
    contributions = _facts_of_rows(ContributionFacts, document, "contributions", refs)
    requests = _facts_of_rows(RequestFacts, document, "requests", refs)

    known = dict(known_organisations)
    for row in _rows(document, "organisations"):
        slug = _text(row, "slug")
        known[slug] = organisation_of(row, known.get(slug))
    wanted = referred_parties(trajectory, plan, steps, documents, contributions, requests)
    return Facts(
        trajectory,
        plan,
        scenarios,
        steps,
        documents,
        contributions,
        requests,
        {slug: known[slug] for slug in sorted(wanted) if slug in known},
    )


def referred_parties(
    trajectory: TrajectoryFacts,
    plan: PlanFacts | None,
    steps: Iterable[StepFacts],
    documents: Iterable[DocumentFacts],
    contributions: Iterable[ContributionFacts],
    requests: Iterable[RequestFacts],
) -> set[str]:
    """Return every organisation slug, or audience word, that these refer to."""
    found = {trajectory.commissioner, trajectory.subject_of_study}
    found.update(slug for slug, _ in plan.actors) if plan else None
    for step in steps:
        found.update((step.body, step.evaluated_by))
        found.update(step.audience)
    for document in documents:
        found.update(party for party, _ in document.shared)
    found.update(contribution.party for contribution in contributions)
    found.update(request.party for request in requests)
    found.discard("")
    return found


def refs_of(document: Row) -> dict[str, list[str]]:
    """Return the ref of every row of the lists in ``REF_WORDS``.

    A row without a ref gets one from its position ("step-3"), with a numeric suffix when taken.
    """
    taken = {ref for name in REF_WORDS for row in _rows(document, name) if (ref := _text(row, "ref"))}
    refs: dict[str, list[str]] = {}
    for name, word in REF_WORDS.items():
        refs[name] = []
        for position, row in enumerate(_rows(document, name), start=1):
            ref = _text(row, "ref")
            if not ref:
                ref, suffix = f"{word}-{position}", 1
                while ref in taken:
                    suffix += 1
                    ref = f"{word}-{position}-{suffix}"
            refs[name].append(ref)
    return refs


def with_refs(document: Row) -> dict[str, Any]:
    """Return a deep copy of the dossier with generated refs filled in."""
    copy = deepcopy(dict(document))
    for name, refs in refs_of(document).items():
        for row, ref in zip(_rows(copy, name), refs, strict=True):
            row["ref"] = ref
    return copy


def organisation_of(row: Row, known: OrganisationFacts | None = None) -> OrganisationFacts:
    """Return the organisation of a row of ``organisations``; empty fields come from ``known``.

    The municipality of a municipality is itself; for any other organisation it is not inferred.
    """
    slug = _text(row, "slug")
    kind = _text(row, "kind") or (known.kind if known else "")
    municipality = _text(row, "municipality") or (known.municipality if known else "")
    return OrganisationFacts(slug, kind, municipality or (slug if kind == "municipality" else ""))


def motion_of(row: Row) -> MotionFacts:
    """Return the motion of a row of a register. Raises ValueError for a value that cannot be parsed."""
    return _fact_of(MotionFacts, row)


def commitment_of(row: Row) -> CommitmentFacts:
    """Return the commitment of a row of a register. Raises ValueError for a value that cannot be parsed."""
    return _fact_of(CommitmentFacts, row)


def _fact_of(fact: type[Fact], row: Row) -> Fact:
    return fact(*(parse(row.get(parent) or {} if parent else row, key) for parent, key, parse in _FIELD_PARSERS[fact]))


def _facts_of_rows(fact: type[Fact], document: Row, section: str, refs: Mapping[str, list[str]]) -> tuple[Fact, ...]:
    rows = zip(_rows(document, section), refs[section], strict=True)
    return tuple(_fact_of(fact, {**row, "ref": ref}) for row, ref in rows)


def _without_nulls(row: Row) -> Row:
    return {key: value for key, value in row.items() if value is not None}


def sorted_shares(shares: Iterable[tuple[str, ImpreciseDate | None]]) -> Shares:
    """Return the (party, day) pairs in canonical order, without those that name no party."""
    named = [(party, day) for party, day in shares if party]
    return tuple(sorted(named, key=lambda share: (share[0], share[1].to_text() if share[1] else "")))


def _day_order(day: ImpreciseDate | None) -> tuple[object, ...]:
    return (*day.sort_key, day.to_text()) if day else _NO_DAY


def sorted_days(days: Iterable[ImpreciseDate | None]) -> ReportDays:
    """Return the dates in chronological order, unknown ones last."""
    return tuple(sorted(days, key=_day_order))


def sorted_suspensions(
    periods: Iterable[tuple[ImpreciseDate | None, ImpreciseDate | None]],
) -> tuple[tuple[ImpreciseDate | None, ImpreciseDate | None], ...]:
    """Return the suspensions by their first day, those without one last."""
    return tuple(sorted(periods, key=lambda period: (_day_order(period[0]), _day_order(period[1]))))


def reached_groups(rows: Iterable[Row]) -> tuple[str, ...]:
    """Return the groups that were reached: those with a count above nought, or without a count."""
    return tuple(sorted({_text(row, "group") for row in rows if row.get("count") != 0} - {""}))


def parse_imprecise_date(value: Any) -> ImpreciseDate | None:
    """Parse an ISO day, a ``date`` or an imprecise date; null becomes None.

    Raises ValueError with the reason on anything else.
    """
    if value is None:
        return None
    if isinstance(value, Mapping):
        bounds = {key: _iso(value[key]) for key in ("from", "to") if key in value}
        return ImpreciseDate.from_json({**value, **bounds})
    day = _iso(value)
    if not isinstance(day, str):
        raise DateError.not_a_date(value)
    return ImpreciseDate.from_json(day)


def parse_clock_time(value: Any) -> time | None:
    """Parse "HH:MM", or the minutes that YAML 1.1 turns it into; null becomes None.

    Raises ValueError on anything else.
    """
    if value is None or isinstance(value, time):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MINUTES_PER_DAY:
        return time(*divmod(value, 60))
    if isinstance(value, str) and _CLOCK_TIME.fullmatch(value):
        return time(int(value[:2]), int(value[3:]))
    raise ValueError(f"{value!r} is not a time of day like 19:30")


def _iso(value: Any) -> Any:
    # A datetime is a date too: isoformat() keeps its time, so that it is rejected instead of truncated.
    return value.isoformat() if isinstance(value, date) else value


def _value_of(row: Row, key: str) -> Any:
    # YAML 1.1 parses a bare `on` as true, also as a key.
    return row.get(True) if key == "on" and "on" not in row else row.get(key)


def _date_field(row: Row, key: str) -> ImpreciseDate | None:
    try:
        return parse_imprecise_date(_value_of(row, key))
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def _rows(row: Row, key: str) -> list[Any]:
    return row.get(key) or []


def _text(row: Row, key: str) -> str:
    value = row.get(key)
    return "" if value is None else str(value)


def _number(row: Row, key: str) -> str:
    # YAML parses an unquoted 24.0010 as a float, which loses its last digit.
    if isinstance(number := row.get(key), float):
        raise ValueError(f"{key}: write {number} between quotes")
    return _text(row, key)


def _whole_number(row: Row, key: str) -> int | None:
    value = row.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise ValueError(f"{key}: {value!r} is not a whole number")
    return value


def parse_score(value: Any) -> Decimal | None:
    """Return a score with at most one decimal; null becomes None. Raises ValueError on anything else."""
    if value is None or isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or round(value, 1) != value:
        raise ValueError(f"{value!r} is not a score like 8.2, with at most one decimal")
    return Decimal(str(value))


def _score(row: Row, key: str) -> Decimal | None:
    try:
        return parse_score(row.get(key))
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def _flag(row: Row, key: str) -> bool:
    return bool(row.get(key))


def _clock_time(row: Row, key: str) -> time | None:
    return parse_clock_time(row.get(key))


def _is_filled(row: Row, key: str) -> bool:
    value = row.get(key)
    return bool(value and str(value).strip())


def _optional_bool(row: Row, key: str) -> bool | None:
    value = row.get(key)
    return None if value is None else bool(value)


def _sorted_words(row: Row, key: str) -> tuple[str, ...]:
    return tuple(sorted({str(word) for word in _rows(row, key) if word is not None}))


def _pairs(keys: tuple[Any, ...], row: Row, key: str) -> tuple[tuple[str, str], ...]:
    first, second = keys
    pairs = {(_text(item, first), _text(item, second)) for item in _rows(row, key)}
    return tuple(sorted(pairs - {("", "")}))


def _actors(row: Row, key: str) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in _pairs(get_args(Actors)[1:], row, key) if pair[0])


def _filled_keys(row: Row, key: str) -> tuple[str, ...]:
    parts = row.get(key) or {}
    return tuple(sorted(name for name in parts if _is_filled(parts, name)))


def _shares(row: Row, key: str) -> Shares:
    return sorted_shares((_text(share, "with"), _date_field(share, "on")) for share in _rows(row, key))


def _report_days(row: Row, key: str) -> ReportDays:
    return sorted_days(_date_field(report, "on") for report in _rows(row, key))


def _suspensions(row: Row, key: str) -> Any:
    return sorted_suspensions((_date_field(period, "from"), _date_field(period, "to")) for period in _rows(row, key))


def _reached_groups(row: Row, key: str) -> tuple[str, ...]:
    return reached_groups(_rows(row, key))


#: By the type of a field: the function that parses it from a row and a key.
PARSERS: Final[Mapping[Any, Callable[[Row, str], Any]]] = {
    str: _text,
    Number: _number,
    bool: _flag,
    bool | None: _optional_bool,
    int | None: _whole_number,
    Decimal | None: _score,
    time | None: _clock_time,
    ImpreciseDate | None: _date_field,
    tuple[str, ...]: _sorted_words,
    Filled: _is_filled,
    FilledKeys: _filled_keys,
    Frameworks: partial(_pairs, get_args(Frameworks)[1:]),
    TargetGroups: partial(_pairs, get_args(TargetGroups)[1:]),
    Actors: _actors,
    Shares: _shares,
    ReportDays: _report_days,
    FulfilmentDays: _report_days,
    Suspensions: _suspensions,
    ReachedGroups: _reached_groups,
}

#: By fact, for each field: the object and the key in a dossier, and the function that parses it.
_FIELD_PARSERS: Final = {
    fact: tuple((*KEYS.get(name, name).rpartition("/")[::2], PARSERS[of]) for name, of in field_types(fact).items())
    for fact in FACTS_BY_SECTION.values()
}
