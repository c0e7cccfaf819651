"""The uploaded files in an archive, documents and evidence, under generated names."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import Q

from participation.models import CounterSignal, Document, Trajectory, Upload

from .bag import CHUNK_SIZE, PAYLOAD, Bag

#: File extensions of the media types that can be uploaded; others get .bin, which no program opens.
EXTENSIONS = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.oasis.opendocument.text": "odt",
    "text/csv": "csv",
    "text/plain": "txt",
    "image/png": "png",
    "image/jpeg": "jpg",
}
_MAX_REF_LENGTH = 40


class ArchivedFile(NamedTuple):
    """An uploaded file with its path in the archive ("" if it is missing on disk), and its current checksum."""

    upload: Upload
    path: str
    sha256: str

    @property
    def is_unaltered(self) -> bool:
        """Return whether the file still has the checksum of the upload."""
        return self.sha256 == self.upload.sha256

    def as_json(self) -> dict[str, Any]:
        """Return the description of the file in ``documents.json``."""
        return {
            "name": self.upload.name,
            "media_type": self.upload.media_type,
            "size": self.upload.size,
            "uploaded_at": self.upload.uploaded_at.isoformat(timespec="seconds"),
            "sha256_when_uploaded": self.upload.sha256,
            "path": self.path or None,
            "sha256": self.sha256 or None,
            "unaltered_since_upload": self.is_unaltered if self.path else None,
        }


def copy_files(bag: Bag, trajectory: Trajectory, user: Any) -> dict[int, ArchivedFile]:
    """Copy the files of this trajectory that the user may see into the bag; return them by primary key of the upload.

    A file that is missing on disk is recorded as such: the rest of the archive is still useful.
    """
    found: dict[int, ArchivedFile] = {}
    for number, (upload, ref) in enumerate(_uploads_with_ref(trajectory, user), 1):
        path = f"{PAYLOAD}documents/{number:04}-{safe_ref(ref)}.{EXTENSIONS.get(upload.media_type, 'bin')}"
        try:
            content = upload.file.open("rb")
        except FileNotFoundError:
            found[upload.pk] = ArchivedFile(upload, "", "")
            continue
        with content, bag.open_member(path) as member:
            for chunk in content.chunks(CHUNK_SIZE):
                member.write(chunk)
        found[upload.pk] = ArchivedFile(upload, path, member.sha256)
    return found


def _uploads_with_ref(trajectory: Trajectory, user: Any) -> Iterator[tuple[Upload, str]]:
    """Yield the files in order of upload, each once, with the ref of its document or counter-signal."""
    refs: dict[int, str] = {}
    documents = Document.objects.filter(trajectory=trajectory, file__isnull=False)
    signals = CounterSignal.objects.filter(trajectory=trajectory, evidence_file__isnull=False)
    for key, ref in documents.order_by("pk").values_list("file", "ref"):
        refs.setdefault(key, ref)
    for key, ref in signals.order_by("pk").values_list("evidence_file", "request__ref"):
        refs.setdefault(key, ref)
    attached = Q(documents__trajectory=trajectory) | Q(counter_signals__trajectory=trajectory)
    keys = Upload.objects.filter(attached).order_by().values("pk")
    for upload in Upload.objects.visible_to(user).filter(pk__in=keys).order_by("pk"):
        yield upload, refs[upload.pk]


def safe_ref(ref: str) -> str:
    """Return a ref as a portable part of a file name: lower-case ASCII letters, digits and single hyphens."""
    ascii_ref = unicodedata.normalize("NFKD", ref).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_ref).strip("-")[:_MAX_REF_LENGTH].strip("-") or "file"
