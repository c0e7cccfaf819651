"""What became of each mail, by what the server said to which command: against a real server where that matters."""

from __future__ import annotations

import smtplib
import socket
import ssl

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends import console, locmem

from participation.services.mail.smtp import EmailBackend, SmtpClient, Unreachable, watched
from tests.smtp import LOOPBACK, smtp_server, step

TO = "bewoner@example.org"


def a_mail(number=1, to=TO):
    headers = {"Message-ID": f"<{number}@example.org>"}
    return EmailMultiAlternatives(
        f"Mail {number}", ".Een punt vooraan\n", "leidraad@example.org", [to], headers=headers
    )


@pytest.fixture
def post_to():
    """Make a post to a server; what is open is closed at the end."""
    made = []

    def make(server, **options):
        made.append(SmtpClient(EmailBackend(host=LOOPBACK, port=server.port, **options)))
        return made[-1]

    yield make
    for post in made:
        post.close()


def hand(post, number=1):
    post.open()
    return post.hand(a_mail(number))


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
def test_each_answer_is_told_for_what_it_is_and_the_next_mail_arrives(post_to, script, state, about, code):
    with smtp_server(script) as server:
        post = post_to(server)
        handed = hand(post, 1)
        assert (handed.state, handed.about, handed.code) == (state, about, code)
        assert hand(post, 2).state == "sent"
    taken = ["<1@example.org>"] if state == "sent" or "take" in script else []
    assert server.ids == [*taken, "<2@example.org>"]


class Fails:
    """A socket that does not get out what ends like this."""

    def __init__(self, real, ending, said=None):
        self.real, self.ending, self.said = real, ending, [] if said is None else said

    def sendall(self, data):
        self.said.append(data)
        if data.endswith(self.ending):
            raise TimeoutError("timed out")
        self.real.sendall(data)

    def __getattr__(self, name):
        return getattr(self.real, name)


def test_a_connection_that_is_lost_within_the_text_lost_nothing(post_to):
    with smtp_server() as server:
        post = post_to(server)
        post.open()
        watch = post.connection.connection
        watch.sock = Fails(watch.sock, b"\r\n.\r\n")
        assert post.hand(a_mail()).state == "later"
    assert not server.accepted


def test_a_text_that_went_out_to_a_server_that_hung_up_is_in_doubt(post_to):
    with smtp_server("data=cut") as server:
        assert hand(post_to(server)).state == "doubtful"


def test_a_reply_that_is_none_leaves_in_doubt_what_was_handed_over(post_to):
    with smtp_server("end=2xx") as server:
        assert hand(post_to(server)).state == "doubtful"


@pytest.mark.parametrize(("script", "state"), [("recipient=wait 1", "later"), ("end=wait 1", "doubtful")])
def test_a_server_that_says_nothing_is_not_waited_for(post_to, script, state):
    with smtp_server(script) as server:
        handed = hand(post_to(server, timeout=0.1))
        assert (handed.state, handed.about) == (state, "connection")


def test_one_connection_serves_them_all_and_a_refusal_does_not_end_it(post_to):
    with smtp_server("ok", "recipient=550", "end=450", "ok") as server:
        post = post_to(server)
        assert [hand(post, number).state for number in range(4)] == ["sent", "refused", "later", "sent"]
        post.close()
    assert server.connections == 1


def test_a_server_that_cannot_start_afresh_is_called_up_again(post_to, monkeypatch):
    monkeypatch.setattr(smtplib.SMTP, "rset", lambda self: (500, b"no such command"))
    with smtp_server("recipient=550") as server:
        post = post_to(server)
        assert [hand(post, number).state for number in range(2)] == ["refused", "sent"]
        post.close()
    assert server.connections == 2


@pytest.mark.parametrize("script", ["connect=554 5.3.2 go away bewoner@example.org", "connect=drop", "connect=421"])
def test_a_server_that_does_not_want_us_is_unreachable_and_none_of_its_words_are_told(post_to, script):
    with smtp_server(script) as server, pytest.raises(Unreachable, match=r"cannot be reached: [A-Z]") as error:
        post_to(server).open()
    assert "bewoner" not in str(error.value)


def test_a_server_that_does_not_greet_back_is_unreachable(post_to):
    with smtp_server("hello=502", "hello=drop") as server:
        post_to(server).open()  # an old one: it knows HELO
        with pytest.raises(Unreachable):
            post_to(server).open()


def test_no_server_is_unreachable():
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        with pytest.raises(Unreachable, match="Connection refused"):
            SmtpClient(EmailBackend(host=LOOPBACK, port=taken.getsockname()[1])).open()


def test_a_server_without_the_encryption_or_the_log_in_we_want_is_unreachable(post_to):
    with smtp_server() as server:
        with pytest.raises(Unreachable, match="STARTTLS"):
            post_to(server, use_tls=True).open()
        with pytest.raises(Unreachable, match="AUTH"):
            post_to(server, username="leidraad", password="x").open()
        with pytest.raises(Unreachable):
            post_to(server, use_ssl=True, timeout=0.2).open()


@pytest.mark.parametrize(("awaits", "goodbye"), [("end", []), ("", [b"quit\r\n"])])
def test_hanging_up_in_the_middle_of_a_mail_says_no_goodbye_into_its_text(post_to, awaits, goodbye):
    with smtp_server() as server:
        post = post_to(server)
        post.open()
        watch, said = post.connection.connection, []
        watch.sock = Fails(watch.sock, b"never", said)
        watch.awaits = awaits
        post.close()
    assert said == goodbye


# ---------- which connection


def test_django_s_own_connection_is_watched_with_all_that_was_chosen_for_it():
    plain = get_connection(
        "django.core.mail.backends.smtp.EmailBackend", host="mail.example.org", port=587, use_tls=True
    )
    found = watched(plain)
    assert isinstance(found, EmailBackend)
    assert (found.host, found.port, found.use_tls, found.timeout) == ("mail.example.org", 587, True, 30)
    assert watched(found) is found


def test_encryption_from_the_first_byte_is_watched_too():
    assert issubclass(EmailBackend(use_ssl=True).connection_class, smtplib.SMTP_SSL)
    assert EmailBackend(use_ssl=True).connection_class.data is EmailBackend().connection_class.data


def test_without_a_connection_that_of_the_settings_is_taken():
    assert isinstance(SmtpClient().connection, locmem.EmailBackend)


class Raising(console.EmailBackend):
    """A connection of another kind, on which this goes wrong."""

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
def test_what_a_connection_of_another_kind_cannot_tell_is_in_doubt(error, state, about):
    post = SmtpClient(Raising(error))
    handed = hand(post)
    assert (handed.state, handed.about) == (state, about)
    assert SmtpClient(Raising(taken=1)).hand(a_mail()).state == "sent"


def test_an_address_that_no_mail_can_hold_is_refused_before_the_server_hears_of_it(post_to):
    with smtp_server() as server:
        post = post_to(server)
        assert hand(post, 1).state == "sent"
        assert post.hand(a_mail(2, to="geen adres@@")).state == "refused"
        assert hand(post, 3).state == "sent"
    assert server.ids == ["<1@example.org>", "<3@example.org>"]


def test_a_script_with_a_place_that_there_is_not_says_so():
    with pytest.raises(ValueError, match="'rcpt=550' is no step"):
        step("rcpt=550")
