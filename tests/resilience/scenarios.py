"""What goes wrong on a Monday morning. Each of these begins what runs, and does something to it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress

from .fork_server import CLAIM
from .scenario_runs import HOUR, Morning

Scenario = Callable[[Morning], None]
SCENARIOS: dict[str, Scenario] = {}
#: Those for which the tests have no time: `python -m tests.resilience` does them too.
ONLY_OFTEN: set[str] = set()

#: What a mail server can do, in words of `tests.smtp`: before a text it is heard of, and after it that it is not.
MOODS = (
    "connect=drop",
    "connect=421 4.3.2 not now",
    "sender=451 4.3.0 try again later",
    "sender=421 4.3.2 going down",
    "sender=wait 4",
    "recipient=450 4.2.1 busy",
    "recipient=drop",
    "data=451 4.3.0 no room",
    "data=drop",
    "data=cut",
    "end=451 4.3.0 no room",
)
REFUSING = ("recipient=550 5.1.1 no such mailbox", "end=554 5.7.1 not this text")
DOUBTFUL = ("end=drop", "end=take+drop", "end=wait 4")


def scenario(function: Scenario) -> Scenario:
    """Take it up under its name."""
    SCENARIOS[function.__name__] = function
    return function


def only_often(function: Scenario) -> Scenario:
    """Take it up under its name, but not among the tests."""
    ONLY_OFTEN.add(function.__name__)
    return scenario(function)


# ---------- processes


@only_often
def nothing_goes_wrong(morning: Morning) -> None:
    morning.begin_all()


@scenario
def a_worker_is_killed_in_the_middle_of_a_fan_out(morning: Morning) -> None:
    worker, *_others = morning.begin_all()
    morning.await_parts(1, 20)
    morning.kill(worker)
    if morning.world.name == "alone":
        morning.again(worker)


@scenario
def workers_are_killed_in_the_middle_of_a_mailing(morning: Morning) -> None:
    morning.slow_mail()
    running = morning.begin_all()
    for most in (10, 22):
        morning.await_mails(len(morning.taken) + 1, most)
        for worker in [process for process in running if process.sends]:
            morning.kill(worker)
            running.remove(worker)
            running.append(morning.again(worker))


@only_often
def everything_is_killed_again_and_again(morning: Morning) -> None:
    morning.slow_mail()
    running = morning.begin_all()
    for _time in range(2):
        morning.await_parts(1, 10)
        time.sleep(morning.chance.uniform(0, 0.5))
        for process in running:
            morning.kill(process)
        running = morning.begin_all()


@only_often
def one_process_of_a_worker_is_killed(morning: Morning) -> None:
    morning.slow_mail()
    worker, *_others = morning.begin_all()
    morning.await_parts(1, 20)
    if children := worker.children():
        os.kill(morning.chance.choice(children), signal.SIGKILL)
        morning.lose(1)
    else:
        morning.kill(worker)
        morning.again(worker)


@only_often
def a_worker_is_stopped_in_the_middle(morning: Morning) -> None:
    morning.slow_mail()
    worker, *_others = morning.begin_all()
    morning.await_mails(1, 20)
    morning.faults += 1
    worker.stop()
    morning.again(worker)


@only_often
def a_worker_is_frozen_until_long_after_its_claim(morning: Morning) -> None:
    morning.slow_mail()
    worker, *others = morning.begin_all()
    morning.await_mails(1, 20)
    if not others:
        others = [morning.again(worker)]
    worker.freeze()
    time.sleep(CLAIM + 1.5)
    worker.thaw()
    morning.lose(morning.hands(worker))


# ---------- servers


@scenario
def the_queue_is_lost(morning: Morning) -> None:
    morning.slow_mail()
    morning.begin_all()
    morning.await_parts(1, 15)
    morning.world.empty_queue()
    morning.await_mails(1, 20)
    morning.world.empty_queue()
    morning.faults += 2


@scenario
def the_database_is_away_for_a_while(morning: Morning) -> None:
    morning.slow_mail()
    morning.manner = morning.manner._replace(database_patience=0.3)
    running = morning.begin_all()
    for most in (10, 20):
        morning.await_parts(1, most)
        time.sleep(morning.chance.uniform(0, 0.5))
        with morning.world.database_away():
            time.sleep(morning.chance.uniform(0.5, 1.5))
        # Who cannot write down that a mail was taken leaves it in doubt.
        morning.lose(sum(morning.hands(process) for process in running if process.sends))


@only_often
def there_is_no_mail_server_at_first(morning: Morning) -> None:
    morning.close_mail()
    morning.begin_all()
    morning.await_parts(10, 18)
    morning.until(lambda: morning.count("message", "kind = 'weekly_report'"), "a report that waits")
    morning.faults += 1
    morning.open_mail()


@scenario
def the_mail_server_has_every_mood(morning: Morning) -> None:
    moods = [*MOODS, *REFUSING, *DOUBTFUL]
    morning.chance.shuffle(moods)
    morning.give_moods(moods)
    morning.begin_all()


# ---------- twice, and other clocks


@scenario
def two_clocks_run_at_once(morning: Morning) -> None:
    morning.begin_all()
    morning.begin(*morning.world.commands()[-1])
    morning.faults += 1


@scenario
def one_clock_is_an_hour_ahead_and_another_an_hour_behind(morning: Morning) -> None:
    morning.slow_mail()
    hours = [HOUR, -HOUR, 0]
    morning.chance.shuffle(hours)
    morning.begin_all(*hours)
    if morning.world.name == "alone":
        for ahead in hours[1:]:
            morning.begin(*morning.world.commands()[0], ahead=ahead)
    morning.faults += 2


@scenario
def the_clock_is_set_forward_and_back(morning: Morning) -> None:
    """What was begun by a clock an hour ahead is gone on with by the right one."""
    morning.slow_mail()
    running = morning.begin_all(HOUR, HOUR, HOUR)
    morning.await_mails(1, 20)
    for process in running:
        morning.kill(process)
    morning.begin_all()


@scenario
def a_job_is_started_three_times_at_once(morning: Morning) -> None:
    by_hand = (("jobs", "run", "weekly-reports", "--send"), ("send_weekly_report",), ("jobs", "run", "flag-due"))
    morning.begin_all()
    begun = [morning.begin("manage", *command) for command in by_hand]
    morning.faults += len(begun)
    morning.await_ends(begun)


@only_often
def everything_is_looked_at_while_what_fell_due_is_flagged(morning: Morning) -> None:
    """Each takes its time, so that they come across one another."""
    names = ["reassess-all", "flag-due"]
    if morning.world.name == "spread":
        morning.manner = morning.manner._replace(pause=0.01)
    begun = [morning.begin("manage", "jobs", "run", name) for name in names]
    morning.begin_all()
    morning.faults += len(begun)
    morning.await_ends(begun)


@only_often
def every_message_comes_three_times(morning: Morning) -> None:
    morning.begin_all()
    morning.await_parts(1, 10)
    with suppress(OSError), morning.world.queue() as queue:
        for name in ("flag-due", "reassess-all", "weekly-reports", "notifications") * 3:
            queue.send_task("participation.tasks.start_job", [name])
        for (part,) in morning.world.rows("SELECT id FROM participation_jobchunk") * 3:
            queue.send_task("participation.tasks.do_chunk", [part])
    morning.faults += 1
    # The clock goes on to put some in, but no more than are taken out.
    morning.until(lambda: morning.world.waiting() < 3, "an empty queue")


# ---------- all of it


@only_often
def everything_goes_wrong_at_once(morning: Morning) -> None:
    morning.manner = morning.manner._replace(database_patience=0.3)
    moods = [*MOODS, *DOUBTFUL] + ["ok"] * 12
    morning.chance.shuffle(moods)
    morning.give_moods(moods)
    running = morning.begin_all(*([HOUR] if morning.world.name == "spread" else []))
    morning.begin(*morning.world.commands()[-1])
    morning.await_parts(1, 15)
    morning.world.empty_queue()
    with morning.world.database_away():
        time.sleep(morning.chance.uniform(0.3, 1))
    morning.lose(sum(morning.hands(process) for process in running if process.sends))
    time.sleep(morning.chance.uniform(0, 0.5))
    for process in running:
        morning.kill(process)
    morning.begin_all()
    morning.faults += 2
