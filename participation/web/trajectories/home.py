"""The home page: redirects to the start page of the user's role."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ..council.filters import kept_choice
from ..shared.addresses import address

#: URL name of the start page by role; the list of trajectories for all others.
START_PAGES = {
    "adviser": "week",
    "coordinator": "week",
    "administrator": "week",
    "association_member": "dashboard",
    "auditor": "city",
    "council_member": "council",
}


@require_safe
@never_cache
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """Redirect to the start page of this user."""
    return redirect(_start_page_url(request.user))


def _start_page_url(user: Any) -> str:
    if user.is_authenticated:
        name = "week" if user.edits_everything else START_PAGES.get(user.role, "")
        if name == "council":
            return address(name, **kept_choice(user)) or reverse("trajectories")
        try:
            return reverse(name)
        except NoReverseMatch:
            pass
    return reverse("trajectories")
