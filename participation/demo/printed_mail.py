"""Mails of the demo on the console: as text that can be read, with links in one piece.

Django's console backend prints the message as it is sent, in which quoted-printable breaks the links.
"""

from django.core.mail import EmailMessage
from django.core.mail.backends import console


class EmailBackend(console.EmailBackend):
    """Django's console backend, with the decoded text of the message."""

    def write_message(self, message: EmailMessage) -> None:
        """Write to whom it goes, its subject and its text."""
        self.stream.write(f"To: {', '.join(message.recipients())}\nSubject: {message.subject}\n\n{message.body}\n")
        self.stream.write(f"{'-' * 79}\n")
