"""The door of the municipality's own server (OpenID Connect): for staff with an account here, and nobody else."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.conf import settings
from django.http import HttpRequest

from participation.web.shared.pages import page

from .people import keep_address, person_at, works_here


class StaffDoor(DefaultSocialAccountAdapter):
    """Lets in whom an administrator gave an account; what the server tells of a person is not kept."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Refuse: the administrator makes accounts."""
        return False

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Any:
        """Fill in nobody's name, and forget what else was told: who someone is stands in their account."""
        sociallogin.account.extra_data = {}
        return sociallogin.user

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[Any, str] | None:
        """Return the account with the checked address that the server gave, where nobody came in by it before."""
        for address in sociallogin.email_addresses:
            user = person_at(address.email) if address.verified else None
            # Two people of one address, one after the other: the second does not inherit the account of the first.
            if user and works_here(user) and not SocialAccount.objects.filter(user=user).exists():
                keep_address(user)
                return user, user.email.lower()
        return None

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Raise ImmediateHttpResponse, with a page that says whom to ask, for who has no account to enter."""
        user: Any = sociallogin.user
        known = sociallogin.is_existing and user.is_active and works_here(user)
        if not known or sociallogin.state.get("process", "login") != "login":
            raise ImmediateHttpResponse(
                page(request, "socialaccount/unknown.html", {"contact": settings.CONTACT_EMAIL}, status=403)
            )
