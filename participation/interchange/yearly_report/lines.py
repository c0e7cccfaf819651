"""The lines behind the figures of a yearly report, as CSV files that can be read without a database."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from django.db.models import Q, QuerySet

from participation.compliance.dates import ImpreciseDate
from participation.compliance.vocabulary import AUDIENCES
from participation.models import Contribution, Obligation, Organisation, Step, Trajectory, Waiver
from participation.selectors.obligations.judging import under_trajectory_rules
from participation.selectors.register import commitments, motions
from participation.selectors.statistics.coverage import CoverageLine, coverage_lines
from participation.selectors.statistics.yearly import public_trajectories

from .data import ReportRequest

#: What a date is written as of which is recorded that nobody knows it.
UNKNOWN_DAY: Final = "unknown"
#: Between the earliest and the latest day of a date that is not exact, and between the districts of a trajectory.
RANGE_SEPARATOR: Final = "/"
LIST_SEPARATOR: Final = "|"
_CHUNK_SIZE: Final = 2_000


class LineFile(NamedTuple):
    """A file of lines: its name, its columns, and the function that yields its rows."""

    name: str
    columns: Sequence[str]
    rows: Callable[[ReportRequest], Iterable[Sequence[Any]]]


def as_lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yield these rows as CSV (RFC 4180, but with a bare line feed), the names of the columns first."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_text(value) for value in row])
        if out.tell() > 1 << 16:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def _text(value: Any) -> str:
    """Return a value as text: dates as in ISO 8601, yes or no as 1 or 0, and "" for what is not recorded."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, ImpreciseDate):
        return _date_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _date_text(value: ImpreciseDate) -> str:
    if value.precision == UNKNOWN_DAY:
        return UNKNOWN_DAY
    bounds = [day.isoformat() if day else "" for day in (value.earliest, value.latest)]
    return bounds[0] if bounds[0] == bounds[1] and bounds[0] else RANGE_SEPARATOR.join(bounds)


def _trajectories(report_request: ReportRequest) -> Iterator[Sequence[Any]]:
    visible = public_trajectories(report_request.municipality)
    links: QuerySet[Any] = Trajectory.neighbourhoods.through.objects.exclude(neighbourhood__district="")
    pairs = links.filter(trajectory__in=visible.order_by().values("pk")).order_by()
    districts: dict[int, list[str]] = {}
    for pk, district in sorted(set(pairs.values_list("trajectory_id", "neighbourhood__district"))):
        districts.setdefault(pk, []).append(district)
    columns = ("pk", "slug", "municipality", "level", "retrospective", "status", "closed_on")
    for pk, *values in visible.order_by("slug").values_list(*columns).iterator(_CHUNK_SIZE):
        yield (*values, LIST_SEPARATOR.join(districts.get(pk, ())))


def _obligations(report_request: ReportRequest) -> Iterable[Sequence[Any]]:
    """Return the obligations that were due in these years or have no due date."""
    periods = report_request.periods
    due = Q(due_on__isnull=True) | Q(due_on__gte=periods[0].first, due_on__lte=periods[-1].on)
    visible = public_trajectories(report_request.municipality)
    rules = under_trajectory_rules(report_request.rulebooks)
    rows = Obligation.objects.open().for_trajectories(visible).filter(due, rules)
    columns = ("trajectory__slug", "rule", "subject", "due_on", "strict_due_on", "expected_on", "met_on")
    return rows.order_by("trajectory__slug", "rule", "subject", "pk").values_list(*columns).iterator(_CHUNK_SIZE)


def _waivers(report_request: ReportRequest) -> Iterable[Sequence[Any]]:
    visible = public_trajectories(report_request.municipality)
    rows = Waiver.objects.filter(trajectory__in=visible.order_by().values("pk"))
    columns = ("trajectory__slug", "rule", "subject", "granted_on", "until")
    return rows.order_by("trajectory__slug", "pk").values_list(*columns).iterator(_CHUNK_SIZE)


def _contributions(report_request: ReportRequest) -> Iterator[Sequence[Any]]:
    """Yield the contributions with the kind of their sender, and whether they have an answer: nothing that was said."""
    kinds: Mapping[str, str] = dict(Organisation.objects.values_list("slug", "kind"))
    columns = ("trajectory__slug", "ref", "party", "received_on", "outcome", "response", "responded_on")
    found = _of_current(Contribution, report_request).order_by("trajectory__slug", "pk").values_list(*columns)
    for slug, ref, party, received_on, outcome, response, responded_on in found.iterator(_CHUNK_SIZE):
        sender = party if party in AUDIENCES else kinds.get(party, "")
        yield slug, ref, sender, received_on, outcome, bool(response), responded_on


def _decisions(report_request: ReportRequest) -> Iterable[Sequence[Any]]:
    rows = (
        _of_current(Step, report_request)
        .filter(kind="decision", cancelled=False, done__isnull=False)
        .exclude(stage="setup")
    )
    columns = ("trajectory__slug", "ref", "done", "effect", "room_kept")
    return rows.order_by("trajectory__slug", "pk").values_list(*columns).iterator(_CHUNK_SIZE)


def _evaluations(report_request: ReportRequest) -> Iterable[Sequence[Any]]:
    rows = _of_current(Step, report_request).filter(cancelled=False, score__isnull=False)
    columns = ("trajectory__slug", "ref", "done", "score")
    return rows.order_by("trajectory__slug", "pk").values_list(*columns).iterator(_CHUNK_SIZE)


def _motions(report_request: ReportRequest) -> Iterable[Sequence[Any]]:
    columns = ("number", "outcome", "adopted_on", "settled_proposed_on", "settled_on")
    rows = _of_register(motions(report_request.periods[-1].on), report_request)
    return rows.order_by("number").values_list(*columns).iterator(_CHUNK_SIZE)


def _commitments(report_request: ReportRequest) -> Iterable[Sequence[Any]]:
    columns = ("number", "made_on", "fulfilled_on")
    rows = _of_register(commitments(report_request.periods[-1].on), report_request)
    return rows.order_by("number").values_list(*columns).iterator(_CHUNK_SIZE)


def _coverage(report_request: ReportRequest) -> Iterator[Sequence[Any]]:
    """Yield each district and group once without an activity, and once with each activity that reached it."""
    municipality = report_request.municipality
    current = public_trajectories(municipality).filter(retrospective=False)
    yield from coverage_lines(current, report_request.periods[-1].on, municipality)


def _of_register(rows: QuerySet[Any], report_request: ReportRequest) -> QuerySet[Any]:
    return rows.filter(municipality=report_request.municipality) if report_request.municipality else rows


def _of_current(model: Any, report_request: ReportRequest) -> QuerySet[Any]:
    """Return the rows of public trajectories that do not look back."""
    current = public_trajectories(report_request.municipality).filter(retrospective=False)
    rows: QuerySet[Any] = model.objects.filter(trajectory__in=current.order_by().values("pk"))
    return rows


LINE_FILES: Final = (
    LineFile(
        "trajectories.csv",
        ("trajectory", "municipality", "level", "retrospective", "status", "closed_on", "districts"),
        _trajectories,
    ),
    LineFile(
        "obligations.csv",
        ("trajectory", "rule", "subject", "due_on", "strict_due_on", "expected_on", "met_on"),
        _obligations,
    ),
    LineFile("waivers.csv", ("trajectory", "rule", "subject", "granted_on", "until"), _waivers),
    LineFile(
        "contributions.csv",
        ("trajectory", "ref", "sender", "received_on", "outcome", "has_response", "responded_on"),
        _contributions,
    ),
    LineFile("decisions.csv", ("trajectory", "ref", "done", "effect", "room_kept"), _decisions),
    LineFile("evaluations.csv", ("trajectory", "ref", "done", "score"), _evaluations),
    LineFile("motions.csv", ("number", "outcome", "adopted_on", "settled_proposed_on", "settled_on"), _motions),
    LineFile("commitments.csv", ("number", "made_on", "fulfilled_on"), _commitments),
    LineFile("coverage.csv", CoverageLine._fields, _coverage),
)
