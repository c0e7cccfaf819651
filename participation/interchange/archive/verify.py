"""Integrity check of an archive: every file against its checksum, and the structure of the ZIP itself."""

import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import IO, NamedTuple

from .bag import (
    BAGIT,
    CHUNK_SIZE,
    DECLARATION,
    INFO,
    MANIFEST,
    PAYLOAD,
    TAG_MANIFEST,
    fingerprint,
    is_structure_unaltered,
)

#: Kinds of findings. A file is altered, missing, not in a manifest, duplicate, has an unsafe name, or is unreadable;
#: a tag file is malformed (LIST); or the ZIP was written anew around unaltered files.
ALTERED, MISSING, ADDED, DUPLICATE, UNSAFE, UNREADABLE, MALFORMED, REPACKED = (
    *("altered", "missing", "added", "twice", "unsafe", "unreadable", "list", "repacked"),
)
#: Maximum size of a tag file in bytes.
_MAX_TAG_FILE_BYTES = 1 << 25
#: Maximum compression ratio, and the uncompressed size in bytes below which it is not checked: text compresses
#: twenty to thirty times, so a much higher ratio is a zip bomb.
_MAX_COMPRESSION_RATIO, _MIN_CHECKED_BYTES = 200, 1 << 16
_LINE = re.compile(r"([0-9a-f]{64})  (\S(?:.*\S)?)")
#: Errors that zipfile raises on damaged or encrypted entries and unknown compression methods.
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, RuntimeError, NotImplementedError),
    *(ValueError, KeyError, OverflowError, MemoryError),
)


class NoArchiveError(ValueError):
    """The file is not an archive that can be checked; the message has the reason and the remedy."""


class Finding(NamedTuple):
    """A deviation: its kind, and the name of the file ("" for the ZIP as a whole)."""

    kind: str
    name: str = ""


class ArchiveCheck(NamedTuple):
    """Result of a check; the archive is unaltered if there are no findings.

    ``sha256`` and ``size`` (bytes) are those of the ZIP itself, ``files`` is the number of files in it, and ``info``
    the content of bag-info.txt.
    """

    sha256: str
    size: int
    files: int
    info: Mapping[str, str]
    findings: tuple[Finding, ...]

    @property
    def content_is_unaltered(self) -> bool:
        """Return whether all files match the manifests, even if the ZIP around them was rewritten."""
        return all(finding.kind == REPACKED for finding in self.findings)


def check_archive(path: Path) -> ArchiveCheck:
    """Return the result of checking this ZIP. Raises NoArchiveError if it is not an archive, or a zip bomb.

    Nothing is extracted to disk, and memory use does not depend on the size of the files.
    """
    try:
        with path.open("rb") as file:
            checksum, size = fingerprint(file)
            with _open_zip(file) as zipped:
                entries = zipped.infolist()
                if sum(entry.compress_size for entry in entries) > size:
                    raise NoArchiveError("Files in this ZIP overlap: it was made to fill a disk. Do not unpack it.")
                folder = entries[0].filename.partition("/")[0] if entries else ""
                if not any(entry.filename == f"{folder}/{MANIFEST}" for entry in entries):
                    raise NoArchiveError(
                        f"There is no {MANIFEST} in this ZIP: it is no archive of Leidraad, or the list of "
                        "checksums was taken out. Ask for the archive again where it came from."
                    )
                findings, info = _check_contents(zipped, entries, f"{folder}/")
            if not is_structure_unaltered(file, entries, size):
                findings.append(Finding(REPACKED))
    except OSError as error:
        raise NoArchiveError(f"{path}: {error.strerror or error}") from None
    return ArchiveCheck(checksum, size, len(entries), info, tuple(findings))


def _open_zip(file: IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except _BROKEN:
        raise NoArchiveError(
            "This is no ZIP, or its end is damaged or missing: it may be cut off. Fetch the file again."
        ) from None


def _check_contents(
    zipped: zipfile.ZipFile, entries: list[zipfile.ZipInfo], folder: str
) -> tuple[list[Finding], dict[str, str]]:
    """Return the findings about the files, and the content of bag-info.txt."""
    findings: list[Finding] = []
    count = Counter(entry.filename for entry in entries)
    findings += (Finding(DUPLICATE, name) for name, times in count.items() if times > 1)
    findings += (Finding(UNSAFE, entry.orig_filename) for entry in entries if not _is_safe(entry))
    entry_by_name = {
        entry.filename.removeprefix(folder): entry for entry in entries if entry.filename.startswith(folder)
    }
    findings += (Finding(ADDED, name) for name in count if not name.startswith(folder))
    listed: dict[str, str] = {}
    for name in (MANIFEST, TAG_MANIFEST):
        listed.update(_read_manifest(zipped, entry_by_name, name, findings))
    sums: dict[str, tuple[str, int]] = {}
    for name, entry in entry_by_name.items():
        if name == TAG_MANIFEST:
            continue
        read = _checksum_and_size(zipped, entry)
        if read is None:
            findings.append(Finding(UNREADABLE, name))
            continue
        sums[name] = read
        if name not in listed:
            findings.append(Finding(ADDED, name))
        elif listed[name] != read[0]:
            findings.append(Finding(ALTERED, name))
    findings += (Finding(MISSING, name) for name in listed if name not in entry_by_name)
    info = _read_info(zipped, entry_by_name, sums)
    payload = [size for name, (_sum, size) in sums.items() if name.startswith(PAYLOAD)]
    if BAGIT in sums and sums[BAGIT][0] != sha256(DECLARATION).hexdigest():
        findings.append(Finding(MALFORMED, BAGIT))
    if info.get("Payload-Oxum") != f"{sum(payload)}.{len(payload)}" and not findings:
        findings.append(Finding(MALFORMED, INFO))
    return findings, info


def _is_safe(entry: zipfile.ZipInfo) -> bool:
    """Return whether an entry can be extracted safely: a regular file with a portable name and no path traversal."""
    name, kind = entry.orig_filename, stat.S_IFMT(entry.external_attr >> 16)
    parts = name.split("/")
    return (
        not (kind and kind != stat.S_IFREG)
        and name.isprintable()
        and not {"", ".", ".."} & set(parts)
        and not any(character in name for character in '\\:*?"<>|')
        and len(parts) > 1
    )


def _read_manifest(
    zipped: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], name: str, findings: list[Finding]
) -> dict[str, str]:
    """Return the checksums in a manifest by file name; errors in the manifest are added to the findings."""
    entry = entries.get(name)
    if entry is None:
        findings.append(Finding(MISSING, name))
        return {}
    text = _read_text(zipped, entry)
    lines = text.split("\n") if text is not None else []
    found: dict[str, str] = {}
    for line in lines[:-1]:
        read = _LINE.fullmatch(line)
        # Payload files belong in the manifest, all others in the tag manifest.
        if read and read[2] not in found and read[2].startswith(PAYLOAD) == (name == MANIFEST):
            found[read[2]] = read[1]
        else:
            lines = []
            break
    if not lines or lines[-1]:
        findings.append(Finding(MALFORMED, name))
    return found


def _read_info(
    zipped: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], sums: Mapping[str, tuple[str, int]]
) -> dict[str, str]:
    text = _read_text(zipped, entries[INFO]) if INFO in sums else None
    pairs = (line.partition(": ") for line in (text or "").splitlines())
    return {name: value for name, _colon, value in pairs}


def _read_text(zipped: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str | None:
    """Return the text of a tag file; None if it is unreadable or too large."""
    if entry.file_size > _MAX_TAG_FILE_BYTES:
        return None
    try:
        return b"".join(_read_chunks(zipped, entry)).decode()
    except _BROKEN:
        return None


def _checksum_and_size(zipped: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[str, int] | None:
    """Return the SHA-256 and the size of a file in the ZIP; None if it is unreadable."""
    digest, size = sha256(), 0
    try:
        for chunk in _read_chunks(zipped, entry):
            digest.update(chunk)
            size += len(chunk)
    except _BROKEN:
        return None
    return digest.hexdigest(), size


def _read_chunks(zipped: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    if entry.file_size > max(_MIN_CHECKED_BYTES, _MAX_COMPRESSION_RATIO * entry.compress_size):
        raise zipfile.BadZipFile("it unfolds to far more than files of an archive do")
    with zipped.open(entry) as opened:
        while chunk := opened.read(CHUNK_SIZE):
            yield chunk
