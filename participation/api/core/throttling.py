"""Rate limiting, with separate rates for anonymous requests and for authenticated reads and writes."""

import logging
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from participation.services.accounts.rate_limits import hit, network_of, window_end

logger = logging.getLogger(__name__)


class Throttle(SimpleRateThrottle):
    """Throttle per user, or per network address if anonymous: a counter per time window, shared by all processes."""

    def __init__(self) -> None:
        # The rate depends on the request, so unlike the base class none is looked up here.
        self.seconds_left = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        """Return whether the request is within the rate limit."""
        user = request.user
        if user and user.is_authenticated:
            return self._record_hit("read" if request.method in SAFE_METHODS else "write", str(user.pk))
        return self.allow_anonymous(request)

    def allow_anonymous(self, request: Request) -> bool:
        """Return whether an anonymous or wrongly authenticated request of this address is within the rate limit."""
        return self._record_hit("anonymous", network_of(self.get_ident(request) or ""))

    def wait(self) -> float:
        """Return the number of seconds until the next request is allowed (Retry-After)."""
        return self.seconds_left

    def _record_hit(self, scope: str, client: str) -> bool:
        limit, seconds = self.parse_rate(self.THROTTLE_RATES[scope])
        if limit is None or seconds is None:
            return True
        now = datetime.fromtimestamp(self.timer(), UTC)
        try:
            rate_hit = hit(("api", scope, client), window_end(seconds, now), now, may_fail=True)
        except DatabaseError as error:
            # The counter may be locked by a long import; a request is then let through rather than kept waiting.
            logger.warning("Rate limit not counted, request allowed: %s", type(error).__name__)
            return True
        self.seconds_left = rate_hit.wait(now)
        return rate_hit.number <= limit
