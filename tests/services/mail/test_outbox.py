"""Every mail is stored before it is sent: once for each key, as sent; it can be sent again, and is cleared at last."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, connection, transaction

from participation.models import OutboundEmail, PausedAddress
from participation.models.mail import RESENT_REASON
from participation.services.mail import outbox
from participation.services.mail.outbox import (
    CannotResend,
    clear_old_content,
    enqueue,
    enqueue_all,
    resend,
)
from participation.services.mail.sender import send_waiting
from tests import world
from tests.outbox import NOW, FakeClock, ScriptedEmailBackend, make_draft, make_email, make_waiting_emails

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def reloaded(message):
    return OutboundEmail.objects.get(pk=message.pk)


def settled(state, at=NOW, key="news-1", **columns):
    message = enqueue(make_draft(key), at)
    OutboundEmail.objects.filter(pk=message.pk).update(state=state, settled_at=at, **columns)
    return reloaded(message)


# ---------- created


def test_an_email_is_stored_as_it_will_be_sent():
    user = world.user("coordinator")
    made = enqueue(make_draft("weekly-2026-17-1", user.email, "weekly_report", user_id=user.pk, language="en"), NOW)
    row = reloaded(made)
    assert (row.key, row.kind, row.user, row.to, row.language) == (
        *("weekly-2026-17-1", "weekly_report"),
        *(user, user.email, "en"),
    )
    assert (row.subject, row.text, row.html) == ("Nieuws", "Er is nieuws.", "<p>Er is nieuws.</p>")
    assert (row.state, row.attempts, row.created_at, row.not_before, row.settled_at) == ("waiting", 0, NOW, NOW, None)


def test_characters_not_allowed_in_email_are_removed():
    made = enqueue(outbox.Draft("a", "news", make_email(subject="Avond\x0bover\x01\ufffe groen\x85")), NOW)
    assert reloaded(made).subject == "Avond over groen "


def test_the_sent_email_equals_the_stored_one_with_a_message_id_from_its_key(settings):
    settings.BASE_URL, settings.DEFAULT_FROM_EMAIL = "https://leidraad.example.org", "leidraad@example.org"
    given = EmailMultiAlternatives(
        "Plein: 2 wijzigingen · café",
        "Beste bewoner,\n\n.punt — €",
        to=["bewoner@example.org"],
        headers={"List-Unsubscribe": "<https://leidraad.example.org/x>", "Message-Id": "<other@example.org>"},
    )
    given.attach_alternative("<p>Beste bewoner</p>", "text/html")
    enqueue(outbox.Draft("news-1-2026-04-20T05:00:00+00:00", "news", given), NOW)
    send_waiting(FakeClock())
    (sent,) = mail.outbox
    assert sent.extra_headers.pop("Message-ID") == "<news-1-2026-04-20T05%3A00%3A00+00%3A00@leidraad.example.org>"
    given.extra_headers.pop("Message-Id")
    assert (sent.subject, sent.body, sent.to, sent.from_email, sent.alternatives, sent.extra_headers) == (
        *(given.subject, given.body, given.to, given.from_email),
        *(given.alternatives, given.extra_headers),
    )


def test_a_subject_is_a_single_line():
    made = enqueue(outbox.Draft("a", "news", make_email(subject="Een\nBcc: iedereen@example.org")), NOW)
    assert made.subject == "Een Bcc: iedereen@example.org"


def test_a_key_is_used_once_and_the_first_email_is_kept():
    enqueue(make_draft("a", "eerste@example.org"), NOW)
    assert enqueue(make_draft("a", "tweede@example.org"), NOW) is None
    made = enqueue_all([make_draft("a"), make_draft("b", "b1@example.org"), make_draft("b", "b2@example.org")], NOW)
    assert made.keys() == {"b"}
    assert set(OutboundEmail.objects.values_list("to", flat=True)) == {"eerste@example.org", "b1@example.org"}


def test_of_two_concurrent_emails_with_one_key_one_is_kept(monkeypatch):
    enqueue(make_draft("a"), NOW)
    monkeypatch.setattr(OutboundEmail.objects, "filter", lambda **_: OutboundEmail.objects.none())
    with pytest.raises(IntegrityError), transaction.atomic():
        enqueue_all([make_draft("a"), make_draft("b")], NOW)
    monkeypatch.undo()
    assert OutboundEmail.objects.count() == 1


def test_an_email_to_a_paused_address_is_not_sent_and_records_why():
    PausedAddress.objects.create(email="Bewoner@example.org", paused_at=NOW, reason="Te vaak terug")
    PausedAddress.objects.create(email="ander@example.org", paused_at=NOW, lifted_at=NOW)
    paused, free = (
        enqueue(make_draft("a", "bewoner@Example.org"), NOW),
        enqueue(make_draft("b", "ander@example.org"), NOW),
    )
    assert (paused.state, paused.reason, paused.settled_at) == ("held", "Te vaak terug", NOW)
    assert free.state == "waiting"
    assert send_waiting(FakeClock()).counts["sent"] == 1


@pytest.mark.parametrize(
    "options", [{"cc": ["b@example.org"]}, {"bcc": ["b@example.org"]}, {"reply_to": ["b@example.org"]}]
)
def test_an_email_that_does_not_fit_its_columns_is_rejected(options):
    with pytest.raises(ValueError, match="news-1: a message goes to one address"):
        enqueue(outbox.Draft("news-1", "news", make_email(**options)), NOW)
    several = make_email()
    several.to.append("b@example.org")
    attached = make_email()
    attached.attach("brief.txt", "tekst")
    layout = make_email()
    layout.attach_alternative("x", "text/calendar")
    for one in (several, attached, layout):
        with pytest.raises(ValueError, match="news-1: a message"):
            enqueue(outbox.Draft("news-1", "news", one), NOW)
    assert not OutboundEmail.objects.exists()


def test_fifty_emails_take_as_many_queries_as_one(django_assert_num_queries):
    # On PostgreSQL the keys are asked for apart; COPY itself is not logged.
    expected = 6 if connection.vendor == "postgresql" else 5
    with django_assert_num_queries(expected):
        enqueue_all([make_draft("a")], NOW)
    with django_assert_num_queries(expected):
        make_waiting_emails(50)
    with django_assert_num_queries(0):
        assert enqueue_all([], NOW) == {}


# ---------- sent again


@pytest.mark.parametrize("state", ["doubtful", "held", "refused"])
def test_an_email_can_be_sent_again_and_keeps_its_earlier_error(state):
    message = settled(state, attempts=9, reason="550 gone", claimed_by="dead")
    resend(message, NOW + DAY)
    row = reloaded(message)
    assert (row.state, row.attempts, row.not_before, row.settled_at) == ("waiting", 0, NOW + DAY, None)
    assert row.reason == f"550 gone\n{RESENT_REASON}"
    assert send_waiting(FakeClock(NOW + DAY)).counts["sent"] == 1
    assert reloaded(message).reason.startswith("550 gone")


def test_a_later_error_is_listed_below_the_earlier_one():
    message = settled("refused", reason="550 gone")
    resend(message, NOW)
    for error in ("first", "second"):
        send_waiting(FakeClock(reloaded(message).not_before), ScriptedEmailBackend(ValueError(error)))
        if error == "first":
            assert reloaded(message).reason == f"550 gone\n{RESENT_REASON}\nValueError: first"
            resend(message, NOW)
    assert reloaded(message).reason.splitlines()[-3:] == [
        "ValueError: first",
        RESENT_REASON,
        "ValueError: second",
    ]


def test_a_resent_email_goes_to_the_current_address_of_the_recipient():
    user = world.user("coordinator")
    message = settled("held", user=user, to="vroeger@example.org")
    resend(message, NOW)
    send_waiting(FakeClock())
    assert mail.outbox[0].to == [user.email]


@pytest.mark.parametrize("state", ["sent", "waiting", "sending"])
def test_a_sent_or_claimed_email_cannot_be_sent_again(state):
    message = settled(state)
    with pytest.raises(CannotResend, match="news-1: it is"):
        resend(message, NOW)
    assert reloaded(message).state == state


def test_an_email_with_erased_content_cannot_be_sent_again():
    message = settled("refused", to="")
    with pytest.raises(CannotResend, match="no longer kept"):
        resend(message, NOW)


# ---------- cleared


@pytest.mark.parametrize("state", ["sent", "refused", "doubtful", "held"])
def test_the_address_and_content_of_an_email_settled_before_a_moment_are_erased(state):
    message = settled(state, reason="550 <bewoner@example.org> gone", attempts=2)
    assert clear_old_content(NOW) == 0
    assert clear_old_content(NOW + DAY) == 1
    row = reloaded(message)
    assert (row.to, row.subject, row.text, row.html, row.headers, row.reason) == ("", "", "", "", {}, "")
    assert (row.key, row.kind, row.state, row.attempts, row.created_at, row.settled_at) == (
        *("news-1", "news", state),
        *(2, NOW, NOW),
    )
    assert clear_old_content(NOW + 2 * DAY) == 0


def test_a_waiting_email_is_kept_however_old():
    make_waiting_emails()
    assert clear_old_content(NOW + 400 * DAY) == 0
    assert send_waiting(FakeClock(NOW + 400 * DAY)).counts["sent"] == 1
