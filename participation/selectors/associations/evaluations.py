"""Results of evaluation forms, aggregated so that no answer can be traced to a person."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db.models import QuerySet

from participation.models import EvaluationCount, EvaluationLink, EvaluationResponse, Neighbourhood, Plan, Step

#: Results are shown per this many answers: at least so many, growing by so many at a time. If they were updated after
#: every answer, the difference between two views would disclose that answer.
BATCH_SIZE = 5
QUESTIONS = ("fairness", "heard", "informed")
SCORES = range(1, 11)


class QuestionScores(NamedTuple):
    """The scores on one question, over the largest multiple of five answers; ``average`` is None below five."""

    question: str
    answer_count: int
    average: float | None
    spread: tuple[int, ...]

    @property
    def rows(self) -> list[tuple[int, int]]:
        """Return each score with its number of answers."""
        return list(zip(SCORES, self.spread, strict=True))


class EvaluationResults(NamedTuple):
    """The results of a meeting's form: number of answers, how many of them are included, scores and remarks."""

    answered: int
    included: int
    questions: tuple[QuestionScores, ...]
    remarks: tuple[str, ...]

    @property
    def has_results(self) -> bool:
        """Return whether there are enough answers to show results."""
        return self.included > 0

    @property
    def has_newer(self) -> bool:
        """Return whether some answers are not included yet.

        How many is not published: with the groups that they came from, that would tell a group of fewer than five.
        """
        return self.answered > self.included


def results_of(step: Step) -> EvaluationResults:
    """Return the publishable results of the form of this step; one query.

    Below five, the number of answers is shown: it discloses no content. Each question counts only multiples
    of five answers, because participants may skip it; remarks are those in multiples of five forms, sorted by a
    checksum of their text, so that their order does not disclose the order of submission.
    """
    return _results(list(_response_rows(EvaluationResponse.objects.filter(step=step))))


def results_by_step(trajectory: int) -> dict[str, EvaluationResults]:
    """Return the results of every step of a trajectory whose form was answered, by ref; one query."""
    found: dict[str, list[Any]] = {}
    for row in _response_rows(EvaluationResponse.objects.filter(step__trajectory=trajectory)):
        found.setdefault(row.step__ref, []).append(row)
    return {ref: _results(rows) for ref, rows in sorted(found.items())}


def _response_rows(responses: QuerySet[EvaluationResponse]) -> Any:
    return responses.order_by("pk").values_list("step__ref", *QUESTIONS, "remark", named=True)


def _results(rows: Sequence[Any]) -> EvaluationResults:
    included = _complete_batches(rows)
    remarks = [text for row in included if (text := row.remark.strip())]
    return EvaluationResults(
        answered=len(rows),
        included=len(included),
        questions=tuple(_question_scores(name, [getattr(row, name) for row in rows]) for name in QUESTIONS),
        remarks=tuple(sorted(remarks, key=lambda text: hashlib.sha256(text.encode()).digest())),
    )


class FormOrigins(NamedTuple):
    """How many forms of a step were filled in, and by people of which groups and neighbourhoods, by code or slug."""

    answered: int
    groups: Mapping[str, int]
    neighbourhoods: Mapping[str, int]


def form_origins(step: Step) -> FormOrigins | None:
    """Return where the people who filled in a form come from, None below five forms; two queries.

    Below five, the number beside a single answer would tell who gave it.
    """
    answered = EvaluationResponse.objects.filter(step=step).count()
    if answered < BATCH_SIZE:
        return None
    rows = list(
        EvaluationCount.objects.filter(step=step).order_by("pk").values_list("group", "neighbourhood", "number")
    )
    return FormOrigins(
        answered,
        {group: number for group, _slug, number in rows if group},
        {slug: number for _group, slug, number in rows if slug},
    )


def origins_asked(step: Step) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the groups of the plan, and the neighbourhoods of the trajectory as slug and name, that a form asks for.

    Two queries.
    """
    targets = Plan.objects.filter(trajectory=step.trajectory_id).values_list("target_groups", flat=True).first()
    groups = [str(row["group"]) for row in targets or () if row.get("group")]
    places = Neighbourhood.objects.filter(trajectories=step.trajectory_id).order_by("name", "slug")
    return list(dict.fromkeys(groups)), list(places.values_list("slug", "name"))


def count_unused_links(step: Step) -> int:
    """Return the number of unused links to the form of this step."""
    return EvaluationLink.objects.filter(step=step, used=False).count()


def _complete_batches(rows: Sequence[Any]) -> Sequence[Any]:
    return rows[: len(rows) // BATCH_SIZE * BATCH_SIZE]


def _question_scores(question: str, answers: Sequence[int | None]) -> QuestionScores:
    scores = _complete_batches([score for score in answers if score is not None])
    counts = Counter(scores)
    return QuestionScores(
        question,
        len(scores),
        sum(scores) / len(scores) if scores else None,
        tuple(counts[score] for score in SCORES),
    )
