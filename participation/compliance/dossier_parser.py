"""Conversion of a parsed dossier to facts, shared by imports, examples and tests.

Accepts parsed JSON and parsed YAML 1.1, in which a day is a ``date``, ``19:30`` is the integer 1170 and the
key ``on`` is ``True``. An absent or null value becomes the default of the fact.
"""

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import date, time
from types import MappingProxyType
from typing import Any, Final

from .dates import ImpreciseDate
from .facts import (
    CommitmentFacts,
    ContributionFacts,
    DocumentFacts,
    Facts,
    MotionFacts,
    OrganisationFacts,
    PlanFacts,
    RequestFacts,
    ScenarioFacts,
    StepFacts,
    TrajectoryFacts,
)

Row = Mapping[Any, Any]

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
_CLOCK_TIME = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")


def facts_of(document: Row, known_organisations: Mapping[str, OrganisationFacts] = _NO_ORGANISATIONS) -> Facts:
    """Return the facts of a dossier, which may refer to ``known_organisations`` without declaring them.

    Raises ValueError for a date, time or number that cannot be parsed. Validates nothing else.
    """
    refs = refs_of(document)
    trajectory = trajectory_of(document.get("trajectory") or {})
    plan_row = document.get("plan")
    plan = None if plan_row is None else plan_of(plan_row)
    scenarios = tuple(map(scenario_of, _rows(document, "scenarios"), refs["scenarios"]))
    documents = tuple(map(document_of, _rows(document, "documents"), refs["documents"]))
    steps = tuple(map(step_of, _rows(document, "steps"), refs["steps"]))
    contributions = tuple(map(contribution_of, _rows(document, "contributions"), refs["contributions"]))
    requests = tuple(map(request_of, _rows(document, "requests"), refs["requests"]))

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
        found.add(step.body)
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


def trajectory_of(row: Row) -> TrajectoryFacts:
    """Return the facts of a dossier's ``trajectory``. Raises ValueError on an unreadable date."""
    return TrajectoryFacts(
        slug=_text(row, "slug"),
        kind=_text(row, "kind"),
        level=_text(row, "level"),
        impact=_text(row, "impact"),
        municipality=_text(row, "municipality"),
        contact_role=_text(row.get("contact") or {}, "role"),
        commissioner=_text(row, "commissioner"),
        subject_of_study=_text(row, "subject_of_study"),
        status=_text(row, "status"),
        retrospective=bool(row.get("retrospective")),
        started_on=_date_field(row, "started_on"),
        closed_on=_date_field(row, "closed_on"),
    )


def organisation_of(row: Row, known: OrganisationFacts | None = None) -> OrganisationFacts:
    """Return the organisation of a row of ``organisations``; empty fields come from ``known``.

    The municipality of a municipality is itself; for any other organisation it is not inferred.
    """
    slug = _text(row, "slug")
    kind = _text(row, "kind") or (known.kind if known else "")
    municipality = _text(row, "municipality") or (known.municipality if known else "")
    return OrganisationFacts(slug, kind, municipality or (slug if kind == "municipality" else ""))


def plan_of(row: Row) -> PlanFacts:
    """Return the plan of a dossier's ``plan``, even when all its fields are empty.

    Raises ValueError on an unreadable date.
    """
    return PlanFacts(
        adopted_on=_date_field(row, "adopted_on"),
        published_on=_date_field(row, "published_on"),
        to_council_on=_date_field(row, "to_council_on"),
        actors_shared_on=_date_field(row, "actors_shared_on"),
        frameworks=_pairs(row, "frameworks", "what", "why"),
        room=_is_filled(row, "room"),
        level_motivation=_is_filled(row, "level_motivation"),
        target_groups=_pairs(row, "target_groups", "group", "method"),
        silent_interests=_sorted_words(row, "silent_interests"),
        channels=_sorted_words(row, "channels"),
        neighbouring_areas=_sorted_words(row, "neighbouring_areas"),
        neighbouring_areas_reason=_is_filled(row, "neighbouring_areas_reason"),
        joint_start=_optional_bool(row, "joint_start"),
        joint_start_reason=_is_filled(row, "joint_start_reason"),
        support=_is_filled(row, "support"),
        support_reason=_is_filled(row, "support_reason"),
        scenarios_reason=_is_filled(row, "scenarios_reason"),
        roles=_filled_keys(row, "roles"),
        resources=_filled_keys(row, "resources"),
        actors=tuple(pair for pair in _pairs(row, "actors", "organisation", "part") if pair[0]),
    )


def scenario_of(row: Row, ref: str) -> ScenarioFacts:
    """Return the scenario of a row, under this ref. Raises ValueError on an unreadable date."""
    return ScenarioFacts(ref, presented_on=_date_field(row, "presented_on"))


def document_of(row: Row, ref: str) -> DocumentFacts:
    """Return the document of a row, under this ref. Raises ValueError on an unreadable date."""
    shared = [(_text(share, "with"), _date_field(share, "on")) for share in _rows(row, "shared")]
    return DocumentFacts(
        ref,
        kind=_text(row, "kind"),
        title=_text(row, "title"),
        replaces=_text(row, "replaces"),
        changes_marked=_optional_bool(row, "changes_marked"),
        plain_summary=_optional_bool(row, "plain_summary"),
        dated_on=_date_field(row, "dated_on"),
        published_on=_date_field(row, "published_on"),
        shared=sorted_shares(shared),
    )


def step_of(row: Row, ref: str) -> StepFacts:
    """Return the step of a row, under this ref. Raises ValueError on an unreadable date, time or score."""
    score = row.get("score")
    if score is not None and (isinstance(score, bool) or not isinstance(score, int)):
        raise ValueError(f"score: {score!r} is not a whole number")
    return StepFacts(
        ref,
        kind=_text(row, "kind"),
        method=_text(row, "method"),
        phase=_text(row, "phase"),
        stage=_text(row, "stage"),
        procedure=_text(row, "procedure"),
        body=_text(row, "body"),
        title=_text(row, "title"),
        cancelled=bool(row.get("cancelled")),
        optional=bool(row.get("optional")),
        score=score,
        recess_reason=_is_filled(row, "recess_reason"),
        starts_at=parse_clock_time(row.get("starts_at")),
        ends_at=parse_clock_time(row.get("ends_at")),
        audience=_sorted_words(row, "audience"),
        about=_sorted_words(row, "about"),
        uses=_sorted_words(row, "uses"),
        documents=_sorted_words(row, "documents"),
        planned=_date_field(row, "planned"),
        done=_date_field(row, "done"),
        closes=_date_field(row, "closes"),
        announced_on=_date_field(row, "announced_on"),
        evaluation_sent_on=_date_field(row, "evaluation_sent_on"),
    )


def contribution_of(row: Row, ref: str) -> ContributionFacts:
    """Return the contribution of a row, under this ref. Raises ValueError on an unreadable date."""
    return ContributionFacts(
        ref,
        step=_text(row, "step"),
        party=_text(row, "from"),
        outcome=_text(row, "outcome"),
        response=_is_filled(row, "response"),
        received_on=_date_field(row, "received_on"),
        responded_on=_date_field(row, "responded_on"),
    )


def request_of(row: Row, ref: str) -> RequestFacts:
    """Return the request of a row, under this ref. Raises ValueError on an unreadable date."""
    return RequestFacts(
        ref,
        kind=_text(row, "kind"),
        party=_text(row, "from"),
        extension_reason=_is_filled(row, "extension_reason"),
        answer=_is_filled(row, "answer"),
        received_on=_date_field(row, "received_on"),
        acknowledged_on=_date_field(row, "acknowledged_on"),
        extended_on=_date_field(row, "extended_on"),
        answered_on=_date_field(row, "answered_on"),
    )


def motion_of(row: Row) -> MotionFacts:
    """Return the motion of a row of a register, its number as written.

    Raises ValueError on an unreadable date.
    """
    return MotionFacts(
        _number(row),
        outcome=_text(row, "outcome"),
        adopted_on=_date_field(row, "adopted_on"),
        due_on=_date_field(row, "due_on"),
        settled_on=_date_field(row, "settled_on"),
        reports=sorted_days(_date_field(report, "on") for report in _rows(row, "reports")),
    )


def commitment_of(row: Row) -> CommitmentFacts:
    """Return the commitment of a row of a register, its number as written.

    Raises ValueError on an unreadable date.
    """
    return CommitmentFacts(
        _number(row),
        owner=_text(row, "owner"),
        made_on=_date_field(row, "made_on"),
        due_on=_date_field(row, "due_on"),
        fulfilled_on=_date_field(row, "fulfilled_on"),
        reports=sorted_days(_date_field(report, "on") for report in _rows(row, "reports")),
    )


def sorted_shares(shares: Iterable[tuple[str, ImpreciseDate | None]]) -> tuple[tuple[str, ImpreciseDate | None], ...]:
    """Return the (party, day) pairs in canonical order, without those that name no party."""
    named = [(party, day) for party, day in shares if party]
    return tuple(sorted(named, key=lambda share: (share[0], share[1].to_text() if share[1] else "")))


def sorted_days(days: Iterable[ImpreciseDate | None]) -> tuple[ImpreciseDate | None, ...]:
    """Return the dates in chronological order, unknown ones last."""

    def order(day: ImpreciseDate | None) -> tuple[object, ...]:
        return (*day.sort_key, day.to_text()) if day else (date.max, date.max, "~")

    return tuple(sorted(days, key=order))


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
        raise ValueError(f"{value!r} is not a date like 2026-03-20")
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


def _number(row: Row) -> str:
    # YAML parses an unquoted 24.0010 as a float, which loses its last digit.
    number = row.get("number")
    if isinstance(number, float):
        raise ValueError(f"number: write {number} between quotes")
    return _text(row, "number")


def _is_filled(row: Row, key: str) -> bool:
    value = row.get(key)
    return bool(value and str(value).strip())


def _optional_bool(row: Row, key: str) -> bool | None:
    value = row.get(key)
    return None if value is None else bool(value)


def _sorted_words(row: Row, key: str) -> tuple[str, ...]:
    return tuple(sorted({str(word) for word in _rows(row, key) if word is not None}))


def _pairs(row: Row, key: str, first: str, second: str) -> tuple[tuple[str, str], ...]:
    pairs = {(_text(item, first), _text(item, second)) for item in _rows(row, key)}
    return tuple(sorted(pairs - {("", "")}))


def _filled_keys(row: Row, key: str) -> tuple[str, ...]:
    parts = row.get(key) or {}
    return tuple(sorted(name for name in parts if _is_filled(parts, name)))
