"""Counter-signals for display: beside the status that they contradict, with the answer or its due date."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, NamedTuple

from participation.compliance.dates import ImpreciseDate
from participation.models import CounterSignal, Obligation


class Signal(NamedTuple):
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
Signals = dict[tuple[str, str], list[Signal]]


def counter_signals_of(trajectory: int, today: date) -> Signals:
    """Return the counter-signals in this trajectory up to that day, oldest first; two queries at most."""
    return counter_signals_in([trajectory], today).get(trajectory, {})


def as_recorded(signals: Signals, requests: Mapping[str, Any]) -> Signals:
    """Return these with the texts recorded in these requests, by ref; those without a request are left out."""
    found: Signals = {}
    for identity, several in signals.items():
        for signal in several:
            if asked := requests.get(signal.request):
                answered = bool(asked.answer) or asked.answered_on is not None
                said = {"words": asked.summary, "answer": asked.answer, "answered_on": asked.answered_on}
                found.setdefault(identity, []).append(signal._replace(is_answered=answered, **said))
    return found


def counter_signals_in(trajectories: Collection[int], today: date) -> dict[int, Signals]:
    """Return the counter-signals of many trajectories, by trajectory; two queries."""
    rows = (
        CounterSignal.objects.filter(trajectory__in=trajectories, on__lte=today)
        .select_related("organisation", "request", "evidence_file")
        .order_by("on", "pk")
    )
    found: dict[int, Signals] = {}
    due = _due({(row.trajectory_id, row.request.ref) for row in rows})
    for row in rows:
        about = found.setdefault(row.trajectory_id, {}).setdefault((row.rule, row.subject), [])
        about.append(_signal(row, today, due.get((row.trajectory_id, row.request.ref))))
    return found


def _signal(row: CounterSignal, today: date, due_on: date | None) -> Signal:
    asked, file = row.request, row.evidence_file
    answered = bool(asked.answer) if asked.answered_on is None else _come(asked.answered_on, today)
    return Signal(
        pk=row.pk,
        trajectory=row.trajectory_id,
        organisation=row.organisation.name,
        on=row.on,
        words=asked.summary,
        evidence=row.evidence,
        evidence_url=row.evidence_url,
        file=file.pk if file else None,
        file_name=file.name if file else "",
        file_size=file.size if file else 0,
        status=row.status,
        request=asked.ref,
        is_answered=answered,
        answer=asked.answer if answered else "",
        answered_on=asked.answered_on if answered else None,
        due_on=due_on,
    )


def _come(when: ImpreciseDate, today: date) -> bool:
    """Return whether this date has come: an unknown date counts as come, one that is not set does not."""
    first = when.earliest or when.latest
    return when.precision == "unknown" if first is None else first <= today


def _due(requests: Collection[tuple[int, str]]) -> dict[tuple[int, str], date]:
    """Return the due date of the answer, by trajectory and ref of the request.

    Where one request calls for several things, such as an acknowledgement, the answer is due last.
    """
    if not requests:
        return {}
    owed = Obligation.objects.open().filter(
        trajectory__in={trajectory for trajectory, _ref in requests},
        subject__in={ref for _trajectory, ref in requests},
        due_on__isnull=False,
    )
    rows: Any = owed.order_by("due_on").values_list("trajectory", "subject", "due_on")
    return {(trajectory, ref): due_on for trajectory, ref, due_on in rows}
