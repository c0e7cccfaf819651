"""Results of evaluation forms, told so that no answer can be traced to whoever gave it."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import QuerySet

from participation.models import EvaluationLink, EvaluationResponse, Step

#: Results are told of so many answers at least, and grow by so many at a time. Were they told after every answer,
#: two looks with one answer between them would give that answer away.
TOGETHER = 5
QUESTIONS = ("fairness", "heard", "informed")
SCORES = range(1, 11)


class Scored(NamedTuple):
    """The scores on one question, of as many fives of answers as there are; ``average`` is None below five."""

    question: str
    counted: int
    average: float | None
    spread: tuple[int, ...]

    @property
    def rows(self) -> list[tuple[int, int]]:
        """Return each score with how often it was given."""
        return list(zip(SCORES, self.spread, strict=True))


class Results(NamedTuple):
    """How a meeting was evaluated: how many answered, how many of those are told, and what they said."""

    answered: int
    told: int
    questions: tuple[Scored, ...]
    remarks: tuple[str, ...]

    @property
    def enough(self) -> bool:
        """Tell whether there are enough answers to tell anything."""
        return self.told > 0

    @property
    def waiting(self) -> int:
        """Return how many answers are there and not told yet."""
        return self.answered - self.told

    @property
    def missing(self) -> int:
        """Return how many answers it takes until the next ones are told."""
        return TOGETHER - self.answered % TOGETHER


def results_of(step: Step) -> Results:
    """Return what may be told of the answers on the form of this step, in one query.

    How many answered is told, also below five: it says that people came back to it, never what they wrote. Of
    each question apart only whole fives of answers are counted, for who leaves one open takes no part in it;
    of the remarks those in whole fives of forms, sorted by a checksum of their text, so that their order says
    nothing about who came when.
    """
    return _results(list(_answers(EvaluationResponse.objects.filter(step=step))))


def results_in(trajectory: int) -> dict[str, Results]:
    """Return the same for every step of a trajectory whose form was answered, by the ref of the step: one query."""
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
    """Return how many links to the form of this step were not used."""
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
