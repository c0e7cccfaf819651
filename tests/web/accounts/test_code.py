"""Members of associations log in with a code from a mail, and nobody learns who has an account."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from participation.models import User
from tests import world
from tests.web.accounts.doors import ASK, GIVE, LOG_IN, LOG_OUT, code_in_mail, enter, logged_in, person

pytestmark = pytest.mark.django_db
MEMBER = "association_member@example.org"


@pytest.fixture
def member():
    return world.user("association_member", world.RESIDENTS)


def ask(client, address=MEMBER, to=""):
    return client.post(ASK + to, {"email": address})


@pytest.mark.parametrize("typed", [MEMBER, " Association_Member@EXAMPLE.org "])
def test_a_member_logs_in_with_the_code_from_the_mail(client, member, typed):
    assert ask(client, typed).headers["Location"] == GIVE

    answer = client.post(GIVE, {"code": code_in_mail()})

    assert answer.status_code == 302
    assert logged_in(client) == member.pk


@pytest.mark.parametrize("written", [lambda code: code.replace("-", ""), lambda code: f" {code.replace('-', ' ')} "])
def test_the_dash_in_the_code_may_be_left_out(client, member, written):
    ask(client)
    client.post(GIVE, {"code": written(code_in_mail())})

    assert logged_in(client) == member.pk


def test_one_gets_to_the_page_that_one_was_going_to_and_to_no_other_site(client, member):
    ask(client, to="?next=/regels/")
    assert client.post(f"{GIVE}?next=/regels/", {"code": code_in_mail()}).headers["Location"] == "/regels/"
    client.post(LOG_OUT)
    ask(client)
    answer = client.post(f"{GIVE}?next=https://elders.example.net/", {"code": code_in_mail()})

    assert answer.headers["Location"] == reverse("home")


def test_an_address_written_with_capitals_by_the_administrator_is_known_too(client):
    user = User.objects.create_user("c", "Voorzitter@Example.ORG", role="association_member")
    ask(client, "voorzitter@example.org")
    client.post(GIVE, {"code": code_in_mail()})

    assert logged_in(client) == user.pk


def test_after_a_change_of_address_the_new_one_opens_the_door_and_the_old_one_no_longer(client, member):
    ask(client)
    client.post(GIVE, {"code": code_in_mail()})
    client.post(LOG_OUT)
    member.email = "nieuw@example.org"
    member.save()
    mail.outbox.clear()

    ask(client)
    assert not mail.outbox
    client.post(LOG_OUT)
    ask(client, "nieuw@example.org")
    client.post(GIVE, {"code": code_in_mail()})

    assert logged_in(client) == member.pk


def test_an_address_that_went_to_another_account_opens_that_one(client, member):
    ask(client)
    client.post(GIVE, {"code": code_in_mail()})
    client.post(LOG_OUT)
    member.email = "weg@example.org"
    member.save(update_fields=["email"])
    other = User.objects.create_user("opvolger", MEMBER, role="association_member")

    ask(client)
    client.post(GIVE, {"code": code_in_mail()})

    assert logged_in(client) == other.pk


# ---------- nobody learns who has an account


def seen(client, address):
    """All that the browser gets to see, without the address itself and what is random."""
    answers = [ask(client, address), client.get(GIVE), client.post(GIVE, {"code": "0000-0000"})]
    return [
        (
            answer.status_code,
            answer.headers.get("Location"),
            re.sub(r'value="\w{64}"', "", answer.content.decode().replace(address, "")),
        )
        for answer in answers
    ]


@pytest.mark.parametrize("who", ["niemand@example.org", "adviser@example.org", "closed@example.org"])
def test_the_pages_are_the_same_for_any_address(client, member, who):
    person("adviser")
    world.user("association_member", name="closed", is_active=False)

    assert seen(client.__class__(), who) == seen(client.__class__(), MEMBER)


def test_where_there_is_no_active_account_nothing_is_sent(client, member):
    world.user("association_member", name="closed", is_active=False)
    for who in ("niemand@example.org", "closed@example.org"):
        ask(client.__class__(), who)

    assert not mail.outbox


def test_who_has_another_way_in_is_told_so_by_mail_and_by_mail_only(client):
    person("adviser")
    ask(client, "Adviser@Example.org")

    [sent] = mail.outbox
    assert sent.to == ["adviser@example.org"]
    assert "met uw wachtwoord en een tweede stap" in sent.body
    assert not re.search(r"\d{4}-\d{4}", sent.body + sent.subject)


def test_the_page_says_what_to_do_when_no_mail_comes(client, settings):
    settings.CONTACT_EMAIL = "beheer@example.org"
    ask(client, "niemand@example.org")

    shown = client.get(GIVE).content.decode()
    for told in ("Wacht een paar minuten", "ongewenste mail", "op een ander adres", "beheer@example.org"):
        assert told in shown


@pytest.mark.parametrize("who", [MEMBER, "niemand@example.org"])
def test_a_mail_server_that_is_out_of_order_does_not_tell_who_has_an_account(client, member, monkeypatch, caplog, who):
    def refuse(*_):
        raise OSError("no route to association_member@example.org")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)

    assert ask(client, who).headers["Location"] == GIVE
    assert [record.getMessage() for record in caplog.records if record.name == "leidraad.mail"] == (
        ["A mail to log in with was not sent: OSError"] if who == MEMBER else []
    )


def test_no_guess_lets_in_who_has_no_account(client):
    ask(client, "niemand@example.org")

    for guess in ("", "None", "0000-0000"):
        client.post(GIVE, {"code": guess})
    assert not logged_in(client)


# ---------- not endlessly


def test_after_three_wrong_codes_the_right_one_no_longer_works(client, member):
    ask(client)
    code = code_in_mail()
    wrong = "1111-1111" if code != "1111-1111" else "2222-2222"
    answers = [client.post(GIVE, {"code": wrong}).status_code for _ in range(3)]

    client.post(GIVE, {"code": code})

    assert answers == [200, 200, 302]
    assert not logged_in(client)


def test_a_code_works_once(client, member):
    ask(client)
    code = code_in_mail()
    client.post(GIVE, {"code": code})
    client.post(LOG_OUT)

    client.post(GIVE, {"code": code})

    assert not logged_in(client)


def test_a_code_works_where_it_was_asked_for_only(client, member):
    ask(client)
    elsewhere = client.__class__()
    elsewhere.post(GIVE, {"code": code_in_mail()})

    assert not logged_in(elsewhere)


def test_a_code_is_too_old_after_a_quarter_of_an_hour(client, member, settings):
    ask(client)
    settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT = -1

    client.post(GIVE, {"code": code_in_mail()})

    assert not logged_in(client)


def test_who_asks_for_a_code_too_often_is_asked_to_wait_also_without_an_account(client, member):
    for address in (MEMBER, "niemand@example.org"):
        answers = []
        for spelled in (address, address.upper(), address.title(), address, address, f" {address} "):
            browser = client.__class__()
            answers.append(ask(browser, spelled))
        assert [answer.status_code for answer in answers] == [302] * 5 + [200]
        assert "te vaak geprobeerd" in answers[-1].content.decode()
    assert len(mail.outbox) == 5


# ---------- how it reads


@pytest.mark.parametrize(
    ("language", "told"), [("nl", "is uw code voor Leidraad"), ("en", "is your code for Leidraad")]
)
def test_the_mail_is_in_the_language_of_who_gets_it(client, member, language, told):
    User.objects.filter(pk=member.pk).update(language=language)
    client.post(ASK, {"email": MEMBER}, HTTP_ACCEPT_LANGUAGE="nl" if language == "en" else "en")

    [sent] = mail.outbox
    assert told in sent.subject
    assert sent.extra_headers["Content-Language"] == language
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_telephone_offers_the_code_and_shows_digits(client, member):
    ask(client)
    field = re.search(r'<input type="text" name="code"[^>]*>', client.get(GIVE).content.decode())[0]

    assert 'autocomplete="one-time-code"' in field
    assert 'inputmode="numeric"' in field


def test_what_was_typed_wrong_is_kept_and_told_at_its_field(client):
    shown = ask(client, "geen adres").content.decode()

    assert 'value="geen adres"' in shown
    assert 'href="#id_email"' in shown


def test_who_made_a_mistake_in_the_address_can_begin_again(client, member):
    ask(client, "verkeerd@example.org")
    assert client.get(LOG_IN).headers["Location"] == GIVE

    assert client.post(LOG_OUT, {"next": LOG_IN}).headers["Location"] == LOG_IN
    assert client.get(LOG_IN).status_code == 200


def test_a_member_stays_logged_in_for_two_weeks_and_staff_for_half_a_day(client, member):
    ask(client)
    client.post(GIVE, {"code": code_in_mail()})
    assert client.session.get_expiry_age(modification=timezone.now()) == 14 * 24 * 3600
    client.post(LOG_OUT)
    person("adviser")
    enter(client)

    assert client.session.get_expiry_age(modification=timezone.now()) == 12 * 3600


def test_nobody_makes_an_account_for_themselves(client):
    page = reverse("account_signup")

    assert "De gemeente maakt het account" in client.get(page).content.decode()
    assert client.post(page, {"email": "ik@example.org"}).status_code == 405
    assert not User.objects.exists()
