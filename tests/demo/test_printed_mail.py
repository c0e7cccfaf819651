"""Mails of the demonstration on the console."""

from __future__ import annotations

from io import StringIO

from django.core.mail import EmailMultiAlternatives

from participation.demo.printed_mail import EmailBackend
from participation.presentation.mail import MAIL_CHARSET

LINK = f"http://localhost:8000/volgen/{'a=b' * 40}/"


def test_a_printed_mail_has_its_link_in_one_piece():
    out = StringIO()
    mail = EmailMultiAlternatives("Bevestig uw adres", f"Eén klik:\n{LINK}", to=["noor@example.org"])
    mail.encoding = MAIL_CHARSET
    mail.attach_alternative(f'<a href="{LINK}">klik</a>', "text/html")
    assert LINK not in mail.message().as_string()

    assert EmailBackend(stream=out).send_messages([mail]) == 1

    assert out.getvalue().startswith("To: noor@example.org\nSubject: Bevestig uw adres\n\nEén klik:\n")
    assert LINK in out.getvalue().splitlines()
