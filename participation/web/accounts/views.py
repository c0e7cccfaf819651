"""Login pages: allauth's views with our templates and language."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as account
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.socialaccount import views as socialaccount
from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import SimpleTemplateResponse
from django.urls import reverse, reverse_lazy
from django.utils import translation
from django.utils.http import urlencode
from django.views import i18n
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participation.models import User
from participation.models.people import LANGUAGES
from participation.services.accounts.accounts import remove_second_factor
from participation.services.accounts.lookup import access_fingerprint, is_staff_member
from participation.web.shared.pages import language_of, page, shared_context
from participation.web.shared.throttle import throttle_request

from .adapters import OTHER_LOGIN_METHOD_MAIL, send_mails_after_response
from .forms import AskCodeForm
from .oidc import callback_view
from .second_factor import forget_second_factor, use_code

View = Callable[..., Any]


def allauth_view(view: View, *methods: str, staff_only: bool = False, limit: str = "") -> View:
    """Return an allauth view limited to these methods, with our context and language.

    With ``staff_only`` it raises PermissionDenied for other users. ``limit`` is the action in RATE_LIMITS by which
    it answers 429 to a POST.
    """

    @require_http_methods(methods or ("GET", "HEAD", "POST"))
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if staff_only and not is_staff_member(request.user):
            raise PermissionDenied
        if limit and request.method == "POST" and (refusal := throttle_request(request, limit)):
            return refusal
        shared = shared_context(request)
        with translation.override(shared["language"]):
            response = view(request, *args, **kwargs)
            if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
                page_context = {
                    "next": next_query(request),
                    "continue_url": get_next_redirect_url(request) or reverse(settings.LOGIN_REDIRECT_URL),
                    "contact": settings.CONTACT_EMAIL,
                    "demo": settings.DEMO,
                }
                response.context_data = {**shared, **page_context, **(response.context_data or {})}
                response.render()
        response.headers.setdefault("Content-Language", shared["language"])
        send_mails_after_response(request, response)
        return response

    return wrapped


def next_query(request: HttpRequest) -> str:
    """Return the query string ``?next=…`` with the validated redirect URL, or ""."""
    next_url = get_next_redirect_url(request)
    return f"?{urlencode({'next': next_url})}" if next_url else ""


class LogIn(account.LoginView):
    """Log in: by mailed code for associations; for staff through OpenID Connect or by password."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the context, with providers and the form to request a code."""
        servers = get_social_adapter(self.request).list_providers(self.request) if settings.OIDC_SERVER_URL else []
        return {**super().get_context_data(**kwargs), "servers": servers, "code_form": AskCodeForm(auto_id="code_%s")}


class AskCode(account.RequestLoginCodeView):
    """Request a code by mail."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Mail a code to the account's own address, or to staff how to log in; nothing if there is no account.

        The page shows the address as it was typed: the stored spelling must not be disclosed.
        """
        found, typed = form.found, form.cleaned_data["email"]
        # A mailbox is a single factor, and staff need two.
        user = None if found is None or is_staff_member(found) else found
        process = LoginCodeVerificationProcess.initiate(
            request=self.request, user=user, email=found.email if found else typed
        )
        process.state.update(typed=typed, access_fingerprint=access_fingerprint(user) if user else "")
        process.persist()
        if found and not user:
            get_adapter().send_mail(OTHER_LOGIN_METHOD_MAIL, found.email, {})
        return HttpResponseRedirect(self.get_success_url())


class GiveCode(account.ConfirmLoginCodeView):
    """Enter the code from the mail."""

    def _verify_form_valid(self, form: Any) -> HttpResponse:
        user = self._process.user
        if user is None or self._process.state.get("access_fingerprint") != access_fingerprint(user):
            # Access ended, or the address or role changed, since the code was requested.
            self._process.abort()
            return redirect("account_request_login_code")
        response: HttpResponse = super()._verify_form_valid(form)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the context, with the address as it was typed."""
        return {**super().get_context_data(**kwargs), "email": self._process.state.get("typed")}


class SetUp(totp.ActivateTOTPView):
    """Set up the authenticator app."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Record the second factor for this session, and invalidate the code."""
        response = super().form_valid(form)
        use_code(self.request.user, form.cleaned_data["code"])
        record_authentication(self.request, self.request.user, "mfa", type="totp")
        return response

    def get_success_url(self) -> str:
        """Return the page with the recovery codes, which leads on to the redirect URL."""
        return f"{reverse('mfa_view_recovery_codes')}{next_query(self.request)}"


class Replace(totp.DeactivateTOTPView):
    """Remove the authenticator app, to set up another."""

    success_url = reverse_lazy("mfa_activate_totp")

    def form_valid(self, form: Any) -> HttpResponse:
        """Remove the second factor, and end all other sessions of the user."""
        response: HttpResponse = super().form_valid(form)
        user: Any = self.request.user
        remove_second_factor([user.pk])
        user.refresh_from_db(fields=["security_stamp"])
        update_session_auth_hash(self.request, user)
        forget_second_factor(self.request)
        return response


log_in = allauth_view(LogIn.as_view(), limit="login")
request_code = allauth_view(AskCode.as_view())
enter_code = allauth_view(GiveCode.as_view())
inactive = allauth_view(account.account_inactive, "GET", "HEAD")
reset_password = allauth_view(account.password_reset)
reset_password_done = allauth_view(account.password_reset_done, "GET", "HEAD")
new_password = allauth_view(
    sensitive_post_parameters("password1", "password2")(account.password_reset_from_key), limit="new_password"
)
new_password_done = allauth_view(account.password_reset_from_key_done, "GET", "HEAD")
reauthenticate_password = allauth_view(account.reauthenticate, staff_only=True, limit="reauthenticate")
oidc_login = allauth_view(openid_connect.login)
oidc_callback = allauth_view(callback_view, "GET", "HEAD")
oidc_login_cancelled = allauth_view(socialaccount.login_cancelled, "GET", "HEAD")
second_factor = allauth_view(mfa.authenticate)
reauthenticate_second_factor = allauth_view(mfa.reauthenticate, staff_only=True, limit="reauthenticate")
second_factors = allauth_view(mfa.index, "GET", "HEAD", staff_only=True)
set_up_authenticator = allauth_view(SetUp.as_view(), staff_only=True)
replace_authenticator = allauth_view(Replace.as_view(), staff_only=True)
show_recovery_codes = allauth_view(recovery_codes.view_recovery_codes, "GET", "HEAD", staff_only=True)
renew_recovery_codes = allauth_view(recovery_codes.generate_recovery_codes, staff_only=True)


@require_POST
@login_not_required
def log_out(request: HttpRequest) -> HttpResponse:
    """Log out, or abort a login."""
    response: HttpResponse = account.logout(request)
    return response


@require_safe
@login_not_required
def no_account(request: HttpRequest) -> HttpResponse:
    """Return the page for people without an account: whom to ask for one."""
    return page(request, "web/accounts/no_account.html", {"contact": settings.CONTACT_EMAIL})


@require_POST
@login_not_required
@csrf_exempt
def set_language(request: HttpRequest) -> HttpResponse:
    """Set the language: stored with the account of a logged-in user, else in a cookie.

    The form of a visitor has no CSRF token: it stands on every page, and its token would be a cookie for everyone who
    only reads. A forged request of a visitor changes the language of their pages and nothing else.
    """
    set_it = _set_language_of_user if request.user.is_authenticated else i18n.set_language
    response: HttpResponse = set_it(request)
    return response


@csrf_protect
def _set_language_of_user(request: HttpRequest) -> HttpResponse:
    chosen = request.POST.get("language")
    if chosen in LANGUAGES and request.user.is_authenticated and chosen != language_of(request):
        # ``update`` bypasses history and reassessment: the column is subject to neither.
        User.objects.filter(pk=request.user.pk).update(language=chosen)
    response: HttpResponse = i18n.set_language(request)
    return response
