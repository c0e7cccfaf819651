"""Taking in a long sheet of contributions: as many rows as there are, a part at a time, all of them or none."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import NamedTuple

from django.utils.translation import gettext as _

from participation.compliance.rulebook import Rulebook
from participation.exchange.sheets.reading import Row
from participation.models import Contribution, Entry, Trajectory, User

from .assessment import uncollected
from .contributions_sheet import Proposer
from .recording import Recorder, next_ref, recording

#: So many rows are made and written at a time.
PART = 2_000


class TakenIn(NamedTuple):
    """How many rows were recorded, changed, there already, or said otherwise than what is there; and the entry."""

    added: int
    changed: int
    there: int
    different: int
    wrong: int
    entry: Entry | None


class RowsWrong(Exception):
    """Rows cannot be recorded as they stand, so nothing is; ``found`` counts them. Each was told before."""

    def __init__(self, found: TakenIn) -> None:
        super().__init__(found)
        self.found = found


def take_in(
    by: User | None,
    trajectory: Trajectory,
    rows: Iterable[Row],
    proposer: Proposer,
    tell: Callable[[int, str], None],
    *,
    changes: bool = False,
    rulebook: Rulebook,
    today: date,
    now: datetime,
) -> TakenIn:
    """Record these rows as one entry, and return what became of them. Without ``by`` nothing is recorded.

    ``tell`` is called with the number of a row and what is wrong with it. ``changes`` takes over what the sheet says
    otherwise than what is there. Raises RowsWrong where a row is not right, ValidationError where one is not sound,
    and what reading the rows raises: then nothing is stored.
    """
    if by is None:
        return _through(trajectory, rows, proposer, tell, changes, None)
    about = _("contributions from a sheet")
    with recording(by, trajectory, "added", about=about, rulebook=rulebook, today=today, now=now) as recorder:
        found = _through(trajectory, rows, proposer, tell, changes, recorder)
        if found.wrong:
            raise RowsWrong(found)
    return found._replace(entry=recorder.entry)


def _through(
    trajectory: Trajectory,
    rows: Iterable[Row],
    proposer: Proposer,
    tell: Callable[[int, str], None],
    changes: bool,
    recorder: Recorder | None,
) -> TakenIn:
    added = changed = there = different = wrong = 0
    number = int(next_ref(trajectory, "c")[1:])
    for part in _parts(rows):
        # Once a part: ten thousand rows that are kept would be walked again and again.
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


def _parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    following = iter(rows)
    while part := list(islice(following, PART)):
        yield part
