"""Importing long sheets of contributions: streamed in batches, all rows or none."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from participation.compliance.rulebooks import Rulebooks
from participation.interchange.sheets.reading import SheetRow
from participation.models import Changeset, Contribution, Trajectory, User
from participation.services.assessment import gc_disabled
from participation.services.batches import batches
from participation.services.changes.changesets import ChangesetWriter, next_ref, record_changeset

from .sheet_preview import Proposer

#: Number of rows built and written per batch.
BATCH_SIZE = 2_000


class BulkImportResult(NamedTuple):
    """Counts of the rows added, changed, unchanged, different (and not changed) and invalid; and the changeset."""

    added: int
    changed: int
    unchanged: int
    different: int
    invalid: int
    changeset: Changeset | None


class InvalidRows(Exception):
    """Raised where rows are invalid and nothing is recorded; ``found`` has the counts. Each row was reported before."""

    def __init__(self, found: BulkImportResult) -> None:
        super().__init__(found)
        self.found = found


def import_contributions(
    by: User | None,
    trajectory: Trajectory,
    rows: Iterable[SheetRow],
    proposer: Proposer,
    report_problem: Callable[[int, str], None],
    *,
    update_existing: bool = False,
    rulebooks: Rulebooks,
    today: date,
    now: datetime,
) -> BulkImportResult:
    """Record these rows as one changeset, and return the counts. Without ``by`` it is a dry run.

    ``report_problem`` is called with the number of each invalid row and its problem. With ``update_existing``, rows
    that differ from what is stored are updated. Raises InvalidRows where a row is invalid, ValidationError from saving,
    and whatever reading the rows raises: then nothing is stored.
    """
    if by is None:
        return _import_batches(trajectory, rows, proposer, report_problem, update_existing, None)
    about = _("contributions from a sheet")
    with record_changeset(by, trajectory, "added", about=about, rulebooks=rulebooks, today=today, now=now) as recorder:
        found = _import_batches(trajectory, rows, proposer, report_problem, update_existing, recorder)
        if found.invalid:
            raise InvalidRows(found)
    return found._replace(changeset=recorder.changeset)


def _import_batches(
    trajectory: Trajectory,
    rows: Iterable[SheetRow],
    proposer: Proposer,
    report_problem: Callable[[int, str], None],
    update_existing: bool,
    recorder: ChangesetWriter | None,
) -> BulkImportResult:
    added = changed = unchanged = different = invalid = 0
    number = int(next_ref(trajectory, "c")[1:])
    for batch in batches(rows, BATCH_SIZE):
        # Per batch: the collector would otherwise walk all rows that are kept, again and again.
        with gc_disabled():
            new: list[Contribution] = []
            changed_rows: list[Contribution] = []
            for proposal in proposer.propose(batch):
                if proposal.problems:
                    invalid += 1
                    report_problem(proposal.number, " ".join(proposal.problems))
                elif proposal.difference and update_existing:
                    changed_rows.append(proposal.difference.contribution)
                elif proposal.difference:
                    different += 1
                elif proposal.is_duplicate:
                    unchanged += 1
                else:
                    number += not proposal.contribution.ref
                    proposal.contribution.ref = proposal.contribution.ref or f"c{number - 1}"
                    new.append(proposal.contribution)
            added, changed = added + len(new), changed + len(changed_rows)
            if recorder and not invalid:
                recorder.save_all(new)
                recorder.save_all(changed_rows)
    return BulkImportResult(added, changed, unchanged, different, invalid, None)
