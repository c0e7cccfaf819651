"""The files in an archive: documents and evidence, copied under names of our own."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import Q

from participation.models import CounterSignal, Document, Trajectory, Upload

from .bag import CHUNK, PAYLOAD, Bag

#: How a file of each kind that may be handed in is called; another kind gets no ending that opens something.
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
_LONGEST = 40


class Kept(NamedTuple):
    """What became of a file: its place in the archive ("" where it was not found on the disk), and its checksum now."""

    upload: Upload
    path: str
    sha256: str

    @property
    def is_as_handed_in(self) -> bool:
        """Tell whether it still is what was handed in."""
        return self.sha256 == self.upload.sha256

    def as_json(self) -> dict[str, Any]:
        """Return what ``documents.json`` says of it."""
        return {
            "name": self.upload.name,
            "media_type": self.upload.media_type,
            "size": self.upload.size,
            "uploaded_at": self.upload.uploaded_at.isoformat(timespec="seconds"),
            "sha256_when_uploaded": self.upload.sha256,
            "path": self.path or None,
            "sha256": self.sha256 or None,
            "unaltered_since_upload": self.is_as_handed_in if self.path else None,
        }


def copy_files(bag: Bag, trajectory: Trajectory, user: Any) -> dict[int, Kept]:
    """Copy what hangs on this trajectory and this user may see into the bag; return it by the key of its upload.

    A file that is not on the disk any more is told as such: the rest of the archive is worth having.
    """
    found: dict[int, Kept] = {}
    for number, (upload, ref) in enumerate(_files(trajectory, user), 1):
        path = f"{PAYLOAD}documents/{number:04}-{safe(ref)}.{EXTENSIONS.get(upload.media_type, 'bin')}"
        try:
            content = upload.file.open("rb")
        except FileNotFoundError:
            found[upload.pk] = Kept(upload, "", "")
            continue
        with content, bag.writing(path) as member:
            for chunk in content.chunks(CHUNK):
                member.write(chunk)
        found[upload.pk] = Kept(upload, path, member.sha256)
    return found


def _files(trajectory: Trajectory, user: Any) -> Iterator[tuple[Upload, str]]:
    """Yield the files in the order in which they were handed in, each once, with the ref of what it hangs on."""
    refs: dict[int, str] = {}
    documents = Document.objects.filter(trajectory=trajectory, file__isnull=False)
    signals = CounterSignal.objects.filter(trajectory=trajectory, evidence_file__isnull=False)
    for key, ref in documents.order_by("pk").values_list("file", "ref"):
        refs.setdefault(key, ref)
    for key, ref in signals.order_by("pk").values_list("evidence_file", "request__ref"):
        refs.setdefault(key, ref)
    hanging = Q(documents__trajectory=trajectory) | Q(counter_signals__trajectory=trajectory)
    keys = Upload.objects.filter(hanging).order_by().values("pk")
    for upload in Upload.objects.visible_to(user).filter(pk__in=keys).order_by("pk"):
        yield upload, refs[upload.pk]


def safe(ref: str) -> str:
    """Return a ref as a part of a file name on any machine: small letters, digits and single hyphens."""
    plain = unicodedata.normalize("NFKD", ref).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST].strip("-") or "file"
