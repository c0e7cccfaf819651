"""What is recorded of one trajectory, searched; every table is read once, however much it has."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from participation.models import Contribution, Document, Plan, Request, Scenario, Step, Trajectory
from participation.models.searching import SearchTextField, fold, texts_in
from participation.selectors.searching import folded_words, rows_matching

#: Maximum number of rows found in a table: who finds more adds a word.
MAX_FOUND = 8
#: The columns of each table that the pages of a trajectory show, the most telling first.
SEARCHED_COLUMNS: Mapping[Any, Sequence[str]] = {
    Contribution: ("summary", "theme", "response"),
    Step: ("title", "description", "note", "place_name", "place_address", "effect_note", "room_reason"),
    Document: ("title", "case_number", "external"),
    Plan: ("room", "frameworks", "level_motivation", "target_groups", "silent_interests"),
    Scenario: ("title", "description", "advantages", "disadvantages", "chosen_reason"),
    Request: ("summary", "answer", "extension_reason"),
}


class FoundRows(NamedTuple):
    """The first rows of a table in which every word occurs, and whether there are more."""

    model: Any
    rows: list[Any]
    has_more: bool


def content_matching(trajectory: Trajectory, text: str) -> list[FoundRows]:
    """Return the rows of the trajectory in which every word of the text occurs, by table; none without words."""
    words = folded_words(text)
    if not words:
        return []
    found = []
    for model in SEARCHED_COLUMNS:
        rows = _matching(model, trajectory, text, words)
        if rows:
            found.append(FoundRows(model, rows[:MAX_FOUND], len(rows) > MAX_FOUND))
    return found


def best_text(row: Any, words: Sequence[str]) -> str:
    """Return the first text of the row in which one of these folded words occurs, or else its first text."""
    texts = _texts_of(row)
    return next((text for text in texts if any(word in fold(text) for word in words)), texts[0] if texts else "")


def _texts_of(row: Any) -> list[str]:
    columns = SEARCHED_COLUMNS[type(row)]
    return [text for column in columns if (text := " – ".join(texts_in(getattr(row, column))))]


def _matching(model: Any, trajectory: Trajectory, text: str, words: Sequence[str]) -> list[Any]:
    """Return at most one row more than ``MAX_FOUND``."""
    rows = model.objects.filter(trajectory=trajectory).order_by("pk")
    if any(isinstance(field, SearchTextField) for field in model._meta.fields):
        return list(rows_matching(rows, text)[: MAX_FOUND + 1])
    found = []
    for row in rows.iterator():
        folded = fold(" ".join(_texts_of(row)))
        if all(word in folded for word in words):
            found.append(row)
            if len(found) > MAX_FOUND:
                break
    return found
