"""Links with which somebody chooses a new password."""

from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator


class PasswordLinks(PasswordResetTokenGenerator):
    """Makes and checks such links: they end with another password, address or log-in, and when access is ended."""

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)} {user.security_stamp}"
