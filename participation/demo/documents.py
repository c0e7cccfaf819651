"""The files of documents in the demo: versions with text, so that they can be compared."""

from datetime import datetime
from pathlib import Path

from django.core.files.base import ContentFile

from participation.models import Document, User
from participation.services.uploads import stored_upload

from .seed import folder


def add(adviser: User, now: datetime) -> None:
    """Add the files that their documents do not have yet, as uploads of ``adviser``.

    Each is in a folder with the slug of the trajectory, and named after the ref of the document.
    """
    for path in sorted((folder() / "documents").glob("*/*.txt")):
        row = Document.objects.filter(trajectory__slug=path.parent.name, ref=path.stem, file=None).first()
        if row is not None:
            _add_file(row, path, adviser, now)


def _add_file(row: Document, path: Path, adviser: User, now: datetime) -> None:
    file: ContentFile[bytes] = ContentFile(path.read_bytes(), name=f"{row.title} {row.version}{path.suffix}")
    with stored_upload(file, adviser, now) as row.file:
        row._history_date, row._history_user = now, adviser  # type: ignore[attr-defined]
        row.save()
