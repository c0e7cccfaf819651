"""export_open_data: what it writes where, and what it refuses to write over."""

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


def test_it_writes_a_folder_and_tells_how_much_of_what(tmp_path):
    world.trajectory()

    told = export(tmp_path / "dump")

    assert "1 trajectories" in told
    assert (
        json.loads((tmp_path / "dump" / "json" / "trajectories.jsonl").read_text("utf-8"))["slug"] == "voorbeeldplein"
    )
    assert (tmp_path / "dump" / "datapackage.json").is_file()


def test_it_writes_over_an_earlier_one(tmp_path):
    export(tmp_path / "dump")
    world.trajectory()

    assert "1 trajectories" in export(tmp_path / "dump")


def test_it_writes_a_zip_whole_or_not_at_all(tmp_path, monkeypatch):
    export(tmp_path / "dump.zip")
    with zipfile.ZipFile(tmp_path / "dump.zip") as parts:
        assert "datapackage.json" in parts.namelist()
    before = (tmp_path / "dump.zip").read_bytes()

    def fails(*_given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("participation.exchange.open_data.writer._written", fails)
    with pytest.raises(CommandError, match="No space left"):
        export(tmp_path / "dump.zip")

    assert (tmp_path / "dump.zip").read_bytes() == before


def test_it_leaves_a_folder_alone_that_holds_other_things(tmp_path):
    (tmp_path / "brief.txt").write_text("Beste bewoner")

    with pytest.raises(CommandError, match="holds other things; name an empty one"):
        export(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["brief.txt"]


@pytest.mark.parametrize(
    ("target", "told"), [("weg/dump", "no such folder; make it first"), ("brief.txt", "this is a file")]
)
def test_it_says_where_it_cannot_write(tmp_path, target, told):
    (tmp_path / "brief.txt").write_text("Beste bewoner")

    with pytest.raises(CommandError, match=told):
        export(tmp_path / target)
