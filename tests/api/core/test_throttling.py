"""Throttling: visitors by address, users by name, reads and writes counted separately."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import OperationalError
from rest_framework.settings import api_settings

from participation.api.core import throttling
from participation.api.core.throttling import Throttle
from tests import world
from tests.api.client import ApiTestClient, status_and_detail
from tracker.api import RATES

pytestmark = pytest.mark.django_db
LIST, SQUARE = "/trajectories", "/trajectories/voorbeeldplein"


@pytest.fixture(autouse=True)
def now(monkeypatch):
    """Allow four requests a minute for visitors, three reads and two writes for users; the clock stands still."""
    monkeypatch.setattr(Throttle, "THROTTLE_RATES", {"anonymous": "4/min", "read": "3/min", "write": "2/min"})
    clock = [1_800_000_000.0 + 15]
    monkeypatch.setattr(Throttle, "timer", lambda _self: clock[0])
    cache.clear()
    yield clock
    cache.clear()


def at(address, **headers):
    program = ApiTestClient()
    program.client.defaults["REMOTE_ADDR"] = address
    return program.get(LIST, **headers).status_code


def statuses(ask, times):
    return [ask() for _time in range(times)]


def test_an_anonymous_client_is_counted_by_ip_address():
    assert statuses(lambda: at("192.0.2.1"), 5) == [200, 200, 200, 200, 429]
    assert at("192.0.2.2") == 200


def test_a_user_is_counted_by_account_with_separate_read_and_write_rates():
    world.trajectory()
    program, other = ApiTestClient(world.user("coordinator")), ApiTestClient(world.user("administrator"))
    assert statuses(lambda: program.get(SQUARE).status_code, 4) == [200, 200, 200, 429]

    def write():
        return program.patch(SQUARE, {"summary": "Iets"}, if_match="*").status_code

    assert statuses(write, 3) == [200, 200, 429]
    assert other.get(SQUARE).status_code == 200


def test_keys_of_one_user_count_together():
    user = world.user("coordinator")
    one, two = ApiTestClient(user), ApiTestClient(user)
    assert statuses(lambda: one.get(LIST).status_code, 2) == [200, 200]
    assert statuses(lambda: two.get(LIST).status_code, 2) == [200, 429]


def test_a_throttled_client_gets_retry_after_and_may_continue_then(now):
    statuses(lambda: at("192.0.2.1"), 4)
    program = ApiTestClient()
    program.client.defaults["REMOTE_ADDR"] = "192.0.2.1"
    response = program.get(LIST)
    assert status_and_detail(response)[0] == 429
    assert response["Retry-After"] == "45"
    assert response["API-Version"]

    now[0] += 44
    assert at("192.0.2.1") == 429
    now[0] += 1
    assert at("192.0.2.1") == 200


def test_rejected_requests_do_not_extend_the_wait(now):
    statuses(lambda: at("192.0.2.1"), 50)
    now[0] += 45
    assert at("192.0.2.1") == 200


def test_wrong_keys_are_counted_by_ip_address_and_valid_keys_pass():
    program = ApiTestClient(world.user("coordinator"))
    program.client.defaults["REMOTE_ADDR"] = "192.0.2.1"

    def guess(key):
        return lambda: at("192.0.2.1", authorization=f"Bearer {key}")

    assert statuses(guess("raad"), 3) == [401, 401, 401]
    assert statuses(guess("a.b.c"), 2) == [401, 429]
    assert at("192.0.2.1") == 429
    assert program.get(LIST).status_code == 200


def test_behind_a_proxy_the_last_forwarded_address_is_used(monkeypatch):
    monkeypatch.setattr(api_settings, "NUM_PROXIES", 1)

    def forwarded_for(addresses):
        return lambda: at("10.0.0.1", x_forwarded_for=addresses)

    assert statuses(forwarded_for("192.0.2.1"), 4) == [200] * 4
    assert forwarded_for("198.51.100.7, 192.0.2.1")() == 429, "what a visitor adds in front changes nothing"
    assert forwarded_for("192.0.2.2")() == 200


def test_without_a_proxy_forwarded_addresses_are_ignored():
    assert statuses(lambda: at("192.0.2.1", x_forwarded_for="198.51.100.1"), 4) == [200] * 4
    assert at("192.0.2.1", x_forwarded_for="198.51.100.2") == 429


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("", "unix:", True),
    ],
)
def test_ipv6_addresses_of_one_network_count_together(one, other, same):
    statuses(lambda: at(one), 4)
    assert at(other) == (429 if same else 200)


def test_without_a_counter_store_nobody_is_throttled(monkeypatch):
    def locked(*_args, **_named):
        raise OperationalError("database is locked")

    monkeypatch.setattr(throttling, "hit", locked)
    assert statuses(lambda: at("192.0.2.1"), 6) == [200] * 6


def test_reading_the_api_description_is_not_throttled():
    assert statuses(lambda: ApiTestClient().get("/openapi.json").status_code, 6) == [200] * 6


def test_the_default_rates_are_workable_and_disabled_in_other_tests():
    assert {scope: int(rate.removesuffix("/min")) >= 300 for scope, rate in RATES.items()} == dict.fromkeys(RATES, True)
    assert set(api_settings.DEFAULT_THROTTLE_RATES.values()) == {None}
