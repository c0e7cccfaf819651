"""Rate limits count atomically, in either database and in Redis."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.cache import cache
from django.db import connection, connections
from hypothesis import given
from hypothesis import strategies as st
from redis.exceptions import RedisError

from participation.models import RateCount
from participation.services.accounts import rate_limits
from participation.services.accounts.rate_limits import Rate, hit, network_of, parse_rates, uncount, window_end
from tests import world

NOW = world.moment("2026-05-01 03:00:15")
MINUTE = window_end(60, NOW)


@pytest.fixture(params=["database", "redis"])
def store(request, settings):
    """Run the test with each place to count in, which includes Redis where these tests have one."""
    if request.param == "redis":
        if not settings.REDIS_URL:
            pytest.skip("These tests have no Redis.")
        cache.clear()
    else:
        settings.REDIS_URL = ""
    return request.param


@pytest.mark.django_db
def test_hits_are_numbered_per_window_from_one(store):
    assert [hit(("a", "b"), MINUTE, NOW).number for _ in range(3)] == [1, 2, 3]
    assert hit(("a", "c"), MINUTE, NOW).number == 1
    later = NOW + timedelta(minutes=1)
    assert hit(("a", "b"), window_end(60, later), later).number == 1


@pytest.mark.django_db
def test_a_hit_that_should_not_count_is_released(store):
    first, _second = (hit(("a",), MINUTE, NOW) for _ in range(2))
    uncount([first])
    assert hit(("a",), MINUTE, NOW).number == 2


@pytest.mark.django_db(transaction=True)
def test_concurrent_hits_get_different_numbers(store):
    if store == "database" and connection.vendor == "sqlite":
        pytest.skip("Threads share the one connection of a database in memory: there a count is one statement.")
    at_once = Barrier(12)

    def one(_number):
        try:
            at_once.wait()
            return hit(("a",), MINUTE, NOW).number
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as pool:
        assert sorted(pool.map(one, range(12))) == list(range(1, 13))


@pytest.mark.django_db
def test_in_the_database_a_hit_is_one_statement(settings, django_assert_num_queries):
    settings.REDIS_URL = ""
    with django_assert_num_queries(1):
        hit(("a",), MINUTE, NOW)


@pytest.mark.django_db
def test_no_store_contains_the_identity_that_is_counted(settings, store):
    who = ("login_failed", "192.0.2.1", "account 7")
    key = hit(who, MINUTE, NOW).key
    assert re.fullmatch("[0-9a-f]{64}", key)
    kept = cache.get(key) if store == "redis" else RateCount.objects.get(key=key).count
    assert kept == 1
    # Without the secret it cannot be found by trying all addresses either.
    settings.SECRET_KEY = "another"
    assert hit(who, MINUTE, NOW).key != key


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL locks a row, not the whole database")
@pytest.mark.django_db
def test_an_optional_count_waits_only_briefly_for_another_writer(settings):
    settings.REDIS_URL = ""

    def wait():
        with connection.cursor() as cursor:
            return cursor.execute("PRAGMA busy_timeout").fetchone()[0]

    usual = wait()
    with rate_limits._busy_timeout(may_fail=True):
        assert wait() == rate_limits.BUSY_TIMEOUT_MS < usual
    assert wait() == usual


@pytest.mark.django_db
def test_counters_are_deleted_after_their_window(settings):
    settings.REDIS_URL = ""
    hit(("a",), MINUTE, NOW)
    assert rate_limits.delete_ended_counts(MINUTE - timedelta(seconds=1)) == 0
    assert rate_limits.delete_ended_counts(MINUTE) == 1


@pytest.mark.django_db
def test_without_redis_the_database_counts(settings, monkeypatch):
    settings.REDIS_URL = "redis://localhost:1/0"

    def away(*_args):
        raise RedisError

    monkeypatch.setattr(rate_limits, "_in_redis", away)
    monkeypatch.setattr(rate_limits.cache, "decr", away, raising=False)
    hits = [hit(("a",), MINUTE, NOW) for _ in range(2)]
    assert [one.number for one in hits] == [1, 2]
    uncount(hits)
    assert RateCount.objects.get().count == 0


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("5/15m/key", (Rate(5, 900, "key"),)),
        ("10/m/ip,60/h/user", (Rate(10, 60, "ip"), Rate(60, 3600, "user"))),
        ("2000/d/key", (Rate(2000, 86400, "key"),)),
    ],
)
def test_rates_are_parsed(text, rates):
    assert parse_rates(text) == rates


@pytest.mark.parametrize("text", ["", "5/m", "5/m/everyone", "x/m/ip", "5/m/ip;6/h/ip"])
def test_an_invalid_rate_is_rejected(text):
    with pytest.raises(ValueError, match="must be like"):
        parse_rates(text)


@given(st.integers(1, 100_000), st.integers(0, 10**8))
def test_a_moment_lies_in_its_window(seconds, after):
    now = NOW + timedelta(seconds=after)
    assert now < window_end(seconds, now) <= now + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2::1", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::"),
        ("", "unknown"),
        ("unix:", "unknown"),
    ],
)
def test_ipv6_addresses_of_one_network_count_together(address, network):
    assert network_of(address) == network
