"""Sending mails over one connection."""

from contextlib import suppress
from typing import Any

from django.core.mail import EmailMultiAlternatives


class Unreachable(OSError):
    """The mail server cannot be reached: no use in trying everyone else."""


class Post:
    """One connection for all mails, opened for the first of them and again after one went wrong."""

    def __init__(self, connection: Any) -> None:
        """Take a connection of Django's mail, opened or not."""
        self.connection = connection
        self.is_open = False

    def open(self) -> None:
        """Open it where it is not. Raises Unreachable where there is no server."""
        if self.is_open:
            return
        try:
            self.connection.open()
        except OSError as error:
            raise Unreachable(f"The mail server cannot be reached: {error}") from error
        self.is_open = True

    def send(self, mail: EmailMultiAlternatives) -> None:
        """Send this mail. Raises what the connection raises, or OSError where it did not take the mail."""
        try:
            if not self.connection.send_messages([mail]):
                raise OSError("The mail server did not take it.")
        except Exception:
            # After a refusal the server may have hung up: the next mail finds out too late.
            self.close()
            raise

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError):
            self.connection.close()
        self.is_open = False
