"""The command run_worker: its queue folders, and that it starts a worker with a scheduler."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from participation.management.commands import run_worker


class WorkerClock:
    def __init__(self, *_arguments, **options):
        self.calls, self.options = [], options

    def start(self):
        self.calls.append("start")

    def stop(self):
        self.calls.append("stop")


@pytest.fixture
def run_work(monkeypatch, settings, tmp_path):
    """Run the command with a scheduler and a worker that only record their calls."""
    settings.QUEUE_ROOT, settings.REDIS_URL = tmp_path / "queue", ""
    clock, sent_tasks, options = WorkerClock(), [], {}

    def try_it(exitcode=None, redis=""):
        settings.REDIS_URL = redis

        class Worker:
            def __init__(self, **given):
                options.update(given)
                self.exitcode = exitcode

            def start(self):
                clock.calls.append("work")

        monkeypatch.setattr(run_worker, "EmbeddedService", lambda app, **given: clock)
        monkeypatch.setattr(run_worker.app, "Worker", Worker)
        monkeypatch.setattr(run_worker.app, "send_task", sent_tasks.append)
        out = StringIO()
        call_command("run_worker", stdout=out)
        return out.getvalue(), clock.calls, sent_tasks, options

    return try_it


@pytest.mark.django_db
def test_it_starts_scheduler_and_worker_and_catches_up_first(run_work, tmp_path):
    output, calls, sent_tasks, options = run_work()

    assert output.count("\n") == 1
    assert str(tmp_path / "queue") in output
    assert (calls, sent_tasks) == (["start", "work", "stop"], ["participation.tasks.catch_up"])
    assert options["pool"] == "solo"


@pytest.mark.django_db
def test_it_creates_its_folders_and_removes_only_leftovers_of_an_earlier_run(run_work, tmp_path):
    waiting = tmp_path / "queue" / "waiting"
    waiting.mkdir(parents=True)
    for name in ("1_a.celery.msg", "2_b.celery.msg.part", "photo.jpg"):
        (waiting / name).write_text("{}")
    run_work()

    assert [path.name for path in waiting.iterdir()] == ["photo.jpg"]
    assert (tmp_path / "queue" / "control").is_dir()


@pytest.mark.django_db
def test_with_redis_it_uses_no_folder(run_work, tmp_path):
    output, calls, _asked, _options = run_work(redis="redis://localhost:6379/0")

    assert "Redis" in output
    assert "celery -A tracker worker" in output
    assert calls == ["start", "work", "stop"]
    assert not (tmp_path / "queue").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("sent_tasks", ["should_stop", "should_terminate"])
def test_ctrl_c_is_not_an_error(run_work, monkeypatch, sent_tasks):
    monkeypatch.setattr(run_worker.state, sent_tasks, 1)

    assert run_work(exitcode=1)[1] == ["start", "work", "stop"]


@pytest.mark.django_db
def test_a_worker_that_stops_by_itself_exits_with_an_error(run_work):
    with pytest.raises(CommandError) as stopped:
        run_work(exitcode=1)

    assert stopped.value.returncode == 1
