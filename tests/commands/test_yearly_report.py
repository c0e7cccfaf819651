"""The commands yearly_report and check_report."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from participation.interchange.archive.pdf import PdfUnavailableError
from tests.interchange.yearly_report.reports import contents, repacked, town

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _here(settings, tmp_path, monkeypatch):
    settings.RULEBOOK = "leiden"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("participation.interchange.yearly_report.writer.pdf_of", lambda _html: b"%PDF-")


def run(*arguments):
    out = StringIO()
    try:
        call_command(*map(str, arguments), stdout=out)
    except CommandError as error:
        return out.getvalue(), error
    return out.getvalue(), None


def test_a_report_is_written_and_confirmed(tmp_path):
    town()
    out, error = run("yearly_report", 2025, "--output", "verslag.zip")
    assert error is None
    info = out.partition("SHA-256 ")[2].partition("\n")[0]
    out, error = run("check_report", "verslag.zip")
    assert error is None
    assert "figures were computed again, and none differs" in out
    assert "all replaced together" in out
    out, error = run("check_report", "verslag.zip", "--sha256", info.upper())
    assert error is None
    _out, error = run("check_report", "verslag.zip", "--sha256", "0" * 64)
    assert error.returncode == 1


def test_the_figures_that_differ_are_named(tmp_path):
    town()
    run("yearly_report", 2025, "--output", "verslag.zip")
    path = tmp_path / "verslag.zip"
    text = contents(path.read_bytes())["evaluations.csv"].replace(b",6.0\n", b",6.5\n")
    path.write_bytes(repacked(path.read_bytes(), "evaluations.csv", text))
    out, error = run("check_report", "verslag.zip")
    assert error.returncode == 1
    assert "differs: fairness, 2025, sum: 13.5 in the report, 14.0 from the lines" in out


def test_a_line_altered_in_the_file_itself_is_named(tmp_path):
    town()
    run("yearly_report", 2025, "--output", "verslag.zip")
    path = tmp_path / "verslag.zip"
    path.write_bytes(path.read_bytes().replace(b",6.0\n", b",6.5\n", 1))
    out, error = run("check_report", "verslag.zip")
    assert error.returncode == 1
    assert "data/evaluations.csv" in out


@pytest.mark.parametrize("year", [1999, 2999])
def test_a_year_without_a_report_is_refused(year):
    _out, error = run("yearly_report", year)
    assert "give a year from 2000" in str(error)


def test_a_failed_report_keeps_the_older_one(tmp_path, monkeypatch):
    (tmp_path / "verslag.zip").write_bytes(b"het vorige")

    def unavailable(_html):
        raise PdfUnavailableError("apt-get install pango")

    monkeypatch.setattr("participation.interchange.yearly_report.writer.pdf_of", unavailable)
    _out, error = run("yearly_report", 2025, "--output", "verslag.zip")
    assert "apt-get install pango" in str(error)
    assert [path.name for path in tmp_path.iterdir()] == ["verslag.zip"]
    assert (tmp_path / "verslag.zip").read_bytes() == b"het vorige"


def test_a_file_that_is_no_report_fails_with_a_remedy(tmp_path):
    (tmp_path / "brief.zip").write_bytes(b"%PDF-")
    _out, error = run("check_report", "brief.zip")
    assert error.returncode == 1
    assert "Fetch the file again" in str(error)
