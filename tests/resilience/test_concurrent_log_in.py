"""Rate limits on codes and passwords also hold for concurrent attempts."""

from __future__ import annotations

from functools import partial

import pytest
from allauth.account.forms import BaseConfirmCodeForm
from django.db import connection
from django.test import Client

from participation.web.accounts.backends import PasswordBackend
from tests import world
from tests.resilience.concurrency import run_concurrently
from tests.web.accounts.log_in_helpers import CODE_FORM, CODE_REQUEST, log_in, make_user

ATTEMPTS = 24
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer at a time"),
]


@pytest.fixture(autouse=True)
def _plain(settings):
    settings.RULEBOOK = "leiden"


@pytest.fixture(params=["redis", "database"])
def store(request, settings):
    """Run the test with attempts counted in Redis, and with attempts counted in the database."""
    if request.param == "database":
        settings.REDIS_URL = ""


def test_of_many_concurrent_wrong_codes_three_are_tried(monkeypatch, store):
    user = world.user("association_member", world.RESIDENTS)
    browser = Client()
    browser.post(CODE_REQUEST, {"email": user.email})
    cookies, tried = browser.cookies, []
    clean = BaseConfirmCodeForm.clean_code
    monkeypatch.setattr(BaseConfirmCodeForm, "clean_code", lambda form: tried.append(1) or clean(form))

    def guess(number):
        other = Client()
        other.cookies = cookies
        return other.post(CODE_FORM, {"code": f"0000-{number:04}"}).status_code

    run_concurrently(*(partial(guess, number) for number in range(ATTEMPTS)))

    assert len(tried) == 3


def test_of_many_concurrent_wrong_passwords_five_are_tried(monkeypatch, store):
    make_user("adviser")
    tried = []
    authenticate = PasswordBackend.authenticate
    monkeypatch.setattr(
        PasswordBackend, "authenticate", lambda *given, **named: tried.append(1) or authenticate(*given, **named)
    )

    run_concurrently(*(partial(log_in, Client(), password=f"fout{number}") for number in range(ATTEMPTS)))

    assert len(tried) == 5
