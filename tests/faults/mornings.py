"""A Monday morning in one of the worlds: what runs, what happens to it, and what became of it."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from tests.smtp import SmtpTestServer, smtp_server, step

from .evidence import Figures, figures, is_settled, state_report
from .processes import Manner, Process, until
from .town import EIGHT_O_CLOCK
from .worlds import World

HOUR = 3600.0
#: So long each mail takes, where somebody is to be caught in the middle of one; and so long a part takes at most.
SLOW_MAIL, LONG_PART = 0.02, 0.15
DONE = re.compile(r"chunk done chunk=(\d+)")
#: Where the mail server says nothing for a while: so long one waits for it. Too short, and a busy machine seems broken.
MAIL_TIMEOUT_SECONDS = 3


class Morning:
    """One Monday morning; ``chance`` says when what happens."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self.chance = world, chance
        self.began = time.time()
        self.processes: list[Process] = []
        self.manner = Manner()
        self.servers: list[SmtpTestServer] = []
        self.mail_is_up = ExitStack()
        #: How often something happened; how many mails that may have brought in doubt; how many are refused for good.
        self.faults = self.may_doubt = self.may_refuse = 0
        self.moods: list[tuple[str, str]] = []

    # ---------- what runs

    def begin(self, *command: str, ahead: float = 0) -> Process:
        """Begin a process, with its clock so many seconds ahead of everyone's."""
        # It is eight o'clock when the morning begins, and from then on time goes its way.
        ahead += EIGHT_O_CLOCK.timestamp() - self.began
        process = self.world.nursery.begin(command, self.manner._replace(ahead=ahead))
        self.processes.append(process)
        return process

    def begin_all(self, *ahead: float) -> list[Process]:
        """Begin what runs in this world, each with its clock so many seconds ahead where that is said."""
        commands = self.world.commands()
        aheads = [*ahead, *[0.0] * len(commands)]
        return [self.begin(*command, ahead=shift) for command, shift in zip(commands, aheads, strict=False)]

    def again(self, process: Process) -> Process:
        """Begin anew what ended, as whatever watches over it does."""
        return self.begin(*process.command)

    # ---------- the mail server

    def open_mail(self) -> None:
        """Open the mail server."""
        self.servers.append(self.mail_is_up.enter_context(smtp_server(port=self.world.mail_port)))

    @property
    def mail(self) -> SmtpTestServer:
        """The mail server that is open."""
        return self.servers[-1]

    @property
    def taken(self) -> list[str]:
        """The Message-IDs of what was taken."""
        return [message_id for server in self.servers for message_id in server.ids]

    def slow_mail(self, count: int = 400) -> None:
        """Let the mail server take its time, before it takes a mail or after: who knows."""
        self.mail.script.extend((self.chance.choice(("data", "end")), f"wait {SLOW_MAIL}") for _ in range(count))

    def close_mail(self) -> None:
        """Close the mail server: nobody listens there any more."""
        self.mail_is_up.close()

    def give_moods(self, moods: Sequence[str]) -> None:
        """Have the mail server behave like this, one a mail or a connection."""
        self.manner = self.manner._replace(mail_patience=MAIL_TIMEOUT_SECONDS)
        self.moods = [step(mood) for mood in moods]
        self.mail.script.extend(self.moods)

    def _note_moods(self) -> None:
        """Note what of the moods came to pass: not every one finds its moment."""
        seen = self.moods[: len(self.moods) - len(self.mail.script)]
        self.mail.script.clear()
        whats = [(place, what) for place, what in seen if place]
        self.faults += len(whats)
        self.may_refuse += sum(what[0] == "5" for _place, what in whats)
        # Who is hung up on in the middle of a text may have said all of it already.
        self.may_doubt += sum((place == "end" and not what[0].isdigit()) or what == "cut" for place, what in whats)

    # ---------- when

    def count(self, table: str, where: str) -> int:
        """Return how many rows there are."""
        return int(self.world.rows(f"SELECT count(*) FROM participation_{table} WHERE {where}")[0][0])

    def await_parts(self, least: int, most: int) -> None:
        """Wait until so many parts of what is due are done, and somewhere into the next."""
        number = self.chance.randint(least, most)
        self.until(lambda: self.count("jobchunk", "finished_at IS NOT NULL") >= number, f"{number} parts")
        time.sleep(self.chance.uniform(0, LONG_PART))

    def await_mails(self, least: int, most: int) -> None:
        """Wait until the mail server took so many, and somewhere into the next."""
        number = self.chance.randint(least, most)
        self.until(lambda: len(self.taken) >= number, f"{number} mails")
        time.sleep(self.chance.uniform(0, SLOW_MAIL))

    def await_ends(self, commands: Sequence[Process]) -> None:
        """Wait until these came to their end by themselves, without breaking down."""
        for process in commands:
            process.wait()
            log_text = process.log.read_text()
            assert "Traceback" not in log_text, log_text

    def until(self, true: Callable[[], Any], what: str) -> Any:
        """Wait for this."""
        return until(true, what, self.state_report)

    # ---------- what happens

    def kill(self, process: Process) -> None:
        """Kill it with all its children, in whatever they do."""
        process.kill()
        self.lose(self.hands(process))

    def lose(self, hands: int) -> None:
        """Note that so many hands were lost, each of which may have held a mail."""
        self.faults += 1
        self.may_doubt += hands

    @staticmethod
    def hands(process: Process) -> int:
        """Return how many mails it may be handing over at one moment."""
        return 2 if "worker" in process.command else 1

    # ---------- what became of it

    def end(self) -> Figures:
        """Wait until all is done, do it once more, and return what it came to."""
        until(lambda: is_settled(self.world), "all that was due", self.state_report, every=0.1)
        self.end_all()
        if self.moods:
            self._note_moods()
        self.mail.script.clear()
        once_more = self.begin("again")
        if code := once_more.wait():
            raise AssertionError(f"Once more: {code}\n{once_more.log.read_text()}")
        done = Counter(pk for process in self.processes for pk in DONE.findall(process.log.read_text()))
        twice = [pk for pk, times in done.items() if times > 1]
        assert not twice, f"parts that were done by two: {twice}"
        return figures(self.world, self.taken)

    def end_all(self) -> None:
        """End all processes."""
        for process in self.processes:
            process.kill()

    def state_report(self) -> str:
        """Say what lies there, and what was last said: for a test that fails."""
        log_text = [f"--- {process.log}\n{process.log.read_text()[-1500:]}" for process in self.processes]
        return "\n".join([state_report(self.world), *log_text])


@contextmanager
def morning(world: World, seed: int) -> Iterator[Morning]:
    """Give a Monday morning at eight, with nothing begun yet; whatever was begun is gone after the block."""
    world.renew()
    found = Morning(world, random.Random(seed))
    with found.mail_is_up:
        found.open_mail()
        try:
            yield found
        finally:
            found.end_all()
