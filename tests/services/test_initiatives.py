"""What visitors hand in: confirmed once, numbered, moderated, answered, mailed and deleted."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction

from participation.compliance.dates import ImpreciseDate
from participation.compliance.rulebooks import load_rulebooks
from participation.interchange.register.reading import read_register
from participation.models import Obligation, OutboundEmail, PausedAddress, Request, Submission
from participation.presentation.submissions import is_answered
from participation.selectors.changes.row_versions import current_version
from participation.selectors.initiatives import with_state
from participation.services.changes.changesets import WriteContext
from participation.services.changes.undo import undo
from participation.services.erasure.erasure import ErasureTarget, erase
from participation.services.initiatives import (
    HandedIn,
    confirm_submission,
    delete_answered_submissions,
    delete_submission,
    delete_unconfirmed_submissions,
    hand_in,
    mail_submission_news,
    next_number,
    publish_initiative,
    save_initiative,
    withhold_initiative,
)
from participation.services.mail.sender import OUTDATED, send_waiting
from participation.services.register.register_import import proposals
from tests import world

NOW = world.moment("2026-04-20 10:00")
TODAY = date(2026, 4, 20)
RULEBOOKS = load_rulebooks("leiden")
TEXT = "Een tuin op het dak van de school"

pytestmark = pytest.mark.django_db


def handed_in(**columns):
    place = world.neighbourhood()
    columns = {"kind": "initiative", "text": TEXT, "email": "bewoner@example.org", "neighbourhood": place, **columns}
    hand_in(HandedIn(**columns), NOW)
    return Submission.objects.latest("pk")


def confirmed(**columns):
    return confirm_submission(handed_in(**columns), RULEBOOKS, TODAY, NOW)


def writing(role="coordinator"):
    return WriteContext(world.user(role), RULEBOOKS, TODAY, NOW)


def published(row, write_context):
    return publish_initiative(row, row.summary, write_context, current_version(row))


def test_what_is_handed_in_is_no_request_before_the_address_is_confirmed():
    handed_in()

    assert not Request.objects.exists()
    assert OutboundEmail.objects.get().kind == "submission"


def test_the_mail_to_confirm_repeats_nothing_that_was_typed():
    submission = handed_in(name="Koop nu op spam.example", text="Lees spam.example")
    mail = OutboundEmail.objects.get()

    assert "spam.example" not in mail.subject + mail.text + mail.html
    assert submission.token in mail.text


def test_confirming_makes_a_request_that_was_received_that_day_and_awaits_moderation():
    row = confirmed(name="A. Bewoner")

    assert (row.number, row.ref, row.moderation) == ("I-2026-001", "I-2026-001", "awaiting")
    assert (row.kind, row.party, row.summary) == ("initiative", "residents", TEXT)
    assert (row.received_on, row.municipality) == (world.on("2026-04-20"), "leiden")
    assert row.neighbourhoods == [world.CENTRE]
    due = Obligation.objects.filter(request=row, withdrawn_at=None).order_by("due_on").values_list("due_on", flat=True)
    assert list(due) == [date(2026, 5, 4), date(2026, 6, 15)]


def test_confirming_twice_makes_one_request():
    submission = handed_in()

    first = confirm_submission(submission, RULEBOOKS, TODAY, NOW)
    again = confirm_submission(submission, RULEBOOKS, TODAY + timedelta(days=1), NOW + timedelta(days=1))

    assert first == again == Request.objects.get()
    assert again.received_on == world.on("2026-04-20")


def test_the_link_works_for_seven_days():
    submission = handed_in()

    assert confirm_submission(submission, RULEBOOKS, TODAY, NOW + timedelta(days=7)) is None
    assert not Request.objects.exists()


def test_each_year_has_its_own_numbers_that_go_on_past_a_thousand():
    for number in ("I-2026-002", "I-2026-999", "I-2026-1000", "I-2026-7b", "I-2027-004"):
        world.register_request(number)

    assert next_number(2026) == "I-2026-1001"
    assert next_number(2027) == "I-2027-005"
    assert next_number(2028) == "I-2028-001"


def test_a_number_that_is_taken_meanwhile_is_skipped(monkeypatch):
    world.register_request("I-2026-001")
    numbers = iter(["I-2026-001", "I-2026-002"])
    monkeypatch.setattr("participation.services.initiatives.next_number", lambda _year: next(numbers))

    assert confirmed().number == "I-2026-002"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one at a time")
def test_concurrent_confirmations_get_different_numbers():
    submissions = [handed_in(email=f"bewoner-{place}@example.org") for place in range(4)]

    def confirm(submission):
        confirm_submission(submission, RULEBOOKS, TODAY, NOW)
        connection.close()

    threads = [threading.Thread(target=confirm, args=(submission,)) for submission in submissions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Request.objects.values("number").distinct().count() == 4


def test_the_same_text_is_stored_and_mailed_once_in_five_minutes():
    first = handed_in()

    assert hand_in(HandedIn("initiative", TEXT, "Bewoner@example.org"), NOW + timedelta(minutes=4)) is None
    assert hand_in(HandedIn("initiative", TEXT, "bewoner@example.org"), NOW + timedelta(minutes=6)) is not None
    assert Submission.objects.get().token == first.token


def test_an_installation_for_several_municipalities_does_not_guess_which_one():
    world.neighbourhood("elders", municipality="amsterdam")

    assert confirmed(neighbourhood=None).municipality == ""


def test_publishing_takes_the_text_of_the_moderator_and_mails_the_sender():
    row, write_context = confirmed(name="A. Bewoner"), writing()

    publish_initiative(row, "Een daktuin", write_context, current_version(row))

    row.refresh_from_db()
    assert (row.moderation, row.summary) == ("public", "Een daktuin")
    mail = OutboundEmail.objects.get(kind="submission_news")
    assert mail.to == "bewoner@example.org"
    assert "/initiatieven/I-2026-001/" in mail.text
    assert "Uiterlijk 4 mei 2026." in mail.text
    assert mail.html == ""


def test_withholding_mails_the_reason_and_the_term_goes_on():
    row, write_context = confirmed(), writing()

    withhold_initiative(row, "Er staan namen in", write_context, current_version(row), is_answer=False)

    row.refresh_from_db()
    assert (row.moderation, row.answered_on) == ("withheld", None)
    mail = OutboundEmail.objects.get(kind="submission_news")
    assert "Er staan namen in" in mail.text
    assert "U krijgt er wel antwoord op." in mail.text
    assert "/initiatieven/I-2026-001/" not in mail.text, "who cannot read the page gets no link to it"


def test_a_reason_that_is_the_answer_meets_the_term_and_is_mailed_once():
    row, write_context = confirmed(), writing()

    withhold_initiative(row, "Dit is reclame", write_context, current_version(row), is_answer=True)

    row.refresh_from_db()
    assert (row.answer, row.answered_on) == ("Dit is reclame", world.on("2026-04-20"))
    assert OutboundEmail.objects.filter(kind="submission_news").count() == 1
    assert not Obligation.objects.filter(request=row, withdrawn_at=None, met_on=None).exists()


def answer(row, write_context, text, outcome="", day="2026-04-20"):
    row.refresh_from_db()
    row.answer, row.outcome, row.answered_on = text, outcome, world.on(day)
    return save_initiative(row, write_context, current_version(row))


def undone(changeset, write_context):
    undo(changeset, write_context.by, **write_context.arguments)


def send(now=NOW):
    """Send what waits, and return the texts of the mails that went out."""
    mail.outbox.clear()
    send_waiting(lambda: now)
    return [message.body for message in mail.outbox]


def made(today=TODAY):
    return mail_submission_news(RULEBOOKS, today, NOW).counts["made"]


@pytest.fixture
def public():
    """Return a request that is public, of which that was mailed."""
    row = confirmed()
    published(row, writing("administrator"))
    send()
    return row


def test_an_answer_is_mailed_with_its_reasons_once(public):
    write_context = writing()
    answer(public, write_context, "Het dak is te zwak", "declined")
    public.acknowledged_on = world.on("2026-04-20")
    save_initiative(public, write_context, current_version(public))

    (text,) = send()

    assert "Er is een antwoord op wat u instuurde" in text
    assert "Het dak is te zwak" in text
    assert "Wat u vroeg, is afgewezen." in text
    assert (made(), send()) == (0, [])


def test_the_job_mails_what_was_recorded_elsewhere(public):
    world.record(public, "2026-04-20 10:00", answer="Ja, dat kan", answered_on=world.on("2026-04-20"))

    assert (made(), made()) == (1, 0)
    assert "Ja, dat kan" in send()[0]


def test_an_answer_that_was_undone_is_not_sent_and_the_next_one_is(public):
    write_context = writing()
    undone(answer(public, write_context, "Ja, dat kan", "granted"), write_context)
    answer(public, write_context, "Nee, te zwaar", "declined")

    (text,) = send()

    assert "Nee, te zwaar" in text
    assert "Er is een antwoord op wat u instuurde" in text, "the first answer never arrived"
    assert made() == 0


def test_an_answer_that_was_undone_and_not_given_anew_is_withheld_with_the_reason(public):
    write_context = writing()
    undone(answer(public, write_context, "Ja, dat kan"), write_context)

    assert send() == []
    held = OutboundEmail.objects.get(state="held")
    assert held.reason == OUTDATED

    answer(public, write_context, "Ja, dat kan")
    assert len(send()) == 1, "the same answer, given anew, did not arrive before"
    assert made() == 0


def test_an_answer_that_was_changed_after_it_was_sent_is_mailed_once_more(public):
    write_context = writing()
    answer(public, write_context, "Ja, dat kan", "granted")
    send()
    answer(public, write_context, "Nee, te zwaar", "declined")

    (text,) = send()

    assert "Nee, te zwaar" in text
    assert "Dit antwoord komt in de plaats van het antwoord dat wij u eerder mailden." in text
    assert (made(), send()) == (0, [])


def test_an_answer_that_is_changed_back_before_it_was_sent_is_not_mailed_twice(public):
    write_context = writing()
    answer(public, write_context, "Ja, dat kan")
    assert len(send()) == 1
    answer(public, write_context, "Nee, te zwaar")
    answer(public, write_context, "Ja, dat kan")

    assert (made(), send()) == (0, [])


def test_an_answer_that_is_changed_back_after_it_was_sent_is_mailed_again(public):
    write_context = writing()
    sent = []
    for text in ("Ja, dat kan", "Nee, te zwaar", "Ja, dat kan"):
        answer(public, write_context, text)
        sent += send()

    assert ["Ja, dat kan" in text for text in sent] == [True, False, True]


def test_an_answer_that_is_changed_while_its_mail_is_sent_is_mailed_anew(public):
    write_context = writing()
    answer(public, write_context, "Ja, dat kan")
    OutboundEmail.objects.filter(state="waiting").update(state="sending")
    answer(public, write_context, "Nee, te zwaar")

    (text,) = send()
    assert "Nee, te zwaar" in text


def test_an_answer_of_a_later_day_is_mailed_on_that_day(public):
    day = world.on("2026-04-22")
    world.record(public, "2026-04-20 10:00", answer="Ja, dat kan", answered_on=day)

    assert (made(), send()) == (0, [])
    assert made(date(2026, 4, 22)) == 1
    assert send(world.moment("2026-04-21 12:00")) == []
    assert made(date(2026, 4, 22)) == 1, "one that was withheld did not arrive"
    assert len(send(world.moment("2026-04-22 07:45"))) == 1


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, False),
        ({"answer": "Ja"}, True),
        ({"answered_on": ImpreciseDate.unknown()}, True),
        ({"answered_on": ImpreciseDate(None, None, "unscheduled")}, False),
        ({"answered_on": world.between("2026-04-20", "2026-04-24")}, True),
        ({"answered_on": world.between("2026-04-21", "2026-04-24"), "answer": "Ja"}, False),
    ],
)
def test_what_is_mailed_as_answered_is_what_the_page_shows_as_answered(columns, expected):
    row = world.register_request(moderation="public", **columns)

    assert is_answered(row, TODAY) is expected
    assert (with_state(TODAY).get(pk=row.pk).state == "answered") is expected


def test_a_publication_that_was_undone_is_not_mailed_and_a_second_one_is():
    row, write_context = confirmed(), writing()
    send()
    undone(published(row, write_context), write_context)
    assert send() == []

    row.refresh_from_db()
    published(row, write_context)
    assert len(send()) == 1
    assert made() == 0


def test_what_is_withheld_after_it_was_public_is_mailed_and_so_is_the_reverse(public):
    write_context = writing()
    withhold_initiative(public, "Er staan namen in", write_context, current_version(public), is_answer=False)
    assert "Er staan namen in" in send()[0]
    published(public, write_context)

    assert "/initiatieven/I-2026-001/" in send()[0]
    assert (made(), send()) == (0, [])


def test_an_address_that_was_paused_gets_one_message_that_is_withheld(public):
    PausedAddress.objects.create(email="bewoner@example.org", paused_at=NOW)
    answer(public, writing(), "Ja, dat kan")

    assert (made(), send()) == (0, [])
    assert OutboundEmail.objects.filter(state="held").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one at a time")
def test_concurrent_runs_make_one_mail():
    row = confirmed()
    world.record(row, "2026-04-20 10:00", answer="Ja, dat kan", answered_on=world.on("2026-04-20"))
    counts = []

    def run():
        counts.append(made())
        connection.close()

    threads = [threading.Thread(target=run) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(counts) == [0, 0, 0, 1]


def test_mails_are_in_the_language_of_the_form():
    published(confirmed(language="en"), writing())

    assert "can now be read by everybody" in OutboundEmail.objects.get(kind="submission_news").subject


def test_publishing_can_be_undone():
    row, write_context = confirmed(), writing()
    changeset = published(row, write_context)

    undo(changeset, write_context.by, **write_context.arguments)

    row.refresh_from_db()
    assert row.moderation == "awaiting"


@pytest.mark.parametrize("state", ["awaiting", "withheld"])
def test_the_database_keeps_what_is_not_public_out_of_every_trajectory(state):
    row = world.register_request(moderation=state)

    with pytest.raises(IntegrityError), transaction.atomic():
        Request.objects.filter(pk=row.pk).update(trajectory=world.trajectory())


def test_the_database_has_no_request_of_an_address_that_was_not_confirmed():
    submission, row = handed_in(), world.register_request()

    with pytest.raises(IntegrityError), transaction.atomic():
        Submission.objects.filter(pk=submission.pk).update(request=row)


def test_what_was_not_confirmed_goes_after_seven_days_with_its_mail():
    handed_in()
    confirmed(email="ander@example.org")

    assert delete_unconfirmed_submissions(NOW - timedelta(seconds=1)) == 0
    assert delete_unconfirmed_submissions(NOW) == 1
    assert Submission.objects.get().email == "ander@example.org"
    assert set(OutboundEmail.objects.values_list("to", flat=True)) == {"ander@example.org"}


def test_name_and_address_go_after_the_answer_and_the_request_stays():
    row = confirmed()
    world.record(row, "2026-04-20 10:00", answered_on=world.on("2026-04-20"))
    confirmed(text="Nog niet beantwoord")

    assert delete_answered_submissions(world.moment("2026-04-20 10:00")) == 0
    assert delete_answered_submissions(world.moment("2026-04-21 10:00")) == 1
    assert Request.objects.count() == 2


def test_who_removes_their_address_leaves_no_mail_behind():
    submission = handed_in()
    confirm_submission(submission, RULEBOOKS, TODAY, NOW)

    delete_submission(submission)

    assert not Submission.objects.exists()
    assert not OutboundEmail.objects.exists()
    assert Request.objects.get().summary == TEXT


def test_an_erasure_takes_the_words_from_what_was_typed_too():
    row = confirmed(text="Bel Jan Jansen over de tuin", name="Jan Jansen")
    published(row, writing())

    target = ErasureTarget("request", row.pk, ("summary",), "Jan Jansen")
    arguments = {"rulebooks": RULEBOOKS, "today": TODAY, "now": NOW}
    erase(target, (), "Verzoek van een bewoner", world.user("administrator"), **arguments)

    row.refresh_from_db()
    submission = Submission.objects.get()
    assert "Jan Jansen" not in row.summary + submission.text + submission.name
    assert not row.history.filter(summary__contains="Jansen").exists()
    assert not OutboundEmail.objects.filter(text__contains="Jansen").exists()


def test_an_imported_list_cannot_tie_what_is_not_public_to_a_trajectory():
    confirmed()
    world.trajectory()
    lines = b"nummer;soort;traject\nI-2026-001;initiatief;voorbeeldplein\n"

    found = proposals(read_register("lijst.csv", lines, "requests"))

    assert "een bezoeker heeft dit ingestuurd, en het is niet openbaar" in str(found.problems)
