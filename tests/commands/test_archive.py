"""The commands archive and check_archive."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from participation.interchange.archive.pdf import PdfUnavailableError
from tests import world
from tests.interchange.archive.archives import files

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _here(settings, tmp_path, monkeypatch):
    settings.RULEBOOK = "leiden"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("participation.interchange.archive.writer.pdf_of", lambda _html: b"%PDF-")


def run(*arguments):
    out = StringIO()
    try:
        call_command(*map(str, arguments), stdout=out)
    except CommandError as error:
        return out.getvalue(), error
    return out.getvalue(), None


def test_an_archive_is_verified_by_its_checksum(tmp_path):
    world.trajectory()
    out, error = run("archive", "voorbeeldplein")
    assert error is None
    [path] = tmp_path.iterdir()
    info = out.partition("SHA-256 ")[2].partition("\n")[0]
    assert path.name.startswith("voorbeeldplein-")

    out, error = run("check_archive", path)
    assert error is None
    assert info in out
    assert "Unaltered: each file matches the manifest." in out
    assert "somebody who changes a file can change the manifest" in out

    out, error = run("check_archive", path, "--sha256", info.upper())
    assert error is None
    assert "the SHA-256 is the one given" in out


def test_a_modified_archive_fails_and_names_the_file(tmp_path):
    world.trajectory()
    run("archive", "voorbeeldplein", "--output", "plein.zip")
    path = tmp_path / "plein.zip"
    path.write_bytes(path.read_bytes().replace(b'"Voorbeeldplein"', b'"Ander plein !!"', 1))
    out, error = run("check_archive", path)
    assert error.returncode == 1
    assert "unreadable: data/dossier.json" in out


def test_an_archive_with_another_checksum_fails(tmp_path):
    world.trajectory()
    run("archive", "voorbeeldplein", "--output", "plein.zip")
    out, error = run("check_archive", "plein.zip", "--sha256", "0" * 64)
    assert error.returncode == 1
    assert "differs from the one given" in out


def test_a_file_that_is_not_an_archive_fails_with_a_remedy(tmp_path):
    (tmp_path / "brief.zip").write_bytes(b"%PDF-")
    _out, error = run("check_archive", "brief.zip")
    assert error.returncode == 1
    assert "Fetch the file again" in str(error)


def test_a_file_name_in_a_zip_cannot_inject_terminal_codes():
    from participation.management.commands.check_archive import printable_name

    assert printable_name("a\x1b[2J\u202eb é") == "a\\x1b[2J\\u202eb é"


def test_the_public_version_has_no_personal_names_and_needs_a_public_trajectory(tmp_path):
    world.trajectory()
    world.trajectory("geheim", public=False)
    run("archive", "voorbeeldplein", "--public", "--output", "plein.zip")
    run("archive", "geheim", "--output", "geheim.zip")
    info = {
        name: files((tmp_path / f"{name}.zip").read_bytes())["bag-info.txt"].decode() for name in ("plein", "geheim")
    }
    assert "Leidraad-Reader: public" in info["plein"]
    assert "Leidraad-Reader: municipality" in info["geheim"]
    _out, error = run("archive", "geheim", "--public")
    assert "is not public" in str(error)


def test_an_unknown_trajectory_gets_a_suggestion():
    world.trajectory()
    _out, error = run("archive", "voorbeeldplain")
    assert "voorbeeldplein" in str(error)


def test_a_failed_export_keeps_the_older_archive(tmp_path, monkeypatch):
    world.trajectory()
    (tmp_path / "plein.zip").write_bytes(b"het vorige")

    def unavailable(_html):
        raise PdfUnavailableError("apt-get install pango")

    monkeypatch.setattr("participation.interchange.archive.writer.pdf_of", unavailable)
    _out, error = run("archive", "voorbeeldplein", "--output", "plein.zip")
    assert "apt-get install pango" in str(error)
    assert [path.name for path in tmp_path.iterdir()] == ["plein.zip"]
    assert (tmp_path / "plein.zip").read_bytes() == b"het vorige"


def test_a_missing_folder_is_reported():
    world.trajectory()
    _out, error = run("archive", "voorbeeldplein", "--output", "nergens/plein.zip")
    assert "nergens" in str(error)
