"""Importing a long sheet of contributions in the background: all rows or none, once, with its progress in a row.

Reading and checking hold no transaction, so that progress can be seen and nobody waits. Everything is inserted in one
transaction that also settles the import: an import whose worker died is done again from the start, and never twice.
What was recorded in one action of as many rows is undone in the same way.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import F, Model, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from participation.compliance.rulebooks import Rulebooks
from participation.interchange.go_vocal import export as go_vocal
from participation.interchange.sheets.reading import (
    MAX_LONG_BYTES,
    MAX_LONG_ROWS,
    Sheet,
    SheetError,
    read_long_sheet,
)
from participation.models import Changeset, Contribution, ContributionImport, Step, Trajectory, User
from participation.models.contribution_imports import IMPORT_COUNTS
from participation.presentation.values import column_name
from participation.selectors.changes.changesets import changesets_undoable_by
from participation.services.assessment import gc_disabled
from participation.services.batches import batches
from participation.services.changes.changesets import columns_not_validated
from participation.services.changes.undo import CannotUndo, check_rows, check_verb, rows_of, undo
from participation.services.outbox_rows import LEASE, UNCLAIMED, backoff, is_due
from participation.services.uploads import delete_upload, stored_upload

from .outcomes import record_contributions
from .sheet_preview import KNOWN_HEADINGS, Defaults, ProposedContribution, Proposer, detect_columns

#: Number of rows that are checked between two writes of the progress.
BATCH_SIZE = 2_000
#: Maximum number of rows of a changeset that a request undoes: 10,000 take two seconds of both processors.
MAX_UNDONE_IN_REQUEST = 5_000
#: Maximum number of problems and of remarks that are kept, in the order of the rows.
MAX_LISTED = 50
#: Maximum number of attempts, including those in which the worker died.
MAX_ATTEMPTS = 3

log = logging.getLogger("leidraad.jobs")


def request_import(
    file: "File[bytes]", by: User, trajectory: Trajectory, defaults: Defaults, now: datetime
) -> ContributionImport:
    """Store this file, and return its import, which waits for a worker.

    Raises ValidationError where the file is of another type or too large, and where another import of this trajectory
    has not ended yet.
    """
    if _has_open_import(trajectory):
        raise ValidationError(_still_running())
    try:
        with stored_upload(file, by, now, MAX_LONG_BYTES) as upload:
            return ContributionImport.objects.create(
                trajectory=trajectory,
                by=by,
                upload=upload,
                step=defaults.step.ref if defaults.step else "",
                party=defaults.party,
                received_on=defaults.received_on,
                created_at=now,
                not_before=now,
            )
    except IntegrityError:
        # Another request was first.
        if _has_open_import(trajectory):
            raise ValidationError(_still_running()) from None
        raise


def is_long_undo(changeset: Changeset) -> bool:
    """Return whether a changeset is undone in the background: it has too many rows for a request."""
    return changeset.trajectory is not None and len(changeset.row_changes) > MAX_UNDONE_IN_REQUEST


def request_undo(changeset: Changeset, by: User, now: datetime) -> ContributionImport:
    """Return the undo of this changeset, which waits for a worker: the same one, however often it is asked for.

    The caller has checked that this user may undo it. Raises CannotUndo where it cannot be undone any more, and while
    an import or another undo of the trajectory has not ended yet; LookupError where it is of no trajectory.
    """
    check_verb(changeset)
    if changeset.trajectory is None:
        raise LookupError("Only what was recorded in a trajectory is undone in the background.")
    waiting = ContributionImport.objects.filter(undoes=changeset, settled_at__isnull=True)
    try:
        with transaction.atomic():
            return waiting.first() or ContributionImport.objects.create(
                trajectory=changeset.trajectory, by=by, undoes=changeset, created_at=now, not_before=now
            )
    except IntegrityError:
        # Another import of the trajectory, or the same request at the same moment.
        if (found := waiting.first()) is not None:
            return found
        raise CannotUndo(_still_running()) from None


def _has_open_import(trajectory: Trajectory) -> bool:
    return ContributionImport.objects.filter(trajectory=trajectory, settled_at__isnull=True).exists()


def _still_running() -> str:
    return _("An import or an undo for this trajectory has not ended yet. Wait until it has, and then try again.")


def due_imports(now: datetime) -> list[int]:
    """Return the keys of the imports that a worker may begin."""
    due = ContributionImport.objects.filter(is_due(now), settled_at__isnull=True)
    return list(due.order_by("pk").values_list("pk", flat=True))


def run_import(pk: int, rulebooks: Rulebooks, clock: Callable[[], datetime]) -> None:
    """Do this import or undo, unless it is done or another worker is doing it.

    A failed one is tried again later, and refused after ``MAX_ATTEMPTS``. Raises OperationalError and InterfaceError:
    nothing can be recorded then, and the claim expires by itself.
    """
    now, claim = clock(), uuid4().hex
    due = ContributionImport.objects.filter(is_due(now), pk=pk, settled_at__isnull=True)
    if not due.update(claimed_by=claim, claimed_until=now + LEASE, attempts=F("attempts") + 1):
        return
    claimed = ContributionImport.objects.filter(pk=pk, claimed_by=claim, settled_at__isnull=True)
    row = claimed.select_related("trajectory", "by", "upload", "undoes__trajectory").get()
    # The user reads the result: it is written in their language.
    with translation.override(row.by.language):
        try:
            _attempt(_Work(row, claimed, clock), rulebooks)
        except _ClaimLost:
            log.warning("import lost its claim", extra={"contribution_import": pk})


def run_due_imports(rulebooks: Rulebooks, clock: Callable[[], datetime]) -> None:
    """Do all imports that wait, one after another, where no worker does them: in the demonstration."""
    for pk in due_imports(clock()):
        run_import(pk, rulebooks, clock)


class _Refused(Exception):
    """Raised where an import is refused as a whole; the message has the reason and the remedy."""


class _ClaimLost(Exception):
    """Raised where the claim of this worker expired, and another worker has the import by now."""


class _Work(NamedTuple):
    """An import that this worker does: its row, the rows that it may change as long as the claim holds, the clock."""

    row: ContributionImport
    claimed: QuerySet[ContributionImport]
    clock: Callable[[], datetime]


class _Checked(NamedTuple):
    """What the rows of a sheet became: the new contributions, and what there is to say."""

    new: list[Contribution]
    counts: dict[str, int]
    problems: list[tuple[int, str]]
    notes: list[tuple[int, str]]

    @property
    def columns(self) -> dict[str, Any]:
        """Return the columns of the import that show this."""
        return {"counts": self.counts, "problems": self.problems, "notes": self.notes}


def _attempt(work: _Work, rulebooks: Rulebooks) -> None:
    row, claimed, clock = work
    try:
        if row.attempts > MAX_ATTEMPTS:
            raise _Refused(_failed_message())
        if row.undoes is None:
            _import(work, rulebooks)
        else:
            _undo(work, row.undoes, rulebooks)
    except (SheetError, ValidationError, CannotUndo, _Refused) as error:
        reason = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
        _settle(row, claimed, clock(), reason=reason)
    except (_ClaimLost, OperationalError, InterfaceError):
        raise
    except Exception:  # an import that fails must not stay claimed
        log.exception("import failed", extra={"contribution_import": row.pk})
        if row.attempts < MAX_ATTEMPTS:
            claimed.update(not_before=clock() + backoff(row.attempts), **UNCLAIMED)
        else:
            _settle(row, claimed, clock(), reason=_failed_message())


def _failed_message() -> str:
    return _("Something went wrong on our side, more than once. Try again, or ask the administrator of Leidraad.")


def _import(work: _Work, rulebooks: Rulebooks) -> None:
    row, claimed, clock = work
    if not Trajectory.objects.editable_by(row.by).filter(pk=row.trajectory_id).exists():
        raise _Refused(_("You may not change this trajectory any more, so nothing was recorded."))
    sheet = _read_sheet(row)
    _update(claimed, total=len(sheet.rows), checked=0, claimed_until=clock() + LEASE)
    checked = _check(work, sheet)
    if checked.counts["invalid"]:
        _settle(row, claimed, clock(), **checked.columns)
        return
    now = clock()
    with transaction.atomic():
        _lock(claimed)
        changeset = record_contributions(
            row.by,
            row.trajectory,
            checked.new,
            are_validated=True,
            rulebooks=rulebooks,
            today=timezone.localdate(now),
            now=now,
        )
        added = len(changeset.row_changes) if changeset else 0
        # Those with a ref that somebody else recorded since they were checked.
        checked.counts["unchanged"] += len(checked.new) - added
        checked.counts["added"] = added
        _settle(row, claimed, now, changeset=changeset, **checked.columns)


def _undo(work: _Work, changeset: Changeset, rulebooks: Rulebooks) -> None:
    """Undo a changeset as a request does, if who asked may still do so; its rows are checked first, with progress."""
    row, claimed, clock = work
    if not changesets_undoable_by(Changeset.objects.filter(pk=changeset.pk), row.by).exists():
        raise _Refused(_("You may not undo this any more, so nothing was undone."))
    check_verb(changeset)
    _update(claimed, total=len(rows_of(changeset)), checked=0, claimed_until=clock() + LEASE)
    for checked in check_rows(changeset):
        _update(claimed, checked=checked, claimed_until=clock() + LEASE)
    now = clock()
    with transaction.atomic():
        _lock(claimed)
        undoing = undo(changeset, row.by, rulebooks=rulebooks, today=timezone.localdate(now), now=now)
        _settle(row, claimed, now, changeset=undoing)


def _lock(claimed: QuerySet[ContributionImport]) -> None:
    """Lock the import until the end of the transaction. Raises _ClaimLost where another worker has it by now.

    A worker that takes over an expired claim waits here, and finds the import settled.
    """
    if not claimed.select_for_update().values_list("pk").first():
        raise _ClaimLost


def _read_sheet(row: ContributionImport) -> Sheet:
    """Return the sheet, of an export of Go Vocal in our own columns. Raises SheetError, and _Refused without a file."""
    if row.upload is None:
        raise _Refused(_failed_message())
    with row.upload.file.open("rb") as file:
        content = file.read()
    sheet = read_long_sheet(row.upload.name, content, KNOWN_HEADINGS | go_vocal.KNOWN_HEADINGS)
    if not go_vocal.is_export(sheet):
        return sheet
    converted = go_vocal.convert_export(sheet)
    if len(converted.rows) > MAX_LONG_ROWS:
        message = _("This export becomes more than %(most)s contributions. Upload it in parts.")
        raise SheetError(message % {"most": MAX_LONG_ROWS})
    return converted


def _check(work: _Work, sheet: Sheet) -> _Checked:
    """Return what each row would become. Writes the progress after each batch, in a transaction of its own."""
    row, claimed, clock = work
    found = _Checked([], dict.fromkeys(IMPORT_COUNTS, 0), [], [(0, note) for note in sheet.notes])
    step = Step.objects.filter(trajectory=row.trajectory_id, ref=row.step).first() if row.step else None
    columns = detect_columns(sheet)
    if "summary" not in columns:
        raise _Refused(_("No column has the contributions. Write “Inbreng” above it, and upload the file again."))
    proposer = Proposer(
        columns, row.trajectory, Defaults(step, row.party, row.received_on), timezone.localdate(row.created_at)
    )
    unvalidated = columns_not_validated(Contribution) | {"id"}
    done = 0
    for batch in batches(sheet.rows, BATCH_SIZE):
        # Per batch: the collector would otherwise walk all rows that are kept, again and again.
        with gc_disabled():
            for proposal in proposer.propose(batch):
                _add(found, proposal, unvalidated)
        done += len(batch)
        _update(claimed, checked=done, claimed_until=clock() + LEASE)
    return found


def _add(found: _Checked, proposal: ProposedContribution, unvalidated: set[str]) -> None:
    is_new = not (proposal.difference or proposal.is_duplicate)
    problems = proposal.problems or (_column_problems(proposal.contribution, unvalidated) if is_new else ())
    if problems:
        found.counts["invalid"] += 1
        if len(found.problems) < MAX_LISTED:
            found.problems.append((proposal.number, " ".join(problems)))
        return
    if proposal.difference:
        found.counts["different"] += 1
    elif proposal.is_duplicate:
        found.counts["unchanged"] += 1
    else:
        # Of an invalid sheet nothing is recorded: what it would become need not be kept.
        if not found.counts["invalid"]:
            found.new.append(proposal.contribution)
        if proposal.notes:
            found.counts["noted"] += 1
            if len(found.notes) < MAX_LISTED:
                found.notes.append((proposal.number, " ".join(proposal.notes)))


def _column_problems(contribution: Contribution, unvalidated: set[str]) -> list[str]:
    """Return the problems that saving it would raise; what rows say of each other was checked before."""
    try:
        # A contribution without a ref gets one when it is recorded.
        Model.clean_fields(contribution, exclude=unvalidated if contribution.ref else unvalidated | {"ref"})
    except ValidationError as error:
        found: Any = error.message_dict.items()
        return [f"{column_name(Contribution, name)}: {message}" for name, messages in found for message in messages]
    return []


def _update(claimed: QuerySet[ContributionImport], **columns: Any) -> None:
    """Write these columns of the import. Raises _ClaimLost where another worker has it by now."""
    if not claimed.update(**columns):
        raise _ClaimLost


def _settle(row: ContributionImport, claimed: QuerySet[ContributionImport], now: datetime, **columns: Any) -> None:
    """Store the result of the import, and delete its file. Raises _ClaimLost where another worker has it by now."""
    with transaction.atomic():
        _update(claimed, settled_at=now, upload=None, **columns, **UNCLAIMED)
        if row.upload is not None:
            delete_upload(row.upload)
    log.info(
        "import ended",
        extra={"contribution_import": row.pk, "counts": columns.get("counts", {}), "recorded": "changeset" in columns},
    )
