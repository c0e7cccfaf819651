"""Middleware that requires a second factor of staff who logged in with a password."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from . import second_factor

#: URL names that are accessible before the second factor.
EXEMPT_URL_NAMES = {
    "account_logout",
    "account_reauthenticate",
    "admin:logout",
    "logout",
    "mfa_activate_totp",
    "set_language",
}


class RequireSecondFactorMiddleware:
    """Redirects staff who logged in with only a password to setting up a second factor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Return a redirect if a second factor is still required, else None."""
        match = request.resolver_match
        if match is None or match.view_name in EXEMPT_URL_NAMES or not second_factor.is_second_factor_required(request):
            return None
        if second_factor.has_second_factor(request.user):
            # It was set up in another session: this older session must log in again with the second factor.
            logout(request)
            return redirect(f"{reverse('login')}?{urlencode({'next': request.get_full_path()})}")
        return redirect(f"{reverse('mfa_activate_totp')}?{urlencode({'next': request.get_full_path()})}")
