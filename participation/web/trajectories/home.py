"""The front door: everyone is led to the page that they come for."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

#: Where each role begins; everyone else begins at the list of trajectories.
BEGINS = {
    "adviser": "week",
    "coordinator": "week",
    "administrator": "week",
    "association_member": "my",
    "auditor": "city",
}


@require_safe
@never_cache
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """Lead this visitor to where their work is: their week, their association, the city, or the trajectories."""
    return redirect(_begin(request.user))


def _begin(user: Any) -> str:
    if user.is_authenticated:
        name = "week" if user.edits_everything else BEGINS.get(user.role, "")
        try:
            return reverse(name)
        except NoReverseMatch:
            pass
    return reverse("trajectories")
