"""Cached files: written atomically, by one process at a time, in a folder of their own.

The lock is a file lock, which the kernel releases when its holder is killed. An unfinished file has another name than
the one that is served, and is removed by the next process that takes the lock.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

#: Suffix of a file that is being written.
UNFINISHED = ".part"


class BeingMadeError(Exception):
    """Raised where another process is writing a file in this folder."""


def media_folder(name: str) -> Path:
    """Return the folder with this name; it may not exist yet."""
    return Path(settings.MEDIA_ROOT) / name


@contextmanager
def folder_lock(folder: Path, wait: bool = False) -> Iterator[None]:
    """Hold the exclusive lock for writing and removing files in this folder.

    Raises BeingMadeError where another process holds it, or with ``wait`` waits for it.
    """
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    with (folder / "lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise BeingMadeError from None
        remove_files(folder, f"*{UNFINISHED}")
        yield


def remove_files(folder: Path, pattern: str, keep: Path | None = None) -> int:
    """Remove the files that match, except ``keep``, and return how many there were."""
    found = [path for path in folder.glob(pattern) if path != keep]
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def publish(unfinished: Path, name: str) -> Path:
    """Flush a finished file to disk and rename it to the name under which it is served; return its path."""
    descriptor = os.open(unfinished, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    unfinished.chmod(settings.FILE_UPLOAD_PERMISSIONS)
    return unfinished.replace(unfinished.with_name(name))
