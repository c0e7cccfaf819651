"""Files that people hand in: what they are is checked by what is in them, and none stays behind unlinked."""

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

from participation.exchange.cells import safe_name
from participation.models import Upload, User
from participation.models.uploads import INCOMING_FOLDER

from .storage import is_no_room

#: At most so many bytes.
LARGEST = 10 * 1024 * 1024
#: The part of an archive that says what it is, is small; a larger one is not read.
_LARGEST_CLAIM = 256 * 1024
_LONGEST_NAME = 100
_OPEN_XML = "application/vnd.openxmlformats-officedocument."
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument.text"
#: Separators in a path, on any machine.
_PATH = re.compile(r"[/\\]")
#: Control and invisible characters, those that turn the direction of writing, and what has no meaning of its own.
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


class Kind(NamedTuple):
    """A kind of file: what a browser is told that it is, and how its content shows that it is one."""

    media_type: str
    fits: Callable[[File], bool]


def store_upload(file: File, by: User, now: datetime) -> Upload:
    """Check and keep a file and return its row. Raises ValidationError, naming what is allowed, on any other file.

    Link it in the same transaction, inside ``storing``: that takes the file away again where the linking fails.
    """
    extension, kind = kind_of(file)
    file.seek(0)
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    upload = Upload(
        name=shown_name(file.name or "", extension),
        media_type=kind.media_type,
        size=file.size,
        sha256=digest.hexdigest(),
        uploaded_at=now,
        uploaded_by=by,
    )
    # The name is set before anything is written: what is written in part must be found again to be removed.
    upload.file.name = upload.file.field.generate_filename(upload, "")
    try:
        upload.file.name = upload.file.storage.save(upload.file.name, File(file))
        upload.full_clean()
        upload.save()
    except BaseException as error:
        _drop(upload)
        if is_no_room(error):
            raise no_room() from error
        raise
    return upload


class UnstoredFile(SimpleUploadedFile):
    """Stands for a file for which there was no room while it came in; the rest of the form is kept."""

    def __init__(self, name: str | None) -> None:
        super().__init__(name or "", b"")


class IncomingFile(TemporaryUploadedFile):
    """A large upload, kept below MEDIA_ROOT until the request is answered."""

    def __init__(self, *args: Any) -> None:
        folder = Path(settings.MEDIA_ROOT) / INCOMING_FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        # Past its own parent, which would put it in the folder of the system.
        file = tempfile.NamedTemporaryFile(dir=folder)  # noqa: SIM115 - the request closes it
        UploadedFile.__init__(self, file, *args)


class MediaUploadHandler(TemporaryFileUploadHandler):
    """Keeps large uploads beside the other files until the form is read, where the clean-up job finds them.

    Where the disk is full the form is read all the same: what somebody typed is not lost with the file.
    """

    unstored = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        FileUploadHandler.new_file(self, *args, **kwargs)
        self.file = IncomingFile(self.file_name, self.content_type, 0, self.charset, self.content_type_extra)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a piece; after one that does not fit the rest is passed over."""
        if self.unstored:
            return
        try:
            super().receive_data_chunk(raw_data, start)
            self.file.flush()
        except OSError as error:
            if not is_no_room(error):
                raise
            self.unstored = True

    def file_complete(self, file_size: int) -> Any:
        """Return the file."""
        if self.unstored:
            self.unstored = False
            self.file.close()
            return UnstoredFile(self.file_name)
        return super().file_complete(file_size)


def no_room() -> ValidationError:
    """Return the error for a file that cannot be kept because a disk is full."""
    return ValidationError(
        _("There is no room for this file at the moment. Save without it, or try again later. We are working on it.")
    )


@contextmanager
def storing(file: File | None, by: User, now: datetime) -> Iterator[Upload | None]:
    """Keep a file (or none) while what is inside links it: all of it is stored, or neither row nor file is."""
    if file is None:
        yield None
        return
    upload = None
    try:
        with transaction.atomic():
            upload = store_upload(file, by, now)
            yield upload
    except BaseException:
        if upload is not None:
            _drop(upload)
        raise


def kind_of(file: File) -> tuple[str, Kind]:
    """Return the extension and the kind of a file. Raises ValidationError where it is not one that is allowed."""
    extension = (file.name or "").rpartition(".")[2].lower()
    kind = KINDS.get(extension)
    if kind is None:
        raise ValidationError(_("This kind of file cannot be used. Use one of these: %(kinds)s.") % _allowed())
    if isinstance(file, UnstoredFile):
        raise no_room()
    if not file.size:
        raise ValidationError(_("This file is empty. Choose another one."))
    if file.size > LARGEST:
        message = _("This file is larger than %(most)s MB. Make it smaller, or put it on the web and give the address.")
        raise ValidationError(message % {"most": LARGEST // 1024**2})
    file.seek(0)
    try:
        fits = kind.fits(file)
    finally:
        file.seek(0)
    if not fits:
        message = _("What is in this file is not what its name says (.%(extension)s). Use one of these: %(kinds)s.")
        raise ValidationError(message % {"extension": extension, **_allowed()})
    return extension, kind


def shown_name(given: str, extension: str) -> str:
    """Return the name by which people know a file, safe on one line: no path, nothing unseen, this extension last."""
    name = unicodedata.normalize("NFC", _PATH.split(given)[-1])
    name = "".join(" " if unicodedata.category(sign) in _UNSEEN else sign for sign in name)
    stem = safe_name(" ".join(name.split()).rpartition(".")[0]).strip(". ")
    ending = f".{extension}"
    return (stem[: _LONGEST_NAME - len(ending)].strip(". ") or _("file")) + ending


def _allowed() -> Mapping[str, str]:
    return {"kinds": ", ".join(KINDS)}


def _drop(upload: Upload) -> None:
    upload.file.storage.delete(str(upload.file.name))


# ---------------------------------------------------------------- what shows that a file is what it says


def _starts_with(*signatures: bytes) -> Callable[[File], bool]:
    def fits(file: File) -> bool:
        return file.read(max(map(len, signatures))).startswith(signatures)

    return fits


def _open_xml(main: str) -> Callable[[File], bool]:
    """Return whether an Office file has this main part: one with macros has another."""
    wanted = f"{_OPEN_XML}{main}.main+xml".encode()

    def fits(file: File) -> bool:
        return wanted in _claim(file, "[Content_Types].xml")

    return fits


def _open_text(file: File) -> bool:
    return _claim(file, "mimetype").strip() == _OPEN_DOCUMENT.encode()


def _claim(file: Any, part: str) -> bytes:
    """Return what this part of an archive says; nothing where it is no archive or has no such part."""
    try:
        with zipfile.ZipFile(file) as archive, archive.open(part) as claim:
            return claim.read(_LARGEST_CLAIM)
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, RuntimeError, NotImplementedError, ValueError, EOFError):
        return b""


def _is_text(file: File) -> bool:
    """Tell whether it reads as text: UTF-8, UTF-16 with its mark, or what Excel in Dutch writes."""
    content = file.read()
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return not any(sign < " " and sign not in "\t\n\r\f" for sign in text)
    return False


#: What may be handed in, by extension, in the order in which people are told.
KINDS: Mapping[str, Kind] = {
    "pdf": Kind("application/pdf", _starts_with(b"%PDF-")),
    "docx": Kind(f"{_OPEN_XML}wordprocessingml.document", _open_xml("wordprocessingml.document")),
    "odt": Kind(_OPEN_DOCUMENT, _open_text),
    "xlsx": Kind(f"{_OPEN_XML}spreadsheetml.sheet", _open_xml("spreadsheetml.sheet")),
    "csv": Kind("text/csv", _is_text),
    "txt": Kind("text/plain", _is_text),
    "png": Kind("image/png", _starts_with(b"\x89PNG\r\n\x1a\n")),
    "jpg": Kind("image/jpeg", _starts_with(b"\xff\xd8\xff")),
    "jpeg": Kind("image/jpeg", _starts_with(b"\xff\xd8\xff")),
}
