"""Whether mail leaves the machine, which the steps of a new installation and ``manage.py setup`` say."""

from __future__ import annotations

import pytest

from participation.selectors.first_run import delivers_mail


@pytest.mark.parametrize(
    ("backend", "delivered"),
    [
        ("django.core.mail.backends.smtp.EmailBackend", True),
        ("django.core.mail.backends.console.EmailBackend", False),
        ("django.core.mail.backends.filebased.EmailBackend", False),
        ("participation.demo.printed_mail.EmailBackend", False),
    ],
)
def test_only_a_mail_server_delivers_mail(settings, backend, delivered):
    settings.EMAIL_BACKEND = backend
    assert delivers_mail() is delivered
