"""Not too often: how many requests a minute, apart for reading and writing, for visitors and for who has a key."""

import logging
from ipaddress import ip_address, ip_network
from typing import Any

from django.core.cache import caches
from django.utils.connection import ConnectionProxy
from redis.exceptions import RedisError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

logger = logging.getLogger(__name__)

#: Who has one address of the sixth version has all that begin like it.
_HOUSEHOLD = 64


class Throttle(SimpleRateThrottle):
    """Counts per person, or per address of who did not say who they are: one number a minute, however many ask."""

    #: Apart from what else is counted: no flood of visitors drives out how often somebody tried a password.
    cache: Any = ConnectionProxy(caches, "api")

    def __init__(self) -> None:
        # The rate is known once the request is.
        self.left = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        """Tell whether this one may go on."""
        user = request.user
        if user and user.is_authenticated:
            return self._counted("read" if request.method in SAFE_METHODS else "write", str(user.pk))
        return self.stranger(request)

    def stranger(self, request: Request) -> bool:
        """Tell whether somebody at this address may go on who did not, or wrongly, say who they are."""
        return self._counted("anonymous", _household(self.get_ident(request) or ""))

    def wait(self) -> float:
        """Return after how many seconds one may go on."""
        return self.left

    def _counted(self, scope: str, who: str) -> bool:
        most, seconds = self.parse_rate(self.THROTTLE_RATES[scope])
        if most is None or seconds is None:
            return True
        now = int(self.timer())
        self.left = seconds - now % seconds
        try:
            return self._number(f"{scope}-{now // seconds}-{who}", seconds) <= most
        except RedisError as error:
            # Who counts is away: nobody need wait for that.
            logger.warning("Nobody counts how often the API is asked: %s", type(error).__name__)
            return True

    def _number(self, key: str, seconds: int) -> int:
        """Return how many there were in this minute, this one included."""
        if self.cache.add(key, 1, seconds):
            return 1
        try:
            return int(self.cache.incr(key))
        except ValueError:
            return 1  # the minute ended this very moment


def _household(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    if found.version == 4 or found.ipv4_mapped:
        return str(getattr(found, "ipv4_mapped", None) or found)
    return str(ip_network((found, _HOUSEHOLD), strict=False).network_address)
