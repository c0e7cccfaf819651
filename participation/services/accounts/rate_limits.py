"""Rate limits, counted atomically in Redis or otherwise in the database.

All processes add to the same counts, so a limit applies to the installation. Two requests never get the same number:
incrementing and reading is one atomic operation, in Redis (INCR) as in both databases (an upsert). Call ``hit`` outside
a transaction: a rollback would undo the count.

Windows are fixed and begin at multiples of their length. Keys are HMACs with the secret of the installation, so that
neither store holds an address or a name.
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

#: An IPv6 client usually has a whole /64, so that is what is counted.
NETWORK_PREFIX = 64
#: SQLite busy timeout in milliseconds for counts that may fail.
BUSY_TIMEOUT_MS = 250
_RATE = re.compile(r"(?P<amount>\d+)/(?P<times>\d*)(?P<unit>[smhd])/(?P<per>ip|user|key)")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


class Rate(NamedTuple):
    """A maximum number of requests per period in seconds; ``per`` is what it is counted by: ip, user or key."""

    amount: int
    seconds: int
    per: str


class Hit(NamedTuple):
    """A counted request; it can be uncounted where it turned out not to matter."""

    key: str
    number: int
    until: datetime

    def wait(self, now: datetime) -> int:
        """Return the number of seconds, at least one, until the window ends (Retry-After)."""
        return max(1, int((self.until - now).total_seconds()))


@lru_cache
def parse_rates(text: str) -> tuple[Rate, ...]:
    """Return the rates in a text like ``5/15m/key,20/h/ip``. Raises ValueError where it is invalid."""
    found = [_RATE.fullmatch(part.strip()) for part in text.split(",")]
    if not all(found):
        raise ValueError(f"{text!r} must be like 5/15m/key or 20/h/ip, with commas between them")
    return tuple(
        Rate(int(rate["amount"]), int(rate["times"] or 1) * _SECONDS[rate["unit"]], rate["per"])
        for rate in found
        if rate
    )


def window_end(seconds: int, now: datetime) -> datetime:
    """Return the end of the window of this length that contains ``now``."""
    return datetime.fromtimestamp((int(now.timestamp()) // seconds + 1) * seconds, UTC)


def hit(names: Iterable[str], until: datetime, now: datetime, may_fail: bool = False) -> Hit:
    """Increment the count for these names in the window ending at ``until``, and return the result.

    Falls back to the database where Redis is unavailable. With ``may_fail`` it hardly waits for a locked SQLite
    database. Raises DatabaseError where nothing could be counted.
    """
    name = "|".join((*names, until.isoformat()))
    key = salted_hmac("participation.rate-limits", name, algorithm="sha256").hexdigest()
    if settings.REDIS_URL:
        try:
            return Hit(key, _in_redis(key, until, now), until)
        except RedisError as error:
            logger.warning("Redis unavailable for rate limits, using the database: %s", type(error).__name__)
    with _busy_timeout(may_fail):
        return Hit(key, _in_database(key, until), until)


def uncount(hits: Iterable[Hit]) -> None:
    """Decrement each of these counts: their requests need not be counted after all."""
    for counted in hits:
        if settings.REDIS_URL:
            try:
                cache.decr(counted.key)
                continue
            except (RedisError, ValueError):  # counted in the database, or expired
                pass
        RateCount.objects.filter(key=counted.key, count__gt=0).update(count=F("count") - 1)


def delete_ended_counts(now: datetime) -> int:
    """Delete the counts of windows that have ended, and return how many there were."""
    return RateCount.objects.filter(until__lte=now).delete()[0]


def network_of(address: str) -> str:
    """Return what an address is counted by: an IPv4 address, an IPv6 network, or ``unknown`` for anything else."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if found.version == 4 or found.ipv4_mapped:
        return str(getattr(found, "ipv4_mapped", None) or found)
    return str(ip_network((found, NETWORK_PREFIX), strict=False).network_address)


def _in_redis(key: str, until: datetime, now: datetime) -> int:
    # A minute longer than the window: if the key expired between add and incr, incr would create one that never
    # expires.
    lifetime = until - now + timedelta(minutes=1)
    if cache.add(key, 1, max(60, int(lifetime.total_seconds()))):
        return 1
    return int(cache.incr(key))


def _in_database(key: str, until: datetime) -> int:
    table = connection.ops.quote_name(RateCount._meta.db_table)
    # Raw SQL: the ORM's upsert cannot set a column to an expression of its current value.
    sql = (
        f"INSERT INTO {table} (key, count, until) VALUES (%s, 1, %s) "  # noqa: S608 only the name of our table
        f"ON CONFLICT (key) DO UPDATE SET count = {table}.count + 1 RETURNING count"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [key, connection.ops.adapt_datetimefield_value(until)])
        return int(cursor.fetchone()[0])


@contextmanager
def _busy_timeout(may_fail: bool) -> Iterator[None]:
    """Shorten the busy timeout of SQLite where the count may fail; PostgreSQL locks only the row."""
    if not may_fail or connection.vendor != "sqlite":
        yield
        return
    options: dict[str, Any] = connection.settings_dict["OPTIONS"]
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {int(options.get('timeout', 5) * 1_000)}")
