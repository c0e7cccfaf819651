"""Authentication backend for passwords."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from participation.models import User
from participation.services.accounts.lookup import account_by_login, can_use_password


class PasswordBackend(ModelBackend):
    """Authenticates by e-mail address (case-insensitive) or user name, if the user may use a password."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **given: Any
    ) -> User | None:
        """Return the user, or None; an unknown name takes as long as a wrong password (prevents user enumeration)."""
        typed = (given.get("email") or username or "").strip()
        if not typed or not password:
            return None
        user = account_by_login(typed)
        if user is None:
            User().set_password(password)
            return None
        accepted = user.check_password(password) and self.user_can_authenticate(user) and can_use_password(user)
        return user if accepted else None
