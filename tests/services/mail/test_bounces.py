"""What comes back is taken in once, for the address it is about; three times for good pauses that address."""

from __future__ import annotations

from datetime import timedelta

import pytest

from participation.models import Bounce, Follower, OutboundEmail, PausedAddress
from participation.services.mail import bounces
from participation.services.mail.bounces import PAUSED, Malformed, NoBounce, lift, note, paused_among, take_in
from participation.services.mail.outbox import message_id, put, send_waiting
from tests import world
from tests.bounces import KEY, auto_reply, plain_report, report
from tests.outbox import NOW, Clock, Scripted, draft

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TO = "bewoner@example.org"


@pytest.fixture
def sent():
    """A message that was sent, as the reports below quote it."""
    message = put(draft(KEY, TO), NOW)
    send_waiting(Clock(), Scripted())
    return OutboundEmail.objects.get(pk=message.pk)


# ---------- taking in


def test_a_report_is_taken_in_for_the_message_it_quotes(sent):
    (found,) = take_in(report(message_id(KEY)), NOW + DAY)
    row = Bounce.objects.get()
    assert found == row
    assert (row.email, row.message, row.permanent, row.at) == (TO, sent, True, NOW + DAY)
    assert row.reason == "smtp; 550 5.1.1 user unknown"
    sent.refresh_from_db()
    assert sent.state == "sent", "it was taken: that it came back stands beside it"


def test_the_same_report_again_changes_nothing(sent):
    assert take_in(report(message_id(KEY)), NOW)
    assert take_in(report(message_id(KEY)), NOW + DAY) == []
    assert Bounce.objects.count() == 1


@pytest.mark.parametrize("name", [None, "<" + "x" * 300 + "@example.org>"])
def test_a_report_without_a_name_that_can_be_kept_is_known_by_what_it_says(sent, name):
    raw = report(message_id(KEY), name=name)
    assert take_in(raw, NOW)
    assert take_in(raw, NOW) == []
    assert take_in(raw.replace(b"unknown", b"moved"), NOW)


def test_mail_that_comes_later_is_not_for_good(sent):
    (found,) = take_in(report(message_id(KEY), action="delayed", code="4.4.1"), NOW)
    assert not found.permanent


def test_what_was_sent_on_to_another_address_counts_for_the_one_we_wrote_to(sent):
    (found,) = take_in(report(message_id(KEY), to="nieuw.postvak@elders.example.org"), NOW)
    assert found.email == TO


def test_a_report_that_quotes_only_the_headers_is_enough(sent):
    (found,) = take_in(report(message_id(KEY), quoted="text/rfc822-headers"), NOW)
    assert found.message == sent


def test_a_report_in_plain_words_is_understood(sent):
    (found,) = take_in(plain_report(TO, f"Message-ID: {message_id(KEY)}"), NOW)
    assert (found.message, found.email, found.permanent) == (sent, TO, True)


@pytest.mark.parametrize("header", ["References", "In-Reply-To"])
def test_a_report_that_only_answers_our_message_is_understood(sent, header):
    (found,) = take_in(plain_report(TO, header=f"{header}: {message_id(KEY)}\n"), NOW)
    assert found.message == sent


def test_a_report_that_names_no_message_counts_for_whoever_we_write_to():
    user, square = world.user("adviser"), world.trajectory()
    Follower.objects.create(email=TO, trajectory=square, asked_at=NOW)
    for address in (user.email.upper(), TO):
        (found,) = take_in(plain_report(address), NOW)
        assert (found.email.lower(), found.message) == (address.lower(), None)


def test_of_strangers_to_whom_someone_wrote_in_our_name_nothing_is_kept(sent):
    with pytest.raises(NoBounce, match="to which we send nothing") as error:
        take_in(report("<other@example.org>", to="vreemde@example.org"), NOW)
    assert "vreemde" not in str(error.value)
    assert not Bounce.objects.exists()


def test_a_message_that_was_emptied_is_known_by_its_name_alone(sent):
    OutboundEmail.objects.update(to="")
    with pytest.raises(NoBounce):
        take_in(report(message_id(KEY)), NOW)
    world.user("adviser", name="bewoner")
    (found,) = take_in(report(message_id(KEY)), NOW)
    assert (found.message, found.email) == (sent, TO)


# ---------- what is not taken in


def test_an_automatic_reply_is_no_mail_that_came_back(sent):
    with pytest.raises(NoBounce, match="automatic reply"):
        take_in(auto_reply(TO, message_id(KEY)), NOW)
    assert not Bounce.objects.exists()


def test_an_automatic_report_of_a_mail_server_is(sent):
    assert take_in(report(message_id(KEY), headers="Auto-Submitted: auto-replied\n"), NOW)
    exim = plain_report(TO, message_id(KEY), header="Auto-Submitted: auto-replied\n")
    with pytest.raises(NoBounce):
        take_in(exim, NOW)
    assert take_in(exim.replace(b"\nTo:", f"\nX-Failed-Recipients: {TO}\nTo:".encode()), NOW)


def test_a_delivered_mail_and_a_letter_are_no_mail_that_came_back(sent):
    for raw in (report(message_id(KEY), action="delivered"), b"From: bewoner@example.org\n\nWanneer is de avond?\n"):
        with pytest.raises(NoBounce, match="no report"):
            take_in(raw, NOW)


@pytest.mark.parametrize(
    ("raw", "remedy"),
    [
        (b"", "It is empty"),
        (b" \n\n", "It is empty"),
        (b"\n\nhello\n", "It has no headers"),
        (b"Content-Type: multipart/report; boundary=x\n\nnothing\n", "ends before its first part"),
    ],
)
def test_what_is_no_mail_is_refused_with_what_is_wrong(raw, remedy):
    with pytest.raises(Malformed, match=remedy):
        take_in(raw, NOW)


def test_a_report_that_no_program_can_read_stores_nothing(sent, monkeypatch):
    monkeypatch.setattr(bounces, "all_failures", lambda report: 1 / 0)
    with pytest.raises(NoBounce, match="ZeroDivisionError"):
        take_in(report(message_id(KEY)), NOW)


def test_an_odd_address_in_a_report_is_passed_over():
    world.user("adviser", name="bewoner")
    raw = report("<x@example.org>", to=TO).replace(b"rfc822; " + TO.encode(), b"rfc822; geen adres")
    with pytest.raises(NoBounce):
        take_in(raw, NOW)


def test_a_report_costs_the_same_few_queries_whatever_it_quotes(sent, django_assert_max_num_queries):
    more = "".join(f"<news-{n}@example.org> " for n in range(200))
    with django_assert_max_num_queries(12):
        take_in(plain_report(TO, more + message_id(KEY), header=f"References: {message_id(KEY)}\n"), NOW)


# ---------- the pause


def came_back(number, at=NOW, email=TO, permanent=True):
    return note([Bounce(key=f"{number} {at} {permanent}", email=email, permanent=permanent, at=at)])


def test_the_third_mail_that_came_back_pauses_the_address_whatever_its_capitals():
    came_back(1)
    came_back(2, email=TO.upper())
    assert not PausedAddress.objects.exists()
    came_back(3)
    row = PausedAddress.objects.get()
    assert (row.email, row.paused_at, row.reason, row.lifted_at) == (TO, NOW, PAUSED, None)
    came_back(4, NOW + DAY)
    assert PausedAddress.objects.get().paused_at == NOW
    assert paused_among([TO.title(), "ander@example.org"]) == {TO: PAUSED}


def test_what_comes_later_or_came_back_long_ago_pauses_nothing():
    for number in range(5):
        came_back(number, permanent=False)
    came_back(1, NOW - 90 * DAY)
    came_back(2)
    came_back(3)
    assert not PausedAddress.objects.exists()
    came_back(4, NOW + DAY)
    assert PausedAddress.objects.exists()


def test_after_a_pause_is_lifted_counting_begins_anew_and_it_may_be_paused_again():
    for number in range(3):
        came_back(number)
    row = PausedAddress.objects.get()
    assert lift(row, NOW + DAY)
    assert not lift(row, NOW + 2 * DAY), "it was lifted"
    assert paused_among([TO]) == {}
    for number in (1, 2):
        came_back(number, NOW + 3 * DAY)
    assert paused_among([TO]) == {}
    came_back(3, NOW + 3 * DAY)
    row.refresh_from_db()
    assert (row.paused_at, row.lifted_at) == (NOW + 3 * DAY, None)
    assert paused_among([TO]) == {TO: PAUSED}


def test_many_addresses_are_paused_in_as_many_queries_as_one(django_assert_num_queries):
    def together(number, key):
        return [
            Bounce(key=f"{key}-{n}-{time}", email=f"{key}{n}@example.org", permanent=True, at=NOW)
            for n in range(number)
            for time in range(3)
        ]

    with django_assert_num_queries(5):
        note(together(1, "a"))
    with django_assert_num_queries(5):
        note(together(50, "b"))
    assert PausedAddress.objects.count() == 51


def test_nobody_to_ask_about_costs_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert paused_among([]) == {}
