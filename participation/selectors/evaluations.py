"""Results of evaluation forms, aggregated so that no answer can be traced to a person."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import QuerySet

from participation.models import EvaluationLink, EvaluationResponse, Step

#: Results are shown per this many answers: at least so many, growing by so many at a time. If they were updated after
#: every answer, the difference between two views would disclose that answer.
TOGETHER = 5
QUESTIONS = ("fairness", "heard", "informed")
SCORES = range(1, 11)


class Scored(NamedTuple):
    """The scores on one question, over the largest multiple of five answers; ``average`` is None below five."""

    question: str
    counted: int
    average: float | None
    spread: tuple[int, ...]

    @property
    def rows(self) -> list[tuple[int, int]]:
        """Return each score with its number of answers."""
        return list(zip(SCORES, self.spread, strict=True))


class Results(NamedTuple):
    """The results of a meeting's form: number of answers, how many of them are included, scores and remarks."""

    answered: int
    told: int
    questions: tuple[Scored, ...]
    remarks: tuple[str, ...]

    @property
    def enough(self) -> bool:
        """Return whether there are enough answers to show results."""
        return self.told > 0

    @property
    def waiting(self) -> int:
        """Return how many answers are not included yet."""
        return self.answered - self.told

    @property
    def missing(self) -> int:
        """Return how many answers are needed before the next ones are included."""
        return TOGETHER - self.answered % TOGETHER


def results_of(step: Step) -> Results:
    """Return the publishable results of the form of this step; one query.

    The number of answers is always shown, also below five: it discloses no content. Each question counts only multiples
    of five answers, because participants may skip it; remarks are those in multiples of five forms, sorted by a
    checksum of their text, so that their order does not disclose the order of submission.
    """
    return _results(list(_answers(EvaluationResponse.objects.filter(step=step))))


def results_in(trajectory: int) -> dict[str, Results]:
    """Return the results of every step of a trajectory whose form was answered, by ref; one query."""
    found: dict[str, list[Any]] = {}
    for row in _answers(EvaluationResponse.objects.filter(step__trajectory=trajectory)):
        found.setdefault(row.step__ref, []).append(row)
    return {ref: _results(rows) for ref, rows in sorted(found.items())}


def _answers(responses: QuerySet[EvaluationResponse]) -> Any:
    return responses.order_by("pk").values_list("step__ref", *QUESTIONS, "remark", named=True)


def _results(rows: Sequence[Any]) -> Results:
    told = _fives(rows)
    remarks = [text for row in told if (text := row.remark.strip())]
    return Results(
        answered=len(rows),
        told=len(told),
        questions=tuple(_scored(name, [getattr(row, name) for row in rows]) for name in QUESTIONS),
        remarks=tuple(sorted(remarks, key=lambda text: hashlib.sha256(text.encode()).digest())),
    )


def links_left(step: Step) -> int:
    """Return the number of unused links to the form of this step."""
    return EvaluationLink.objects.filter(step=step, used=False).count()


def _fives(rows: Sequence[Any]) -> Sequence[Any]:
    return rows[: len(rows) // TOGETHER * TOGETHER]


def _scored(question: str, given: Sequence[int | None]) -> Scored:
    scores = _fives([score for score in given if score is not None])
    counts = Counter(scores)
    return Scored(
        question,
        len(scores),
        sum(scores) / len(scores) if scores else None,
        tuple(counts[score] for score in SCORES),
    )
