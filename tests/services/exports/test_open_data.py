"""The open data export: which one is served, when it is made, and what a failed one leaves behind."""

from __future__ import annotations

import os
from datetime import date

import pytest

from participation import tasks
from participation.compliance.rulebooks import load_rulebooks
from participation.services.exports import open_data
from participation.services.exports.cached_files import BeingMadeError, folder_lock
from participation.services.jobs import jobs
from tests import world

TODAY, NOW = date(2026, 5, 1), world.moment("2026-05-01 04:30")
RULEBOOKS = load_rulebooks("leiden")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "open-data"


def test_the_nightly_job_creates_the_export_once(folder):
    world.trajectory()
    receipts = [jobs.run("open-data", TODAY, RULEBOOKS, NOW, lambda: NOW) for _ in range(2)]
    assert [run.counts for run in receipts] == [{"dumps": 1}, {"dumps": 0}]
    assert open_data.current_dump().name.startswith("2026-05-01-")


def test_a_newer_export_replaces_the_older_one(folder):
    world.trajectory()
    open_data.make_dump(TODAY, RULEBOOKS)
    open_data.make_dump(date(2026, 5, 2), RULEBOOKS)
    assert [path.name[:10] for path in folder.glob("*.zip")] == ["2026-05-02"]


@pytest.mark.parametrize(
    ("change", "still_served"),
    [
        (lambda square, _secret: world.record(square, "2026-05-01 12:00", title="Anders"), True),
        (lambda _square, secret: world.record(secret, "2026-05-01 12:00", title="Anders"), True),
        (lambda _square, secret: world.record(secret, "2026-05-01 12:00", public=True), True),
        (lambda _square, _secret: world.trajectory("nieuw"), True),
        (lambda square, _secret: world.record(square, "2026-05-01 12:00", public=False), False),
        (lambda square, _secret: world.remove(square, "2026-05-01 12:00"), False),
    ],
)
def test_an_export_is_served_until_part_of_it_becomes_private(change, still_served):
    square, secret = world.trajectory(), world.trajectory("geheim", public=False)
    open_data.make_dump(TODAY, RULEBOOKS)
    change(square, secret)
    assert (open_data.current_dump() is not None) is still_served


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CODE_VERSION", "andere"),
        ("BASE_URL", "https://elders.example.org"),
        ("MUNICIPALITY", "gemeente Elders"),
        ("CONTACT_EMAIL", "elders@example.org"),
    ],
)
def test_another_version_of_the_software_serves_the_old_export_until_it_made_one(folder, settings, name, value):
    world.trajectory()
    assert open_data.needs_dump()
    open_data.make_dump(TODAY, RULEBOOKS)
    old = open_data.current_dump()
    assert not open_data.needs_dump()
    setattr(settings, name, value)
    assert (open_data.current_dump(), open_data.needs_dump()) == (old, True)
    assert open_data.make_dump(TODAY, RULEBOOKS)
    assert not open_data.needs_dump()
    assert list(folder.glob("*.zip")) == [open_data.current_dump()] != [old]


def test_an_incomplete_export_is_never_served_and_is_removed_by_the_next_run(folder):
    folder.mkdir()
    half = folder / "2026-05-01-abc-0.zip.part"
    half.write_bytes(b"PK")
    assert open_data.current_dump() is None
    open_data.make_dump(TODAY, RULEBOOKS)
    assert not half.exists()


def test_the_scheduler_creates_a_missing_export_unless_another_is_running(folder, monkeypatch):
    started = []
    monkeypatch.setattr(tasks.make_open_data, "delay", lambda: started.append(1))
    for name in ("send_webhooks", "dispatch_chunks"):
        monkeypatch.setattr(tasks, name, type("", (), {"delay": lambda: None, "__call__": lambda *_: None})())
    tasks.send_webhooks.delay = lambda: None
    tasks.catch_up()
    assert started == [1]
    with folder_lock(folder):
        tasks.make_open_data()
    assert open_data.current_dump() is None
    tasks.make_open_data()
    assert open_data.current_dump()
    tasks.catch_up()
    assert started == [1]


def test_one_process_writes_in_a_folder_and_a_killed_one_releases_its_lock(folder):
    with folder_lock(folder), pytest.raises(BeingMadeError), folder_lock(folder):
        pass
    if (child := os.fork()) == 0:
        with folder_lock(folder):
            (folder / "half.zip.part").write_bytes(b"PK")
            os._exit(9)
    os.waitpid(child, 0)
    with folder_lock(folder):
        assert not list(folder.glob("*.part"))
