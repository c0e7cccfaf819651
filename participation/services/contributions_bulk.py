"""Importing long sheets of contributions: streamed in batches, all rows or none."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import NamedTuple

from django.utils.translation import gettext as _

from participation.compliance.rulebook import Rulebook
from participation.exchange.sheets.reading import SheetRow
from participation.models import Changeset, Contribution, Trajectory, User

from .assessment import uncollected
from .changesets import ChangesetWriter, next_ref, recording
from .contributions_sheet import Proposer

#: Number of rows built and written per batch.
PART = 2_000


class TakenIn(NamedTuple):
    """Counts of the rows added, changed, unchanged, different (and not changed) and invalid; and the changeset."""

    added: int
    changed: int
    there: int
    different: int
    wrong: int
    changeset: Changeset | None


class RowsWrong(Exception):
    """Raised where rows are invalid and nothing is recorded; ``found`` has the counts. Each row was reported before."""

    def __init__(self, found: TakenIn) -> None:
        super().__init__(found)
        self.found = found


def take_in(
    by: User | None,
    trajectory: Trajectory,
    rows: Iterable[SheetRow],
    proposer: Proposer,
    tell: Callable[[int, str], None],
    *,
    changes: bool = False,
    rulebook: Rulebook,
    today: date,
    now: datetime,
) -> TakenIn:
    """Record these rows as one changeset, and return the counts. Without ``by`` it is a dry run.

    ``tell`` is called with the number of each invalid row and its problem. With ``changes``, rows that differ from what
    is stored are updated. Raises RowsWrong where a row is invalid, ValidationError from saving, and whatever reading
    the rows raises: then nothing is stored.
    """
    if by is None:
        return _through(trajectory, rows, proposer, tell, changes, None)
    about = _("contributions from a sheet")
    with recording(by, trajectory, "added", about=about, rulebook=rulebook, today=today, now=now) as recorder:
        found = _through(trajectory, rows, proposer, tell, changes, recorder)
        if found.wrong:
            raise RowsWrong(found)
    return found._replace(changeset=recorder.changeset)


def _through(
    trajectory: Trajectory,
    rows: Iterable[SheetRow],
    proposer: Proposer,
    tell: Callable[[int, str], None],
    changes: bool,
    recorder: ChangesetWriter | None,
) -> TakenIn:
    added = changed = there = different = wrong = 0
    number = int(next_ref(trajectory, "c")[1:])
    for part in _parts(rows):
        # Per batch: the collector would otherwise walk all rows that are kept, again and again.
        with uncollected():
            new: list[Contribution] = []
            other: list[Contribution] = []
            for one in proposer.propose(part):
                if one.problems:
                    wrong += 1
                    tell(one.number, " ".join(one.problems))
                elif one.difference and changes:
                    other.append(one.difference.contribution)
                elif one.difference:
                    different += 1
                elif one.double:
                    there += 1
                else:
                    number += not one.contribution.ref
                    one.contribution.ref = one.contribution.ref or f"c{number - 1}"
                    new.append(one.contribution)
            added, changed = added + len(new), changed + len(other)
            if recorder and not wrong:
                recorder.save_all(new)
                recorder.save_all(other)
    return TakenIn(added, changed, there, different, wrong, None)


def _parts(rows: Iterable[SheetRow]) -> Iterator[list[SheetRow]]:
    following = iter(rows)
    while part := list(islice(following, PART)):
        yield part
