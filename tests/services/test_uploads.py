"""Uploaded files: recognised by content, stored under a generated name, and never left behind."""

from __future__ import annotations

import errno
import hashlib
import unicodedata
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.test import RequestFactory
from hypothesis import given as holds_for
from hypothesis import strategies as st

from participation.models import Upload
from participation.services import uploads
from participation.services.uploads import (
    FILE_KINDS,
    MAX_UPLOAD_BYTES,
    display_name,
    store_upload,
    stored_upload,
    validate_file_kind,
)
from tests import world
from tests.files import CONTENTS, office_document, uploaded_file, zip_archive

NOW = world.moment("2026-03-21T09:00")


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("extension", FILE_KINDS)
def test_every_allowed_file_type_is_recognised_by_its_content(extension):
    assert validate_file_kind(uploaded_file(f"brief.{extension.upper()}"))[0] == extension


@pytest.mark.parametrize("claimed", FILE_KINDS)
def test_a_file_whose_content_does_not_match_its_extension_is_rejected(claimed):
    image = ("jpg", "jpeg")
    for other, content in CONTENTS.items():
        same = other == claimed or {other, claimed} == {*image} or {other, claimed} == {"csv", "txt"}
        # The first lines of a PDF are also text, and harmless as such.
        if same or (claimed in ("csv", "txt") and other == "pdf"):
            continue
        with pytest.raises(ValidationError, match=r"pdf, docx, odt, xlsx, csv, txt, png, jpg"):
            validate_file_kind(uploaded_file(f"brief.{claimed}", content))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pagina.html", b"<script>alert(1)</script>"),
        ("plaatje.svg", b"<svg/>"),
        ("brief", b"%PDF-1.7"),
        ("brief.pdf.exe", b"%PDF-1.7"),
        ("brief.docm", office_document("application/vnd.ms-word.document.macroEnabled.main+xml")),
        ("brief.docx", office_document("application/vnd.ms-word.document.macroEnabled.main+xml")),
        ("brief.docx", zip_archive(**{"word/document.xml": "<main/>"})),
        ("brief.odt", zip_archive(mimetype="application/vnd.oasis.opendocument.text-template")),
        ("brief.docx", CONTENTS["docx"][:60]),
        ("lijst.csv", b"naam\x00;aantal"),
        ("lijst.csv", b"\xff\xfenaam\xd8"),
        ("lijst.txt", b"\x81\x8d\x8f"),
        ("leeg.txt", b""),
    ],
)
def test_other_file_types_are_rejected(name, content):
    with pytest.raises(ValidationError):
        validate_file_kind(SimpleUploadedFile(name, content))


def test_a_file_that_is_too_large_is_rejected_with_the_limit():
    with pytest.raises(ValidationError, match="10 MB"):
        validate_file_kind(uploaded_file("brief.txt", b"a" * (MAX_UPLOAD_BYTES + 1)))
    assert validate_file_kind(uploaded_file("brief.txt", b"a" * MAX_UPLOAD_BYTES))[0] == "txt"


def test_text_files_may_use_any_spreadsheet_encoding():
    for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16"):
        assert validate_file_kind(uploaded_file("lijst.csv", "naam;één\r\n".encode(encoding)))[0] == "csv"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Brief.PDF", "Brief.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        (r"C:\Users\Piet\brief aan college.pdf", "brief aan college.pdf"),
        ("a\nb\r\n.pdf", "a b.pdf"),
        ("fdp.\u202egpj.pdf", "fdp. gpj.pdf"),
        ("..pdf", "bestand.pdf"),
        (".pdf", "bestand.pdf"),
        ("een.twee.pdf", "een.twee.pdf"),
        ("\u3164＝.=HYPERLINK.pdf", "HYPERLINK.pdf"),
        ("e\u0301e\u0301n.pdf", "één.pdf"),
        ("x" * 200 + ".pdf", "x" * 96 + ".pdf"),
    ],
)
def test_a_file_name_is_cleaned_for_display(typed, shown):
    assert display_name(typed, "pdf").replace("file.pdf", "bestand.pdf") == shown


@holds_for(st.text(max_size=300), st.sampled_from([*FILE_KINDS]))
def test_no_file_name_escapes_its_line_or_folder(typed, extension):
    name = display_name(typed, extension)

    assert 0 < len(name) <= 100
    assert name.endswith(f".{extension}")
    assert not name.startswith((".", " "))
    assert not {"/", "\\", "\n", "\r", "\0"} & set(name)
    assert not any(unicodedata.category(sign)[0] == "C" for sign in name)
    assert display_name(name, extension) == name


@pytest.mark.django_db
def test_a_file_is_stored_under_a_generated_name(folder):
    upload = store_upload(uploaded_file("../../Verslag.pdf"), world.user("adviser"), NOW)

    (kept,) = files(folder)
    assert "erslag" not in str(kept)
    assert kept.read_bytes() == CONTENTS["pdf"]
    assert (upload.name, upload.media_type, upload.size) == ("Verslag.pdf", "application/pdf", len(CONTENTS["pdf"]))
    assert upload.sha256 == hashlib.sha256(CONTENTS["pdf"]).hexdigest()
    assert (upload.uploaded_by.role, upload.uploaded_at) == ("adviser", NOW)


@pytest.mark.django_db
def test_a_file_that_could_not_be_linked_is_deleted(folder):
    by = world.user("adviser")

    def fail():
        with stored_upload(uploaded_file(), by, NOW) as upload:
            assert upload is not None
            assert len(files(folder)) == 1
            raise ValueError("it could not be linked")

    with pytest.raises(ValueError, match="not be linked"):
        fail()
    assert files(folder) == []
    assert not Upload.objects.exists()


@pytest.mark.django_db
def test_a_linked_file_is_kept(folder):
    with stored_upload(uploaded_file(), world.user("adviser"), NOW):
        pass
    assert len(files(folder)) == 1
    assert Upload.objects.count() == 1


@pytest.mark.django_db
def test_a_file_whose_row_cannot_be_saved_is_deleted(folder, monkeypatch):
    monkeypatch.setattr(Upload, "full_clean", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store_upload(uploaded_file(), world.user("adviser"), NOW)
    assert files(folder) == []


@pytest.mark.django_db
def test_without_a_file_nothing_is_stored(folder):
    with stored_upload(None, world.user("adviser"), NOW) as upload:
        assert upload is None
    assert files(folder) == []


@pytest.mark.django_db
@holds_for(name=st.text(min_size=1, max_size=60))
def test_any_file_name_is_stored_in_the_upload_folder(name, tmp_path_factory):
    from django.test import override_settings

    root = tmp_path_factory.mktemp("media")
    by = world.models.User.objects.filter(username="adviser").first() or world.user("adviser")
    # SimpleUploadedFile would clean the name itself.
    file = uploaded_file("brief.pdf")
    file._name = f"../{name}/../x.pdf"
    with override_settings(MEDIA_ROOT=root):
        upload = store_upload(file, by, NOW)
    (kept,) = files(root)
    assert kept.parent == root / "uploads"
    assert upload.name == "x.pdf"


@pytest.mark.django_db
def test_a_file_for_a_full_disk_is_rejected_and_leaves_nothing(folder, monkeypatch):
    def run_full(self, chunk_size=None):
        yield b"%PDF-1.7"
        raise OSError(errno.ENOSPC, "No space left on device")

    # The upload has its own chunk size; these are the chunks of the stored copy.
    monkeypatch.setattr(File, "chunks", run_full)
    file = uploaded_file("kaart.pdf")
    with pytest.raises(ValidationError, match="geen ruimte"):
        store_upload(file, world.user("adviser"), NOW)
    assert files(folder) == []
    assert not Upload.objects.exists()


def test_a_large_upload_is_buffered_below_the_media_folder(folder):
    body = {"title": "Schetsontwerp", "upload": SimpleUploadedFile("kaart.pdf", b"%PDF-1.7" + b"0" * 3_000_000)}
    request = RequestFactory().post("/", body)

    assert request.FILES["upload"].size == 3_000_008
    assert [path.parent.name for path in files(folder)] == ["incoming"]
    request.FILES["upload"].close()
    assert files(folder) == []


def test_on_a_full_disk_the_rest_of_the_form_is_kept(folder, monkeypatch):
    def full(self, file, *args):
        UploadedFile.__init__(self, Path("/dev/full").open("wb"), *args)  # noqa: SIM115

    monkeypatch.setattr(uploads.IncomingFile, "__init__", lambda self, *args: full(self, None, *args))
    body = {"upload": SimpleUploadedFile("kaart.pdf", b"%PDF-1.7" + b"0" * 3_000_000), "title": "Schetsontwerp"}
    request = RequestFactory().post("/", body)

    assert request.POST["title"] == "Schetsontwerp"
    with pytest.raises(ValidationError, match="geen ruimte"):
        validate_file_kind(request.FILES["upload"])
    assert files(folder) == []
