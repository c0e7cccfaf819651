"""Search in trajectories and in what is recorded of them, and what matched in those of one page.

All that is searched is on the page of a trajectory for who may see it: that a trajectory is visible is all that a
caller has to see to. Names of people are not searched.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import reduce
from operator import add, or_
from typing import Any, NamedTuple

from django.db.models import Case, F, IntegerField, Q, QuerySet, When, Window
from django.db.models.functions import RowNumber

from participation.models import Contribution, Document, Plan, PlanActor, Request, Scenario, Step, Trajectory
from participation.models.searching import fold, texts_in
from participation.selectors.searching import TextPart, excerpt, folded_words

#: Maximum number of matches shown of a trajectory.
MAX_MATCHES = 2
#: Maximum number of characters of a text in which a match is looked for, to show it.
_MAX_TEXT_LENGTH = 20_000


class SearchMatch(NamedTuple):
    """Where words were found: a kind of text, the ref or number of its row ("" where it has none), and an excerpt."""

    kind: str
    ref: str
    parts: list[TextPart]


class SearchedTable(NamedTuple):
    """A table with a search text: the path to its trajectory, and the kind of match that each column of it gives.

    ``path`` leads to the row with the search text, ``ref`` to its ref. ``kinds`` are other kinds of match, by the kind
    of the row.
    """

    rows: QuerySet[Any]
    texts: Mapping[str, str]
    ref: str = ""
    path: str = ""
    trajectory: str = "trajectory"
    kinds: Mapping[str, str] = {}

    @property
    def search_text(self) -> str:
        """Return the path to the search text."""
        return f"{self.path}search_text"


#: What is searched besides the trajectory itself; of matches that are as good, the first is shown.
TABLES: Sequence[SearchedTable] = (
    SearchedTable(
        Contribution.objects.all(), {"summary": "contribution", "response": "answer", "theme": "contribution"}, "ref"
    ),
    SearchedTable(
        Document.objects.all(),
        {"title": "document", "version": "document", "case_number": "document_number", "external": "document"},
        "ref",
    ),
    SearchedTable(
        Step.objects.all(),
        {
            **dict.fromkeys(("title", "description", "effect_note", "room_reason", "note"), "step"),
            **dict.fromkeys(("place_name", "place_address", "reach_note", "items"), "step"),
            "case_number": "step_number",
        },
        "ref",
        kinds={"decision": "decision"},
    ),
    SearchedTable(
        Plan.objects.all(),
        {
            **dict.fromkeys(("room", "frameworks", "level_motivation"), "influence"),
            **dict.fromkeys(("support", "roles", "resources", "items", "scenarios_reason", "support_reason"), "plan"),
            **dict.fromkeys(("joint_start_reason", "neighbouring_areas_reason"), "plan"),
        },
    ),
    SearchedTable(
        Scenario.objects.all(),
        dict.fromkeys(("title", "description", "advantages", "disadvantages", "chosen_reason"), "scenario"),
        "ref",
    ),
    SearchedTable(
        Request.objects.filter(trajectory__isnull=False),
        {"summary": "request", "answer": "request_answer", "extension_reason": "request", "number": "request"},
        "ref",
    ),
    SearchedTable(
        Trajectory.motions.through.objects.all(),
        dict.fromkeys(
            ("motion__title", "motion__number", "motion__printed_as", "motion__dictum", "motion__owner"), "motion"
        ),
        "motion__number",
        "motion__",
    ),
    SearchedTable(
        PlanActor.objects.all(),
        {"organisation__name": "organisation"},
        path="organisation__",
        trajectory="plan__trajectory",
    ),
    SearchedTable(
        Trajectory.neighbourhoods.through.objects.all(),
        dict.fromkeys(("neighbourhood__name", "neighbourhood__district"), "neighbourhood"),
        path="neighbourhood__",
    ),
)
_OWN_COLUMNS = {"summary": "summary", "case_number": "case_number", "external": "external"}


def trajectories_matching(
    trajectories: QuerySet[Trajectory], text: str, roles: Mapping[str, str]
) -> QuerySet[Trajectory]:
    """Return the trajectories in which every word occurs, ignoring accents and case.

    Searched are the trajectory with its case number, ``TABLES``, and the label of the role of its contact. ``roles``
    maps each contact role to its label in the language of the user.
    """
    for word in folded_words(text):
        matching_roles = [role for role, label in roles.items() if word in fold(label)]
        own = Trajectory.objects.filter(Q(search_text__icontains=word) | Q(contact_role__in=matching_roles))
        # One subquery per table and word, not one per trajectory; the database materialises their union.
        related = (
            table.rows.filter(**{f"{table.search_text}__icontains": word}).order_by().values(table.trajectory)
            for table in TABLES
        )
        trajectories = trajectories.filter(pk__in=own.order_by().values("pk").union(*related))
    return trajectories


class _Candidate(NamedTuple):
    kind: str
    ref: str
    text: str
    folded: str

    def score(self, words: Collection[str]) -> int:
        """Return the number of these words that occur in it."""
        return sum(word in self.folded for word in words)


def search_matches(page: Collection[int], text: str, roles: Mapping[str, str]) -> dict[str, list[SearchMatch]]:
    """Return what matched in the trajectories with these keys, by slug; the number of queries is always the same.

    At most ``MAX_MATCHES`` of each, which together have the most words that are not in its title; none where the title
    has every word. ``page`` are keys of trajectories that the user may see, and ``roles`` as for
    ``trajectories_matching``.
    """
    words = folded_words(text)
    if not words:
        return {}
    candidates: dict[int, list[_Candidate]] = {pk: [] for pk in page}
    own = list(Trajectory.objects.filter(pk__in=page).values("pk", "slug", "title", "contact_role", *_OWN_COLUMNS))
    for row in own:
        candidates[row["pk"]] += _candidates(row, _OWN_COLUMNS, "")
    for table in TABLES:
        for row in _best_rows(table, page, words):
            texts = table.texts
            if kind := table.kinds.get(row.get("kind", "")):
                texts = dict.fromkeys(texts, kind)
            candidates[row[table.trajectory]] += _candidates(row, texts, row[table.ref] if table.ref else "")
    for row in own:
        if label := roles.get(row["contact_role"]):
            candidates[row["pk"]] += _candidates({"role": label}, {"role": "contact"}, "")
    return {row["slug"]: _best_matches(candidates[row["pk"]], fold(row["title"]), words) for row in own}


def _best_rows(table: SearchedTable, page: Collection[int], words: Sequence[str]) -> QuerySet[Any, Any]:
    """Return the rows that have the most of these words, at most ``MAX_MATCHES`` of each trajectory."""
    has_word = [Q(**{f"{table.search_text}__icontains": word}) for word in words]
    score = reduce(add, (Case(When(found, then=1), default=0, output_field=IntegerField()) for found in has_word))
    position = Window(RowNumber(), partition_by=[F(table.trajectory)], order_by=[score.desc(), F("pk").asc()])
    rows = table.rows.filter(reduce(or_, has_word), **{f"{table.trajectory}__in": page})
    best: QuerySet[Any, Any] = rows.annotate(match_position=position).filter(match_position__lte=MAX_MATCHES)
    columns: dict[str, None] = dict.fromkeys(
        (table.trajectory, *table.texts, *filter(None, (table.ref, "kind" if table.kinds else "")))
    )
    return best.order_by("match_position").values(*columns)


def _candidates(row: Mapping[str, Any], texts: Mapping[str, str], ref: str) -> Iterator[_Candidate]:
    for column, kind in texts.items():
        text = " – ".join(texts_in(row[column]))[:_MAX_TEXT_LENGTH]
        if text:
            yield _Candidate(kind, ref, text, fold(text))


def _best_matches(candidates: Sequence[_Candidate], title: str, words: Sequence[str]) -> list[SearchMatch]:
    found: list[SearchMatch] = []
    missing = [word for word in words if word not in title]
    while missing and len(found) < MAX_MATCHES:
        best = max(candidates, key=lambda candidate: candidate.score(missing), default=None)
        if best is None or not best.score(missing):
            break
        found.append(SearchMatch(best.kind, best.ref, excerpt(best.text, missing, words)))
        missing = [word for word in missing if word not in best.folded]
    return found
