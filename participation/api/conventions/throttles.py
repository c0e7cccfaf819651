"""Not too often: how many requests a minute, apart for reading and writing, for visitors and for who has a key."""

import logging
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from participation.services.rate_limits import hit, network_of, window_end

logger = logging.getLogger(__name__)


class Throttle(SimpleRateThrottle):
    """Counts per person, or per address of who did not say who they are: one number a minute, however many ask."""

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
        return self._counted("anonymous", network_of(self.get_ident(request) or ""))

    def wait(self) -> float:
        """Return after how many seconds one may go on."""
        return self.left

    def _counted(self, scope: str, who: str) -> bool:
        most, seconds = self.parse_rate(self.THROTTLE_RATES[scope])
        if most is None or seconds is None:
            return True
        now = datetime.fromtimestamp(self.timer(), UTC)
        try:
            counted = hit(("api", scope, who), window_end(seconds, now), now, may_fail=True)
        except DatabaseError as error:
            # Counting is no reason to keep a reader waiting for a long import of another.
            logger.warning("A request of the API was not counted: %s", type(error).__name__)
            return True
        self.left = counted.wait(now)
        return counted.number <= most
