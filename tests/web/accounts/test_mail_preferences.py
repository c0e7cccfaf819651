"""The page about one's own mail, and stopping it from a link in the mail."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from participation.models import Bounce, OutboundEmail, PausedAddress, User
from participation.models.mail import EMAIL_STATES
from participation.models.people import ROLES
from participation.selectors.mail_tokens import mail_token
from participation.services.mail.bounces import PAUSED
from participation.web.accounts.mail_preferences import BECAME
from tests import world

pytestmark = pytest.mark.django_db

PAGE = "/mijn/post/"
#: A Wednesday.
NOW = datetime(2026, 4, 22, 10, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))
FRIDAY = date(2026, 4, 24)


@pytest.fixture(autouse=True)
def _that_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def user(client):
    found = world.user("adviser")
    client.force_login(found)
    return found


def text(answer):
    return " ".join(unescape(answer.content.decode()).split())


def sent(client, **fields):
    return client.post(PAGE, fields)


def paused(client, until="2026-04-24", reason="vakantie"):
    return sent(client, act="pause", until=until, reason=reason)


def message(user, number=1, **columns):
    told = {"key": f"k{number}", "kind": "weekly_report", "subject": f"Week {number}", "to": user.email}
    return OutboundEmail.objects.create(user=user, created_at=NOW, not_before=NOW, **{**told, **columns})


# ---------- one's own page


def test_who_is_not_logged_in_is_led_to_the_door(client):
    answer = client.get(PAGE)
    assert (answer.status_code, answer.url) == (302, f"/inloggen/?next={PAGE}")


@pytest.mark.parametrize("role", ROLES)
def test_everyone_with_an_account_chooses_what_they_get(client, role):
    user = world.user(role)
    client.force_login(user)
    shown = text(client.get(PAGE))
    assert "Uw mail gaat naar" in shown
    assert user.email in shown

    answer = client.post(PAGE, {"frequency": "daily"}, follow=True)

    assert "Opgeslagen." in text(answer)
    user.refresh_from_db()
    assert user.report_frequency == "daily"
    assert "Het volgende bericht komt op donderdag 23 april 2026" in text(answer)


def test_the_page_shows_what_was_chosen(client, user):
    User.objects.update(report_frequency="none", wants_reminders=False)
    shown = text(client.get(PAGE))
    assert re.findall(r'value="(\w+)"[^>]* checked', shown) == ["none"]
    assert "U krijgt geen mail van ons." in shown

    User.objects.update(report_frequency="daily", wants_reminders=True)
    shown = text(client.get(PAGE))
    assert re.findall(r'value="(\w+)"[^>]* checked', shown) == ["daily"]
    assert re.search(r'name="reminders"[^>]* checked', shown)

    User.objects.update(report_frequency="none")
    assert "U krijgt wel een mail kort voordat een termijn afloopt." in text(client.get(PAGE))


@pytest.mark.parametrize(
    ("role", "asked"),
    [
        ("adviser", True),
        ("coordinator", True),
        ("administrator", True),
        ("auditor", False),
        ("association_member", False),
    ],
)
def test_who_cannot_be_reminded_is_not_asked_and_keeps_what_was_chosen(client, role, asked):
    user = world.user(role)
    client.force_login(user)
    assert ('name="reminders"' in text(client.get(PAGE))) is asked

    shown = text(client.post(PAGE, {"frequency": "none"}, follow=True))

    user.refresh_from_db()
    assert user.wants_reminders is not asked
    assert "U krijgt geen mail van ons." in shown


def test_without_a_choice_nothing_is_kept_and_the_page_says_what_is_missing(client, user):
    answer = sent(client)
    assert (answer.status_code, "Kies hoe vaak u een bericht wilt." in text(answer)) == (400, True)
    user.refresh_from_db()
    assert user.wants_reminders


def test_no_mail_for_a_while_and_mail_again(client, user):
    assert paused(client).status_code == 302
    user.refresh_from_db()
    assert (user.snoozed_until, user.snooze_reason) == (FRIDAY, "vakantie")
    shown = text(client.get(PAGE))
    assert "U krijgt geen mail tot en met 24 april 2026. Reden: vakantie." in shown
    assert "komt op maandag 27 april 2026" in shown

    assert "U krijgt vanaf nu weer mail." in text(client.post(PAGE, {"act": "wake"}, follow=True))
    user.refresh_from_db()
    assert (user.snoozed_until, user.snooze_reason) == (None, "")


def test_time_without_mail_that_is_over_is_not_shown(client, user):
    User.objects.update(snoozed_until=date(2026, 4, 21), snooze_reason="vakantie")
    shown = text(client.get(PAGE))
    assert "Stuur mij weer mail" not in shown
    assert "Geen mail tot en met" in shown


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"until": "2026-04-21"}, "Deze dag is al geweest."),
        ({"until": "2027-04-23"}, "Kies op zijn laatst 22 april 2027."),
        ({"until": ""}, "Kies de laatste dag waarop u geen mail wilt."),
        ({"until": "ooit"}, "Deze dag kunnen we niet lezen."),
        ({"reason": "  "}, "Zeg in een paar woorden waarom."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(client, user, wrong, told):
    answer = paused(client, **wrong)
    shown = text(answer)
    assert (answer.status_code, told in shown) == (400, True)
    assert "<title>Fout: Mijn mail" in shown
    typed = {"until": "2026-04-24", "reason": "vakantie", **wrong}
    assert [value for value in typed.values() if value.strip() and f'value="{value}"' not in shown] == []
    assert "Kies hoe vaak" not in shown, "nothing is said of the form that was not sent"
    user.refresh_from_db()
    assert user.snoozed_until is None


def test_an_address_that_is_paused_is_told_with_why_and_lifted_by_its_owner(client, user):
    PausedAddress.objects.create(email=user.email.upper(), paused_at=NOW, reason=PAUSED)
    other = PausedAddress.objects.create(email="ander@example.org", paused_at=NOW, reason="452 Mailbox full")
    shown = text(client.get(PAGE))
    assert "kwam een paar keer terug. Daarom zijn we op 22 april 2026 gestopt met sturen." in shown
    assert "Reden:" not in shown
    assert "Het volgende bericht komt" not in shown

    answer = client.post(PAGE, {"act": "works"}, follow=True)

    assert "We sturen vanaf nu weer mail naar uw adres." in text(answer)
    assert "We sturen geen mail naar uw adres" not in text(answer)
    other.refresh_from_db()
    assert other.lifted_at is None


def test_another_reason_for_the_pause_is_told_too(client, user):
    PausedAddress.objects.create(email=user.email, paused_at=NOW, reason="452 Mailbox full")
    assert "Reden: 452 Mailbox full" in text(client.get(PAGE))


def test_a_page_that_is_only_opened_changes_nothing(client, user):
    PausedAddress.objects.create(email=user.email, paused_at=NOW)
    User.objects.update(snoozed_until=FRIDAY, snooze_reason="vakantie")
    for ask in (client.get, client.head):
        for act in ("works", "wake"):
            assert ask(f"{PAGE}?act={act}").status_code == 200
    user.refresh_from_db()
    assert user.snoozed_until == FRIDAY
    assert PausedAddress.objects.filter(lifted_at=None).exists()


def test_another_site_cannot_change_it(user):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    assert strict.post(PAGE, {"frequency": "none"}).status_code == 403


def test_the_page_tells_what_was_last_sent_and_what_became_of_it(client, user):
    message(user, 1, state="sent", settled_at=NOW - timedelta(days=1))
    message(user, 2, state="held", reason=PAUSED)
    message(user, 3, state="refused", reason="550 User unknown\nAn administrator had it sent again.")
    back = message(user, 4, state="sent", settled_at=NOW)
    Bounce.objects.create(key="b", email=user.email, message=back, permanent=True, at=NOW)
    message(user, 5, state="sent", subject="", kind="reminder")
    message(world.user("auditor"), 6, subject="Van een ander")

    shown, small = text(client.get(PAGE)), ' class="ld-muted ld-small"'

    for told in (
        f'Week 1</p> <p{small}>Weekbericht · 21 april 2026 10:00</p> <p class="ld-small">Verstuurd.',
        "Niet verstuurd.",
        f"Reden: {translation.gettext(PAUSED)}",
        "Niet bezorgd: de mailserver nam de mail niet aan.",
        "Reden: 550 User unknown ",
        "maar teruggekomen",
        '<p class="ld-strong">Herinnering</p>',
    ):
        assert told in shown
    assert "Van een ander" not in shown


def test_every_state_of_a_message_has_words():
    assert set(BECAME) == {*EMAIL_STATES, "returned"}


def test_the_page_asks_as_much_of_the_database_for_ten_messages_as_for_one(client, user, django_assert_num_queries):
    message(user, 0)
    with django_assert_num_queries(5):
        client.get(PAGE)
    for number in range(1, 12):
        message(user, number)
    with django_assert_num_queries(5):
        client.get(PAGE)


def test_the_page_is_found_from_every_page_and_kept_in_no_cache(client, user):
    assert f'href="{PAGE}"' in client.get("/over/").content.decode()
    assert f'href="{PAGE}"' not in Client().get("/over/").content.decode()
    assert "no-store" in client.get(PAGE)["Cache-Control"]


# ---------- from a link in a mail


def stop_link(user, what="rapport"):
    return f"/post/stoppen/{mail_token(user.pk)}/{what}/"


@pytest.fixture
def reader():
    """Someone who opens a link from a mail: not logged in."""
    return Client(enforce_csrf_checks=True, headers={"accept-language": "nl"})


@pytest.mark.parametrize(
    ("what", "question", "done", "after"),
    [
        ("rapport", "Stoppen met het weekbericht of dagbericht?", "U krijgt geen weekbericht", ("none", True)),
        ("herinnering", "Stoppen met de herinneringen?", "U krijgt geen herinneringen meer", ("weekly", False)),
    ],
)
def test_mail_is_stopped_with_one_click_and_twice(reader, what, question, done, after):
    user, other = world.user("adviser"), world.user("auditor")
    address = stop_link(user, what)
    for ask in (reader.get, reader.head):
        assert ask(address).status_code == 200
    user.refresh_from_db()
    assert (user.report_frequency, user.wants_reminders) == ("weekly", True), "opening the link stops nothing"
    assert question in text(reader.get(address))

    for _time in (1, 2):
        answer = reader.post(address, {"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, done in text(answer)) == (200, True)
        user.refresh_from_db()
        assert (user.report_frequency, user.wants_reminders) == after
    other.refresh_from_db()
    assert (other.report_frequency, other.wants_reminders) == ("weekly", True)


def test_no_page_behind_the_link_tells_whose_it_is_or_is_found_by_others(reader):
    user = world.user("adviser", first_name="Noor", last_name="Voorbeeld")
    for answer in (reader.get(stop_link(user)), reader.post(stop_link(user))):
        shown = answer.content.decode()
        assert not [told for told in (user.email, "Noor", "Voorbeeld", user.username) if told in shown]
        assert "no-store" in answer["Cache-Control"]
        assert '<meta name="robots" content="noindex">' in shown
        assert f'href="{PAGE}"' in shown


def test_a_link_that_was_not_made_here_is_explained_and_stops_nothing(reader):
    user = world.user("adviser")
    token = mail_token(user.pk)
    broken = [f"{token[:-1]}/rapport", f"{user.pk}/rapport", f"{token}/alles", f"{mail_token(user.pk + 1)}/rapport"]
    for path in broken:
        answer = reader.post(f"/post/stoppen/{path}/")
        assert (answer.status_code, "Kopieer het hele adres uit de mail" in text(answer)) == (404, True)
    for path in broken[:3]:
        assert reader.get(f"/post/stoppen/{path}/").status_code == 404
    user.refresh_from_db()
    assert (user.report_frequency, user.wants_reminders) == ("weekly", True)
