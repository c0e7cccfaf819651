"""Counter-signals for display: beside the status that they contradict, with the answer or its due date."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, NamedTuple

from participation.compliance.dates import ImpreciseDate
from participation.models import CounterSignal, Obligation


class SignalView(NamedTuple):
    """A counter-signal: an association's statement on a status, its evidence, and the municipality's answer.

    ``status`` is the one that they saw. ``file`` is the key of an upload, with ``file_name`` and ``file_size`` in bytes
    beside it. ``request`` is the ref of the concern with their statement; ``due_on`` the last day for its answer, None
    where no rule sets a term.
    """

    pk: int
    trajectory: int
    organisation: str
    on: date
    words: str
    evidence: str
    evidence_url: str
    file: int | None
    file_name: str
    file_size: int
    status: str
    request: str
    is_answered: bool
    answer: str
    answered_on: ImpreciseDate | None
    due_on: date | None

    def is_late(self, today: date) -> bool:
        """Return whether the answer is overdue."""
        return not self.is_answered and self.due_on is not None and self.due_on < today


#: By the obligation that they contradict: rule and subject.
Signals = dict[tuple[str, str], list[SignalView]]


def counter_signals_of(trajectory: int, today: date) -> Signals:
    """Return the counter-signals in this trajectory up to that day, oldest first; two queries at most."""
    return counter_signals_by_trajectory([trajectory], today).get(trajectory, {})


def with_recorded_texts(signals: Signals, requests: Mapping[str, Any]) -> Signals:
    """Return these with the texts recorded in these requests, by ref; those without a request are left out."""
    found: Signals = {}
    for identity, several in signals.items():
        for signal in several:
            if request := requests.get(signal.request):
                answered = bool(request.answer) or request.answered_on is not None
                texts = {"words": request.summary, "answer": request.answer, "answered_on": request.answered_on}
                found.setdefault(identity, []).append(signal._replace(is_answered=answered, **texts))
    return found


def counter_signals_by_trajectory(trajectories: Collection[int], today: date) -> dict[int, Signals]:
    """Return the counter-signals of many trajectories, by trajectory; two queries."""
    rows = (
        CounterSignal.objects.filter(trajectory__in=trajectories, on__lte=today)
        .select_related("organisation", "request", "evidence_file")
        .order_by("on", "pk")
    )
    found: dict[int, Signals] = {}
    due = _answer_due_dates({(row.trajectory_id, row.request.ref) for row in rows})
    for row in rows:
        group = found.setdefault(row.trajectory_id, {}).setdefault((row.rule, row.subject), [])
        group.append(_signal_view(row, today, due.get((row.trajectory_id, row.request.ref))))
    return found


def _signal_view(row: CounterSignal, today: date, due_on: date | None) -> SignalView:
    request, file = row.request, row.evidence_file
    answered = bool(request.answer) if request.answered_on is None else _has_come(request.answered_on, today)
    return SignalView(
        pk=row.pk,
        trajectory=row.trajectory_id,
        organisation=row.organisation.name,
        on=row.on,
        words=request.summary,
        evidence=row.evidence,
        evidence_url=row.evidence_url,
        file=file.pk if file else None,
        file_name=file.name if file else "",
        file_size=file.size if file else 0,
        status=row.status,
        request=request.ref,
        is_answered=answered,
        answer=request.answer if answered else "",
        answered_on=request.answered_on if answered else None,
        due_on=due_on,
    )


def _has_come(when: ImpreciseDate, today: date) -> bool:
    """Return whether this date has come: an unknown date counts as come, one that is not set does not."""
    first = when.earliest or when.latest
    return when.precision == "unknown" if first is None else first <= today


def _answer_due_dates(requests: Collection[tuple[int, str]]) -> dict[tuple[int, str], date]:
    """Return the due date of the answer, by trajectory and ref of the request.

    Where one request calls for several things, such as an acknowledgement, the answer is due last.
    """
    if not requests:
        return {}
    obligations = Obligation.objects.open().filter(
        trajectory__in={trajectory for trajectory, _ref in requests},
        subject__in={ref for _trajectory, ref in requests},
        due_on__isnull=False,
    )
    rows: Any = obligations.order_by("due_on").values_list("trajectory", "subject", "due_on")
    return {(trajectory, ref): due_on for trajectory, ref, due_on in rows}
