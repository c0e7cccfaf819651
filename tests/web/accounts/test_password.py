"""Staff log in with a password: for which accounts, with a limit on attempts, and with a reset by mail."""

from __future__ import annotations

import re

import pytest
from django.core import mail

from participation.models import User
from tests.web.accounts.log_in_helpers import (
    LOG_IN,
    LOG_IN_REQUIRED_PAGE,
    LOG_OUT,
    PASSWORD,
    PASSWORD_RESET,
    log_in,
    logged_in_user_id,
    make_user,
)

pytestmark = pytest.mark.django_db
NEW = "een-heel-ander-wachtwoord"


def test_association_members_use_a_password_only_in_the_demo(client, settings):
    make_user("association_member")

    assert log_in(client, "association_member@example.org").status_code == 200
    assert not logged_in_user_id(client)
    settings.DEMO = True
    log_in(client, "association_member@example.org")
    assert logged_in_user_id(client)


@pytest.mark.parametrize(("superuser", "let_in"), [(False, False), (True, True)])
def test_with_oidc_only_superusers_keep_a_password(client, settings, superuser, let_in):
    settings.OIDC_SERVER_URL = "https://inloggen.example.org"
    make_user("administrator", is_superuser=superuser)
    log_in(client, "administrator")

    assert bool(logged_in_user_id(client)) is let_in


def test_an_address_takes_precedence_over_a_user_name(client):
    """Otherwise a username equal to another's address would use their attempts."""
    victim = make_user("coordinator")
    make_user("adviser", name="coordinator@example.org")
    assert User.objects.get(username="coordinator@example.org").email != victim.email
    log_in(client, "coordinator@example.org")

    assert logged_in_user_id(client) == victim.pk


def test_after_five_wrong_passwords_the_right_one_is_throttled(client):
    make_user("adviser")
    make_user("coordinator")
    for _ in range(5):
        log_in(client, password="anders")

    response = log_in(client)

    assert "te vaak geprobeerd" in response.content.decode()
    assert not logged_in_user_id(client)
    log_in(client, "coordinator@example.org")
    assert logged_in_user_id(client)


def test_a_forged_forwarded_header_does_not_change_the_counted_address(client, settings):
    make_user("adviser")
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login": "2/d/ip"}

    def codes():
        return [
            client.post(
                LOG_IN, {"username": f"a{n}", "password": "x"}, HTTP_X_FORWARDED_FOR=f"192.0.2.{n}, 198.51.100.{n}"
            ).status_code
            for n in range(3)
        ]

    assert codes() == [200, 200, 429]
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert codes() == [200, 200, 200]


def test_the_typed_user_name_is_kept_and_the_password_is_not(client):
    shown = log_in(client, "adviser", "fout-wachtwoord").content.decode()

    assert 'value="adviser"' in shown
    assert "fout-wachtwoord" not in shown


# ---------- password reset


def link():
    [found] = re.findall(r"^http://testserver(/account/wachtwoord/nieuw/\S+)$", mail.outbox[-1].body, re.MULTILINE)
    return found


def test_a_forgotten_password_is_reset_by_email(client):
    user = make_user("adviser")
    assert (
        client.post(PASSWORD_RESET, {"email": "Adviser@example.org"}).headers["Location"]
        == f"{PASSWORD_RESET}verstuurd/"
    )
    form = client.get(link(), follow=True)

    done = client.post(form.request["PATH_INFO"], {"password1": NEW, "password2": NEW})

    assert done.headers["Location"] == f"{PASSWORD_RESET}klaar/"
    # Access to the mailbox is not enough: the second factor is asked after it.
    assert not logged_in_user_id(client)
    log_in(client, password=NEW)
    assert logged_in_user_id(client) == user.pk
    assert "werkt niet meer" in client.get(link()).content.decode()


def test_a_weak_password_is_rejected_with_the_reason(client):
    make_user("adviser")
    client.post(PASSWORD_RESET, {"email": "adviser@example.org"})
    form = client.get(link(), follow=True)

    response = client.post(form.request["PATH_INFO"], {"password1": "12345678", "password2": "12345678"})

    assert response.status_code == 200
    assert response.context["form"].errors["password1"]
    log_in(client)
    assert logged_in_user_id(client)


@pytest.mark.parametrize("who", ["niemand@example.org", "association_member@example.org", "adviser@example.org"])
def test_the_page_is_identical_for_any_address(client, who):
    make_user("adviser")
    make_user("association_member")
    response = client.post(PASSWORD_RESET, {"email": who}, follow=True)

    assert "Dan krijgt u een mail" in response.content.decode()
    assert [sent.to for sent in mail.outbox] == ([] if who == "niemand@example.org" else [[who]])
    assert any("/account/wachtwoord/nieuw/" in sent.body for sent in mail.outbox) == (who == "adviser@example.org")


def test_a_member_who_resets_a_password_is_informed_that_none_is_needed(client):
    make_user("association_member")
    client.post(PASSWORD_RESET, {"email": "association_member@example.org"})

    assert "U logt in zonder wachtwoord" in mail.outbox[0].body


def test_a_reset_link_from_before_an_address_change_is_rejected(client):
    user = make_user("adviser")
    client.post(PASSWORD_RESET, {"email": "adviser@example.org"})
    User.objects.filter(pk=user.pk).update(email="anders@example.org")

    assert "werkt niet meer" in client.get(link()).content.decode()


# ---------- log-out


def test_logging_out_ends_the_session(client):
    make_user("adviser")
    log_in(client)
    key = client.session.session_key

    assert client.get(LOG_IN_REQUIRED_PAGE).status_code == 200
    client.post(LOG_OUT)

    assert not logged_in_user_id(client)
    client.cookies["sessionid"] = key
    assert client.get(LOG_IN_REQUIRED_PAGE).status_code == 302


def test_changing_the_password_elsewhere_ends_this_session(client):
    user = make_user("adviser")
    log_in(client)
    assert client.get(LOG_IN_REQUIRED_PAGE).status_code == 200
    user.set_password(PASSWORD + "-2")
    user.save()

    assert client.get(LOG_IN_REQUIRED_PAGE).status_code == 302
