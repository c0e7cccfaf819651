"""Management command: verify an archive, and list what was altered."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from participation.interchange.archive import verify
from participation.interchange.archive.bag import MANIFEST
from participation.management import base

#: Message for each kind of finding; names come from an untrusted ZIP and are escaped by ``printable_name``.
MESSAGES = {
    verify.ALTERED: "altered: {name}",
    verify.MISSING: "missing: {name} is on the list of checksums, and not in the ZIP",
    verify.ADDED: "added: {name} is in the ZIP, and not on the list of checksums",
    verify.DUPLICATE: "there twice: {name}; programs differ in which of the two they show",
    verify.UNSAFE: "dangerous name: {name} could be unpacked outside the folder, or is no plain file. Do not unpack it",
    verify.UNREADABLE: "cannot be read: {name} is damaged, or unfolds to far more than files of an archive do",
    verify.MALFORMED: "altered: {name} is not as an archive has it",
    verify.REPACKED: "the ZIP around the files is not as Leidraad wrote it: packed anew, or changed between files",
}
LIMITATIONS = f"""\
What this shows: the files are those of the list of checksums in the ZIP ({MANIFEST}). It cannot show that
the list itself is the first one: who changes a file can change the list with it. So compare the SHA-256 of the ZIP
with the one that was told when the archive was made (--sha256), kept in another place."""


class Command(BaseCommand):
    """Verify an archive from the ZIP alone: no database is needed and nothing is unpacked."""

    help = f"Tell whether an archive is unaltered. Exits with {base.FAILED} when it is not, or is no archive."
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("file", metavar="FILE", type=Path, help="the ZIP")
        parser.add_argument("--sha256", metavar="SUM", help="the SHA-256 that the ZIP had when it was made")

    def handle(self, *, file: Path, sha256: str | None, **options: Any) -> None:
        """Print the findings. Raises CommandError where the archive was altered or is no archive."""
        try:
            found = verify.check_archive(file)
        except verify.NoArchiveError as error:
            raise CommandError(f"{file}: {error}", returncode=base.FAILED) from None
        self.stdout.write(f"{file}: {found.size} bytes, {found.files} files")
        self.stdout.write(f"SHA-256 {found.sha256}")
        self._write_description(found)
        for finding in found.findings:
            self.stdout.write(MESSAGES[finding.kind].format(name=printable_name(finding.name)))
        differs = sha256 is not None and sha256.strip().lower() != found.sha256
        if differs:
            self.stdout.write("the SHA-256 is not the one that you gave: this is not the ZIP that it was")
        if found.findings and found.content_is_unaltered:
            self.stdout.write("The files in it are unaltered.")
        if found.findings or differs:
            raise CommandError("This archive is not as it was made.", returncode=base.FAILED)
        if sha256 is not None:
            self.stdout.write("Unaltered: the ZIP is the one of which you gave the SHA-256.")
        else:
            self.stdout.write(f"Unaltered: each file is as listed.\n\n{LIMITATIONS}")

    def _write_description(self, found: verify.ArchiveCheck) -> None:
        title, moment = (found.info.get(name) for name in ("External-Description", "Leidraad-Moment"))
        if title and moment:
            self.stdout.write(f"By its own account: {printable_name(title)}, as known at {printable_name(moment)}")


def printable_name(name: str) -> str:
    """Return a file name with control characters escaped, so that it cannot inject terminal sequences."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in name
    )
