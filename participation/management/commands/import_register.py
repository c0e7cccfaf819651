"""Management command: import lists of motions, commitments and requests in the formats of other systems."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from participation.dossier.errors import MAX_LISTED, DossierError
from participation.interchange.register.reading import SECTIONS, read_register
from participation.management import base
from participation.models import Trajectory, User
from participation.models.fields import format_for_input
from participation.services.changes.changesets import StaleVersion, WriteContext
from participation.services.register.register_import import Proposal, Proposals, import_rows, proposals


class Command(base.TrackerCommand):
    """Import each file as a whole or not at all; importing a file twice changes nothing."""

    help = (
        "Import lists of motions, commitments or requests: CSV, Excel, JSON of Open Raadsinformatie or Popolo, or a "
        "register of Leidraad. Empty cells never clear a recorded value; to apply a register exactly, use "
        "import_dossier."
    )

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("paths", nargs="+", metavar="FILE", help="CSV, XLSX or JSON")
        parser.add_argument(
            "--kind", choices=SECTIONS, default=SECTIONS[0], help="what the rows of a sheet are (default: %(default)s)"
        )
        parser.add_argument("--dry-run", action="store_true", help="print what would change, store nothing")
        parser.add_argument("--by", metavar="USERNAME", help="record it as this user, who can undo it")
        parser.add_argument("--on", type=base.day, metavar="DATE", help="assess as of this day (default: today)")
        base.add_rulebook(parser)

    def handle(self, *, paths: list[str], kind: str, dry_run: bool, **options: Any) -> None:
        """Import each file; one that fails is reported and does not stop the others, but fails the command."""
        today, now = base.today_and_now()
        user = _user(options["by"])
        write_context = WriteContext(user, base.rulebooks(options["rulebook"]), options["on"] or today, now)
        failed = 0
        for path in base.files(paths):
            try:
                self._import_file(path, kind, write_context, dry_run)
            except (DossierError, StaleVersion) as error:
                failed += 1
                reason = (
                    error if isinstance(error, DossierError) else "the register was changed at the same time; try again"
                )
                self.stderr.write(self.style.ERROR(f"{path}: not imported, nothing was stored\n{reason}"))
        if failed:
            raise CommandError(f"{failed} not imported.", returncode=base.FAILED)

    def _import_file(self, path: Path, kind: str, write_context: WriteContext, dry_run: bool) -> None:
        read = read_register(path.name, path.read_bytes(), kind)
        found = proposals(read)
        for note in found.notes:
            self.stdout.write(f"{path}: {note}")
        if found.problems:
            raise DossierError(found.problems)
        self._write_changes(found)
        if not dry_run:
            import_rows(read, write_context, expected_fingerprint=found.fingerprint, as_system=write_context.by is None)
        done = "would be added" if dry_run else "added"
        changed = "would be changed" if dry_run else "changed"
        self.stdout.write(f"{path}: {len(found.new)} {done}, {len(found.changed)} {changed}, {found.same} unchanged")

    def _write_changes(self, found: Proposals) -> None:
        listed = [row for row in found.rows if row.changes]
        for row in listed[:MAX_LISTED]:
            self.stdout.write(_proposal_text(row))
        if rest := len(listed) - MAX_LISTED:
            self.stdout.write(f"  … and {rest} more" if rest > 0 else "", ending="\n" if rest > 0 else "")


def _user(name: str | None) -> Any:
    if not name:
        return None
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None or not user.edits_everything:
        remedy = "name an active coordinator or administrator, or omit --by"
        raise CommandError(f"there is no user {name!r} who may change the register: {remedy}", returncode=base.FAILED)
    return user


def _proposal_text(row: Proposal) -> str:
    if row.new:
        return f"  {row.location}: {row.row.number} is new"
    parts = [f"{d.column} from {_value_text(d.old)} to {_value_text(d.new)}" for d in row.differences]
    parts += [f"a {text._meta.verbose_name} of {_value_text(text.on)}" for text in row.reports]
    return f"  {row.location}: {row.row.number}: {'; '.join(parts)}"


def _value_text(value: Any) -> str:
    if isinstance(value, Trajectory):
        value = value.slug
    text = (
        value if isinstance(value, str) else repr(value) if isinstance(value, list | int) else format_for_input(value)
    )
    return f"“{text[:60]}”" if text else "nothing"
