"""Importing motions and commitments from a file, with a preview first, in one transaction.

An import adds and changes, but never removes data: values that the file leaves out are kept, and so is a date that is
recorded more precisely. Importing the same file again changes nothing.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from participation.compliance.dates import ImpreciseDate
from participation.dossier.errors import DossierError, Problem, sort_problems
from participation.dossier.motion_number import normalize_number
from participation.interchange.register.values import ParsedRegister
from participation.models import Changeset, Commitment, Motion, ProgressReport
from participation.models.fields import ImpreciseDateField
from participation.selectors.dossiers.field_mapping import RECORD_KEYS, to_column
from participation.services.assessment import CHUNK_SIZE, reassess
from participation.services.changes.changesets import ChangesetWriter, StaleVersion, WriteContext

MODELS: Mapping[str, Any] = {"motions": Motion, "commitments": Commitment}
OWNER_TYPES: Mapping[str, str] = {"motions": "motion", "commitments": "commitment"}
#: List columns, to which an import only adds.
_LIST_COLUMNS = ("also_printed_as", "made_to", "rules")
#: Columns that are not compared: the identity of a row, and its reports.
_IDENTITY_COLUMNS = ("number", "printed_as", "reports")


class RegisterDifference(NamedTuple):
    """A column in which the file differs from what is recorded."""

    column: str
    old: Any
    new: Any


class Proposal(NamedTuple):
    """Preview of one row of the file: the motion or commitment as it would become, unsaved, and its differences."""

    section: str
    location: str
    row: Any
    new: bool
    differences: tuple[RegisterDifference, ...]
    reports: tuple[ProgressReport, ...]

    @property
    def key(self) -> str:
        """Return the key by which a user can leave this row out."""
        return f"{self.section}:{self.row.number}"

    @property
    def changes(self) -> bool:
        """Return whether there is anything to record."""
        return self.new or bool(self.differences or self.reports)


class Proposals(NamedTuple):
    """Preview of a whole file; it cannot be imported while there are problems."""

    rows: tuple[Proposal, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]

    @property
    def new(self) -> list[Proposal]:
        """Return the rows to add."""
        return [row for row in self.rows if row.new]

    @property
    def changed(self) -> list[Proposal]:
        """Return the rows to change."""
        return [row for row in self.rows if row.changes and not row.new]

    @property
    def same(self) -> int:
        """Return the number of rows that stay the same."""
        return sum(not row.changes for row in self.rows)

    @property
    def fingerprint(self) -> str:
        """Return a checksum of the changes, which also differs where the register was changed meanwhile."""
        values = [
            [
                row.key,
                row.new,
                [[d.column, _fingerprint_value(d.old), _fingerprint_value(d.new)] for d in row.differences],
                _fingerprint_reports(row),
            ]
            for row in self.rows
            if row.changes
        ]
        return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:32]


class RegisterRecorded(NamedTuple):
    """Result of an import: counts of rows added and changed and of reports, and a changeset for each row."""

    added: int
    changed: int
    reports: int
    changesets: tuple[Changeset, ...]


def proposals(read: ParsedRegister, *, lock: bool = False) -> Proposals:
    """Return what importing this file would change; nothing is written.

    With ``lock``, inside a transaction, the existing rows are locked until it ends.
    """
    rows: list[Proposal] = []
    problems = list(read.problems)
    for section, model in MODELS.items():
        wanted = read.document.get(section) or []
        locations = read.locations.get(section, ())
        stored = _Stored(section, [row["number"] for row in wanted], lock)
        seen: dict[int, tuple[str, str]] = {}
        for record, location in zip(wanted, locations, strict=True):
            row = stored.find(record["number"])
            if row is not None and row.pk in seen:
                other, number = seen[row.pk]
                # A number that occurs twice in the file was already reported when it was read.
                if stored.key(record["number"]) != stored.key(number):
                    reason = _("This is the same as what stands in %(place)s: both numbers are of %(number)s.")
                    values = {"place": other, "number": row.number}
                    problems.append(Problem(location, reason % values, _("Make the two one, or correct the number.")))
                continue
            if row is not None:
                seen[row.pk] = (location, record["number"])
            proposal = _proposal(section, model, location, record, row, stored)
            problems += _model_problems(proposal)
            rows.append(proposal)
    return Proposals(tuple(rows), tuple(sort_problems(problems)), read.notes)


def import_rows(
    read: ParsedRegister,
    write_context: WriteContext,
    *,
    expected_fingerprint: str | None = None,
    left_out: Collection[str] = (),
    as_system: bool = False,
) -> RegisterRecorded:
    """Import this file in one transaction, and assess the result.

    ``expected_fingerprint`` is the fingerprint of the preview: raises StaleVersion where the register was changed
    since. ``left_out`` are the keys of rows not to import. Each motion and commitment gets a changeset that can be
    undone, unless the import is ``as_system``. Raises DossierError where the file has problems.
    """
    try:
        with transaction.atomic():
            found = proposals(read, lock=True)
            if found.problems:
                raise DossierError(found.problems)
            if expected_fingerprint is not None and found.fingerprint != expected_fingerprint:
                raise StaleVersion
            return _record([row for row in found.rows if row.key not in left_out], write_context, as_system)
    except IntegrityError:
        # The same number was added concurrently.
        raise StaleVersion from None


def _record(rows: Iterable[Proposal], write_context: WriteContext, as_system: bool) -> RegisterRecorded:
    wanted = [row for row in rows if row.changes]
    by: Any = None if as_system else write_context.by
    changesets: list[Changeset] = []
    for section in MODELS:
        own = [row for row in wanted if row.section == section]
        recorder = ChangesetWriter(by, write_context.now)
        recorder.save_all([row.row for row in own if row.new])
        recorder.save_all([row.row for row in own if row.differences and not row.new])
        recorder.save_all([_set_owner(report, section, row.row) for row in own for report in row.reports])
        if by is not None:
            changesets += _entries(section, own, recorder, write_context)
        keys = [row.row.pk for row in own]
        for start in range(0, len(keys), CHUNK_SIZE):
            reassess(
                OWNER_TYPES[section],
                keys[start : start + CHUNK_SIZE],
                write_context.rulebooks,
                write_context.today,
                write_context.now,
            )
    Changeset.objects.bulk_create(changesets)
    added = sum(row.new for row in wanted)
    return RegisterRecorded(added, len(wanted) - added, sum(len(row.reports) for row in wanted), tuple(changesets))


class _Stored:
    """The existing motions or commitments with these numbers, and their reports, in three queries."""

    def __init__(self, section: str, numbers: Sequence[str], lock: bool) -> None:
        model, self.section = MODELS[section], section
        self.rows: dict[str, Any] = {}
        self.reports: dict[int, set[tuple[Any, str]]] = {}
        if not numbers:
            return
        keys = {self.key(number) for number in numbers}
        rows = model._default_manager.select_for_update() if lock else model._default_manager.all()
        if section == "motions":
            others = model._default_manager.exclude(also_printed_as=[]).values_list("pk", "also_printed_as")
            also = {self.key(name): pk for pk, names in others for name in names}
            found = rows.in_bulk([pk for name, pk in also.items() if name in keys])
            self.rows = {name: found[pk] for name, pk in also.items() if pk in found}
        self.rows |= {row.number: row for row in rows.filter(number__in=keys)}
        pks = {row.pk for row in self.rows.values()}
        owner_type = OWNER_TYPES[section]
        for pk, on, text in ProgressReport.objects.filter(**{f"{owner_type}__in": pks}).values_list(
            f"{owner_type}_id", "on", "text"
        ):
            self.reports.setdefault(pk, set()).add((on, text))

    def find(self, printed: str) -> Any:
        """Return the row with this number, in any printed form, or None."""
        return self.rows.get(self.key(printed))

    def key(self, printed: str) -> str:
        """Return a number normalised for comparison."""
        return normalize_number(printed) if self.section == "motions" else printed.strip()


def _proposal(
    section: str, model: Any, location: str, record: Mapping[str, Any], row: Any, stored: _Stored
) -> Proposal:
    new = row is None
    if new:
        number = normalize_number(record["number"]) if section == "motions" else record["number"].strip()
        row = model(number=number)
        if section == "motions":
            row.printed_as = record["number"]
    differences = tuple(_differences(section, model, record, row))
    for difference in differences:
        setattr(row, difference.column, difference.new)
    existing_reports = stored.reports.get(row.pk, set()) if not new else set()
    reports: dict[tuple[Any, str], ProgressReport] = {}
    for report in record.get("reports") or []:
        on, text = to_column(ProgressReport, "on", report.get("on")), report.get("text") or ""
        if (on, text) not in existing_reports:
            reports.setdefault((on, text), ProgressReport(on=on, text=text))
    return Proposal(section, location, row, new, differences, tuple(reports.values()))


def _differences(section: str, model: Any, record: Mapping[str, Any], row: Any) -> Iterator[RegisterDifference]:
    for column in RECORD_KEYS[section]:
        if column in _IDENTITY_COLUMNS:
            continue
        old, new = getattr(row, column), to_column(model, column, record.get(column))
        if column in _LIST_COLUMNS:
            new = _other_printed_forms(old, new, record, row) if column == "also_printed_as" else _append_new(old, new)
        if new in (None, "", []) or new == old or _is_less_precise(model, column, new, old):
            continue
        yield RegisterDifference(column, old, new)


def _other_printed_forms(old: list[str], new: list[str], record: Mapping[str, Any], row: Any) -> list[str]:
    """Return the other printed forms of its number, which users may search for."""
    return _append_new(
        old, [name for name in (record["number"].strip(), *new) if name not in (row.number, row.printed_as)]
    )


def _append_new(old: list[str], new: list[str]) -> list[str]:
    return [*old, *dict.fromkeys(item for item in new if item not in old)]


def _is_less_precise(model: Any, column: str, new: Any, old: Any) -> bool:
    """Return whether the file's date is only less precise: "2026" where 20 March 2026 is recorded."""
    if (
        not isinstance(model._meta.get_field(column), ImpreciseDateField)
        or not old
        or not isinstance(new, ImpreciseDate)
    ):
        return False
    if not new.is_dated:
        return bool(old.is_dated)
    if not old.is_dated:
        return False
    starts = new.earliest is None or (old.earliest is not None and new.earliest <= old.earliest)
    return starts and old.latest <= new.latest and (new.precision != "day" or old.precision == "day")


def _model_problems(proposal: Proposal) -> Iterator[Problem]:
    """Yield the errors of the model's own validation."""
    row, location = proposal.row, proposal.location
    try:
        row.clean_fields(exclude=["id"])
        row.clean()
    except ValidationError as error:
        for column, messages in error.message_dict.items():
            name = str(row._meta.get_field(column).verbose_name)
            for message in messages:
                yield Problem(location, f"{name}: {message}", _("Correct it in the file."))


def _set_owner(report: ProgressReport, section: str, row: Any) -> ProgressReport:
    setattr(report, OWNER_TYPES[section], row)
    return report


def _entries(
    section: str, rows: Collection[Proposal], recorder: ChangesetWriter, write_context: Any
) -> list[Changeset]:
    """Return a changeset for each of these rows, with its own part of the recorded items."""
    owner_type, model = OWNER_TYPES[section], MODELS[section]
    owner = {report.pk: row.row.pk for row in rows for report in row.reports}
    items: dict[int, list[list[Any]]] = {}
    for item in recorder.row_changes:
        name, pk = item[0], item[1]
        items.setdefault(owner[pk] if name == ProgressReport._meta.model_name else pk, []).append(item)
    return [
        Changeset(
            **{owner_type: row.row},
            by=write_context.by,
            at=write_context.now,
            verb="added" if row.new else "changed",
            about=f"{model._meta.verbose_name} {row.row.number}",
            row_changes=items.get(row.row.pk, []),
        )
        for row in rows
    ]


def _fingerprint_value(value: Any) -> Any:
    return value.to_text() if isinstance(value, ImpreciseDate) else value


def _fingerprint_reports(row: Proposal) -> list[list[Any]]:
    return [[_fingerprint_value(report.on), report.text] for report in row.reports]
