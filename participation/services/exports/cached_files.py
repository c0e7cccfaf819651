"""Cached files: written atomically, by one process at a time, in a folder of their own.

The lock is a file lock, which the kernel releases when its holder is killed. An unfinished file has another name than
the one that is served, and is removed by the next process that takes the lock.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.conf import settings

from participation.interchange.archive.bag import fingerprint

#: Suffix of a file that is being written.
UNFINISHED = ".part"


class BeingMadeError(Exception):
    """Raised where another process is writing a file in this folder."""


class CachedFile(NamedTuple):
    """A ZIP, open at its start, with its checksum (SHA-256) and its size in bytes."""

    file: BinaryIO
    sha256: str
    size: int


def find_cached_file(folder: Path, name: str) -> CachedFile | None:
    """Return the cached ZIP with this name, a cache key that ends with a version, else None."""
    for path in folder.glob(f"{name}-*.zip"):
        with suppress(FileNotFoundError):  # removed in the meantime
            file = path.open("rb")
            os.utime(file.fileno())
            return CachedFile(file, path.stem.rpartition("-")[2], os.fstat(file.fileno()).st_size)
    return None


def make_cached_file(folder: Path, name: str, write: Callable[[BinaryIO], None], max_bytes: int) -> CachedFile:
    """Write the ZIP with this name, cache it instead of other versions of it, and return it.

    The folder must be locked. Its least recently used files are removed until all fit in ``max_bytes``.
    """
    unfinished = folder / f"{name}{UNFINISHED}"
    with unfinished.open("w+b") as file:
        write(file)
        sha256, size = fingerprint(file)
    path = publish(unfinished, f"{name}-{sha256}.zip")
    remove_files(folder, f"{name.rpartition('-')[0]}-*.zip", keep=path)
    _evict_least_used(folder, path, max_bytes)
    return CachedFile(path.open("rb"), sha256, size)


def _evict_least_used(folder: Path, keep: Path, max_bytes: int) -> None:
    """Remove the least recently used ZIPs until all of them, with ``keep``, fit in this number of bytes."""
    stats = {path: path.stat() for path in folder.glob("*.zip")}
    size = sum(stat.st_size for stat in stats.values())
    for path in sorted(stats.keys() - {keep}, key=lambda path: stats[path].st_mtime):
        if size <= max_bytes:
            return
        path.unlink(missing_ok=True)
        size -= stats[path].st_size


def remove_of_other_days(folder: Path, today: date) -> int:
    """Remove the ZIPs of which the name has another day, and unfinished ones; return how many ZIPs."""
    if not folder.is_dir():
        return 0
    with folder_lock(folder, wait=True):
        return sum(
            remove_files(folder, path.name) for path in folder.glob("*.zip") if today.isoformat() not in path.name
        )


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
