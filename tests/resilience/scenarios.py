"""The scenarios: each starts the processes of an environment and injects faults."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress

from .fork_server import CLAIM_SECONDS
from .scenario_runs import HOUR, ScenarioRun

Scenario = Callable[[ScenarioRun], None]
SCENARIOS: dict[str, Scenario] = {}
#: Scenarios that only `python -m tests.resilience` runs, because the test suite has no time for them.
COMMAND_ONLY: set[str] = set()

#: Faults of a mail server, as steps of `tests.smtp`, after which the sender knows that the mail was not accepted.
FAILURES = (
    "connect=drop",
    "connect=421 4.3.2 not now",
    "sender=451 4.3.0 try again later",
    "sender=421 4.3.2 going down",
    "sender=wait 4",
    "recipient=450 4.2.1 busy",
    "recipient=drop",
    "data=451 4.3.0 insufficient storage",
    "data=drop",
    "data=cut",
    "end=451 4.3.0 insufficient storage",
)
#: Permanent rejections.
REJECTIONS = ("recipient=550 5.1.1 no such mailbox", "end=554 5.7.1 content rejected")
#: Faults after which the sender cannot know whether the mail was accepted.
DOUBTFUL = ("end=drop", "end=take+drop", "end=wait 4")


def scenario(function: Scenario) -> Scenario:
    """Register a scenario by its name."""
    SCENARIOS[function.__name__] = function
    return function


def command_only(function: Scenario) -> Scenario:
    """Register a scenario that the test suite does not run."""
    COMMAND_ONLY.add(function.__name__)
    return scenario(function)


# ---------- processes


@command_only
def no_fault_is_injected(run: ScenarioRun) -> None:
    run.start_all()


@scenario
def a_worker_is_killed_while_chunks_run(run: ScenarioRun) -> None:
    worker, *_others = run.start_all()
    run.wait_for_chunks(1, 20)
    run.kill(worker)
    if run.env.name == "single":
        run.restart(worker)


@scenario
def workers_are_killed_while_sending_mail(run: ScenarioRun) -> None:
    run.slow_down_mail()
    running = run.start_all()
    for most in (10, 22):
        run.wait_for_mails(len(run.accepted_ids) + 1, most)
        for worker in [process for process in running if process.sends_mail]:
            run.kill(worker)
            running.remove(worker)
            running.append(run.restart(worker))


@command_only
def all_processes_are_killed_twice(run: ScenarioRun) -> None:
    run.slow_down_mail()
    running = run.start_all()
    for _ in range(2):
        run.wait_for_chunks(1, 10)
        time.sleep(run.random.uniform(0, 0.5))
        for process in running:
            run.kill(process)
        running = run.start_all()


@command_only
def one_child_process_of_a_worker_is_killed(run: ScenarioRun) -> None:
    run.slow_down_mail()
    worker, *_others = run.start_all()
    run.wait_for_chunks(1, 20)
    if children := worker.children():
        os.kill(run.random.choice(children), signal.SIGKILL)
        run.record_fault(1)
    else:
        run.kill(worker)
        run.restart(worker)


@command_only
def a_worker_is_terminated_while_sending_mail(run: ScenarioRun) -> None:
    run.slow_down_mail()
    worker, *_others = run.start_all()
    run.wait_for_mails(1, 20)
    run.faults += 1
    worker.terminate()
    run.restart(worker)


@command_only
def a_worker_is_suspended_until_its_claim_has_expired(run: ScenarioRun) -> None:
    run.slow_down_mail()
    worker, *others = run.start_all()
    run.wait_for_mails(1, 20)
    if not others:
        others = [run.restart(worker)]
    worker.suspend()
    time.sleep(CLAIM_SECONDS + 1.5)
    worker.resume()
    run.record_fault(run.max_in_transit(worker))


# ---------- servers


@scenario
def the_queue_is_lost(run: ScenarioRun) -> None:
    run.slow_down_mail()
    run.start_all()
    run.wait_for_chunks(1, 15)
    run.env.purge_queue()
    run.wait_for_mails(1, 20)
    run.env.purge_queue()
    run.faults += 2


@scenario
def the_database_is_unavailable_for_a_while(run: ScenarioRun) -> None:
    run.slow_down_mail()
    run.options = run.options._replace(database_timeout=0.3)
    running = run.start_all()
    for most in (10, 20):
        run.wait_for_chunks(1, most)
        time.sleep(run.random.uniform(0, 0.5))
        with run.env.database_unavailable():
            time.sleep(run.random.uniform(0.5, 1.5))
        # A mail that was accepted while its row could not be updated is left in doubt.
        run.record_fault(sum(run.max_in_transit(process) for process in running if process.sends_mail))


@command_only
def there_is_no_mail_server_at_first(run: ScenarioRun) -> None:
    run.stop_smtp_server()
    run.start_all()
    run.wait_for_chunks(10, 18)
    run.wait_until(lambda: run.count_rows("outboundemail", "kind = 'weekly_report'"), "a digest in the outbox")
    run.faults += 1
    run.start_smtp_server()


@scenario
def the_mail_server_fails_in_every_way(run: ScenarioRun) -> None:
    responses = [*FAILURES, *REJECTIONS, *DOUBTFUL]
    run.random.shuffle(responses)
    run.script_responses(responses)
    run.start_all()


# ---------- duplicated processes, other clocks


@scenario
def two_schedulers_run_at_once(run: ScenarioRun) -> None:
    run.start_all()
    run.start(*run.env.commands()[-1])
    run.faults += 1


@scenario
def one_clock_is_an_hour_ahead_and_another_an_hour_behind(run: ScenarioRun) -> None:
    run.slow_down_mail()
    hours = [HOUR, -HOUR, 0]
    run.random.shuffle(hours)
    run.start_all(*hours)
    if run.env.name == "single":
        for offset in hours[1:]:
            run.start(*run.env.commands()[0], clock_offset=offset)
    run.faults += 2
    # A clock that is ahead takes the sender of a mail for dead. Its outcome still counts, unless the run ends first.
    run.max_doubtful += sum(map(run.max_in_transit, run.processes))


@scenario
def the_clock_is_set_forward_and_back(run: ScenarioRun) -> None:
    """Work that was started with the clock an hour ahead is continued with the correct one."""
    run.slow_down_mail()
    running = run.start_all(HOUR, HOUR, HOUR)
    run.wait_for_mails(1, 20)
    for process in running:
        run.kill(process)
    run.start_all()


@scenario
def a_job_is_started_three_times_at_once(run: ScenarioRun) -> None:
    commands = (("jobs", "run", "weekly-reports", "--send"), ("send_weekly_report",), ("jobs", "run", "flag-due"))
    run.start_all()
    started = [run.start("manage", *command) for command in commands]
    run.faults += len(started)
    run.wait_for_exit(started)


@command_only
def reassess_all_and_flag_due_run_at_once(run: ScenarioRun) -> None:
    """Statements are slow, so that the two jobs meet."""
    names = ["reassess-all", "flag-due"]
    if run.env.name == "distributed":
        run.options = run.options._replace(statement_delay=0.01)
    started = [run.start("manage", "jobs", "run", name) for name in names]
    run.start_all()
    run.faults += len(started)
    run.wait_for_exit(started)


@command_only
def every_task_is_delivered_three_times(run: ScenarioRun) -> None:
    run.start_all()
    run.wait_for_chunks(1, 10)
    with suppress(OSError), run.env.celery_app() as queue:
        for name in ("flag-due", "reassess-all", "weekly-reports", "notifications") * 3:
            queue.send_task("participation.tasks.start_job", [name])
        for (chunk,) in run.env.query("SELECT id FROM participation_jobchunk") * 3:
            queue.send_task("participation.tasks.do_chunk", [chunk])
    run.faults += 1
    # The scheduler keeps adding tasks, but no more than the workers take out.
    run.wait_until(lambda: run.env.queue_length() < 3, "an empty queue")


# ---------- combined


@command_only
def many_faults_happen_at_once(run: ScenarioRun) -> None:
    run.options = run.options._replace(database_timeout=0.3)
    responses = [*FAILURES, *DOUBTFUL] + ["ok"] * 12
    run.random.shuffle(responses)
    run.script_responses(responses)
    running = run.start_all(*([HOUR] if run.env.name == "distributed" else []))
    run.start(*run.env.commands()[-1])
    run.wait_for_chunks(1, 15)
    run.env.purge_queue()
    with run.env.database_unavailable():
        time.sleep(run.random.uniform(0.3, 1))
    run.record_fault(sum(run.max_in_transit(process) for process in running if process.sends_mail))
    time.sleep(run.random.uniform(0, 0.5))
    for process in running:
        run.kill(process)
    run.start_all()
    run.faults += 2
