"""Uploaded files: the content must match the type, and no file stays on disk without a row."""

from __future__ import annotations

import hashlib
import re
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler
from django.db import transaction
from django.utils.translation import gettext as _

from participation.interchange.cells import safe_name
from participation.models import Upload, User
from participation.models.uploads import INCOMING_FOLDER
from participation.services.jobs.storage import is_disk_full

#: Maximum size of an upload in bytes.
MAX_UPLOAD_BYTES = 10 * 1024 * 1024
#: Maximum number of bytes read of the archive member that states the type.
_MAX_TYPE_BYTES = 256 * 1024
_MAX_NAME_LENGTH = 100
_OPEN_XML = "application/vnd.openxmlformats-officedocument."
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument.text"
#: Path separators on all systems.
_PATH = re.compile(r"[/\\]")
#: Control characters that no text has.
_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
#: Unicode categories to remove: control, format (including bidi overrides), private and unassigned characters.
_INVISIBLE_CATEGORIES = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


class FileKind(NamedTuple):
    """An allowed file type: the media type it is served with, and the check of its content."""

    media_type: str
    fits: Callable[[File[bytes]], bool]


def store_upload(file: File[bytes], by: User, now: datetime, max_bytes: int = MAX_UPLOAD_BYTES) -> Upload:
    """Validate and store a file, and return its row. Raises ValidationError, listing the allowed types, otherwise.

    Link it in the same transaction, inside ``stored_upload``, which deletes the file again where linking fails.
    """
    extension, kind = validate_file_kind(file, max_bytes)
    file.seek(0)
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    upload = Upload(
        name=display_name(file.name or "", extension),
        media_type=kind.media_type,
        size=file.size,
        sha256=digest.hexdigest(),
        uploaded_at=now,
        uploaded_by=by,
    )
    # Named before anything is written, so that a partly written file can be deleted.
    upload.file.name = upload.file.field.generate_filename(upload, "")
    try:
        upload.file.name = upload.file.storage.save(upload.file.name, File(file))
        upload.full_clean()
        upload.save()
    except BaseException as error:
        _delete_file(upload)
        if is_disk_full(error):
            raise disk_full_error() from error
        raise
    return upload


class UnstoredFile(SimpleUploadedFile):
    """Placeholder for a file that did not fit on the disk; the rest of the form is kept."""

    def __init__(self, name: str | None) -> None:
        super().__init__(name or "", b"")


class IncomingFile(TemporaryUploadedFile):
    """A large upload, kept below MEDIA_ROOT until the request ends."""

    def __init__(self, *args: Any) -> None:
        folder = Path(settings.MEDIA_ROOT) / INCOMING_FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        # Skips the parent's constructor, which would use the system's temporary folder.
        file = tempfile.NamedTemporaryFile(dir=folder)  # noqa: SIM115 - the request closes it
        UploadedFile.__init__(self, file, *args)


class MediaUploadHandler(TemporaryFileUploadHandler):
    """Stores large uploads in MEDIA_ROOT until the form is read, where the clean-up job can find them.

    On a full disk the form is still parsed: the text fields are not lost with the file.
    """

    unstored = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Start a new file."""
        FileUploadHandler.new_file(self, *args, **kwargs)
        self.file = IncomingFile(self.file_name, self.content_type, 0, self.charset, self.content_type_extra)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a chunk; once the disk is full, the rest is discarded."""
        if self.unstored:
            return
        try:
            super().receive_data_chunk(raw_data, start)
            self.file.flush()
        except OSError as error:
            if not is_disk_full(error):
                raise
            self.unstored = True

    def file_complete(self, file_size: int) -> Any:
        """Return the uploaded file, or its placeholder."""
        if self.unstored:
            self.unstored = False
            self.file.close()
            return UnstoredFile(self.file_name)
        return super().file_complete(file_size)


def disk_full_error() -> ValidationError:
    """Return the validation error for a file that cannot be stored because the disk is full."""
    return ValidationError(
        _("There is no space for this file at the moment. Save without it, or try again later. We are working on it.")
    )


@contextmanager
def stored_upload(
    file: File[bytes] | None, by: User, now: datetime, max_bytes: int = MAX_UPLOAD_BYTES
) -> Iterator[Upload | None]:
    """Store a file (or none) while the body links it: both in one transaction, and no file is left where it fails."""
    if file is None:
        yield None
        return
    upload = None
    try:
        with transaction.atomic():
            upload = store_upload(file, by, now, max_bytes)
            yield upload
    except BaseException:
        if upload is not None:
            _delete_file(upload)
        raise


def delete_upload(upload: Upload) -> None:
    """Delete the row of a file, and the file once the transaction is committed."""
    storage, name = upload.file.storage, str(upload.file.name)
    upload.delete()
    transaction.on_commit(lambda: storage.delete(name))


def validate_file_kind(file: File[bytes], max_bytes: int = MAX_UPLOAD_BYTES) -> tuple[str, FileKind]:
    """Return the extension and the type of a file. Raises ValidationError where it is not allowed."""
    extension = (file.name or "").rpartition(".")[2].lower()
    kind = FILE_KINDS.get(extension)
    if kind is None:
        raise ValidationError(_("This kind of file cannot be used. Use one of these: %(kinds)s.") % _allowed_kinds())
    if isinstance(file, UnstoredFile):
        raise disk_full_error()
    if not file.size:
        raise ValidationError(_("This file is empty. Choose another one."))
    if file.size > max_bytes:
        message = _("This file is larger than %(most)s MB. Make it smaller, or put it on the web and give the address.")
        raise ValidationError(message % {"most": max_bytes // 1024**2})
    file.seek(0)
    try:
        fits = kind.fits(file)
    finally:
        file.seek(0)
    if not fits:
        message = _("What is in this file is not what its name says (.%(extension)s). Use one of these: %(kinds)s.")
        raise ValidationError(message % {"extension": extension, **_allowed_kinds()})
    return extension, kind


def display_name(original_name: str, extension: str) -> str:
    """Return a file name that is safe to display: no path, no invisible characters, this extension last."""
    name = unicodedata.normalize("NFC", _PATH.split(original_name)[-1])
    name = "".join(" " if unicodedata.category(character) in _INVISIBLE_CATEGORIES else character for character in name)
    stem = safe_name(" ".join(name.split()).rpartition(".")[0]).strip(". ")
    suffix = f".{extension}"
    return (stem[: _MAX_NAME_LENGTH - len(suffix)].strip(". ") or _("file")) + suffix


def _allowed_kinds() -> Mapping[str, str]:
    return {"kinds": ", ".join(FILE_KINDS)}


def _delete_file(upload: Upload) -> None:
    upload.file.storage.delete(str(upload.file.name))


# ---------------------------------------------------------------- checks of the content


def _starts_with(*signatures: bytes) -> Callable[[File[bytes]], bool]:
    def fits(file: File[bytes]) -> bool:
        start: bytes = file.read(max(map(len, signatures)))
        return start.startswith(signatures)

    return fits


def _has_main_part(main: str) -> Callable[[File[bytes]], bool]:
    """Return a check that an Office file has this main part; files with macros have another one."""
    wanted = f"{_OPEN_XML}{main}.main+xml".encode()

    def fits(file: File[bytes]) -> bool:
        return wanted in _read_member(file, "[Content_Types].xml")

    return fits


def _is_open_document(file: File[bytes]) -> bool:
    return _read_member(file, "mimetype").strip() == _OPEN_DOCUMENT.encode()


def _read_member(file: Any, member: str) -> bytes:
    """Return the content of this archive member; empty where it cannot be read."""
    try:
        with zipfile.ZipFile(file) as archive, archive.open(member) as stream:
            return stream.read(_MAX_TYPE_BYTES)
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, RuntimeError, NotImplementedError, ValueError, EOFError):
        return b""


def _is_text(file: File[bytes]) -> bool:
    """Return whether the content is text: UTF-8, UTF-16 with BOM, or cp1252, as Dutch Excel writes."""
    content = file.read()
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return not _CONTROL_CHARACTER.search(text)
    return False


#: Allowed types by extension, in the order in which they are listed to users.
FILE_KINDS: Mapping[str, FileKind] = {
    "pdf": FileKind("application/pdf", _starts_with(b"%PDF-")),
    "docx": FileKind(f"{_OPEN_XML}wordprocessingml.document", _has_main_part("wordprocessingml.document")),
    "odt": FileKind(_OPEN_DOCUMENT, _is_open_document),
    "xlsx": FileKind(f"{_OPEN_XML}spreadsheetml.sheet", _has_main_part("spreadsheetml.sheet")),
    "csv": FileKind("text/csv", _is_text),
    "txt": FileKind("text/plain", _is_text),
    "png": FileKind("image/png", _starts_with(b"\x89PNG\r\n\x1a\n")),
    "jpg": FileKind("image/jpeg", _starts_with(b"\xff\xd8\xff")),
    "jpeg": FileKind("image/jpeg", _starts_with(b"\xff\xd8\xff")),
}
