"""The page with mail preferences, and unsubscribing with a link in a mail."""

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
from participation.presentation.mail import mail_token
from participation.services.mail.bounces import PAUSE_REASON
from participation.web.accounts.mail_preferences import DELIVERY_STATE_TEXTS
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


def text(response):
    return " ".join(unescape(response.content.decode()).split())


def sent(client, **fields):
    return client.post(PAGE, fields)


def paused(client, until="2026-04-24", reason="vakantie"):
    return sent(client, act="pause", until=until, reason=reason)


def message(user, number=1, **columns):
    defaults = {"key": f"k{number}", "kind": "weekly_report", "subject": f"Week {number}", "to": user.email}
    return OutboundEmail.objects.create(user=user, created_at=NOW, not_before=NOW, **{**defaults, **columns})


# ---------- mail preferences


def test_anonymous_users_are_redirected_to_the_login_page(client):
    response = client.get(PAGE)
    assert (response.status_code, response.url) == (302, f"/inloggen/?next={PAGE}")


@pytest.mark.parametrize("role", [role for role in ROLES if role != "council_member"])
def test_every_user_with_digests_can_change_their_mail_preferences(client, role):
    user = world.user(role)
    client.force_login(user)
    shown = text(client.get(PAGE))
    assert "Uw mail gaat naar" in shown
    assert user.email in shown

    response = client.post(PAGE, {"frequency": "daily"}, follow=True)

    assert "Opgeslagen." in text(response)
    user.refresh_from_db()
    assert user.report_frequency == "daily"
    assert "Het volgende bericht komt op donderdag 23 april 2026" in text(response)


def test_the_page_shows_the_current_preferences(client, user):
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
    ("role", "offered"),
    [
        ("adviser", True),
        ("coordinator", True),
        ("administrator", True),
        ("auditor", False),
        ("association_member", False),
    ],
)
def test_users_who_get_no_reminders_are_not_offered_them(client, role, offered):
    user = world.user(role)
    client.force_login(user)
    assert ('name="reminders"' in text(client.get(PAGE))) is offered

    shown = text(client.post(PAGE, {"frequency": "none"}, follow=True))

    user.refresh_from_db()
    assert user.wants_reminders is not offered
    assert "U krijgt geen mail van ons." in shown


def test_a_missing_choice_gives_an_error_and_saves_nothing(client, user):
    response = sent(client)
    assert (response.status_code, "Kies hoe vaak u een bericht wilt." in text(response)) == (400, True)
    user.refresh_from_db()
    assert user.wants_reminders


def test_mail_can_be_paused_and_resumed(client, user):
    assert paused(client).status_code == 302
    user.refresh_from_db()
    assert (user.snoozed_until, user.snooze_reason) == (FRIDAY, "vakantie")
    shown = text(client.get(PAGE))
    assert "U krijgt geen mail tot en met 24 april 2026. Reden: vakantie." in shown
    assert "komt op maandag 27 april 2026" in shown

    assert "U krijgt vanaf nu weer mail." in text(client.post(PAGE, {"act": "wake"}, follow=True))
    user.refresh_from_db()
    assert (user.snoozed_until, user.snooze_reason) == (None, "")


def test_a_pause_that_has_ended_is_not_shown(client, user):
    User.objects.update(snoozed_until=date(2026, 4, 21), snooze_reason="vakantie")
    shown = text(client.get(PAGE))
    assert "Stuur mij weer mail" not in shown
    assert "Geen mail tot en met" in shown


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"until": "2026-04-21"}, "Deze dag is al geweest."),
        ({"until": "2027-04-23"}, "Kies op zijn laatst 22 april 2027."),
        ({"until": ""}, "Kies de laatste dag waarop u geen mail wilt."),
        ({"until": "ooit"}, "Deze dag kunnen we niet lezen."),
        ({"reason": "  "}, "Zeg in een paar woorden waarom."),
    ],
)
def test_invalid_input_gives_an_error_and_is_kept(client, user, wrong, error):
    response = paused(client, **wrong)
    shown = text(response)
    assert (response.status_code, error in shown) == (400, True)
    assert "<title>Fout: Mijn mail" in shown
    typed = {"until": "2026-04-24", "reason": "vakantie", **wrong}
    assert [value for value in typed.values() if value.strip() and f'value="{value}"' not in shown] == []
    assert "Kies hoe vaak" not in shown, "nothing is said of the form that was not sent"
    user.refresh_from_db()
    assert user.snoozed_until is None


def test_a_paused_address_is_shown_with_its_reason_and_unpaused_by_its_owner(client, user):
    PausedAddress.objects.create(email=user.email.upper(), paused_at=NOW, reason=PAUSE_REASON)
    other = PausedAddress.objects.create(email="ander@example.org", paused_at=NOW, reason="452 Mailbox full")
    shown = text(client.get(PAGE))
    assert "kwam een paar keer terug. Daarom zijn we op 22 april 2026 gestopt met sturen." in shown
    assert "Reden:" not in shown
    assert "Het volgende bericht komt" not in shown

    response = client.post(PAGE, {"act": "works"}, follow=True)

    assert "We sturen vanaf nu weer mail naar uw adres." in text(response)
    assert "We sturen geen mail naar uw adres" not in text(response)
    other.refresh_from_db()
    assert other.lifted_at is None


def test_a_pause_for_another_reason_is_shown(client, user):
    PausedAddress.objects.create(email=user.email, paused_at=NOW, reason="452 Mailbox full")
    assert "Reden: 452 Mailbox full" in text(client.get(PAGE))


def test_opening_the_page_changes_nothing(client, user):
    PausedAddress.objects.create(email=user.email, paused_at=NOW)
    User.objects.update(snoozed_until=FRIDAY, snooze_reason="vakantie")
    for ask in (client.get, client.head):
        for act in ("works", "wake"):
            assert ask(f"{PAGE}?act={act}").status_code == 200
    user.refresh_from_db()
    assert user.snoozed_until == FRIDAY
    assert PausedAddress.objects.filter(lifted_at=None).exists()


def test_a_cross_site_request_changes_nothing(user):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    assert strict.post(PAGE, {"frequency": "none"}).status_code == 403


def test_the_page_lists_the_latest_emails_with_their_state(client, user):
    message(user, 1, state="sent", settled_at=NOW - timedelta(days=1))
    message(user, 2, state="held", reason=PAUSE_REASON)
    message(user, 3, state="refused", reason="550 User unknown\nAn administrator had it sent again.")
    back = message(user, 4, state="sent", settled_at=NOW)
    Bounce.objects.create(key="b", email=user.email, message=back, permanent=True, at=NOW)
    message(user, 5, state="sent", subject="", kind="reminder")
    message(world.user("auditor"), 6, subject="Van een ander")

    shown, small = text(client.get(PAGE)), ' class="ld-muted ld-small"'

    for expected in (
        f'Week 1</p> <p{small}>Weekbericht · 21 april 2026 10:00</p> <p class="ld-small">Verstuurd.',
        "Niet verstuurd.",
        f"Reden: {translation.gettext(PAUSE_REASON)}",
        "Niet bezorgd: de mailserver nam de mail niet aan.",
        "Reden: 550 User unknown ",
        "maar teruggekomen",
        '<p class="ld-strong">Herinnering</p>',
    ):
        assert expected in shown
    assert "Van een ander" not in shown


def test_every_email_state_has_a_label():
    assert set(DELIVERY_STATE_TEXTS) == {*EMAIL_STATES, "returned"}


def test_ten_emails_take_as_many_queries_as_one(client, user, django_assert_num_queries):
    message(user, 0)
    with django_assert_num_queries(5):
        client.get(PAGE)
    for number in range(1, 12):
        message(user, number)
    with django_assert_num_queries(5):
        client.get(PAGE)


def test_the_page_is_linked_from_every_page_and_not_cached(client, user):
    assert f'href="{PAGE}"' in client.get("/over/").content.decode()
    assert f'href="{PAGE}"' not in Client().get("/over/").content.decode()
    assert "no-store" in client.get(PAGE)["Cache-Control"]


# ---------- links in a mail


def stop_link(user, what="rapport"):
    return f"/post/stoppen/{mail_token(user.pk)}/{what}/"


@pytest.fixture
def reader():
    """A browser that opens a link from a mail, without log-in."""
    return Client(enforce_csrf_checks=True, headers={"accept-language": "nl"})


@pytest.mark.parametrize(
    ("what", "question", "done", "after"),
    [
        ("rapport", "Stoppen met het weekbericht of dagbericht?", "U krijgt geen weekbericht", ("none", True)),
        ("herinnering", "Stoppen met de herinneringen?", "U krijgt geen herinneringen meer", ("weekly", False)),
    ],
)
def test_one_click_unsubscribe_is_idempotent(reader, what, question, done, after):
    user, other = world.user("adviser"), world.user("auditor")
    address = stop_link(user, what)
    for ask in (reader.get, reader.head):
        assert ask(address).status_code == 200
    user.refresh_from_db()
    assert (user.report_frequency, user.wants_reminders) == ("weekly", True), "opening the link stops nothing"
    assert question in text(reader.get(address))

    for _time in (1, 2):
        response = reader.post(address, {"List-Unsubscribe": "One-Click"})
        assert (response.status_code, done in text(response)) == (200, True)
        user.refresh_from_db()
        assert (user.report_frequency, user.wants_reminders) == after
    other.refresh_from_db()
    assert (other.report_frequency, other.wants_reminders) == ("weekly", True)


def test_unsubscribe_pages_show_no_identity_and_are_not_indexed(reader):
    user = world.user("adviser", first_name="Noor", last_name="Voorbeeld")
    for response in (reader.get(stop_link(user)), reader.post(stop_link(user))):
        shown = response.content.decode()
        assert not [personal for personal in (user.email, "Noor", "Voorbeeld", user.username) if personal in shown]
        assert "no-store" in response["Cache-Control"]
        assert '<meta name="robots" content="noindex">' in shown
        assert f'href="{PAGE}"' in shown


def test_a_forged_unsubscribe_link_is_explained_and_changes_nothing(reader):
    user = world.user("adviser")
    token = mail_token(user.pk)
    broken = [f"{token[:-1]}/rapport", f"{user.pk}/rapport", f"{token}/alles", f"{mail_token(user.pk + 1)}/rapport"]
    for path in broken:
        response = reader.post(f"/post/stoppen/{path}/")
        assert (response.status_code, "Kopieer het hele adres uit de mail" in text(response)) == (404, True)
    for path in broken[:3]:
        assert reader.get(f"/post/stoppen/{path}/").status_code == 404
    user.refresh_from_db()
    assert (user.report_frequency, user.wants_reminders) == ("weekly", True)
