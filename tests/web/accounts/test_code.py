"""Members of associations log in with a code from a mail, and the pages do not reveal who has an account."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from participation.models import User
from tests import world
from tests.smtp import LOOPBACK, smtp_server
from tests.web.accounts.log_in_helpers import (
    CODE_FORM,
    CODE_REQUEST,
    LOG_IN,
    LOG_OUT,
    emailed_code,
    log_in,
    logged_in_user_id,
    make_user,
)

pytestmark = pytest.mark.django_db
MEMBER = "association_member@example.org"


@pytest.fixture
def member():
    return world.user("association_member", world.RESIDENTS)


def ask(client, address=MEMBER, to=""):
    return client.post(CODE_REQUEST + to, {"email": address})


@pytest.mark.parametrize("typed", [MEMBER, " Association_Member@EXAMPLE.org "])
def test_a_member_logs_in_with_an_emailed_code(client, member, typed):
    assert ask(client, typed).headers["Location"] == CODE_FORM

    response = client.post(CODE_FORM, {"code": emailed_code()})

    assert response.status_code == 302
    assert logged_in_user_id(client) == member.pk


def test_the_mail_with_the_code_is_sent_as_quoted_printable(client, member, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", LOOPBACK
    with smtp_server("ok") as server:
        settings.EMAIL_PORT = server.port
        ask(client).close()
    (accepted,) = server.accepted

    assert accepted["to"] == [MEMBER]
    assert accepted["text"].isascii()
    assert "Content-Transfer-Encoding: quoted-printable" in accepted["text"]


@pytest.mark.parametrize("written", [lambda code: code.replace("-", ""), lambda code: f" {code.replace('-', ' ')} "])
def test_the_dash_in_the_code_is_optional(client, member, written):
    ask(client)
    client.post(CODE_FORM, {"code": written(emailed_code())})

    assert logged_in_user_id(client) == member.pk


def test_login_redirects_to_the_requested_page_on_this_site_only(client, member):
    ask(client, to="?next=/regels/")
    assert client.post(f"{CODE_FORM}?next=/regels/", {"code": emailed_code()}).headers["Location"] == "/regels/"
    client.post(LOG_OUT)
    ask(client)
    response = client.post(f"{CODE_FORM}?next=https://elders.example.net/", {"code": emailed_code()})

    assert response.headers["Location"] == reverse("home")


def test_an_address_stored_with_capitals_is_recognised(client):
    user = User.objects.create_user("c", "Voorzitter@Example.ORG", role="association_member")
    ask(client, "voorzitter@example.org")
    client.post(CODE_FORM, {"code": emailed_code()})

    assert logged_in_user_id(client) == user.pk


def test_after_an_address_change_only_the_new_address_works(client, member):
    ask(client)
    client.post(CODE_FORM, {"code": emailed_code()})
    client.post(LOG_OUT)
    member.email = "nieuw@example.org"
    member.save()
    mail.outbox.clear()

    ask(client)
    assert not mail.outbox
    client.post(LOG_OUT)
    ask(client, "nieuw@example.org")
    client.post(CODE_FORM, {"code": emailed_code()})

    assert logged_in_user_id(client) == member.pk


def test_an_address_moved_to_another_account_logs_in_to_that_account(client, member):
    ask(client)
    client.post(CODE_FORM, {"code": emailed_code()})
    client.post(LOG_OUT)
    member.email = "weg@example.org"
    member.save(update_fields=["email"])
    other = User.objects.create_user("opvolger", MEMBER, role="association_member")

    ask(client)
    client.post(CODE_FORM, {"code": emailed_code()})

    assert logged_in_user_id(client) == other.pk


# ---------- accounts are not revealed


def seen(client, address):
    """Return everything that the browser receives, without the address itself and random values."""
    answers = [ask(client, address), client.get(CODE_FORM), client.post(CODE_FORM, {"code": "0000-0000"})]
    return [
        (
            response.status_code,
            response.headers.get("Location"),
            re.sub(r'value="\w{64}"', "", response.content.decode().replace(address, "")),
        )
        for response in answers
    ]


@pytest.mark.parametrize("who", ["niemand@example.org", "adviser@example.org", "closed@example.org"])
def test_the_pages_are_identical_for_any_address(client, member, who):
    make_user("adviser")
    world.user("association_member", name="closed", is_active=False)

    assert seen(client.__class__(), who) == seen(client.__class__(), MEMBER)


def test_without_an_active_account_nothing_is_sent(client, member):
    world.user("association_member", name="closed", is_active=False)
    for who in ("niemand@example.org", "closed@example.org"):
        ask(client.__class__(), who)

    assert not mail.outbox


def test_users_with_another_login_method_are_informed_by_email_only(client):
    make_user("adviser")
    ask(client, "Adviser@Example.org")

    [sent] = mail.outbox
    assert sent.to == ["adviser@example.org"]
    assert "met uw wachtwoord en een tweede stap" in sent.body
    assert not re.search(r"\d{4}-\d{4}", sent.body + sent.subject)


def test_the_page_explains_what_to_do_when_no_email_arrives(client, settings):
    settings.CONTACT_EMAIL = "beheer@example.org"
    ask(client, "niemand@example.org")

    shown = client.get(CODE_FORM).content.decode()
    for text in ("Wacht een paar minuten", "ongewenste mail", "op een ander adres", "beheer@example.org"):
        assert text in shown


@pytest.mark.parametrize("who", [MEMBER, "niemand@example.org"])
def test_an_unavailable_mail_server_does_not_reveal_accounts(client, member, monkeypatch, caplog, who):
    def refuse(*_):
        raise OSError("no route to association_member@example.org")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)

    assert ask(client, who).headers["Location"] == CODE_FORM
    assert [record.getMessage() for record in caplog.records if record.name == "leidraad.mail"] == (
        ["Could not send the log-in e-mail: OSError"] if who == MEMBER else []
    )


def test_without_an_account_no_guess_logs_in(client):
    ask(client, "niemand@example.org")

    for guess in ("", "None", "0000-0000"):
        client.post(CODE_FORM, {"code": guess})
    assert not logged_in_user_id(client)


# ---------- limits


def test_after_three_wrong_codes_the_right_one_is_rejected(client, member):
    ask(client)
    code = emailed_code()
    wrong = "1111-1111" if code != "1111-1111" else "2222-2222"
    answers = [client.post(CODE_FORM, {"code": wrong}).status_code for _ in range(3)]

    client.post(CODE_FORM, {"code": code})

    assert answers == [200, 200, 302]
    assert not logged_in_user_id(client)


def test_a_code_works_once(client, member):
    ask(client)
    code = emailed_code()
    client.post(CODE_FORM, {"code": code})
    client.post(LOG_OUT)

    client.post(CODE_FORM, {"code": code})

    assert not logged_in_user_id(client)


def test_a_code_works_only_in_the_session_that_requested_it(client, member):
    ask(client)
    elsewhere = client.__class__()
    elsewhere.post(CODE_FORM, {"code": emailed_code()})

    assert not logged_in_user_id(elsewhere)


def test_a_code_expires_after_fifteen_minutes(client, member, settings):
    ask(client)
    settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT = -1

    client.post(CODE_FORM, {"code": emailed_code()})

    assert not logged_in_user_id(client)


def test_code_requests_are_throttled_with_and_without_an_account(client, member):
    for address in (MEMBER, "niemand@example.org"):
        answers = []
        for spelled in (address, address.upper(), address.title(), address, address, f" {address} "):
            browser = client.__class__()
            answers.append(ask(browser, spelled))
        assert [response.status_code for response in answers] == [302] * 5 + [200]
        assert "te vaak geprobeerd" in answers[-1].content.decode()
    assert len(mail.outbox) == 5


# ---------- wording


@pytest.mark.parametrize(
    ("language", "text"), [("nl", "is uw code voor Leidraad"), ("en", "is your code for Leidraad")]
)
def test_the_email_is_in_the_language_of_the_recipient(client, member, language, text):
    User.objects.filter(pk=member.pk).update(language=language)
    client.post(CODE_REQUEST, {"email": MEMBER}, HTTP_ACCEPT_LANGUAGE="nl" if language == "en" else "en")

    [sent] = mail.outbox
    assert text in sent.subject
    assert sent.extra_headers["Content-Language"] == language
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"


def test_the_code_field_has_one_time_code_autofill_and_a_numeric_keyboard(client, member):
    ask(client)
    field = re.search(r'<input type="text" name="code"[^>]*>', client.get(CODE_FORM).content.decode())[0]

    assert 'autocomplete="one-time-code"' in field
    assert 'inputmode="numeric"' in field


def test_invalid_input_is_kept_and_gives_a_field_error(client):
    shown = ask(client, "geen adres").content.decode()

    assert 'value="geen adres"' in shown
    assert 'href="#id_email"' in shown


def test_a_mistyped_address_can_be_corrected(client, member):
    ask(client, "verkeerd@example.org")
    assert client.get(LOG_IN).headers["Location"] == CODE_FORM

    assert client.post(LOG_OUT, {"next": LOG_IN}).headers["Location"] == LOG_IN
    assert client.get(LOG_IN).status_code == 200


def test_members_stay_logged_in_for_two_weeks_and_staff_for_half_a_day(client, member):
    ask(client)
    client.post(CODE_FORM, {"code": emailed_code()})
    assert client.session.get_expiry_age(modification=timezone.now()) == 14 * 24 * 3600
    client.post(LOG_OUT)
    make_user("adviser")
    log_in(client)

    assert client.session.get_expiry_age(modification=timezone.now()) == 12 * 3600


def test_users_cannot_sign_up_themselves(client):
    page = reverse("account_signup")

    assert "De gemeente maakt het account" in client.get(page).content.decode()
    assert client.post(page, {"email": "ik@example.org"}).status_code == 405
    assert not User.objects.exists()
