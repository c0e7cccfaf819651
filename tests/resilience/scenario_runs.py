"""One run of a scenario: starts the processes of an environment, injects faults, and checks the outcome."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from tests.smtp import SmtpTestServer, parse_step, smtp_server

from .dataset import EIGHT_O_CLOCK
from .environments import Environment
from .outcomes import Outcome, is_settled, outcome_of, state_report
from .processes import Process, ProcessOptions, wait_until

HOUR = 3600.0
#: Seconds that the mail server adds to each mail where a fault must hit one in transit, and a chunk takes at most.
MAIL_DELAY_SECONDS, MAX_CHUNK_SECONDS = 0.02, 0.15
CHUNK_DONE = re.compile(r"chunk done chunk=(\d+)")
#: How long a client waits for a mail server that does not answer. A shorter time fails on a busy machine.
MAIL_TIMEOUT_SECONDS = 3


class ScenarioRun:
    """One Monday morning in an environment. ``random`` decides when each fault happens."""

    def __init__(self, env: Environment, chance: random.Random) -> None:
        self.env, self.random = env, chance
        self.started_at = time.time()
        self.processes: list[Process] = []
        self.options = ProcessOptions()
        self.smtp_servers: list[SmtpTestServer] = []
        self.smtp_stack = ExitStack()
        #: The number of faults, of mails that they may leave in doubt, and of mails that are rejected permanently.
        self.faults = self.max_doubtful = self.expected_refused = 0
        self.responses: list[tuple[str, str]] = []

    # ---------- processes

    def start(self, *command: str, clock_offset: float = 0) -> Process:
        """Start a process with its clock this many seconds ahead of the others."""
        # For the processes it is eight o'clock when the run begins; from then on the clock ticks.
        clock_offset += EIGHT_O_CLOCK.timestamp() - self.started_at
        process = self.env.fork_server.start(command, self.options._replace(clock_offset=clock_offset))
        self.processes.append(process)
        return process

    def start_all(self, *clock_offsets: float) -> list[Process]:
        """Start every process of this environment, the first ones with these clock offsets."""
        commands = self.env.commands()
        offsets = [*clock_offsets, *[0.0] * len(commands)]
        return [self.start(*command, clock_offset=offset) for command, offset in zip(commands, offsets, strict=False)]

    def restart(self, process: Process) -> Process:
        """Start an ended process again, as a process supervisor does."""
        return self.start(*process.command)

    # ---------- the mail server

    def start_smtp_server(self) -> None:
        """Start the mail server."""
        self.smtp_servers.append(self.smtp_stack.enter_context(smtp_server(port=self.env.mail_port)))

    @property
    def smtp_server(self) -> SmtpTestServer:
        """The mail server that runs now."""
        return self.smtp_servers[-1]

    @property
    def accepted_ids(self) -> list[str]:
        """The Message-IDs of all accepted mails."""
        return [message_id for server in self.smtp_servers for message_id in server.ids]

    def slow_down_mail(self, count: int = 400) -> None:
        """Make the mail server delay each mail, at random before or after its text."""
        self.smtp_server.script.extend(
            (self.random.choice(("data", "end")), f"wait {MAIL_DELAY_SECONDS}") for _ in range(count)
        )

    def stop_smtp_server(self) -> None:
        """Stop the mail server, so that its port refuses connections."""
        self.smtp_stack.close()

    def script_responses(self, responses: Sequence[str]) -> None:
        """Make the mail server respond like this, one step for each mail or connection."""
        # As in production, a sender gives up on the server before others take it for dead: that leaves a mail in doubt.
        self.options = self.options._replace(mail_timeout=MAIL_TIMEOUT_SECONDS, mail_lease=MAIL_TIMEOUT_SECONDS + 2)
        self.responses = [parse_step(response) for response in responses]
        self.smtp_server.script.extend(self.responses)

    def _count_used_responses(self) -> None:
        """Count the faults among the responses that were given: a run may end before all of them are."""
        used = self.responses[: len(self.responses) - len(self.smtp_server.script)]
        self.smtp_server.script.clear()
        actions = [(place, action) for place, action in used if place]
        self.faults += len(actions)
        self.expected_refused += sum(action[0] == "5" for _place, action in actions)
        # When the connection is lost after the text began, the client may already have sent all of it.
        self.max_doubtful += sum(
            (place == "end" and not action[0].isdigit()) or action == "cut" for place, action in actions
        )

    # ---------- waiting

    def count_rows(self, table: str, where: str) -> int:
        """Return how many rows of this table match."""
        return int(self.env.query(f"SELECT count(*) FROM participation_{table} WHERE {where}")[0][0])

    def wait_for_chunks(self, least: int, most: int) -> None:
        """Wait until a random number of chunks in this range is finished, and until a random moment of the next."""
        number = self.random.randint(least, most)
        self.wait_until(lambda: self.count_rows("jobchunk", "finished_at IS NOT NULL") >= number, f"{number} chunks")
        time.sleep(self.random.uniform(0, MAX_CHUNK_SECONDS))

    def wait_for_mails(self, least: int, most: int) -> None:
        """Wait until a random number of mails in this range is accepted, and until a random moment of the next."""
        number = self.random.randint(least, most)
        self.wait_until(lambda: len(self.accepted_ids) >= number, f"{number} mails")
        time.sleep(self.random.uniform(0, MAIL_DELAY_SECONDS))

    def wait_for_exit(self, processes: Sequence[Process]) -> None:
        """Wait until these processes exit by themselves, and check that none logged an exception."""
        for process in processes:
            process.wait()
            log_text = process.log.read_text()
            assert "Traceback" not in log_text, log_text

    def wait_until(self, condition: Callable[[], Any], what: str) -> Any:
        """Wait until the condition is true. Raises WaitTimeout."""
        return wait_until(condition, what, self.state_report)

    # ---------- faults

    def kill(self, process: Process) -> None:
        """Kill a process and its children, whatever they are doing."""
        process.kill()
        self.record_fault(self.max_in_transit(process))

    def record_fault(self, in_transit: int) -> None:
        """Count a fault that may leave this many mails in doubt."""
        self.faults += 1
        self.max_doubtful += in_transit

    @staticmethod
    def max_in_transit(process: Process) -> int:
        """Return how many mails a process can be sending at one moment."""
        return 2 if "worker" in process.command else 1

    # ---------- the outcome

    def finish(self) -> Outcome:
        """Wait until everything is done, run all jobs once more, and return the outcome."""
        wait_until(lambda: is_settled(self.env), "all due jobs", self.state_report, every=0.1)
        self.kill_all()
        if self.responses:
            self._count_used_responses()
        self.smtp_server.script.clear()
        rerun = self.start("run-all-jobs")
        if code := rerun.wait():
            raise AssertionError(f"Running all jobs again failed with exit code {code}:\n{rerun.log.read_text()}")
        done = Counter(pk for process in self.processes for pk in CHUNK_DONE.findall(process.log.read_text()))
        assert done, "no log has a finished chunk: compare CHUNK_DONE with what services/jobs/jobs.py logs"
        twice = [pk for pk, times in done.items() if times > 1]
        assert not twice, f"chunks that two processes did: {twice}"
        return outcome_of(self.env, self.accepted_ids)

    def kill_all(self) -> None:
        """Kill all processes."""
        for process in self.processes:
            process.kill()

    def state_report(self) -> str:
        """Return the state of the rows and the end of each log, for the message of a failed test."""
        log_text = [f"--- {process.log}\n{process.log.read_text()[-1500:]}" for process in self.processes]
        return "\n".join([state_report(self.env), *log_text])


@contextmanager
def scenario_run(env: Environment, seed: int) -> Iterator[ScenarioRun]:
    """Yield a run at Monday eight o'clock with no process started; afterwards kill what was started."""
    env.reset()
    run = ScenarioRun(env, random.Random(seed))
    with run.smtp_stack:
        run.start_smtp_server()
        try:
            yield run
        finally:
            run.kill_all()
