"""Rate limits: how often something may be done, counted atomically in Redis or else in the database.

Every process adds to the same counts, so a limit is the limit of the installation. Two requests never get the same
number: adding one and reading the result is a single step, in Redis (INCR) as in both databases (an upsert). Call
``hit`` outside a transaction: one that is rolled back would take the count along.

Windows are fixed and begin at multiples of their length; the keys are checksums with the installation's secret, so
that neither store holds an address or a name.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import F
from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError

from participation.models import RateCount

logger = logging.getLogger("leidraad.limits")

#: Who has one address of IPv6 has all that begin like it.
NETWORK_PREFIX = 64
#: How long a count that may fail waits for a writer of SQLite, in milliseconds.
SHORT_WAIT = 250
_RATE = re.compile(r"(?P<amount>\d+)/(?P<times>\d*)(?P<unit>[smhd])/(?P<per>ip|user|key)")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


class Rate(NamedTuple):
    """So many times in so many seconds; ``per`` is for whom that is counted: ip, user or key."""

    amount: int
    seconds: int
    per: str


class Hit(NamedTuple):
    """Something that was counted; it can be taken back where it proved to be no reason to count."""

    key: str
    number: int
    until: datetime

    def wait(self, now: datetime) -> int:
        """Return after how many seconds, at least one, the count starts anew."""
        return max(1, int((self.until - now).total_seconds()))


@lru_cache
def parse_rates(text: str) -> tuple[Rate, ...]:
    """Return the rates of a text like ``5/15m/key,20/h/ip``. Raises ValueError where it is none."""
    found = [_RATE.fullmatch(part.strip()) for part in text.split(",")]
    if not all(found):
        raise ValueError(f"{text!r} must be like 5/15m/key or 20/h/ip, with commas between them")
    return tuple(
        Rate(int(rate["amount"]), int(rate["times"] or 1) * _SECONDS[rate["unit"]], rate["per"])
        for rate in found
        if rate
    )


def window_end(seconds: int, now: datetime) -> datetime:
    """Return when the window of so many seconds ends in which this moment lies."""
    return datetime.fromtimestamp((int(now.timestamp()) // seconds + 1) * seconds, UTC)


def hit(names: Iterable[str], until: datetime, now: datetime, may_fail: bool = False) -> Hit:
    """Add one to the count of these names together in the window that ends ``until``, and return which number it got.

    Where Redis is away the database counts. With ``may_fail`` a database that is being written to by another is
    not waited for. Raises DatabaseError where nothing could be counted.
    """
    name = "|".join((*names, until.isoformat()))
    key = salted_hmac("participation.rate-limits", name, algorithm="sha256").hexdigest()
    if settings.REDIS_URL:
        try:
            return Hit(key, _in_redis(key, until, now), until)
        except RedisError as error:
            logger.warning("Redis counts no rate limits, the database does: %s", type(error).__name__)
    with _waiting(may_fail):
        return Hit(key, _in_database(key, until), until)


def take_back(hits: Iterable[Hit]) -> None:
    """Take one off each of these counts: what they counted was no reason to."""
    for one in hits:
        if settings.REDIS_URL:
            try:
                cache.decr(one.key)
                continue
            except (RedisError, ValueError):  # counted by the database, or no longer there
                pass
        RateCount.objects.filter(key=one.key, count__gt=0).update(count=F("count") - 1)


def forget_ended(now: datetime) -> int:
    """Delete the counts of windows that have ended, and return how many there were."""
    return RateCount.objects.filter(until__lte=now).delete()[0]


def network_of(address: str) -> str:
    """Return what an address is counted by: IPv4 by itself, IPv6 by its network; ``unknown`` for anything else."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if found.version == 4 or found.ipv4_mapped:
        return str(getattr(found, "ipv4_mapped", None) or found)
    return str(ip_network((found, NETWORK_PREFIX), strict=False).network_address)


def _in_redis(key: str, until: datetime, now: datetime) -> int:
    # A minute longer than the window: it never ends between looking and adding, which would leave a key for ever.
    kept = until - now + timedelta(minutes=1)
    if cache.add(key, 1, max(60, int(kept.total_seconds()))):
        return 1
    return int(cache.incr(key))


def _in_database(key: str, until: datetime) -> int:
    table = connection.ops.quote_name(RateCount._meta.db_table)
    # The ORM's upsert can set a column to what was given, not to one more than what is there.
    sql = (
        f"INSERT INTO {table} (key, count, until) VALUES (%s, 1, %s) "
        f"ON CONFLICT (key) DO UPDATE SET count = {table}.count + 1 RETURNING count"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [key, connection.ops.adapt_datetimefield_value(until)])
        return int(cursor.fetchone()[0])


@contextmanager
def _waiting(may_fail: bool) -> Iterator[None]:
    """Wait for another writer of SQLite, or only shortly; PostgreSQL locks a row and not the whole database."""
    if not may_fail or connection.vendor != "sqlite":
        yield
        return
    options: dict[str, Any] = connection.settings_dict["OPTIONS"]
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {SHORT_WAIT}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {int(options.get('timeout', 5) * 1_000)}")
