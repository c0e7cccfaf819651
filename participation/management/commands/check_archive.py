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
    verify.MISSING: "missing: {name} is in the manifest, but not in the ZIP",
    verify.ADDED: "added: {name} is in the ZIP, but not in the manifest",
    verify.DUPLICATE: "duplicate: {name} is in the ZIP twice; programs differ in which of the two they show",
    verify.UNSAFE: "unsafe: {name} could be unpacked outside the folder, or is not a regular file. Do not unpack it",
    verify.UNREADABLE: "unreadable: {name} is damaged, or expands to far more than a file of an archive",
    verify.MALFORMED: "malformed: {name} differs from what an archive contains",
    verify.REPACKED: "repacked: the ZIP structure differs from what Leidraad writes",
}
LIMITATIONS = f"""\
This verifies the files against the manifest in the ZIP ({MANIFEST}). It cannot prove that the manifest is the
original: somebody who changes a file can change the manifest too. To prove that, compare the SHA-256 of the ZIP with
the one that was printed when the archive was created (--sha256), kept in another place."""


class Command(BaseCommand):
    """Verify an archive from the ZIP alone: no database is needed and nothing is unpacked."""

    help = f"Verify that an archive is unaltered. Exits with {base.FAILED} if it is altered or not an archive."
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("file", metavar="FILE", type=Path, help="the ZIP")
        parser.add_argument("--sha256", metavar="SUM", help="the SHA-256 of the ZIP when it was created")

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
            self.stdout.write("the SHA-256 differs from the one given: this is not the original ZIP")
        if found.findings and found.content_is_unaltered:
            self.stdout.write("The files in the ZIP are unaltered.")
        if found.findings or differs:
            raise CommandError("This archive was altered.", returncode=base.FAILED)
        if sha256 is not None:
            self.stdout.write("Unaltered: the SHA-256 is the one given.")
        else:
            self.stdout.write(f"Unaltered: each file matches the manifest.\n\n{LIMITATIONS}")

    def _write_description(self, found: verify.ArchiveCheck) -> None:
        title, moment = (found.info.get(name) for name in ("External-Description", "Leidraad-Moment"))
        if title and moment:
            self.stdout.write(
                f"Description in the archive: {printable_name(title)}, as known at {printable_name(moment)}"
            )


def printable_name(name: str) -> str:
    """Return a file name with control characters escaped, so that it cannot inject terminal sequences."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in name
    )
