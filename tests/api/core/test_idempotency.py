"""A client that got no response repeats its request, and nothing is added twice."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from participation.api import trajectories
from participation.api.core import idempotency
from participation.models import IdempotencyRecord, Trajectory
from tests import world
from tests.api.client import ApiTestClient, errors_of, status_and_detail

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 4, 22, 10, 0, tzinfo=UTC)
LIST = "/trajectories"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as moment:
        yield moment


@pytest.fixture
def program():
    return ApiTestClient(world.user("coordinator"))


def add(program, title="Plein", key="a-1", address=LIST, **more):
    return program.post(address, {"title": title, "kind": "public_space", **more}, idempotency_key=key)


def test_a_repeated_request_adds_nothing_and_gets_the_same_response(program):
    first, second = add(program), add(program)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert {name: first.headers[name] for name in ("ETag", "Location")} == {
        name: second.headers[name] for name in ("ETag", "Location")
    }
    assert Trajectory.objects.count() == 1


def test_a_replayed_response_is_the_original_even_after_a_change(program):
    first = add(program)
    program.patch("/trajectories/plein", {"title": "Anders"}, if_match="*")
    assert add(program).json()["title"] == first.json()["title"] == "Plein"


def test_an_equivalent_body_in_another_notation_is_the_same_request(program):
    add(program)
    response = program.send(
        "POST", LIST, '{"kind":"public_space",\n "title":"Plein"}', "application/json", idempotency_key="a-1"
    )
    assert response.status_code == 201
    assert Trajectory.objects.count() == 1


def test_the_same_key_for_another_request_is_rejected(program):
    add(program)
    world.trajectory("anders")
    for response in (
        add(program, "Park"),
        program.post("/trajectories/anders/scenarios", {"title": "Autovrij"}, idempotency_key="a-1"),
    ):
        assert list(errors_of(response, 422)) == ["Idempotency-Key"]
    assert Trajectory.objects.count() == 2


def test_keys_of_different_users_do_not_clash(program):
    add(program)
    assert add(ApiTestClient(world.user("administrator"))).status_code == 201
    assert Trajectory.objects.count() == 2


def test_without_a_key_every_request_adds_a_row(program):
    for _time in range(2):
        assert program.post(LIST, {"title": "Plein"}).status_code == 201
    assert not IdempotencyRecord.objects.exists()


def test_a_failed_request_may_be_retried_with_the_same_key(program, monkeypatch):
    assert errors_of(add(program, kind="huis"))
    assert not IdempotencyRecord.objects.exists()
    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "_fingerprint", lambda _request: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            add(program)
    assert add(program).status_code == 201


def test_an_error_after_saving_rolls_the_row_back(program, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(idempotency.json, "dumps", lambda *_args, **_more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            program.send("POST", LIST, '{"title":"Plein"}', "application/json", idempotency_key="a-1")
    assert not Trajectory.objects.exists()


def test_a_key_expires_after_a_day(program, clock):
    add(program)
    clock.shift(timedelta(days=1, seconds=-1))
    add(program)
    assert Trajectory.objects.count() == 1
    clock.shift(timedelta(seconds=1))
    assert add(program).json()["slug"] == "plein-2"


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a\tb", "a\x00b", "caf\u00e9\x7f"])
def test_a_malformed_key_is_rejected_by_the_name_of_its_header(program, key):
    response = add(program, key=key)
    assert list(errors_of(response)) == ["Idempotency-Key"]
    assert not Trajectory.objects.exists()


@pytest.mark.parametrize("key", ["1", "x" * 255, "\u00e9\u00e8", "8e03978e-40d5-43e8-bc93-6894a57f9324"])
def test_any_other_key_is_accepted(program, key):
    assert [add(program, key=key).status_code for _time in range(2)] == [201, 201]
    assert Trajectory.objects.count() == 1


def test_a_forbidden_request_stores_no_key():
    assert status_and_detail(add(ApiTestClient(world.user("auditor"))))[0] == 403
    assert status_and_detail(add(ApiTestClient()))[0] == 401
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there one writer waits until the other is done")
@pytest.mark.django_db(transaction=True)
def test_concurrent_requests_with_one_key_add_one_row(program, monkeypatch):
    """The second request arrives during the first: it waits, and gets the same response."""
    answers, began = [], threading.Event()
    write = trajectories.write_trajectory

    def ask():
        try:
            began.set()
            answers.append(add(program))
        finally:
            connection.close()

    other = threading.Thread(target=ask)

    def slowly(*args):
        monkeypatch.setattr(trajectories, "write_trajectory", write)
        other.start()
        assert began.wait(10)
        other.join(0.5)
        assert other.is_alive(), "it waits"
        return write(*args)

    monkeypatch.setattr(trajectories, "write_trajectory", slowly)
    answers.append(add(program))
    other.join(20)

    assert [response.status_code for response in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert Trajectory.objects.count() == 1
