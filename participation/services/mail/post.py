"""One watched connection to the mail server: what became of each mail, and what nobody can know.

Between the server's leave to go on with the text (354) and its answer to the last line of it, a lost connection
leaves open whether it took the mail. Python's SMTP tells that no different from any other loss, so every reply is
written down here with the command that it answers.
"""

import re
import smtplib
from collections.abc import Sequence
from contextlib import suppress
from socket import gaierror
from typing import Any, NamedTuple

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends import smtp

#: A server that says nothing for so many seconds is gone.
PATIENCE = 30
#: Answers that are about us, whichever command they follow: what we said, or that we should have logged in.
_OURS = {454, 503, 530, 534, 535, 538}
_BYE, _TOO_BIG = 421, 552
_ENHANCED = re.compile(r"[245]\.(\d{1,3})\.\d{1,3}\b")


class Unreachable(OSError):
    """No mail can be handed to the mail server now. Its text holds no words of the server, so no personal data."""


class Reply(NamedTuple):
    """What the server answered to one command: ``sender``, ``recipient``, ``data``, or ``end`` of the text."""

    to: str
    code: int
    words: str


class Handed(NamedTuple):
    """What became of a mail: ``sent``, ``later``, ``refused``, ``doubtful`` or ``trouble``.

    ``about`` says what the answer tells something of: this ``address``, this ``message``, the ``connection`` or
    ``us``. ``reason`` may hold the server's words, and in them an address; ``code`` does not.
    """

    state: str
    about: str = ""
    code: str = ""
    reason: str = ""


class _Watched(smtplib.SMTP):
    """A connection that remembers which command waits for its reply, and the last reply to one."""

    awaits = ""
    reply: Reply | None = None

    def mail(self, sender: str, options: Sequence[str] = ()) -> Any:
        self.awaits = "sender"
        return super().mail(sender, options)

    def rcpt(self, recip: str, options: Sequence[str] = ()) -> Any:
        self.awaits = "recipient"
        return super().rcpt(recip, options)

    def data(self, msg: Any) -> Any:
        self.awaits = "data"
        return super().data(msg)

    def send(self, s: Any) -> None:
        try:
            super().send(s)
        except OSError:
            if self.awaits == "end":
                # The last line of the text goes out last: it did not, so nothing was taken.
                self.awaits = "data"
            raise

    def getreply(self) -> Any:
        code, words = super().getreply()
        if self.awaits == "data" and code == 354:
            self.awaits = "end"
        elif self.awaits:
            self.reply, self.awaits = Reply(self.awaits, code, words.decode("utf-8", "replace")), ""
        return code, words

    def rset(self) -> Any:
        answer = super().rset()
        if answer[0] != 250:
            # It would take the next mail for a part of this one.
            self.close()
        return answer


class _WatchedTLS(_Watched, smtplib.SMTP_SSL):
    """The same, over TLS from the first byte."""


class EmailBackend(smtp.EmailBackend):
    """Django's connection, watched, greeted when it is opened, and never waiting for ever."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Take what Django's connection takes."""
        super().__init__(*args, **options)
        self.timeout = self.timeout or PATIENCE

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """Return the class that watches."""
        return _WatchedTLS if self.use_ssl else _Watched

    def open(self) -> bool | None:
        """Open it, where it is not, and greet: a server that does not want us says so before any mail."""
        new = super().open()
        if new and self.connection is not None:
            self.connection.ehlo_or_helo_if_needed()
        return new


def watched(connection: Any) -> Any:
    """Return this connection, or the one of the settings, watched where it is Django's own to a mail server."""
    connection = connection or get_connection()
    if type(connection) is not smtp.EmailBackend:
        return connection
    names = ("host", "port", "username", "password", "use_tls", "use_ssl", "timeout", "ssl_keyfile", "ssl_certfile")
    return EmailBackend(**{name: getattr(connection, name) for name in names})


class Post:
    """One connection for all mails, opened for the first of them and again after one went wrong."""

    def __init__(self, connection: Any = None) -> None:
        """Take a connection of Django's mail that is not open; without one that of the settings."""
        self.connection = watched(connection)
        self.is_open = False

    def open(self) -> None:
        """Open it where it is not. Raises Unreachable where there is no server, or it does not want us."""
        watch = self._smtp()
        if self.is_open and (watch is None or watch.sock is not None):
            return
        if self.is_open:
            self.close()
        try:
            self.connection.open()
        except OSError as error:
            self.close()
            raise Unreachable(f"The mail server cannot be reached: {_plain(error)}") from error
        self.is_open = True

    def hand(self, mail: EmailMultiAlternatives) -> Handed:
        """Hand this mail to the server, and return what became of it. Raises nothing that is about mail."""
        watch, error, taken = self._smtp(), None, 0
        if watch is not None:
            watch.awaits, watch.reply = "", None
        try:
            taken = self.connection.send_messages([mail])
        except Exception as found:  # whatever is wrong with this one, the others get theirs
            error = found
        handed = _seen(watch, error) if watch is not None else _guessed(error, taken)
        # After an answer to an address or a text smtplib resets, and the connection is good for the next.
        answered = watch is not None and watch.reply is not None and watch.reply.to in ("recipient", "end")
        if handed.state != "sent" and (handed.about not in ("address", "message") or not answered):
            self.close()
        return handed

    def close(self) -> None:
        """Hang up."""
        watch = self._smtp()
        if watch is not None and watch.awaits:
            # In the middle of a mail a polite goodbye would be taken for its text.
            watch.close()
        with suppress(OSError):
            self.connection.close()
        self.is_open = False

    def _smtp(self) -> _Watched | None:
        found = getattr(self.connection, "connection", None)
        return found if isinstance(found, _Watched) else None


def _plain(error: OSError) -> str:
    """Say what is wrong without the server's words."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{type(error).__name__} {error.smtp_code}"
    return error.strerror if isinstance(error.strerror, str) else str(error) or type(error).__name__


def _seen(watch: _Watched, error: Exception | None) -> Handed:
    """Return what became of a mail over a watched connection."""
    reply, name = watch.reply, type(error).__name__
    if watch.awaits == "end":
        return Handed("doubtful", "connection", name, f"{name}: {error}")
    if reply and (reply.to == "end" or reply.code >= 400):
        return _answered(reply)
    if watch.awaits or isinstance(error, OSError):
        return Handed("later", "connection", name, f"{name}: {error}")
    return _unsent(error)


def _guessed(error: Exception | None, taken: int | None) -> Handed:
    """Return what became of a mail over a connection of another kind: where that cannot be known, it is in doubt."""
    name = type(error).__name__
    if error is None and taken:
        return Handed("sent")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
        return _answered(Reply("recipient", code, _text(words)))
    if isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPHeloError | smtplib.SMTPAuthenticationError):
        return Handed("trouble", "us", str(error.smtp_code), _plain(error))
    if isinstance(error, smtplib.SMTPResponseException):
        to = "sender" if isinstance(error, smtplib.SMTPSenderRefused) else "data"
        return _answered(Reply(to, error.smtp_code, _text(error.smtp_error)))
    if isinstance(error, ConnectionRefusedError | gaierror):
        return Handed("trouble", "us", name, _plain(error))
    if error is None or isinstance(error, ValueError):
        return _unsent(error)
    return Handed("doubtful", "connection", name, f"{name}: {error}")


def _unsent(error: Exception | None) -> Handed:
    """Return what becomes of a mail that never reached the server."""
    name = type(error).__name__
    if isinstance(error, ValueError):  # an address or a header that no mail can hold
        return Handed("refused", "message", name, f"{name}: {error}")
    if error is None:
        return Handed("later", "message", "0", "The mail server did not take it.")
    return Handed("later", "message", name, f"{name}: {error}")


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words


def _answered(reply: Reply) -> Handed:
    """Return what this answer means for the mail."""
    code, reason = str(reply.code), f"{reply.code} {reply.words}".strip()
    if reply.to == "end" and 200 <= reply.code < 300:
        return Handed("sent")
    if not 400 <= reply.code < 600:
        # No answer at all: after the text nobody knows, before it nothing was taken.
        return Handed("doubtful" if reply.to == "end" else "later", "connection", code, reason)
    if reply.code == _BYE:
        return Handed("later", "connection", code, reason)
    if reply.code in _OURS or (reply.to == "sender" and reply.code != _TOO_BIG):
        return Handed("trouble", "us", code, reason)
    return Handed("later" if reply.code < 500 else "refused", _subject(reply), code, reason)


def _subject(reply: Reply) -> str:
    """Tell what an answer is about: by its enhanced code where it has one, else by the command it follows.

    X.1 is about addresses, X.2 about mailboxes, X.7 about what the server's policy wants of a sender or a text.
    """
    found = _ENHANCED.match(reply.words)
    if found and found[1] in ("1", "2"):
        return "address"
    return "address" if reply.to == "recipient" and not (found and found[1] == "7") else "message"
