"""The ZIP of an archive: a BagIt bag (RFC 8493), which archivists know and ``sha256sum`` can verify.

Its bytes depend on its files only. Entries are stored without compression, so that future zlib versions produce the
same ZIP, a bad sector damages one file only, and a check can verify every byte.
"""

import hashlib
import struct
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, BinaryIO, Self

#: The tag files: declaration, metadata, and the checksums of the payload and of the tag files.
BAGIT, INFO, MANIFEST, TAG_MANIFEST = "bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
PAYLOAD = "data/"
#: Bytes read or copied at a time.
CHUNK_SIZE = 1 << 18
#: The earliest timestamp of the ZIP format, so that entries do not depend on when the bag was made.
_TIMESTAMP = (1980, 1, 1, 0, 0, 0)
_DOS_TIME, _DOS_DATE = 0, 1 << 5 | 1
_FILE = 0o100644 << 16


class Member:
    """A file being written into the ZIP, with its size and SHA-256."""

    def __init__(self, target: IO[bytes]) -> None:
        """Write into this open entry."""
        self._target, self._digest, self.size = target, hashlib.sha256(), 0

    def write(self, content: bytes) -> None:
        """Append these bytes."""
        self._target.write(content)
        self._digest.update(content)
        self.size += len(content)

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the bytes written so far."""
        return self._digest.hexdigest()


class Bag:
    """Writer of a bag in one folder of a ZIP; ``finish`` adds the checksums."""

    def __init__(self, target: BinaryIO, folder: str) -> None:
        """Start a bag in this file, which must be open for writing at its start. A context manager."""
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_STORED)
        self._folder = folder
        self._sums: dict[str, str] = {}
        self._size = 0

    def __enter__(self) -> Self:
        """Return the bag."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close the ZIP; without ``finish`` it has no checksums, so that it does not pass the check."""
        self._zip.close()

    @contextmanager
    def open_member(self, name: str) -> Iterator[Member]:
        """Yield a new file of the bag for writing. Raises ValueError if the name exists already."""
        if name in self._sums:
            raise ValueError(f"{name} is in the bag already")
        entry = zipfile.ZipInfo(f"{self._folder}/{name}", _TIMESTAMP)
        entry.create_system, entry.external_attr = 3, _FILE
        with self._zip.open(entry, "w") as opened:
            member = Member(opened)
            yield member
        self._sums[name] = member.sha256
        if name.startswith(PAYLOAD):
            self._size += member.size

    def add(self, name: str, content: bytes) -> None:
        """Add a file with this content."""
        with self.open_member(name) as member:
            member.write(content)

    def finish(self, info: Mapping[str, str]) -> None:
        """Add the tag files: declaration, metadata and checksums."""
        payload = {name: checksum for name, checksum in self._sums.items() if name.startswith(PAYLOAD)}
        self.add(BAGIT, DECLARATION)
        lines = {**info, "Payload-Oxum": f"{self._size}.{len(payload)}"}
        self.add(INFO, "".join(f"{name}: {_collapse_whitespace(text)}\n" for name, text in lines.items()).encode())
        self.add(MANIFEST, manifest(payload))
        tags = {name: checksum for name, checksum in self._sums.items() if not name.startswith(PAYLOAD)}
        self.add(TAG_MANIFEST, manifest(tags))


def manifest(sums: Mapping[str, str]) -> bytes:
    """Return a manifest of these checksums in the format of ``sha256sum``, sorted by name."""
    return "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()


def _collapse_whitespace(text: str) -> str:
    return " ".join(text.split())


def fingerprint(file: IO[bytes]) -> tuple[str, int]:
    """Return the SHA-256 and the size in bytes of a file, and rewind it."""
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    while chunk := file.read(CHUNK_SIZE):
        digest.update(chunk)
        size += len(chunk)
    file.seek(0)
    return digest.hexdigest(), size


def is_structure_unaltered(file: IO[bytes], entries: list[zipfile.ZipInfo], size: int) -> bool:
    """Return whether all bytes of the ZIP outside its files' content are as ``Bag`` writes them.

    ``entries`` are those of the ZIP's central directory, ``size`` is the size of the ZIP in bytes. Always True for
    ZIP64 files (four gigabytes or more), whose headers differ and are not compared.
    """
    if size >= zipfile.ZIP64_LIMIT or len(entries) >= zipfile.ZIP_FILECOUNT_LIMIT:
        return True
    offset, index = 0, b""
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        try:
            header, record = _headers(entry, offset)
        except struct.error:  # an entry's size or offset does not fit in the format
            return False
        file.seek(offset)
        if file.read(len(header)) != header:
            return False
        index += record
        offset += len(header) + entry.file_size
    count = len(entries)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(index), offset, 0)
    file.seek(offset)
    return size == offset + len(index) + len(end) and file.read() == index + end


def _headers(entry: zipfile.ZipInfo, offset: int) -> tuple[bytes, bytes]:
    """Return the local file header of an entry, and its central directory record."""
    name: Any = entry.orig_filename.encode("utf-8", "surrogateescape")
    fields = (0, 0, _DOS_TIME, _DOS_DATE, entry.CRC, entry.file_size, entry.file_size, len(name), 0)
    header = struct.pack("<4sH4H3L2H", b"PK\x03\x04", 20, *fields)
    record = struct.pack("<4s2BH4H3L2H3H2L", b"PK\x01\x02", 20, 3, 20, *fields, 0, 0, 0, _FILE, offset)
    return header + name, record + name
