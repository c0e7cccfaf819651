"""The temporary servers for tests, and the command that runs beside them."""

import os
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from redis import Redis

from tests import servers


@pytest.fixture
def no_servers(monkeypatch):
    """Simulate a machine without PostgreSQL, Redis and the wheels that contain them."""
    monkeypatch.setattr(servers, "DEBIAN", Path("/nowhere"))
    monkeypatch.setattr(servers.shutil, "which", lambda name: None)
    monkeypatch.setattr(servers, "_wheel", lambda package, inside: None)


def port_of(url):
    return urlsplit(url).port


def test_a_free_port_can_be_listened_on():
    with socket.socket() as server:
        server.bind((servers.LOOPBACK, servers.free_port()))


def test_two_free_ports_differ():
    assert len({servers.free_port() for _ in range(5)}) > 1


def test_the_command_gets_both_addresses_and_its_exit_code_is_passed_on():
    check = (
        "import os, sys, psycopg, redis;"
        "assert psycopg.connect(os.environ['DATABASE_URL']).execute('select 1').fetchone() == (1,);"
        "assert redis.Redis.from_url(os.environ['REDIS_URL']).ping();"
        "sys.exit(7)"
    )

    assert servers.run([sys.executable, "-c", check]) == 7


def test_servers_are_stopped_when_the_block_fails():
    seen = []

    def fail():
        with servers.redis() as url:
            seen.append(port_of(url))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with socket.socket() as probe:
        assert probe.connect_ex((servers.LOOPBACK, seen[0])) != 0


def test_a_server_that_does_not_start_reports_its_own_output(monkeypatch):
    with servers.redis() as url:
        monkeypatch.setattr(servers, "free_port", lambda: port_of(url))

        with pytest.raises(servers.ServiceError, match="Address already in use"), servers.postgres():
            pass


def test_a_crashed_postgres_recovers_committed_data():
    with servers.postgres_server(durable=True) as server:
        with psycopg.connect(server.url()) as connection:
            connection.execute("create table kept as select 7 as number")
        server.stop()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.url())
        server.start()
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("select number from kept").fetchone() == (7,)


def test_a_restarted_redis_is_empty():
    with servers.redis_server() as server:
        with Redis.from_url(server.url) as client:
            client.set("kept", 7)
        server.stop()
        server.start()
        with Redis.from_url(server.url) as client:
            assert client.get("kept") is None


@pytest.mark.usefixtures("no_servers")
def test_without_server_programs_it_prints_what_to_install(capsys):
    assert servers.main(["--check"]) == 1

    output = capsys.readouterr().err
    assert "apt-get install postgresql" in output
    assert "apt-get install redis-server" in output


@pytest.mark.usefixtures("no_servers")
def test_without_server_programs_the_command_is_not_run(tmp_path):
    proof = tmp_path / "ran"

    assert servers.main(["--", sys.executable, "-c", f"open({os.fspath(proof)!r}, 'w')"]) == 1
    assert not proof.exists()


@pytest.mark.parametrize("arguments", [[], ["--"], ["pytest"]])
def test_an_invalid_command_line_prints_the_usage(arguments, capsys):
    assert servers.main(arguments) == 2
    assert "tests/servers.py -- pytest" in capsys.readouterr().err
