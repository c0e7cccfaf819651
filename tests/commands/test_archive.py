"""archive and check_archive, as they are typed."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from participation.exchange.archive.pdf import PdfUnavailableError
from tests import world
from tests.exchange.archive.archives import files

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _here(settings, tmp_path, monkeypatch):
    settings.RULEBOOK = "leiden"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("participation.exchange.archive.writer.pdf_of", lambda _html: b"%PDF-")


def run(*arguments):
    out = StringIO()
    try:
        call_command(*map(str, arguments), stdout=out)
    except CommandError as error:
        return out.getvalue(), error
    return out.getvalue(), None


def test_what_is_archived_is_checked_by_its_sum(tmp_path):
    world.trajectory()
    out, error = run("archive", "voorbeeldplein")
    assert error is None
    [path] = tmp_path.iterdir()
    told = out.partition("SHA-256 ")[2].partition("\n")[0]
    assert path.name.startswith("voorbeeldplein-")

    out, error = run("check_archive", path)
    assert error is None
    assert told in out
    assert "Unaltered: each file is as listed." in out
    assert "who changes a file can change the list" in out

    out, error = run("check_archive", path, "--sha256", told.upper())
    assert error is None
    assert "the ZIP is the one of which you gave" in out


def test_an_archive_that_was_changed_fails_and_says_which_file(tmp_path):
    world.trajectory()
    run("archive", "voorbeeldplein", "--output", "plein.zip")
    path = tmp_path / "plein.zip"
    path.write_bytes(path.read_bytes().replace(b'"Voorbeeldplein"', b'"Ander plein !!"', 1))
    out, error = run("check_archive", path)
    assert error.returncode == 1
    assert "cannot be read: data/dossier.json" in out


def test_another_archive_than_the_one_of_the_sum_fails(tmp_path):
    world.trajectory()
    run("archive", "voorbeeldplein", "--output", "plein.zip")
    out, error = run("check_archive", "plein.zip", "--sha256", "0" * 64)
    assert error.returncode == 1
    assert "not the one that you gave" in out


def test_what_is_no_archive_fails_with_what_to_do(tmp_path):
    (tmp_path / "brief.zip").write_bytes(b"%PDF-")
    _out, error = run("check_archive", "brief.zip")
    assert error.returncode == 1
    assert "Fetch the file again" in str(error)


def test_a_name_from_a_zip_does_nothing_to_the_terminal():
    from participation.management.commands.check_archive import shown

    assert shown("a\x1b[2J\u202eb é") == "a\\x1b[2J\\u202eb é"


def test_the_public_version_names_nobody_and_there_is_none_of_what_is_not_public(tmp_path):
    world.trajectory()
    world.trajectory("geheim", public=False)
    run("archive", "voorbeeldplein", "--public", "--output", "plein.zip")
    run("archive", "geheim", "--output", "geheim.zip")
    told = {
        name: files((tmp_path / f"{name}.zip").read_bytes())["bag-info.txt"].decode() for name in ("plein", "geheim")
    }
    assert "Leidraad-Reader: public" in told["plein"]
    assert "Leidraad-Reader: municipality" in told["geheim"]
    _out, error = run("archive", "geheim", "--public")
    assert "is not public" in str(error)


def test_a_trajectory_that_is_not_there_is_told_with_the_nearest():
    world.trajectory()
    _out, error = run("archive", "voorbeeldplain")
    assert "voorbeeldplein" in str(error)


def test_what_fails_half_way_leaves_the_older_archive_in_place(tmp_path, monkeypatch):
    world.trajectory()
    (tmp_path / "plein.zip").write_bytes(b"het vorige")

    def unavailable(_html):
        raise PdfUnavailableError("apt-get install pango")

    monkeypatch.setattr("participation.exchange.archive.writer.pdf_of", unavailable)
    _out, error = run("archive", "voorbeeldplein", "--output", "plein.zip")
    assert "apt-get install pango" in str(error)
    assert [path.name for path in tmp_path.iterdir()] == ["plein.zip"]
    assert (tmp_path / "plein.zip").read_bytes() == b"het vorige"


def test_a_folder_that_is_not_there_is_told():
    world.trajectory()
    _out, error = run("archive", "voorbeeldplein", "--output", "nergens/plein.zip")
    assert "nergens" in str(error)
