"""Archives of trajectories that were made before: kept as long as nothing in them changed, that day.

Making one takes seconds of work, most of it the PDF; whoever asks for it next gets the same file.
"""

import hashlib
import os
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.conf import settings
from django.db import transaction

from participation.exchange.archive.bag import fingerprint
from participation.exchange.archive.told import Asked
from participation.exchange.archive.writing import write_archive
from participation.selectors.trajectory_state import state_of

from . import open_data
from .made_files import UNFINISHED, folder_of, making, publish, remove

FOLDER = "archives"
#: All kept archives together are no larger than this, in bytes: those that nobody asked for longest go first.
MOST_BYTES = 2 << 30


class Archive(NamedTuple):
    """A ZIP, open at its start, with its checksum (SHA-256) and its size in bytes."""

    file: BinaryIO
    sha256: str
    size: int


def kept_archive(asked: Asked) -> Archive | None:
    """Return the archive that is asked for where it was made before and is still so, else None."""
    for path in folder_of(FOLDER).glob(f"{_name(asked)}-*.zip"):
        with suppress(FileNotFoundError):  # it was removed meanwhile
            file = path.open("rb")
            os.utime(file.fileno())
            return Archive(file, path.stem.rpartition("-")[2], os.fstat(file.fileno()).st_size)
    return None


def make_archive(asked: Asked) -> Archive:
    """Make the archive that is asked for, keep it, and return it.

    At most one is made at a time, so that this work leaves room for the pages. Raises BeingMadeError where another
    is being made, LookupError where the reader may not see the trajectory, and PdfUnavailableError where this
    machine cannot make PDFs.
    """
    folder = folder_of(FOLDER)
    with making(folder):
        # The state is read first: what changes while the archive is made is made anew for the next.
        name = _name(asked)
        if found := kept_archive(asked):
            return found
        unfinished = folder / f"{name}{UNFINISHED}"
        with unfinished.open("w+b") as file:
            write_archive(file, asked)
            sha256, size = fingerprint(file)
        path = publish(unfinished, f"{name}-{sha256}.zip")
        remove(folder, f"{name.rpartition('-')[0]}-*.zip", keep=path)
        _make_room(folder, path)
        return Archive(path.open("rb"), sha256, size)


def forget(trajectory: int) -> None:
    """Remove the kept archives of this trajectory, and the open data, once the transaction is committed.

    It waits for who is making one: what they read may be what must be forgotten.
    """
    transaction.on_commit(lambda: _forget(f"{trajectory}-*.zip"))


def forget_all() -> None:
    """Remove all kept archives and the open data, once the transaction is committed."""
    transaction.on_commit(lambda: _forget("*.zip"))


def sweep(today: date) -> int:
    """Remove what will not be served again, as of an earlier day, and what was left half made; return how many."""
    folder = folder_of(FOLDER)
    if not folder.is_dir():
        return 0
    with making(folder, wait=True):
        return sum(remove(folder, path.name) for path in folder.glob("*.zip") if today.isoformat() not in path.name)


def _forget(pattern: str) -> None:
    folder = folder_of(FOLDER)
    if folder.is_dir():
        with making(folder, wait=True):
            remove(folder, pattern)
    open_data.forget()


def _name(asked: Asked) -> str:
    """Return what the file is called, but for its checksum: for whom, of which day, and in which state it is."""
    state = state_of(asked.trajectory.pk, asked.user)
    told = repr((state, asked.rulebook.hash, settings.CODE_VERSION, settings.MUNICIPALITY, settings.BASE_URL))
    reader = "municipality" if asked.names_known else "public"
    version = hashlib.sha256(told.encode()).hexdigest()[:32]
    return f"{asked.trajectory.pk}-{reader}-{asked.language}-{asked.today.isoformat()}-{version}"


def _make_room(folder: Path, keep: Path) -> None:
    """Remove what was asked for longest ago until the rest, with ``keep``, is not too large."""
    stats = {path: path.stat() for path in folder.glob("*.zip")}
    size = sum(stat.st_size for stat in stats.values())
    for path in sorted(stats.keys() - {keep}, key=lambda path: stats[path].st_mtime):
        if size <= MOST_BYTES:
            return
        path.unlink(missing_ok=True)
        size -= stats[path].st_size
