"""The result of each mail by the reply to each SMTP command, with a real server where that matters."""

from __future__ import annotations

import smtplib
import socket
import ssl

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends import console, locmem

from participation.services.mail.smtp import EmailBackend, SmtpClient, Unreachable, recording_connection
from tests.smtp import LOOPBACK, parse_step, smtp_server

TO = "bewoner@example.org"


def make_email(number=1, to=TO):
    headers = {"Message-ID": f"<{number}@example.org>"}
    return EmailMultiAlternatives(
        f"Mail {number}", ".Een punt vooraan\n", "leidraad@example.org", [to], headers=headers
    )


@pytest.fixture
def post_to():
    """Return a function that makes a client of a server; connections are closed at the end."""
    made = []

    def make(server, **options):
        made.append(SmtpClient(EmailBackend(host=LOOPBACK, port=server.port, **options)))
        return made[-1]

    yield make
    for post in made:
        post.close()


def send(post, number=1):
    post.open()
    return post.send(make_email(number))


@pytest.mark.parametrize(
    ("script", "state", "about", "code"),
    [
        ("ok", "sent", "", ""),
        ("end=251 taken for somebody else", "sent", "", ""),
        ("recipient=450", "later", "address", "450"),
        ("recipient=451 4.7.1 greylisted", "later", "message", "451"),
        ("recipient=550 5.1.1 no such mailbox", "refused", "address", "550"),
        ("recipient=552", "refused", "address", "552"),
        ("recipient=554 5.7.1 not from there", "refused", "message", "554"),
        ("recipient=530 5.7.0 log in first", "trouble", "us", "530"),
        ("recipient=421", "later", "connection", "421"),
        ("recipient=drop", "later", "connection", "SMTPServerDisconnected"),
        ("sender=451", "trouble", "us", "451"),
        ("sender=550", "trouble", "us", "550"),
        ("sender=552 5.3.4 too big", "refused", "message", "552"),
        ("sender=421", "later", "connection", "421"),
        ("sender=drop", "later", "connection", "SMTPServerDisconnected"),
        ("data=451", "later", "message", "451"),
        ("data=554", "refused", "message", "554"),
        ("data=drop", "later", "connection", "SMTPServerDisconnected"),
        ("end=452", "later", "message", "452"),
        ("end=421", "later", "connection", "421"),
        ("end=554 5.6.0 odd", "refused", "message", "554"),
        ("end=550 5.1.1 no such mailbox", "refused", "address", "550"),
        ("end=drop", "doubtful", "connection", "SMTPServerDisconnected"),
        ("end=take+drop", "doubtful", "connection", "SMTPServerDisconnected"),
        ("end=399 what", "doubtful", "connection", "399"),
    ],
)
def test_each_response_is_classified_and_the_next_email_is_delivered(post_to, script, state, about, code):
    with smtp_server(script) as server:
        post = post_to(server)
        result = send(post, 1)
        assert (result.state, result.about, result.code) == (state, about, code)
        assert send(post, 2).state == "sent"
    taken = ["<1@example.org>"] if state == "sent" or "take" in script else []
    assert server.ids == [*taken, "<2@example.org>"]


class Fails:
    """A socket that does not send data that ends like this."""

    def __init__(self, real, ending, sent_data=None):
        self.real, self.ending, self.sent_data = real, ending, [] if sent_data is None else sent_data

    def sendall(self, data):
        self.sent_data.append(data)
        if data.endswith(self.ending):
            raise TimeoutError("timed out")
        self.real.sendall(data)

    def __getattr__(self, name):
        return getattr(self.real, name)


def test_a_connection_lost_during_the_content_means_not_sent(post_to):
    with smtp_server() as server:
        post = post_to(server)
        post.open()
        watch = post.connection.connection
        watch.sock = Fails(watch.sock, b"\r\n.\r\n")
        assert post.send(make_email()).state == "later"
    assert not server.accepted


def test_a_disconnect_after_the_content_leaves_the_email_in_doubt(post_to):
    with smtp_server("data=cut") as server:
        assert send(post_to(server)).state == "doubtful"


def test_a_malformed_reply_after_the_content_leaves_the_email_in_doubt(post_to):
    with smtp_server("end=2xx") as server:
        assert send(post_to(server)).state == "doubtful"


@pytest.mark.parametrize(("script", "state"), [("recipient=wait 1", "later"), ("end=wait 1", "doubtful")])
def test_a_silent_server_times_out(post_to, script, state):
    with smtp_server(script) as server:
        result = send(post_to(server, timeout=0.1))
        assert (result.state, result.about) == (state, "connection")


def test_one_connection_sends_all_emails_and_survives_a_rejection(post_to):
    with smtp_server("ok", "recipient=550", "end=450", "ok") as server:
        post = post_to(server)
        assert [send(post, number).state for number in range(4)] == ["sent", "refused", "later", "sent"]
        post.close()
    assert server.connections == 1


def test_a_server_that_cannot_reset_is_reconnected(post_to, monkeypatch):
    monkeypatch.setattr(smtplib.SMTP, "rset", lambda self: (500, b"no such command"))
    with smtp_server("recipient=550") as server:
        post = post_to(server)
        assert [send(post, number).state for number in range(2)] == ["refused", "sent"]
        post.close()
    assert server.connections == 2


@pytest.mark.parametrize("script", ["connect=554 5.3.2 go away bewoner@example.org", "connect=drop", "connect=421"])
def test_a_server_that_rejects_the_client_is_unreachable_without_quoting_it(post_to, script):
    with smtp_server(script) as server, pytest.raises(Unreachable, match=r"cannot be reached: [A-Z]") as error:
        post_to(server).open()
    assert "bewoner" not in str(error.value)


def test_a_server_that_rejects_the_greeting_is_unreachable(post_to):
    with smtp_server("hello=502", "hello=drop") as server:
        post_to(server).open()  # an old server, which supports HELO only
        with pytest.raises(Unreachable):
            post_to(server).open()


def test_without_a_server_it_is_unreachable():
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        with pytest.raises(Unreachable, match="Connection refused"):
            SmtpClient(EmailBackend(host=LOOPBACK, port=taken.getsockname()[1])).open()


def test_a_server_without_the_required_encryption_or_login_is_unreachable(post_to):
    with smtp_server() as server:
        with pytest.raises(Unreachable, match="STARTTLS"):
            post_to(server, use_tls=True).open()
        with pytest.raises(Unreachable, match="AUTH"):
            post_to(server, username="leidraad", password="x").open()
        with pytest.raises(Unreachable):
            post_to(server, use_ssl=True, timeout=0.2).open()


@pytest.mark.parametrize(("awaits", "goodbye"), [("end", []), ("", [b"quit\r\n"])])
def test_closing_during_the_content_sends_no_quit_command(post_to, awaits, goodbye):
    with smtp_server() as server:
        post = post_to(server)
        post.open()
        watch, sent_data = post.connection.connection, []
        watch.sock = Fails(watch.sock, b"never", sent_data)
        watch.awaits = awaits
        post.close()
    assert sent_data == goodbye


# ---------- connection settings


def test_the_django_smtp_backend_is_wrapped_with_all_its_options():
    plain = get_connection(
        "django.core.mail.backends.smtp.EmailBackend", host="mail.example.org", port=587, use_tls=True
    )
    found = recording_connection(plain)
    assert isinstance(found, EmailBackend)
    assert (found.host, found.port, found.use_tls, found.timeout) == ("mail.example.org", 587, True, 30)
    assert recording_connection(found) is found


def test_implicit_tls_is_wrapped():
    assert issubclass(EmailBackend(use_ssl=True).connection_class, smtplib.SMTP_SSL)
    assert EmailBackend(use_ssl=True).connection_class.data is EmailBackend().connection_class.data


def test_by_default_the_connection_of_the_settings_is_used():
    assert isinstance(SmtpClient().connection, locmem.EmailBackend)


class Raising(console.EmailBackend):
    """A connection class of another kind, with a method that fails."""

    def __init__(self, error=None, taken=0):
        super().__init__()
        self.error, self.taken = error, taken

    def send_messages(self, messages):
        if self.error:
            raise self.error
        return self.taken


@pytest.mark.parametrize(
    ("error", "state", "about"),
    [
        (None, "later", "message"),
        (smtplib.SMTPRecipientsRefused({TO: (550, b"5.1.1 gone")}), "refused", "address"),
        (smtplib.SMTPRecipientsRefused({TO: (450, b"later")}), "later", "address"),
        (smtplib.SMTPSenderRefused(550, b"no", "leidraad@example.org"), "trouble", "us"),
        (smtplib.SMTPAuthenticationError(535, b"no"), "trouble", "us"),
        (smtplib.SMTPDataError(451, b"later"), "later", "message"),
        (ConnectionRefusedError("nobody there"), "trouble", "us"),
        (socket.gaierror("no such host"), "trouble", "us"),
        (ValueError("an address with two lines"), "refused", "message"),
        (smtplib.SMTPServerDisconnected("gone"), "doubtful", "connection"),
        (ssl.SSLError("odd"), "doubtful", "connection"),
        (RuntimeError("a mail service of another kind"), "doubtful", "connection"),
    ],
)
def test_an_unclassified_error_of_another_backend_leaves_the_email_in_doubt(error, state, about):
    post = SmtpClient(Raising(error))
    result = send(post)
    assert (result.state, result.about) == (state, about)
    assert SmtpClient(Raising(taken=1)).send(make_email()).state == "sent"


def test_an_invalid_address_is_rejected_before_the_server_is_contacted(post_to):
    with smtp_server() as server:
        post = post_to(server)
        assert send(post, 1).state == "sent"
        assert post.send(make_email(2, to="geen adres@@")).state == "refused"
        assert send(post, 3).state == "sent"
    assert server.ids == ["<1@example.org>", "<3@example.org>"]


def test_an_smtp_script_with_an_unknown_step_is_rejected():
    with pytest.raises(ValueError, match="'rcpt=550' is not a step"):
        parse_step("rcpt=550")
