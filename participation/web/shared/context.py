"""Context processor of the base template: menu, municipality, and when the rules were last evaluated."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from participation.selectors.jobs.health import last_reassessment

#: (URL name, label) of the menu items that everyone sees.
PUBLIC_MENU = (
    ("trajectories", _("Trajectories")),
    ("initiatives", _("Initiatives")),
    ("neighbourhoods", pgettext_lazy("menu", "Neighbourhoods")),
    ("city", _("The city")),
    ("council", _("The council")),
    ("motions", _("Motions")),
    ("commitments", _("Commitments")),
    ("rules", _("Rules")),
)
WEEK = ("week", _("This week"))
ASSOCIATION = ("dashboard", _("My association"))
ADMIN = ("admin:index", _("Administration"))
#: Roles that have a "This week" page.
WEEK_ROLES = ("adviser", "coordinator", "administrator")


class MenuItem(NamedTuple):
    """A menu item; ``current`` is the aria-current value: "page", "true" on a page below it, or ""."""

    href: str
    label: Any
    current: str


def base_context(request: HttpRequest) -> dict[str, Any]:
    """Return the context of the base template; lazy, so that pages without a menu cost no query."""
    return {
        "municipality": settings.MUNICIPALITY,
        "second_factor": settings.SECOND_FACTOR,
        "menu": SimpleLazyObject(lambda: list(menu(request))),
        "checked": SimpleLazyObject(lambda: last_reassessment(timezone.now())),
    }


def menu(request: HttpRequest) -> Iterator[MenuItem]:
    """Yield the main menu for this user, without items whose URL does not resolve."""
    for name, label in _menu_entries(getattr(request, "user", None)):
        try:
            href = reverse(name)
        except NoReverseMatch:
            continue
        yield MenuItem(href, label, _aria_current(request.path, href))


def _menu_entries(user: Any) -> Iterator[tuple[str, Any]]:
    logged_in = user is not None and user.is_authenticated
    if logged_in and (user.role in WEEK_ROLES or user.is_superuser):
        yield WEEK
    if logged_in and user.role == "association_member":
        yield ASSOCIATION
    yield from PUBLIC_MENU
    if logged_in and user.is_staff:
        yield ADMIN


def _aria_current(path: str, href: str) -> str:
    if path == href:
        return "page"
    return "true" if href != "/" and path.startswith(href) else ""
