"""work: the worker and the clock in one process. What it does with its folder, and what it starts; not the work."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from participation.management.commands import work


class Clock:
    def __init__(self, *_arguments, **options):
        self.said, self.options = [], options

    def start(self):
        self.said.append("start")

    def stop(self):
        self.said.append("stop")


@pytest.fixture
def tried(monkeypatch, settings, tmp_path):
    """Run the command with a clock and a worker that only note what is asked of them."""
    settings.QUEUE_ROOT, settings.REDIS_URL = tmp_path / "queue", ""
    clock, asked, options = Clock(), [], {}

    def try_it(exitcode=None, redis=""):
        settings.REDIS_URL = redis

        class Worker:
            def __init__(self, **given):
                options.update(given)
                self.exitcode = exitcode

            def start(self):
                clock.said.append("work")

        monkeypatch.setattr(work, "EmbeddedService", lambda app, **given: clock)
        monkeypatch.setattr(work.app, "Worker", Worker)
        monkeypatch.setattr(work.app, "send_task", asked.append)
        out = StringIO()
        call_command("work", stdout=out)
        return out.getvalue(), clock.said, asked, options

    return try_it


@pytest.mark.django_db
def test_it_starts_the_clock_and_the_worker_and_catches_up_first(tried, tmp_path):
    told, said, asked, options = tried()

    assert told.count("\n") == 1
    assert str(tmp_path / "queue") in told
    assert (said, asked) == (["start", "work", "stop"], ["participation.tasks.catch_up"])
    assert options["pool"] == "solo"


@pytest.mark.django_db
def test_it_makes_its_folders_and_removes_what_an_earlier_one_left_and_nothing_else(tried, tmp_path):
    waiting = tmp_path / "queue" / "waiting"
    waiting.mkdir(parents=True)
    for name in ("1_a.celery.msg", "2_b.celery.msg.part", "photo.jpg"):
        (waiting / name).write_text("{}")
    tried()

    assert [path.name for path in waiting.iterdir()] == ["photo.jpg"]
    assert (tmp_path / "queue" / "control").is_dir()


@pytest.mark.django_db
def test_with_redis_it_works_over_redis_and_touches_no_folder(tried, tmp_path):
    told, said, _asked, _options = tried(redis="redis://localhost:6379/0")

    assert "Redis" in told
    assert "celery -A tracker worker" in told
    assert said == ["start", "work", "stop"]
    assert not (tmp_path / "queue").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["should_stop", "should_terminate"])
def test_ctrl_c_is_no_error_to_who_presses_it(tried, monkeypatch, asked):
    monkeypatch.setattr(work.state, asked, 1)

    assert tried(exitcode=1)[1] == ["start", "work", "stop"]


@pytest.mark.django_db
def test_a_worker_that_stopped_by_itself_is_an_error_for_whoever_starts_it_again(tried):
    with pytest.raises(CommandError) as stopped:
        tried(exitcode=1)

    assert stopped.value.returncode == 1
