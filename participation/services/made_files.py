"""Files that were made to be served again: in a folder of their own, whole or not at all, made by one at a time.

The lock is that of the file system, so it is let go of when whoever holds it is killed. What was half made then
bears another name than what is served, and is removed by the next who makes something there.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

#: What a file is called while it is being made.
UNFINISHED = ".part"


class BeingMadeError(Exception):
    """Another is making a file in this folder at this moment."""


def folder_of(name: str) -> Path:
    """Return the folder of this name; it is there once something was made in it."""
    return Path(settings.MEDIA_ROOT) / name


@contextmanager
def making(folder: Path, wait: bool = False) -> Iterator[None]:
    """Be the only one who makes or removes files in this folder.

    Raises BeingMadeError where another does, or with ``wait`` waits until that is done.
    """
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    with (folder / "lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise BeingMadeError from None
        remove(folder, f"*{UNFINISHED}")
        yield


def remove(folder: Path, pattern: str, keep: Path | None = None) -> int:
    """Remove the files whose names match, but not ``keep``, and return how many there were."""
    found = [path for path in folder.glob(pattern) if path != keep]
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def publish(unfinished: Path, name: str) -> Path:
    """Give a file that is finished, and safely on the disk, the name by which it is served; return its path."""
    descriptor = os.open(unfinished, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    unfinished.chmod(settings.FILE_UPLOAD_PERMISSIONS)
    return unfinished.replace(unfinished.with_name(name))
