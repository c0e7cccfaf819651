"""Management command: process bounces (delivery status notifications), to stop mail to addresses that do not exist."""

import mailbox
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from participation.management import base
from participation.services.mail.bounces import Malformed, NoBounce, import_bounces


class Command(base.TrackerCommand):
    """Process bounces from a mailbox or standard input; mail is not removed, and may safely be read again."""

    help = (
        "Record bounces, and pause addresses that bounce too often. Reads one e-mail from "
        "standard input (for an alias of the mail server), or the given files, mbox files and Maildir folders."
    )

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("paths", nargs="*", metavar="PATH", help="an e-mail, an mbox file or a Maildir folder")

    def handle(self, **options: Any) -> None:
        """Record the bounces and print the counts, without addresses. Raises CommandError for what cannot be parsed."""
        _today, now = base.today_and_now()
        counts: Counter[str] = Counter()
        problems: list[str] = []
        for name, raw in _mails(options["paths"]):
            try:
                counts["new" if import_bounces(raw, now) else "known"] += 1
            except NoBounce as error:
                counts["other"] += 1
                self.stderr.write(f"{name}: {error}")
            except Malformed as error:
                problems.append(f"  {name}: {error}")
        self.stdout.write(
            f"{counts['new']} recorded, {counts['known']} recorded before, {counts['other']} not bounces, "
            f"{len(problems)} unreadable."
        )
        if problems:
            lines = "\n".join(problems)
            raise CommandError(f"Not an e-mail, nothing was recorded:\n{lines}", returncode=base.FAILED)


def _mails(paths: list[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the label and the bytes of each mail. Raises CommandError for a path that holds no mail."""
    if not paths:
        yield "standard input", sys.stdin.buffer.read()
    for text in paths:
        path = Path(text)
        if (path / "cur").is_dir() and (path / "new").is_dir():
            yield from _mails_in_box(path, mailbox.Maildir(path, create=False))
        elif path.is_dir():
            raise CommandError(f"{path}: not a Maildir folder (with cur and new)", returncode=base.FAILED)
        elif not path.is_file():
            raise CommandError(f"{path}: no such file", returncode=base.FAILED)
        elif _is_mbox(path):
            yield from _mails_in_box(path, mailbox.mbox(path, create=False))
        else:
            yield str(path), path.read_bytes()


def _is_mbox(path: Path) -> bool:
    with path.open("rb") as opened:
        return opened.read(5) == b"From "


def _mails_in_box(path: Path, box: mailbox.Mailbox[Any]) -> Iterator[tuple[str, bytes]]:
    with closing(box):
        for number, key in enumerate(sorted(box.iterkeys()), 1):
            yield f"{path}, mail {number}", box.get_bytes(key)
