"""Wrong codes and wrong passwords that come at the same moment: no more are tried than one after another."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.account.forms import BaseConfirmCodeForm
from django.db import connection, connections
from django.test import Client

from participation.web.accounts.backends import PasswordBackend
from tests import world
from tests.web.accounts.log_in_helpers import ASK, GIVE, log_in, make_user

AT_ONCE = 24
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "sqlite", reason="there a count is one statement, and one writes at a time"
    ),
]


@pytest.fixture(autouse=True)
def _plain(settings):
    settings.RULEBOOK = "leiden"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(params=["redis", "database"])
def store(request, settings):
    """Each place to count in."""
    if request.param == "database":
        settings.REDIS_URL = ""


def all_at_once(work):
    start = threading.Barrier(AT_ONCE)

    def one(number):
        try:
            start.wait()
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def test_of_many_concurrent_wrong_codes_three_are_tried(monkeypatch, store):
    user = world.user("association_member", world.RESIDENTS)
    browser = Client()
    browser.post(ASK, {"email": user.email})
    cookies, tried = browser.cookies, []
    clean = BaseConfirmCodeForm.clean_code
    monkeypatch.setattr(BaseConfirmCodeForm, "clean_code", lambda form: tried.append(1) or clean(form))

    def guess(number):
        other = Client()
        other.cookies = cookies
        return other.post(GIVE, {"code": f"0000-{number:04}"}).status_code

    all_at_once(guess)

    assert len(tried) == 3


def test_of_many_concurrent_wrong_passwords_five_are_tried(monkeypatch, store):
    make_user("adviser")
    tried = []
    authenticate = PasswordBackend.authenticate
    monkeypatch.setattr(
        PasswordBackend, "authenticate", lambda *given, **named: tried.append(1) or authenticate(*given, **named)
    )

    all_at_once(lambda number: log_in(Client(), password=f"fout{number}").status_code)

    assert len(tried) == 5
