"""Login through the municipality's OpenID Connect provider, for staff with an existing account only."""

import logging
from typing import Any

from allauth.account.internal.emailkit import valid_email_or_none
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse

from participation.models.addresses import email_key
from participation.services.accounts.lookup import account_by_address, is_staff_member, sync_email_address
from participation.web.shared.pages import page

logger = logging.getLogger("leidraad.openid")

#: Values of ``email_verified`` that mean true; some providers send a string instead of a boolean.
_TRUE_VALUES = (True, "true", "True")


class StaffOIDCAdapter(OpenIDConnectOAuth2Adapter):
    """Adapter for the municipality's OpenID Connect provider: keeps ``sub`` and the e-mail address only."""

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> SocialLogin:
        """Return the login. Raises OAuth2Error if the id_token is absent or the claims are inconsistent."""
        encoded = kwargs["response"].get("id_token")
        if not encoded:
            raise OAuth2Error("The log-in server gave no id_token.")
        id_claims = self._decode_id_token(app, encoded)
        userinfo = self._fetch_user_info(token.token) if self.openid_config.get("userinfo_endpoint") else {}
        sub = id_claims.get("sub")
        if not isinstance(sub, str) or not sub or not isinstance(userinfo, dict):
            raise OAuth2Error("The log-in server does not say who somebody is.")
        # The userinfo response must have the same sub as the id_token (OpenID Connect Core, 5.3.2).
        if userinfo and userinfo.get("sub") != sub:
            raise OAuth2Error("The log-in server speaks of two persons.")
        login: SocialLogin = self.get_provider().sociallogin_from_response(request, {"id_token": {"sub": sub}})
        address, verified = email_from_claims(id_claims, userinfo)
        login.email_addresses = [EmailAddress(email=address, verified=verified, primary=True)] if address else []
        return login


def email_from_claims(id_claims: dict[str, Any], userinfo: dict[str, Any]) -> tuple[str, bool]:
    """Return the address in the userinfo or id_token, "" if there is none, and whether it is verified.

    An ``email_verified`` of false always counts, whatever OIDC_EMAIL_DOMAINS lists: that setting is for providers
    that omit the claim. A true vouches only for the claim ``email`` beside it, not for another address claim.
    """
    claim = settings.OIDC_EMAIL_CLAIM
    address: str = valid_email_or_none(str(userinfo.get(claim) or id_claims.get(claim) or "")) or ""
    key = email_key(address)
    answers = [claims for claims in (id_claims, userinfo) if claims.get("email_verified") is not None]
    if any(claims["email_verified"] not in _TRUE_VALUES for claims in answers):
        return address, False
    vouched = any(email_key(str(claims.get("email", ""))) == key for claims in answers)
    is_own_domain = key.rpartition("@")[2] in {email_key(domain) for domain in settings.OIDC_EMAIL_DOMAINS}
    return address, bool(address) and (vouched or is_own_domain)


@login_not_required
def callback_view(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Return the response to the callback of the provider. Raises Http404 if no such provider is configured."""
    try:
        response: HttpResponse = OAuth2CallbackView.adapter_view(StaffOIDCAdapter(request, provider_id))(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    return response


class StaffSocialAccountAdapter(DefaultSocialAccountAdapter):
    """Accepts users to whom an administrator gave an account; keeps no data of the provider."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Return False: only administrators create accounts."""
        return False

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Any:
        """Return the user without a name, and discard the provider's data: the account itself holds who a user is."""
        sociallogin.account.extra_data = {}
        return sociallogin.user

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[Any, str] | None:
        """Return the staff account with the verified address, if no provider account is linked to it yet."""
        for address in sociallogin.email_addresses:
            user = account_by_address(address.email) if address.verified else None
            # An address may be reassigned to another person, who must not inherit the account of the first.
            if user and is_staff_member(user) and not SocialAccount.objects.filter(user=user).exists():
                sync_email_address(user)
                return user, user.email.lower()
        return None

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Raise ImmediateHttpResponse with an explanation if the user has no active staff account."""
        user: Any = sociallogin.user
        known = sociallogin.is_existing and user.is_active and is_staff_member(user)
        if not known or sociallogin.state.get("process", "login") != "login":
            context = {"contact": settings.CONTACT_EMAIL, "missing": _missing_claim(sociallogin)}
            raise ImmediateHttpResponse(page(request, "socialaccount/unknown.html", context, status=403))


def _missing_claim(sociallogin: SocialLogin) -> str:
    """Return what the provider omitted: "address", "checked" (verification) or ""; log which setting mends it."""
    if sociallogin.is_existing:
        return ""
    if not sociallogin.email_addresses:
        logger.warning(
            "The OpenID Connect provider gives no e-mail address in the claim %r: change OIDC_EMAIL_CLAIM.",
            settings.OIDC_EMAIL_CLAIM,
        )
        return "address"
    if not sociallogin.email_addresses[0].verified:
        logger.warning(
            "The OpenID Connect provider gives an e-mail address without email_verified: see OIDC_EMAIL_DOMAINS."
        )
        return "checked"
    return ""
