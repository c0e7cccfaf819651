"""Logging in by password."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from participation.models import User

from .people import account_named, may_use_password


class PasswordBackend(ModelBackend):
    """The password of whoever may use one, with their e-mail address, in any case of letters, or their user name."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **given: Any
    ) -> User | None:
        """Return the user, or None: as slowly for an unknown name as for a wrong password."""
        typed = (given.get("email") or username or "").strip()
        if not typed or not password:
            return None
        user = account_named(typed)
        if user is None:
            User().set_password(password)
            return None
        opens = user.check_password(password) and self.user_can_authenticate(user) and may_use_password(user)
        return user if opens else None
