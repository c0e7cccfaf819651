"""Files that people hand in: known by their content, kept under our own name, never left behind."""

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
from participation.services.uploads import KINDS, LARGEST, kind_of, shown_name, store_upload, storing
from tests import world
from tests.files import CONTENTS, archive, given, office

NOW = world.moment("2026-03-21T09:00")


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("extension", KINDS)
def test_every_kind_that_may_be_used_is_known_by_what_is_in_it(extension):
    assert kind_of(given(f"brief.{extension.upper()}"))[0] == extension


@pytest.mark.parametrize("claimed", KINDS)
def test_what_only_calls_itself_so_is_refused(claimed):
    image = ("jpg", "jpeg")
    for other, content in CONTENTS.items():
        same = other == claimed or {other, claimed} == {*image} or {other, claimed} == {"csv", "txt"}
        # The first lines of a PDF are text too, and harmless as such.
        if same or (claimed in ("csv", "txt") and other == "pdf"):
            continue
        with pytest.raises(ValidationError, match=r"pdf, docx, odt, xlsx, csv, txt, png, jpg"):
            kind_of(given(f"brief.{claimed}", content))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pagina.html", b"<script>alert(1)</script>"),
        ("plaatje.svg", b"<svg/>"),
        ("brief", b"%PDF-1.7"),
        ("brief.pdf.exe", b"%PDF-1.7"),
        ("brief.docm", office("application/vnd.ms-word.document.macroEnabled.main+xml")),
        ("brief.docx", office("application/vnd.ms-word.document.macroEnabled.main+xml")),
        ("brief.docx", archive(**{"word/document.xml": "<main/>"})),
        ("brief.odt", archive(mimetype="application/vnd.oasis.opendocument.text-template")),
        ("brief.docx", CONTENTS["docx"][:60]),
        ("lijst.csv", b"naam\x00;aantal"),
        ("lijst.csv", b"\xff\xfenaam\xd8"),
        ("lijst.txt", b"\x81\x8d\x8f"),
        ("leeg.txt", b""),
    ],
)
def test_other_files_are_refused(name, content):
    with pytest.raises(ValidationError):
        kind_of(SimpleUploadedFile(name, content))


def test_a_file_that_is_too_large_is_refused_with_what_is_allowed():
    with pytest.raises(ValidationError, match="10 MB"):
        kind_of(given("brief.txt", b"a" * (LARGEST + 1)))
    assert kind_of(given("brief.txt", b"a" * LARGEST))[0] == "txt"


def test_text_may_be_what_any_sheet_writes():
    for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16"):
        assert kind_of(given("lijst.csv", "naam;één\r\n".encode(encoding)))[0] == "csv"


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
def test_a_name_is_cleaned_for_showing(typed, shown):
    assert shown_name(typed, "pdf").replace("file.pdf", "bestand.pdf") == shown


@holds_for(st.text(max_size=300), st.sampled_from([*KINDS]))
def test_no_name_reaches_outside_its_line_or_its_folder(typed, extension):
    name = shown_name(typed, extension)

    assert 0 < len(name) <= 100
    assert name.endswith(f".{extension}")
    assert not name.startswith((".", " "))
    assert not {"/", "\\", "\n", "\r", "\0"} & set(name)
    assert not any(unicodedata.category(sign)[0] == "C" for sign in name)
    assert shown_name(name, extension) == name


@pytest.mark.django_db
def test_a_file_is_kept_under_a_name_of_our_own(folder):
    upload = store_upload(given("../../Verslag.pdf"), world.user("adviser"), NOW)

    (kept,) = files(folder)
    assert "erslag" not in str(kept)
    assert kept.read_bytes() == CONTENTS["pdf"]
    assert (upload.name, upload.media_type, upload.size) == ("Verslag.pdf", "application/pdf", len(CONTENTS["pdf"]))
    assert upload.sha256 == hashlib.sha256(CONTENTS["pdf"]).hexdigest()
    assert (upload.uploaded_by.role, upload.uploaded_at) == ("adviser", NOW)


@pytest.mark.django_db
def test_a_file_that_could_not_be_linked_does_not_stay_behind(folder):
    by = world.user("adviser")

    def fail():
        with storing(given(), by, NOW) as upload:
            assert upload is not None
            assert len(files(folder)) == 1
            raise ValueError("it could not be linked")

    with pytest.raises(ValueError, match="not be linked"):
        fail()
    assert files(folder) == []
    assert not Upload.objects.exists()


@pytest.mark.django_db
def test_a_file_that_was_linked_stays(folder):
    with storing(given(), world.user("adviser"), NOW):
        pass
    assert len(files(folder)) == 1
    assert Upload.objects.count() == 1


@pytest.mark.django_db
def test_a_file_whose_row_cannot_be_saved_does_not_stay_behind(folder, monkeypatch):
    monkeypatch.setattr(Upload, "full_clean", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store_upload(given(), world.user("adviser"), NOW)
    assert files(folder) == []


@pytest.mark.django_db
def test_without_a_file_nothing_is_kept(folder):
    with storing(None, world.user("adviser"), NOW) as upload:
        assert upload is None
    assert files(folder) == []


@pytest.mark.django_db
@holds_for(name=st.text(min_size=1, max_size=60))
def test_whatever_a_file_is_called_it_lands_in_the_one_folder(name, tmp_path_factory):
    from django.test import override_settings

    root = tmp_path_factory.mktemp("media")
    by = world.models.User.objects.filter(username="adviser").first() or world.user("adviser")
    # SimpleUploadedFile would clean the name itself.
    file = given("brief.pdf")
    file._name = f"../{name}/../x.pdf"
    with override_settings(MEDIA_ROOT=root):
        upload = store_upload(file, by, NOW)
    (kept,) = files(root)
    assert kept.parent == root / "uploads"
    assert upload.name == "x.pdf"


@pytest.mark.django_db
def test_a_file_for_which_there_is_no_room_is_refused_and_leaves_nothing(folder, monkeypatch):
    def run_full(self, chunk_size=None):
        yield b"%PDF-1.7"
        raise OSError(errno.ENOSPC, "No space left on device")

    # What came in has chunks of its own; these are those of the copy that is kept.
    monkeypatch.setattr(File, "chunks", run_full)
    file = given("kaart.pdf")
    with pytest.raises(ValidationError, match="geen ruimte"):
        store_upload(file, world.user("adviser"), NOW)
    assert files(folder) == []
    assert not Upload.objects.exists()


def test_a_large_upload_is_kept_below_the_media_folder_while_it_comes_in(folder):
    body = {"title": "Schetsontwerp", "upload": SimpleUploadedFile("kaart.pdf", b"%PDF-1.7" + b"0" * 3_000_000)}
    request = RequestFactory().post("/", body)

    assert request.FILES["upload"].size == 3_000_008
    assert [path.parent.name for path in files(folder)] == ["incoming"]
    request.FILES["upload"].close()
    assert files(folder) == []


def test_where_the_disk_is_full_the_rest_of_the_form_is_kept(folder, monkeypatch):
    def full(self, file, *args):
        UploadedFile.__init__(self, Path("/dev/full").open("wb"), *args)  # noqa: SIM115

    monkeypatch.setattr(uploads.IncomingFile, "__init__", lambda self, *args: full(self, None, *args))
    body = {"upload": SimpleUploadedFile("kaart.pdf", b"%PDF-1.7" + b"0" * 3_000_000), "title": "Schetsontwerp"}
    request = RequestFactory().post("/", body)

    assert request.POST["title"] == "Schetsontwerp"
    with pytest.raises(ValidationError, match="geen ruimte"):
        kind_of(request.FILES["upload"])
    assert files(folder) == []
