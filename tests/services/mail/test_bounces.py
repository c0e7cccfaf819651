"""A bounce is processed once, for its address; three permanent ones pause that address."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail as django_mail

from participation.models import Bounce, Follower, OutboundEmail, PausedAddress
from participation.presentation.mail import message_id
from participation.services.mail import bounces
from participation.services.mail.bounces import (
    PAUSE_REASON,
    Malformed,
    NoBounce,
    import_bounces,
    pause_reasons_of,
    record_bounces,
    unpause,
)
from participation.services.mail.outbox import enqueue
from participation.services.mail.sender import send_waiting
from tests import world
from tests.bounces import KEY, auto_reply, delivery_report, nonstandard_report
from tests.outbox import NOW, FakeClock, ScriptedEmailBackend, make_draft

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TO = "bewoner@example.org"


@pytest.fixture
def sent():
    """A sent mail, which the reports below quote."""
    message = enqueue(make_draft(KEY, TO), NOW)
    send_waiting(FakeClock(), ScriptedEmailBackend())
    return OutboundEmail.objects.get(pk=message.pk)


# ---------- processed


def test_a_bounce_is_recorded_for_the_email_it_quotes(sent):
    (found,) = import_bounces(delivery_report(message_id(KEY)), NOW + DAY)
    row = Bounce.objects.get()
    assert found == row
    assert (row.email, row.message, row.permanent, row.at) == (TO, sent, True, NOW + DAY)
    assert row.reason == "smtp; 550 5.1.1 user unknown"
    sent.refresh_from_db()
    assert sent.state == "sent", "it was taken: that it came back stands beside it"


def test_a_repeated_bounce_changes_nothing(sent):
    assert import_bounces(delivery_report(message_id(KEY)), NOW)
    assert import_bounces(delivery_report(message_id(KEY)), NOW + DAY) == []
    assert Bounce.objects.count() == 1


@pytest.mark.parametrize("name", [None, "<" + "x" * 300 + "@example.org>"])
def test_a_bounce_without_a_usable_message_id_is_identified_by_its_content(sent, name):
    raw = delivery_report(message_id(KEY), report_id=name)
    assert import_bounces(raw, NOW)
    assert import_bounces(raw, NOW) == []
    assert import_bounces(raw.replace(b"unknown", b"moved"), NOW)


def test_a_delayed_delivery_is_not_permanent(sent):
    (found,) = import_bounces(delivery_report(message_id(KEY), action="delayed", code="4.4.1"), NOW)
    assert not found.permanent


def test_a_bounce_from_a_forwarded_address_counts_for_the_original_address(sent):
    (found,) = import_bounces(delivery_report(message_id(KEY), to="nieuw.postvak@elders.example.org"), NOW)
    assert found.email == TO


def test_a_bounce_that_quotes_only_headers_is_recognised(sent):
    (found,) = import_bounces(delivery_report(message_id(KEY), quoted="text/rfc822-headers"), NOW)
    assert found.message == sent


def test_a_plain_text_bounce_is_recognised(sent):
    (found,) = import_bounces(nonstandard_report(TO, f"Message-ID: {message_id(KEY)}"), NOW)
    assert (found.message, found.email, found.permanent) == (sent, TO, True)


@pytest.mark.parametrize("header", ["References", "In-Reply-To"])
def test_a_bounce_that_only_replies_to_the_email_is_recognised(sent, header):
    (found,) = import_bounces(nonstandard_report(TO, header=f"{header}: {message_id(KEY)}\n"), NOW)
    assert found.message == sent


def test_a_bounce_without_a_message_id_counts_for_a_known_recipient():
    user, square = world.user("adviser"), world.trajectory()
    Follower.objects.create(email=TO, trajectory=square, asked_at=NOW)
    for address in (user.email.upper(), TO):
        (found,) = import_bounces(nonstandard_report(address), NOW)
        assert (found.email.lower(), found.message) == (address.lower(), None)


def test_bounces_of_spoofed_emails_to_unknown_addresses_are_not_stored(sent):
    with pytest.raises(NoBounce, match="to which we send nothing") as error:
        import_bounces(delivery_report("<other@example.org>", to="vreemde@example.org"), NOW)
    assert "vreemde" not in str(error.value)
    assert not Bounce.objects.exists()


def test_an_email_with_erased_content_is_matched_by_message_id_only(sent):
    OutboundEmail.objects.update(to="")
    with pytest.raises(NoBounce):
        import_bounces(delivery_report(message_id(KEY)), NOW)
    world.user("adviser", name="bewoner")
    (found,) = import_bounces(delivery_report(message_id(KEY)), NOW)
    assert (found.message, found.email) == (sent, TO)


# ---------- the signed return path


@pytest.fixture
def return_path_of_sent(settings):
    """The address to which the mail of this test comes back, and its row."""
    settings.BOUNCE_EMAIL = "bounces@example.org"
    message = enqueue(make_draft(KEY, TO), NOW)
    send_waiting(FakeClock(), ScriptedEmailBackend())
    (mail,) = django_mail.outbox
    return mail.from_email, message


def test_an_email_comes_back_to_a_signed_address_and_keeps_its_sender(return_path_of_sent, settings):
    address, message = return_path_of_sent
    assert re.fullmatch(rf"bounces\+{message.pk}-[0-9a-f]{{20}}@example\.org", address)
    assert len(address.partition("@")[0]) <= 64
    assert django_mail.outbox[0].message()["From"] == settings.DEFAULT_FROM_EMAIL


@pytest.mark.parametrize("header", ["Delivered-To", "X-Original-To", "Envelope-To", "To"])
def test_a_report_to_the_return_path_counts_for_its_email(return_path_of_sent, header):
    address, message = return_path_of_sent
    raw = delivery_report("<unknown@elsewhere.example.org>", headers=f"{header}: <{address.upper()}>\n")
    (found,) = import_bounces(raw, NOW)
    assert (found.message, found.email, found.permanent) == (message, TO, True)


def test_with_signed_return_paths_a_report_that_only_quotes_an_email_is_not_counted(return_path_of_sent):
    address, message = return_path_of_sent
    user = world.user("adviser")
    other = address.replace(f"+{message.pk}-", f"+{message.pk + 1}-")
    forged = address[:-14] + "00@example.org"
    for raw in (
        delivery_report(message_id(KEY)),
        delivery_report(message_id(KEY), headers=f"Delivered-To: {other}\n"),
        delivery_report(message_id(KEY), headers=f"Delivered-To: {forged}\n"),
        delivery_report(message_id(KEY), headers="Delivered-To: bounces+x-1@example.org\n"),
        nonstandard_report(user.email),
    ):
        with pytest.raises(NoBounce, match="return path"):
            import_bounces(raw, NOW)
    assert not Bounce.objects.exists()


# ---------- ignored


def test_an_automatic_reply_is_not_a_bounce(sent):
    with pytest.raises(NoBounce, match="automatic reply"):
        import_bounces(auto_reply(TO, message_id(KEY)), NOW)
    assert not Bounce.objects.exists()


def test_an_automatic_report_of_a_mail_server_is_a_bounce(sent):
    assert import_bounces(delivery_report(message_id(KEY), headers="Auto-Submitted: auto-replied\n"), NOW)
    exim = nonstandard_report(TO, message_id(KEY), header="Auto-Submitted: auto-replied\n")
    with pytest.raises(NoBounce):
        import_bounces(exim, NOW)
    assert import_bounces(exim.replace(b"\nTo:", f"\nX-Failed-Recipients: {TO}\nTo:".encode()), NOW)


def test_a_delivery_receipt_and_a_personal_email_are_not_bounces(sent):
    for raw in (
        delivery_report(message_id(KEY), action="delivered"),
        b"From: bewoner@example.org\n\nWanneer is de avond?\n",
    ):
        with pytest.raises(NoBounce, match="no report"):
            import_bounces(raw, NOW)


@pytest.mark.parametrize(
    ("raw", "remedy"),
    [
        (b"", "It is empty"),
        (b" \n\n", "It is empty"),
        (b"\n\nhello\n", "It has no headers"),
        (b"Content-Type: multipart/report; boundary=x\n\nnothing\n", "ends before its first part"),
    ],
)
def test_input_that_is_not_an_email_is_rejected_with_the_reason(raw, remedy):
    with pytest.raises(Malformed, match=remedy):
        import_bounces(raw, NOW)


def test_an_unreadable_bounce_stores_nothing(sent, monkeypatch):
    monkeypatch.setattr(bounces, "all_failures", lambda report: 1 / 0)
    with pytest.raises(NoBounce, match="ZeroDivisionError"):
        import_bounces(delivery_report(message_id(KEY)), NOW)


def test_an_invalid_address_in_a_bounce_is_skipped():
    world.user("adviser", name="bewoner")
    raw = delivery_report("<x@example.org>", to=TO).replace(b"rfc822; " + TO.encode(), b"rfc822; geen adres")
    with pytest.raises(NoBounce):
        import_bounces(raw, NOW)


def test_a_bounce_takes_a_fixed_number_of_queries(sent, django_assert_max_num_queries):
    more = "".join(f"<news-{n}@example.org> " for n in range(200))
    with django_assert_max_num_queries(12):
        import_bounces(nonstandard_report(TO, more + message_id(KEY), header=f"References: {message_id(KEY)}\n"), NOW)


# ---------- paused addresses


def add_bounces(number, at=NOW, email=TO, permanent=True):
    return record_bounces([Bounce(key=f"{number} {at} {permanent}", email=email, permanent=permanent, at=at)])


def test_the_third_bounce_pauses_the_address_case_insensitively():
    add_bounces(1)
    add_bounces(2, email=TO.upper())
    assert not PausedAddress.objects.exists()
    add_bounces(3)
    row = PausedAddress.objects.get()
    assert (row.email, row.paused_at, row.reason, row.lifted_at) == (TO, NOW, PAUSE_REASON, None)
    add_bounces(4, NOW + DAY)
    assert PausedAddress.objects.get().paused_at == NOW
    assert pause_reasons_of([TO.title(), "ander@example.org"]) == {TO: PAUSE_REASON}


def test_delayed_and_old_bounces_pause_nothing():
    for number in range(5):
        add_bounces(number, permanent=False)
    add_bounces(1, NOW - 90 * DAY)
    add_bounces(2)
    add_bounces(3)
    assert not PausedAddress.objects.exists()
    add_bounces(4, NOW + DAY)
    assert PausedAddress.objects.exists()


def test_after_a_pause_ends_counting_restarts_and_it_can_be_paused_again():
    for number in range(3):
        add_bounces(number)
    row = PausedAddress.objects.get()
    assert unpause(row, NOW + DAY)
    assert not unpause(row, NOW + 2 * DAY), "it was lifted"
    assert pause_reasons_of([TO]) == {}
    for number in (1, 2):
        add_bounces(number, NOW + 3 * DAY)
    assert pause_reasons_of([TO]) == {}
    add_bounces(3, NOW + 3 * DAY)
    row.refresh_from_db()
    assert (row.paused_at, row.lifted_at) == (NOW + 3 * DAY, None)
    assert pause_reasons_of([TO]) == {TO: PAUSE_REASON}


def test_many_addresses_are_paused_in_as_many_queries_as_one(django_assert_num_queries):
    def together(number, key):
        return [
            Bounce(key=f"{key}-{n}-{time}", email=f"{key}{n}@example.org", permanent=True, at=NOW)
            for n in range(number)
            for time in range(3)
        ]

    with django_assert_num_queries(5):
        record_bounces(together(1, "a"))
    with django_assert_num_queries(5):
        record_bounces(together(50, "b"))
    assert PausedAddress.objects.count() == 51


def test_an_empty_list_of_addresses_takes_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert pause_reasons_of([]) == {}
