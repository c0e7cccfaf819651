"""Every mail is a row first: made once by its key, as it will be sent; sent again by a person; emptied in the end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction

from participation.models import Bounce, OutboundEmail, PausedAddress
from participation.services.mail import outbox
from participation.services.mail.outbox import CannotResend, empty_old, put, put_all, resend, send_waiting
from tests import world
from tests.outbox import NOW, Clock, Scripted, a_mail, draft, waiting

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def the(message):
    return OutboundEmail.objects.get(pk=message.pk)


def settled(state, at=NOW, key="news-1", **columns):
    message = put(draft(key), at)
    OutboundEmail.objects.filter(pk=message.pk).update(state=state, settled_at=at, **columns)
    return the(message)


# ---------- made


def test_a_mail_is_recorded_as_it_will_be_sent():
    user = world.user("coordinator")
    made = put(draft("weekly-2026-17-1", user.email, "weekly_report", user_id=user.pk, language="en"), NOW)
    row = the(made)
    assert (row.key, row.kind, row.user, row.to, row.language) == (
        *("weekly-2026-17-1", "weekly_report"),
        *(user, user.email, "en"),
    )
    assert (row.subject, row.text, row.html) == ("Nieuws", "Er is nieuws.", "<p>Er is nieuws.</p>")
    assert (row.state, row.attempts, row.created_at, row.not_before, row.settled_at) == ("waiting", 0, NOW, NOW, None)


def test_a_mail_holds_no_characters_that_mail_cannot():
    made = put(outbox.Draft("a", "news", a_mail(subject="Avond\x0bover\x01\ufffe groen\x85")), NOW)
    assert the(made).subject == "Avond over groen "


def test_what_is_sent_is_what_was_given_with_a_message_id_that_follows_from_the_key(settings):
    settings.BASE_URL, settings.DEFAULT_FROM_EMAIL = "https://leidraad.example.org", "leidraad@example.org"
    given = EmailMultiAlternatives(
        "Plein: 2 wijzigingen · café",
        "Beste bewoner,\n\n.punt — €",
        to=["bewoner@example.org"],
        headers={"List-Unsubscribe": "<https://leidraad.example.org/x>", "Message-Id": "<other@example.org>"},
    )
    given.attach_alternative("<p>Beste bewoner</p>", "text/html")
    put(outbox.Draft("news-1-2026-04-20T05:00:00+00:00", "news", given), NOW)
    send_waiting(Clock())
    (sent,) = mail.outbox
    assert sent.extra_headers.pop("Message-ID") == "<news-1-2026-04-20T05%3A00%3A00+00%3A00@leidraad.example.org>"
    given.extra_headers.pop("Message-Id")
    assert (sent.subject, sent.body, sent.to, sent.from_email, sent.alternatives, sent.extra_headers) == (
        *(given.subject, given.body, given.to, given.from_email),
        *(given.alternatives, given.extra_headers),
    )


def test_a_subject_is_one_line():
    made = put(outbox.Draft("a", "news", a_mail(subject="Een\nBcc: iedereen@example.org")), NOW)
    assert made.subject == "Een Bcc: iedereen@example.org"


def test_a_key_is_used_once_and_the_first_one_stays():
    put(draft("a", "eerste@example.org"), NOW)
    assert put(draft("a", "tweede@example.org"), NOW) is None
    made = put_all([draft("a"), draft("b", "b1@example.org"), draft("b", "b2@example.org")], NOW)
    assert made.keys() == {"b"}
    assert set(OutboundEmail.objects.values_list("to", flat=True)) == {"eerste@example.org", "b1@example.org"}


def test_what_two_made_at_the_same_moment_is_made_once_and_the_other_begins_anew(monkeypatch):
    put(draft("a"), NOW)
    monkeypatch.setattr(OutboundEmail.objects, "filter", lambda **_: OutboundEmail.objects.none())
    with pytest.raises(IntegrityError), transaction.atomic():
        put_all([draft("a"), draft("b")], NOW)
    monkeypatch.undo()
    assert OutboundEmail.objects.count() == 1


def test_to_a_paused_address_nothing_is_sent_and_the_row_says_why():
    PausedAddress.objects.create(email="Bewoner@example.org", paused_at=NOW, reason="Te vaak terug")
    PausedAddress.objects.create(email="ander@example.org", paused_at=NOW, lifted_at=NOW)
    held, free = put(draft("a", "bewoner@Example.org"), NOW), put(draft("b", "ander@example.org"), NOW)
    assert (held.state, held.reason, held.settled_at) == ("held", "Te vaak terug", NOW)
    assert free.state == "waiting"
    assert send_waiting(Clock()).counts["sent"] == 1


@pytest.mark.parametrize(
    "options", [{"cc": ["b@example.org"]}, {"bcc": ["b@example.org"]}, {"reply_to": ["b@example.org"]}]
)
def test_what_a_row_cannot_hold_is_refused_and_not_left_out(options):
    with pytest.raises(ValueError, match="news-1: a message goes to one address"):
        put(outbox.Draft("news-1", "news", a_mail(**options)), NOW)
    several = a_mail()
    several.to.append("b@example.org")
    attached = a_mail()
    attached.attach("brief.txt", "tekst")
    layout = a_mail()
    layout.attach_alternative("x", "text/calendar")
    for one in (several, attached, layout):
        with pytest.raises(ValueError, match="news-1: a message"):
            put(outbox.Draft("news-1", "news", one), NOW)
    assert not OutboundEmail.objects.exists()


def test_fifty_cost_as_many_queries_as_one(django_assert_num_queries):
    with django_assert_num_queries(5):
        put_all([draft("a")], NOW)
    with django_assert_num_queries(5):
        waiting(50)
    with django_assert_num_queries(0):
        assert put_all([], NOW) == {}


# ---------- sent again


@pytest.mark.parametrize("state", ["doubtful", "held", "refused"])
def test_a_person_may_have_it_sent_again_and_why_it_was_not_stays(state):
    message = settled(state, attempts=9, reason="550 gone", claimed_by="dead")
    resend(message, NOW + DAY)
    row = the(message)
    assert (row.state, row.attempts, row.not_before, row.settled_at) == ("waiting", 0, NOW + DAY, None)
    assert row.reason == f"550 gone\n{outbox.SENT_AGAIN}"
    assert send_waiting(Clock(NOW + DAY)).counts["sent"] == 1
    assert the(message).reason.startswith("550 gone")


def test_what_goes_wrong_after_that_stands_below_what_went_wrong_before():
    message = settled("refused", reason="550 gone")
    resend(message, NOW)
    for error in ("first", "second"):
        send_waiting(Clock(the(message).not_before), Scripted(ValueError(error)))
        if error == "first":
            assert the(message).reason == f"550 gone\n{outbox.SENT_AGAIN}\nValueError: first"
            resend(message, NOW)
    assert the(message).reason.splitlines()[-3:] == ["ValueError: first", outbox.SENT_AGAIN, "ValueError: second"]


def test_it_goes_to_the_address_that_the_recipient_has_now():
    user = world.user("coordinator")
    message = settled("held", user=user, to="vroeger@example.org")
    resend(message, NOW)
    send_waiting(Clock())
    assert mail.outbox[0].to == [user.email]


@pytest.mark.parametrize("state", ["sent", "waiting", "sending"])
def test_what_was_sent_or_is_on_its_way_is_not_sent_again(state):
    message = settled(state)
    with pytest.raises(CannotResend, match="news-1: it is"):
        resend(message, NOW)
    assert the(message).state == state


def test_what_is_emptied_cannot_be_sent_again():
    message = settled("refused", to="")
    with pytest.raises(CannotResend, match="no longer kept"):
        resend(message, NOW)


# ---------- emptied


@pytest.mark.parametrize("state", ["sent", "refused", "doubtful", "held"])
def test_after_ninety_days_the_address_and_the_words_are_gone_and_the_rest_stays(state):
    message = settled(state, reason="550 <bewoner@example.org> gone", attempts=2)
    assert empty_old(NOW + 90 * DAY) == 0
    assert empty_old(NOW + 91 * DAY) == 1
    row = the(message)
    assert (row.to, row.subject, row.text, row.html, row.headers, row.reason) == ("", "", "", "", {}, "")
    assert (row.key, row.kind, row.state, row.attempts, row.created_at, row.settled_at) == (
        *("news-1", "news", state),
        *(2, NOW, NOW),
    )
    assert empty_old(NOW + 92 * DAY) == 0


def test_what_still_waits_is_kept_however_old():
    waiting()
    assert empty_old(NOW + 400 * DAY) == 0
    assert send_waiting(Clock(NOW + 400 * DAY)).counts["sent"] == 1


def test_what_came_back_is_forgotten_after_a_year():
    for key, age in (("old", 366), ("new", 364)):
        Bounce.objects.create(key=key, email="a@example.org", permanent=True, at=NOW - age * DAY)
    empty_old(NOW)
    assert [row.key for row in Bounce.objects.all()] == ["new"]
