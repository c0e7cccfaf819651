"""allauth's login forms with our labels and styling."""

from typing import Any

from allauth.account import forms as account
from allauth.account.internal.flows.password_reset import request_password_reset
from allauth.core import context
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from participation.models import User
from participation.services.accounts.lookup import account_by_address
from participation.web.shared.forms import FormStyleMixin

from . import attempts
from .second_factor import use_code

_CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "autocapitalize": "off", "spellcheck": "false"}


def _label_field(form: forms.BaseForm, name: str, label: Any, help_text: Any = "", **attributes: str) -> None:
    """Set label, help text and attributes of a field, and remove its placeholder."""
    field = form.fields[name]
    field.label, field.help_text = label, help_text
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs.update(attributes)


class LogInForm(FormStyleMixin, account.LoginForm):
    """Log in with password and e-mail address (case-insensitive) or user name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label_field(self, "login", _("E-mail address or user name"), autocomplete="username", autocapitalize="off")
        self.fields["login"].widget.attrs["maxlength"] = 254
        _label_field(self, "password", _("Password"))

    def add_prefix(self, field_name: str) -> str:
        """Return "username" for the login field, which browsers and password managers recognise."""
        return super().add_prefix("username" if field_name == "login" else field_name)


class AskCodeForm(FormStyleMixin, account.RequestLoginCodeForm):
    """Request a code by mail; the response is the same for every address (prevents user enumeration)."""

    #: The account with this address, set by ``clean_email``.
    found: User | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label_field(self, "email", _("E-mail address"), _("The address at which the municipality knows you."))

    def clean_email(self) -> str:
        """Return the address. Raises ValidationError if a rate limit is exceeded."""
        address: str = self.cleaned_data["email"]
        self.found = account_by_address(address)
        attempts.count_mail_request(context.request, self.found, address)
        return address


class GiveCodeForm(FormStyleMixin, account.ConfirmLoginCodeForm):
    """Enter the code from the mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label_field(self, "code", _("Code"), _("Eight digits, like 1234-5678. The dash may be left out."), **_CODE)

    def clean_code(self) -> str:
        """Return the code. Raises ValidationError if it is wrong or a rate limit is exceeded."""
        attempts.count_code_attempt(context.request)
        code: str = super().clean_code()
        return code


class ForgottenForm(FormStyleMixin, account.ResetPasswordForm):
    """Request a password reset link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label_field(self, "email", _("E-mail address"), _("The address of your account."))

    def clean_email(self) -> str:
        """Return the address. Raises ValidationError if a rate limit is exceeded."""
        address: str = self.cleaned_data["email"]
        user = account_by_address(address)
        attempts.count_mail_request(context.request, user, address)
        self.users = [user] if user else []
        return address

    def save(self, request: HttpRequest, **_given: Any) -> str:
        """Mail the link to the stored address of the account, if there is one; return the submitted address."""
        for user in self.users:
            request_password_reset(request, user.email, [user], None)
        address: str = self.cleaned_data["email"]
        return address


class NewPasswordForm(FormStyleMixin, account.ResetPasswordKeyForm):
    """Choose a new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label_field(self, "password1", _("New password"), self.fields["password1"].help_text)
        _label_field(self, "password2", _("The same password again"))


class PasswordAgainForm(FormStyleMixin, account.ReauthenticateForm):
    """Enter the password again before a sensitive action."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label_field(self, "password", _("Password"))


class _AppCodeForm(FormStyleMixin):
    """Enter a code of the authenticator app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        form: Any = self
        _label_field(form, "code", _("Code"), self.help, **_CODE)

    help: Any = _("Six digits from the app on your telephone, or one of your recovery codes.")


class _SingleUseCodeForm(_AppCodeForm):
    """Enter a code that can be used once, within a rate limit."""

    def clean_code(self) -> str:
        """Return the code. Raises ValidationError if it is wrong or used before, or a rate limit is exceeded."""
        form: Any = self
        code: str = form.cleaned_data["code"]
        with attempts.second_factor(context.request, form.user) as attempt:
            form.authenticator = use_code(form.user, code)
            if form.authenticator is None:
                raise get_mfa_adapter().validation_error("incorrect_code")
            attempt.succeeded = True
        form.authenticator.user = form.user
        return code


class SecondFactorForm(_SingleUseCodeForm, mfa.AuthenticateForm):
    """Enter the second factor while logging in."""


class SecondFactorAgainForm(_SingleUseCodeForm, mfa.ReauthenticateForm):
    """Enter the second factor again before a sensitive action."""


class SetUpForm(_AppCodeForm, totp.ActivateTOTPForm):
    """Activate the authenticator app as second factor."""

    help = _("Six digits: what the app shows for Leidraad.")
