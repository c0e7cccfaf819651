"""Staff log in by password: whose opens a door, how often one may try, and how to get a new one."""

from __future__ import annotations

import re

import pytest
from django.core import mail

from participation.models import User
from tests.web.accounts.doors import CLOSED, FORGOTTEN, LOG_IN, LOG_OUT, SECRET, enter, logged_in, person

pytestmark = pytest.mark.django_db
NEW = "een-heel-ander-wachtwoord"


def test_a_member_of_an_association_has_no_use_for_a_password_but_in_a_demonstration(client, settings):
    person("association_member")

    assert enter(client, "association_member@example.org").status_code == 200
    assert not logged_in(client)
    settings.DEMO = True
    enter(client, "association_member@example.org")
    assert logged_in(client)


@pytest.mark.parametrize(("superuser", "let_in"), [(False, False), (True, True)])
def test_where_staff_have_their_own_server_only_a_superuser_keeps_a_password(client, settings, superuser, let_in):
    settings.OIDC_SERVER_URL = "https://inloggen.example.org"
    person("administrator", is_superuser=superuser)
    enter(client, "administrator")

    assert bool(logged_in(client)) is let_in


def test_an_address_counts_before_a_user_name(client):
    """Or someone could take another's address for a name, and get their tries."""
    victim = person("coordinator")
    person("adviser", name="coordinator@example.org")
    assert User.objects.get(username="coordinator@example.org").email != victim.email
    enter(client, "coordinator@example.org")

    assert logged_in(client) == victim.pk


def test_after_five_wrong_passwords_the_right_one_has_to_wait(client):
    person("adviser")
    person("coordinator")
    for _ in range(5):
        enter(client, password="anders")

    answer = enter(client)

    assert "te vaak geprobeerd" in answer.content.decode()
    assert not logged_in(client)
    enter(client, "coordinator@example.org")
    assert logged_in(client)


def test_the_browser_cannot_make_the_server_count_for_another_address(client, settings):
    person("adviser")
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login": "2/m/ip"}

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


def test_what_was_typed_for_a_name_is_kept_and_the_password_is_not(client):
    shown = enter(client, "adviser", "fout-wachtwoord").content.decode()

    assert 'value="adviser"' in shown
    assert "fout-wachtwoord" not in shown


# ---------- a new password


def link():
    [found] = re.findall(r"^http://testserver(/account/wachtwoord/nieuw/\S+)$", mail.outbox[-1].body, re.MULTILINE)
    return found


def test_who_forgot_the_password_chooses_another_by_mail(client):
    user = person("adviser")
    assert client.post(FORGOTTEN, {"email": "Adviser@example.org"}).headers["Location"] == f"{FORGOTTEN}verstuurd/"
    form = client.get(link(), follow=True)

    done = client.post(form.request["PATH_INFO"], {"password1": NEW, "password2": NEW})

    assert done.headers["Location"] == f"{FORGOTTEN}klaar/"
    # A mailbox alone is not enough to come in: logging in with the second step comes after it.
    assert not logged_in(client)
    enter(client, password=NEW)
    assert logged_in(client) == user.pk
    assert "werkt niet meer" in client.get(link()).content.decode()


def test_a_password_that_is_easily_guessed_is_refused_with_the_reason(client):
    person("adviser")
    client.post(FORGOTTEN, {"email": "adviser@example.org"})
    form = client.get(link(), follow=True)

    answer = client.post(form.request["PATH_INFO"], {"password1": "12345678", "password2": "12345678"})

    assert answer.status_code == 200
    assert answer.context["form"].errors["password1"]
    enter(client)
    assert logged_in(client)


@pytest.mark.parametrize("who", ["niemand@example.org", "association_member@example.org", "adviser@example.org"])
def test_the_page_is_the_same_for_any_address(client, who):
    person("adviser")
    person("association_member")
    answer = client.post(FORGOTTEN, {"email": who}, follow=True)

    assert "Dan krijgt u een mail" in answer.content.decode()
    assert [sent.to for sent in mail.outbox] == ([] if who == "niemand@example.org" else [[who]])
    assert any("/account/wachtwoord/nieuw/" in sent.body for sent in mail.outbox) == (who == "adviser@example.org")


def test_a_member_who_forgot_a_password_hears_that_none_is_needed(client):
    person("association_member")
    client.post(FORGOTTEN, {"email": "association_member@example.org"})

    assert "U logt in zonder wachtwoord" in mail.outbox[0].body


def test_a_link_of_before_a_change_of_address_no_longer_works(client):
    user = person("adviser")
    client.post(FORGOTTEN, {"email": "adviser@example.org"})
    User.objects.filter(pk=user.pk).update(email="anders@example.org")

    assert "werkt niet meer" in client.get(link()).content.decode()


# ---------- out again


def test_logging_out_ends_the_visit(client):
    person("adviser")
    enter(client)
    key = client.session.session_key

    assert client.get(CLOSED).status_code == 200
    client.post(LOG_OUT)

    assert not logged_in(client)
    client.cookies["sessionid"] = key
    assert client.get(CLOSED).status_code == 302


def test_who_changed_the_password_elsewhere_is_logged_out_here(client):
    user = person("adviser")
    enter(client)
    assert client.get(CLOSED).status_code == 200
    user.set_password(SECRET + "-2")
    user.save()

    assert client.get(CLOSED).status_code == 302
