"""An SMTP connection that records replies, to know the outcome of each mail and when it is uncertain.

If the connection is lost between the reply 354 to DATA and the reply to the final dot, it is unknown whether the server
accepted the mail. smtplib reports this like any other lost connection, so each reply is recorded here with the command
it answers.
"""

import re
import smtplib
from collections.abc import Sequence
from contextlib import suppress
from socket import gaierror
from typing import Any, NamedTuple

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends import smtp

#: Timeout in seconds on the connection.
TIMEOUT_SECONDS = 30
#: SMTP codes about our configuration or authentication, whichever command they answer.
_CONFIGURATION_CODES = {454, 503, 530, 534, 535, 538}
_CLOSING_CODE, _TOO_LARGE_CODE = 421, 552
_ENHANCED_STATUS = re.compile(r"[245]\.(\d{1,3})\.\d{1,3}\b")


class Unreachable(OSError):
    """Raised where the mail server accepts no mail now. The message has no words of the server, so no personal data."""


class Reply(NamedTuple):
    """The server's reply to one command: ``sender``, ``recipient``, ``data``, or ``end`` of the data."""

    command: str
    code: int
    words: str


class SendResult(NamedTuple):
    """Outcome of a mail: ``sent``, ``later``, ``refused``, ``doubtful`` or ``trouble``.

    ``about`` is what the outcome is about: this ``address``, this ``message``, the ``connection`` or ``us``. ``reason``
    may quote the server, and with it an address; ``code`` does not.
    """

    state: str
    about: str = ""
    code: str = ""
    reason: str = ""


class _RecordingSMTP(smtplib.SMTP):
    """An SMTP connection that records which command awaits its reply, and the last reply."""

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
                # The final dot was not sent, so the mail was not accepted.
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
            # Without a successful RSET the next mail would be mixed with this one.
            self.close()
        return answer


class _RecordingTLS(_RecordingSMTP, smtplib.SMTP_SSL):
    """The same with implicit TLS."""


class EmailBackend(smtp.EmailBackend):
    """Django's SMTP backend with recorded replies, EHLO on opening, and always a timeout."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Accept the arguments of Django's backend."""
        super().__init__(*args, **options)
        self.timeout = self.timeout or TIMEOUT_SECONDS

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """Return the recording connection class."""
        return _RecordingTLS if self.use_ssl else _RecordingSMTP

    def open(self) -> bool | None:
        """Open the connection if needed and send EHLO: a server that rejects us does so before any mail."""
        new = super().open()
        if new and self.connection is not None:
            self.connection.ehlo_or_helo_if_needed()
        return new


def recording_connection(connection: Any) -> Any:
    """Return this connection, by default that of the settings; Django's SMTP backend is made to record replies."""
    connection = connection or get_connection()
    if type(connection) is not smtp.EmailBackend:
        return connection
    names = ("host", "port", "username", "password", "use_tls", "use_ssl", "timeout", "ssl_keyfile", "ssl_certfile")
    return EmailBackend(**{name: getattr(connection, name) for name in names})


class SmtpClient:
    """One connection for all mails, opened for the first of them and reopened after a failure."""

    def __init__(self, connection: Any = None) -> None:
        """Use this Django mail connection, not yet open, or that of the settings."""
        self.connection = recording_connection(connection)
        self.is_open = False

    def open(self) -> None:
        """Open the connection if needed. Raises Unreachable where there is no server, or it rejects us."""
        smtp_connection = self._smtp()
        if self.is_open and (smtp_connection is None or smtp_connection.sock is not None):
            return
        if self.is_open:
            self.close()
        try:
            self.connection.open()
        except OSError as error:
            self.close()
            raise Unreachable(f"The mail server cannot be reached: {_describe_error(error)}") from error
        self.is_open = True

    def send(self, mail: EmailMultiAlternatives) -> SendResult:
        """Send this mail, and return its outcome. Raises nothing that is about mail."""
        smtp_connection, error, sent_count = self._smtp(), None, 0
        if smtp_connection is not None:
            smtp_connection.awaits, smtp_connection.reply = "", None
        try:
            sent_count = self.connection.send_messages([mail])
        except Exception as found:  # a failing mail must not stop the others
            error = found
        result = (
            _recorded_result(smtp_connection, error)
            if smtp_connection is not None
            else _inferred_result(error, sent_count)
        )
        # After a reply to RCPT or to the data smtplib sends RSET, and the connection can be reused.
        has_reply = (
            smtp_connection is not None
            and smtp_connection.reply is not None
            and smtp_connection.reply.command in ("recipient", "end")
        )
        if result.state != "sent" and (result.about not in ("address", "message") or not has_reply):
            self.close()
        return result

    def close(self) -> None:
        """Close the connection."""
        smtp_connection = self._smtp()
        if smtp_connection is not None and smtp_connection.awaits:
            # In the middle of DATA, QUIT would become part of the message body.
            smtp_connection.close()
        with suppress(OSError):
            self.connection.close()
        self.is_open = False

    def _smtp(self) -> _RecordingSMTP | None:
        found = getattr(self.connection, "connection", None)
        return found if isinstance(found, _RecordingSMTP) else None


def _describe_error(error: OSError) -> str:
    """Return a description of the error without words of the server."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{type(error).__name__} {error.smtp_code}"
    return error.strerror if isinstance(error.strerror, str) else str(error) or type(error).__name__


def _recorded_result(smtp_connection: _RecordingSMTP, error: Exception | None) -> SendResult:
    """Return the outcome of a mail over a recording connection."""
    reply, name = smtp_connection.reply, type(error).__name__
    if smtp_connection.awaits == "end":
        return SendResult("doubtful", "connection", name, f"{name}: {error}")
    if reply and (reply.command == "end" or reply.code >= 400):
        return _result_of_reply(reply)
    if smtp_connection.awaits or isinstance(error, OSError):
        return SendResult("later", "connection", name, f"{name}: {error}")
    return _unsent_result(error)


def _inferred_result(error: Exception | None, sent_count: int | None) -> SendResult:
    """Return the outcome of a mail over another kind of connection; ``doubtful`` where it cannot be known."""
    name = type(error).__name__
    if error is None and sent_count:
        return SendResult("sent")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
        return _result_of_reply(Reply("recipient", code, _text(words)))
    if isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPHeloError | smtplib.SMTPAuthenticationError):
        return SendResult("trouble", "us", str(error.smtp_code), _describe_error(error))
    if isinstance(error, smtplib.SMTPResponseException):
        command = "sender" if isinstance(error, smtplib.SMTPSenderRefused) else "data"
        return _result_of_reply(Reply(command, error.smtp_code, _text(error.smtp_error)))
    if isinstance(error, ConnectionRefusedError | gaierror):
        return SendResult("trouble", "us", name, _describe_error(error))
    if error is None or isinstance(error, ValueError):
        return _unsent_result(error)
    return SendResult("doubtful", "connection", name, f"{name}: {error}")


def _unsent_result(error: Exception | None) -> SendResult:
    """Return the outcome of a mail that never reached the server."""
    name = type(error).__name__
    if isinstance(error, ValueError):  # invalid address or header
        return SendResult("refused", "message", name, f"{name}: {error}")
    if error is None:
        return SendResult("later", "message", "0", "The mail server did not take it.")
    return SendResult("later", "message", name, f"{name}: {error}")


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words


def _result_of_reply(reply: Reply) -> SendResult:
    """Return the outcome of a mail that follows from this reply."""
    code, reason = str(reply.code), f"{reply.code} {reply.words}".strip()
    if reply.command == "end" and 200 <= reply.code < 300:
        return SendResult("sent")
    if not 400 <= reply.code < 600:
        # No reply: after the data the outcome is unknown, before it nothing was accepted.
        return SendResult("doubtful" if reply.command == "end" else "later", "connection", code, reason)
    if reply.code == _CLOSING_CODE:
        return SendResult("later", "connection", code, reason)
    if reply.code in _CONFIGURATION_CODES or (reply.command == "sender" and reply.code != _TOO_LARGE_CODE):
        return SendResult("trouble", "us", code, reason)
    return SendResult("later" if reply.code < 500 else "refused", _reply_subject(reply), code, reason)


def _reply_subject(reply: Reply) -> str:
    """Return whether a reply is about the address or the message: by its enhanced status code, else by its command.

    RFC 3463: X.1 is about addresses, X.2 about mailboxes, X.7 about the server's policy on a sender or a message.
    """
    found = _ENHANCED_STATUS.match(reply.words)
    if found and found[1] in ("1", "2"):
        return "address"
    return "address" if reply.command == "recipient" and not (found and found[1] == "7") else "message"
