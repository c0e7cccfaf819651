"""The command export_open_data: which files it writes, and which it refuses to overwrite."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.core.management import CommandError, call_command

from tests import world

pytestmark = pytest.mark.django_db


def export(target):
    out = io.StringIO()
    call_command("export_open_data", str(target), stdout=out)
    return out.getvalue()


def test_it_writes_a_folder_and_prints_the_row_counts(tmp_path):
    world.trajectory()

    output = export(tmp_path / "dump")

    assert "1 trajectories" in output
    assert (
        json.loads((tmp_path / "dump" / "json" / "trajectories.jsonl").read_text("utf-8"))["slug"] == "voorbeeldplein"
    )
    assert (tmp_path / "dump" / "datapackage.json").is_file()


def test_it_overwrites_an_earlier_export(tmp_path):
    export(tmp_path / "dump")
    world.trajectory()

    assert "1 trajectories" in export(tmp_path / "dump")


def test_a_zip_is_written_completely_or_not_at_all(tmp_path, monkeypatch):
    export(tmp_path / "dump.zip")
    with zipfile.ZipFile(tmp_path / "dump.zip") as parts:
        assert "datapackage.json" in parts.namelist()
    before = (tmp_path / "dump.zip").read_bytes()

    def fails(*_given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("participation.interchange.open_data.writer._written", fails)
    with pytest.raises(CommandError, match="No space left"):
        export(tmp_path / "dump.zip")

    assert (tmp_path / "dump.zip").read_bytes() == before


def test_a_folder_with_other_files_is_not_touched(tmp_path):
    (tmp_path / "brief.txt").write_text("Beste bewoner")

    with pytest.raises(CommandError, match="has other files; name an empty one"):
        export(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["brief.txt"]


@pytest.mark.parametrize(
    ("target", "output"), [("weg/dump", "no such folder; create it first"), ("brief.txt", "this is a file")]
)
def test_an_unwritable_target_is_reported(tmp_path, target, output):
    (tmp_path / "brief.txt").write_text("Beste bewoner")

    with pytest.raises(CommandError, match=output):
        export(tmp_path / target)
