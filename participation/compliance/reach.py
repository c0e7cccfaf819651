"""Who was reached, as it may be published: counts under five are not to be read, nor to be found by subtracting.

Every publisher uses ``published_reach``. What is recorded stays exact, for those who work for the municipality.

A list of groups or neighbourhoods may or may not add up to the total. A reader who thinks that it does, subtracts. So
where the total less the counts that are shown lies within what the hidden counts may add up to, the total is left out:
it follows from what is shown, as a range, and nothing more. Both lists may be of the same people: where their sums may
be equal, the counts of the shorter list are left out as well. Which list that is, is seen from the number of rows, not
from their counts: else that choice would say what they are. Sums over several steps are made of published counts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .small_counts import is_small, possible_sums


class PublishedCount(NamedTuple):
    """How many of one group or neighbourhood; ``number`` is None if it was not counted or is not published.

    ``is_small`` is whether it is fewer than five; ``is_left_out`` whether another count could be found from it.
    """

    key: str
    number: int | None
    is_small: bool = False
    is_left_out: bool = False


class PublishedReach(NamedTuple):
    """Who was reached by a step, as it may be published.

    ``total`` is None if it was not counted or is not published; then it is small, or within ``bounds``.
    """

    total: int | None
    total_is_small: bool
    bounds: tuple[int, int] | None
    groups: tuple[PublishedCount, ...]
    neighbourhoods: tuple[PublishedCount, ...]


def published_reach(
    total: int | None, groups: Sequence[Mapping[str, Any]], neighbourhoods: Sequence[Mapping[str, Any]]
) -> PublishedReach:
    """Return what may be published of the columns of a step with these names."""
    of_groups, of_places = _without_equal_sums(_published(groups, "group"), _published(neighbourhoods, "slug"))
    for rows in (of_groups, of_places):
        bounds = _total_bounds(rows)
        if total is not None and bounds and bounds[0] <= total <= bounds[1]:
            is_few = is_small(bounds[1])
            return PublishedReach(None, is_few, None if is_few else bounds, of_groups, of_places)
    if total is not None and is_small(total):
        # More than a few of one group within so few people: only that nobody was reached can be right.
        return PublishedReach(None, True, None, _uncounted(of_groups), _uncounted(of_places))
    return PublishedReach(total, False, None, of_groups, of_places)


class ReachSum(NamedTuple):
    """How many of one group or neighbourhood were reached by several steps, made of what each may publish.

    ``number`` is the sum of the published numbers. ``more`` is whether others were reached that are not in it: fewer
    than five at a time, or not counted.
    """

    key: str
    number: int
    more: bool

    @property
    def is_reached(self) -> bool:
        """Return whether anybody was reached."""
        return bool(self.number or self.more)


def summed_counts(rows: Iterable[PublishedCount]) -> dict[str, ReachSum]:
    """Return the sums by key; capitals and spaces make no difference, and the first way of writing is kept."""
    found: dict[str, ReachSum] = {}
    for row in rows:
        before = found.get(folded(row.key), ReachSum(row.key, 0, False))
        found[folded(row.key)] = before._replace(
            number=before.number + (row.number or 0), more=before.more or row.number is None
        )
    return found


class CountAboveTotal(NamedTuple):
    """A number that cannot be, as it is above the total: its column, which row of it, its key and the number."""

    column: str
    row: int
    key: str
    number: int


def counts_above_total(columns: Mapping[str, Any]) -> Iterator[CountAboveTotal]:
    """Yield the counts of these columns of a step that are above its total.

    A sum may be: people are in several groups, and a district has the people of its neighbourhoods in it.
    """
    total = columns.get("reach_total")
    if total is None:
        return
    for column, key in (("reach_groups", "group"), ("reach_neighbourhoods", "slug")):
        for index, row in enumerate(columns.get(column) or ()):
            if (count := row.get("count")) is not None and count > total:
                yield CountAboveTotal(column, index, str(row.get(key) or ""), count)


def folded(group: str) -> str:
    """Return the name of a group as it is compared."""
    return " ".join(group.split()).casefold()


def published_columns(columns: Mapping[str, Any], *, with_counts: bool = True) -> dict[str, Any]:
    """Return the columns of a step about reach, as far as they are given, with None for what is not published.

    Without ``with_counts`` there are no numbers but nought: earlier versions side by side tell more than each, such as
    a total before the groups of which it turns out to be the sum. All three columns are needed to know what may be
    published of the total.
    """
    reach = published_reach(
        columns["reach_total"], columns["reach_groups"] or (), columns["reach_neighbourhoods"] or ()
    )

    def rows(key: str, counts: Sequence[PublishedCount]) -> list[dict[str, Any]]:
        return [{key: row.key, "count": row.number if with_counts or row.number == 0 else None} for row in counts]

    return {
        "reach_total": reach.total if with_counts or reach.total == 0 else None,
        "reach_groups": rows("group", reach.groups),
        "reach_neighbourhoods": rows("slug", reach.neighbourhoods),
    }


def published_record(record: Mapping[str, Any], *, with_counts: bool = True) -> dict[str, Any]:
    """Return the record of a step as in a dossier, with what may be published of its reach."""
    reach = record.get("reach")
    if not reach:
        return dict(record)
    columns = {
        "reach_total": reach.get("total"),
        "reach_groups": reach.get("groups") or (),
        "reach_neighbourhoods": reach.get("neighbourhoods") or (),
    }
    shown = published_columns(columns, with_counts=with_counts)
    found = {key: shown.get(f"reach_{key}", value) if value else value for key, value in reach.items()}
    return {**record, "reach": found}


def _published(rows: Sequence[Mapping[str, Any]], key: str) -> tuple[PublishedCount, ...]:
    found = []
    for row in rows:
        count = row.get("count")
        small = count is not None and is_small(count)
        found.append(PublishedCount(str(row.get(key) or ""), None if small else count, is_small=small))
    return tuple(found)


def _without_equal_sums(
    groups: tuple[PublishedCount, ...], neighbourhoods: tuple[PublishedCount, ...]
) -> tuple[tuple[PublishedCount, ...], tuple[PublishedCount, ...]]:
    """Return both lists, one of them without counts where the sum of one could tell what the other hides."""
    sums, other = _possible_sums(groups), _possible_sums(neighbourhoods)
    hides = any(row.is_small for row in (*groups, *neighbourhoods))
    if not (hides and sums and other and sums[0] <= other[1] and other[0] <= sums[1]):
        return groups, neighbourhoods
    if sum(map(_shows, groups)) < sum(map(_shows, neighbourhoods)):
        return _left_out(groups), neighbourhoods
    return groups, _left_out(neighbourhoods)


def _left_out(rows: Iterable[PublishedCount]) -> tuple[PublishedCount, ...]:
    return tuple(PublishedCount(row.key, None, is_left_out=True) if _shows(row) else row for row in rows)


def _total_bounds(rows: Sequence[PublishedCount]) -> tuple[int, int] | None:
    """Return the totals from which a hidden count of these rows could be found; None where none is hidden.

    Where every count is hidden, these include all totals under five: so few people make every count small, and their
    total says how many there are of each where there are as many rows.
    """
    bounds = _possible_sums(rows) if any(row.is_small for row in rows) else None
    return (1, bounds[1]) if bounds and not any(row.number for row in rows) else bounds


def _shows(row: PublishedCount) -> bool:
    return row.is_small or bool(row.number)


def _uncounted(rows: Sequence[PublishedCount]) -> tuple[PublishedCount, ...]:
    """Return only the rows of which nobody was reached."""
    return tuple(row for row in rows if row.number == 0)


def _possible_sums(rows: Sequence[PublishedCount]) -> tuple[int, int] | None:
    """Return the lowest and highest that these may add up to, None where nothing was counted."""
    if not any(_shows(row) for row in rows):
        return None
    return possible_sums(sum(row.number or 0 for row in rows), sum(row.is_small for row in rows))
