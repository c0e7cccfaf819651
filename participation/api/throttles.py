"""Not too often: how many requests a minute, apart for reading and writing, for visitors and for who has a key."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


class Throttle(SimpleRateThrottle):
    """Counts per person, or per address of who did not say who they are."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Tell whether this one may go on."""
        known = bool(request.user and request.user.is_authenticated)
        self.scope = ("read" if request.method in SAFE_METHODS else "write") if known else "anonymous"
        self.rate = self.get_rate()
        self.num_requests, self.duration = self.parse_rate(self.rate)
        return super().allow_request(request, view)

    def __init__(self) -> None:
        # The rate is known once the request is: see above.
        pass

    def get_cache_key(self, request: Request, view: Any) -> str:
        """Return by what is counted."""
        user = request.user
        who = user.pk if user and user.is_authenticated else self.get_ident(request)
        return str(self.cache_format % {"scope": f"api-{self.scope}", "ident": who})
