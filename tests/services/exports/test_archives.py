"""Cached archives: the same request gives the same file, until its contents change."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from hashlib import sha256
from threading import Barrier, Event

import pytest
from django.db import connection, connections, transaction

from participation.compliance.rulebooks import load_rulebooks
from participation.interchange.archive.data import ArchiveRequest, PrivilegedReader
from participation.models import Changeset, EvaluationResponse, Organisation, Step
from participation.services.exports import archives, open_data
from participation.services.exports.cached_files import BeingMadeError
from tests import world

TODAY, NOW = date(2026, 5, 1), world.moment("2026-05-01 12:00")
RULEBOOKS = load_rulebooks("leiden")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("participation.interchange.archive.writer.pdf_of", lambda _html: b"%PDF-")
    return tmp_path / "archives"


@pytest.fixture
def square():
    found = world.trajectory()
    world.step(found)
    return found


def archive_request(trajectory, **other):
    return ArchiveRequest(trajectory, RULEBOOKS.first, TODAY, NOW)._replace(**other)


def read(found):
    """Return the archive and its content."""
    with found.file:
        return found, found.file.read()


def make(trajectory, **other):
    return read(archives.make_archive(archive_request(trajectory, **other)))


def cached_archive_of(trajectory, **other):
    found = archives.cached_archive(archive_request(trajectory, **other))
    return found and read(found)


def test_an_archive_is_created_once_and_served_from_the_cache(square):
    assert cached_archive_of(square) is None
    made, content = make(square)
    later, content_later = cached_archive_of(square, now=world.moment("2026-05-01 13:00"))
    assert content_later == content
    assert (later.sha256, later.size) == (made.sha256, made.size) == (sha256(content).hexdigest(), len(content))


@pytest.mark.parametrize("other", [{"user": PrivilegedReader()}, {"language": "en"}, {"today": date(2026, 5, 2)}])
def test_another_reader_language_or_day_gets_its_own_archive(square, other):
    make(square)
    assert cached_archive_of(square, **other) is None


CHANGES = {
    "the trajectory": lambda square: world.record(square, "2026-05-01 12:30", title="Anders"),
    "a row of it": lambda square: world.record(Step.objects.get(), "2026-05-01 12:30", title="Anders"),
    "a row is removed": lambda square: world.remove(Step.objects.get(), "2026-05-01 12:30"),
    "a row is added": lambda square: world.contribution(square),
    "the plan, and who is in it": lambda square: world.plan(square),
    "what an organisation is called": lambda _square: world.record(
        Organisation.objects.first(), "2026-05-01 12:30", name="Anders"
    ),
    "what is owed": lambda square: world.transition(world.obligation(trajectory=square)),
    "an answer on an evaluation": lambda _square: EvaluationResponse.objects.create(
        step=Step.objects.get(), answered_on=TODAY, fairness=7
    ),
    "links were recorded": lambda square: Changeset.objects.create(
        trajectory=square, by=world.user("adviser"), at=NOW, verb="assigned"
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_any_change_creates_a_new_archive_and_removes_the_old_one(square, folder, change):
    world.organisation()
    make(square)
    change(square)
    assert cached_archive_of(square) is None
    make(square)
    assert len(list(folder.glob("*.zip"))) == 1


def test_a_change_in_another_trajectory_keeps_the_archive(square):
    other = world.trajectory("ander-plein")
    make(square)
    world.record(other, "2026-05-01 12:30", title="Anders")
    world.step(other)
    assert cached_archive_of(square)


def test_a_failed_archive_is_never_served_and_is_removed(square, folder, monkeypatch):
    def killed(file, _asked):
        file.write(b"PK half")
        raise KeyboardInterrupt

    write = archives.write_archive
    monkeypatch.setattr(archives, "write_archive", killed)
    with pytest.raises(KeyboardInterrupt):
        make(square)
    assert cached_archive_of(square) is None
    assert len(list(folder.glob("*.part"))) == 1
    monkeypatch.setattr(archives, "write_archive", write)
    make(square)
    assert list(folder.glob("*.part")) == []


def test_the_cache_size_is_limited_and_the_least_recently_used_goes_first(square, folder, monkeypatch):
    others = [world.trajectory(f"plein-{number}") for number in range(3)]
    size = make(square)[0].size
    for other in others[:2]:
        make(other)
    for path in folder.glob(f"{square.pk}-*.zip"):
        os.utime(path, (0, 0))
    cached_archive_of(square)  # requested again, which counts as use
    monkeypatch.setattr(archives, "MAX_CACHE_BYTES", int(size * 3.5))
    for path in folder.glob(f"{others[0].pk}-*.zip"):
        os.utime(path, (1, 1))
    make(others[2])
    assert cached_archive_of(others[0]) is None
    assert cached_archive_of(square)
    monkeypatch.setattr(archives, "MAX_CACHE_BYTES", 1)
    make(others[0])
    assert len(list(folder.glob("*.zip"))) == 1, "what was just made stays"


@pytest.mark.parametrize("all_of_them", [False, True])
def test_an_invalidated_archive_is_removed_on_commit(square, django_capture_on_commit_callbacks, all_of_them):
    other = world.trajectory("ander-plein")
    for one in (square, other):
        make(one)
    open_data.make_dump(TODAY, RULEBOOKS)
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        archives.clear_all_caches() if all_of_them else archives.clear_cache(square.pk)
        assert cached_archive_of(square), "others still see what was there"
    assert cached_archive_of(square) is None
    assert (cached_archive_of(other) is None) is all_of_them
    assert open_data.current_dump() is None


def test_archives_of_earlier_days_are_removed(square, folder):
    make(square)
    assert archives.remove_old_archives(TODAY) == 0
    assert archives.remove_old_archives(date(2026, 5, 2)) == 1
    assert list(folder.glob("*.zip")) == []


@pytest.mark.skipif(connection.vendor == "sqlite", reason="threads share the one connection of a database in memory")
@pytest.mark.django_db(transaction=True)
def test_ten_concurrent_requests_create_one_archive(square, monkeypatch):
    start, others_answered, made = Barrier(10), Event(), []
    write, refused = archives.write_archive, []

    def slowly(file, question):
        made.append(1)
        assert others_answered.wait(20)
        write(file, question)

    monkeypatch.setattr(archives, "write_archive", slowly)

    def ask(_number):
        try:
            start.wait()
            return make(square)[0].sha256
        except BeingMadeError:
            refused.append(1)
            if len(refused) == 9:
                others_answered.set()
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(ask, range(10)))
    assert made == [1]
    assert cached_archive_of(square)[0].sha256 == next(filter(None, answers))
