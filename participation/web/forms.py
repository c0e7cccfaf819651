"""The forms of the pages."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import get_language

from participation.models import User

from .words import words_in


class LogInForm(AuthenticationForm):
    """Log in with the e-mail address, in any case of letters, or with the user name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.words = words_in(get_language())
        for name, label in (("username", "who"), ("password", "password")):
            self.fields[name].label = self.words[label]
            if self.is_bound:
                # What is wrong is told above the form; whoever listens to it hears it with the field.
                self.fields[name].widget.attrs["aria-describedby"] = "wrong"
        self.fields["username"].widget.attrs["maxlength"] = 254

    def clean_username(self) -> str:
        """Return the user name that belongs to what was typed; what is no known address stays as it is."""
        typed: str = self.cleaned_data["username"].strip()
        found = User.objects.filter(email__iexact=typed).values_list("username", flat=True).first()
        return found or typed

    def get_invalid_login_error(self) -> ValidationError:
        """Return what is said when they do not belong together: the same for an unknown address."""
        return ValidationError(self.words["wrong"], code="invalid_login")

    def confirm_login_allowed(self, user: Any) -> None:
        """Raise ValidationError for an account that is closed."""
        if not user.is_active:
            raise ValidationError(self.words["closed"], code="inactive")
