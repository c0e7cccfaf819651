"""The digest of an association: our input, what changed, what comes and where, and how to contradict."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from participation.compliance.rulebooks import load_rulebooks
from participation.presentation.association_digest import MAX_WORDS
from participation.presentation.digest_batch import DigestBatch
from participation.presentation.digest_mail import digest_mail
from tests import world
from tests.web.trajectories.test_explained import add_counter_signal

RULEBOOKS = load_rulebooks("leiden")
DAY, NOW = date(2026, 4, 20), datetime(2026, 4, 20, 5, tzinfo=UTC)
SINCE = NOW - timedelta(days=7)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _address(settings):
    settings.BASE_URL = "https://leidraad.example"


def report_to(user, since=SINCE, until=NOW, period="weekly", day=DAY):
    return DigestBatch([user], RULEBOOKS, day, timezone.localtime(since), until, period).digest_for(user)


def mail_to(user):
    return digest_mail(user, report_to(user), RULEBOOKS, NOW)


def member(party=world.RESIDENTS, **columns):
    return world.user("association_member", party, **columns)


def word_count(text):
    """Return the number of words, addresses left out."""
    return sum(bool(re.search(r"\w", word)) for word in re.sub(r"https?://\S+", "", text).split())


def add_answer(of, ref, response="Dat doen we", at="2026-04-18 10:00", **columns):
    row = world.contribution(of, ref, **columns)
    row.history.update(history_date=world.moment("2026-03-20 10:00"))
    return world.record(row, at, outcome="adopted", response=response, responded_on=world.on("2026-04-18"))


@pytest.fixture
def answers():
    """Create answers to two associations and to residents, in a trajectory far from both."""
    far = world.trajectory("ver-weg", "elders-in-de-stad")
    for number in range(13):
        add_answer(far, f"c{number}")
    add_answer(far, "c20", party=world.OUTSIDER)
    add_answer(far, "c21", party="residents")
    return far


@pytest.fixture
def square():
    """Create a trajectory nearby with whom to call, recorded before the period."""
    square = world.trajectory(contact_name="J. de Vries", contact_phone="071 516 51 65")
    square.history.update(history_date=world.moment("2026-03-01 10:00"))
    return square


def add_meeting(of, ref="s1", on="2026-05-12", recorded="2026-03-01 10:00", **columns):
    made = world.step(of, ref, planned=world.on(on), **columns)
    made.history.update(history_date=world.moment(recorded))
    return made


# ---------- our input


def test_a_member_reads_once_what_was_done_with_the_input_of_the_association(answers):
    report = report_to(member())

    (answer,) = report.answers
    assert (answer.title, answer.link) == ("Ver Weg", "https://leidraad.example/trajecten/ver-weg/")
    assert (answer.total, answer.text.line) == (13, "Antwoord: 13 bijdragen, van Wijk-A")
    assert answer.text.details[:2] == ("Overgenomen.", "Dat doen we")
    assert answer.text.link == "https://leidraad.example/trajecten/ver-weg/inbreng/#inbreng"
    assert report.subject == "Participatie week 17: 13 antwoorden op uw inbreng"
    assert "13 antwoorden op uw inbreng" in report.summary


def test_another_association_reads_its_own_answer_and_others_read_none(answers):
    outsider = report_to(member(world.OUTSIDER))

    assert [answer.total for answer in outsider.answers] == [1]
    assert report_to(member(world.SHOPS, name="winkels")) is None
    assert report_to(world.user("association_member", name="zonder")) is None


def test_answers_outside_the_period_are_not_in_the_digest(answers):
    assert report_to(member(world.OUTSIDER), since=world.moment("2026-04-19 00:00")) is None


def test_an_answer_that_was_undone_is_input_without_an_answer_again(answers):
    row = answers.contributions.get(ref="c20")
    world.record(row, "2026-04-18 11:00", outcome="", response="", responded_on=None)

    report = report_to(member(world.OUTSIDER))

    assert (report.answers, [item.ref for item in report.waiting]) == ((), ["c20"])


def test_answers_in_a_hidden_trajectory_are_in_no_digest(answers):
    answers.public = False
    answers.save()

    assert report_to(member()) is None


def test_input_without_an_answer_is_shown_with_its_term(square):
    world.contribution(square, summary="Meer bomen")
    world.obligation(trajectory=square, rule="contribution-answered", subject="c1")
    text = mail_to(member()).body

    assert "Nog zonder antwoord van de gemeente (1)" in text
    assert "* Inbreng: “Meer bomen”\n  Uiterlijk 17 april 2026: 3 dagen te laat.\n" in text
    assert "/trajecten/voorbeeldplein/inbreng/?bij=inbreng-c1#inbreng-c1\n" in text


def test_the_content_of_a_complaint_stays_out_of_the_mail(square):
    world.request(square, kind="complaint", summary="De projectleider was onbeleefd")

    text = mail_to(member()).body

    assert "* Klacht\n" in text
    assert "/trajecten/voorbeeldplein/inbreng/?bij=verzoek-r1#verzoek-r1\n" in text
    assert "onbeleefd" not in text


def test_a_rebuttal_without_an_answer_links_to_what_it_contradicts(square):
    add_counter_signal(square)

    assert "/trajecten/voorbeeldplein/afspraken/#feedback-given--s1\n" in mail_to(member()).body


# ---------- what changed, and what comes


def test_what_changed_nearby_is_in_the_digest_but_not_that_elsewhere(square):
    moved = add_meeting(square, title="Bewonersavond")
    world.record(moved, "2026-04-18 10:00", planned=world.on("2026-05-19"))
    other = world.trajectory("ver-weg", world.LAKES)
    other.history.update(history_date=world.moment("2026-03-01 10:00"))
    world.record(add_meeting(other), "2026-04-18 10:00", planned=world.on("2026-05-19"))

    report = report_to(member())

    assert [change.title for change in report.changes] == ["Voorbeeldplein"]
    assert "Bewonersavond" in report.changes[0].text.text


def test_the_next_meeting_has_its_place_sign_up_link_and_contact(square):
    add_meeting(
        square,
        title="Bewonersavond",
        place_name="Buurthuis",
        place_address="Lange Mare 1",
        place_accessible=True,
        place_online_url="https://video.example/avond",
        sign_up_url="https://leiden.example/aanmelden",
    )
    mail = mail_to(member())

    assert mail.subject == "Participatie week 17: 1 mogelijkheid om mee te doen"
    assert (
        "Mogelijkheid om mee te doen (1)\n\n"
        "Voorbeeldplein\n\n"
        "* Bewonersavond (bijeenkomst): 12 mei 2026, van 19.30 tot 21.00 uur\n"
        "  Waar: Buurthuis, Lange Mare 1\n"
        "  Aanmelden: https://leiden.example/aanmelden\n"
        "  Doe online mee: https://video.example/avond\n"
        "  U kunt er met een rolstoel komen.\n"
        "  Vragen: J. de Vries, 071 516 51 65\n"
    ) in mail.body


def test_a_cancelled_or_past_meeting_is_not_announced(square):
    add_meeting(square, "s1", cancelled=True)
    add_meeting(square, "s2", done=world.on("2026-04-01"))
    assert report_to(member()) is None


# ---------- how to contradict, length and words


def test_the_mail_counts_what_is_overdue_and_says_how_to_contradict_it(square):
    world.obligation(trajectory=square, subject="s1")
    world.obligation(trajectory=square, rule="complaint-handled", subject="r1")
    text = " ".join(mail_to(member()).body.split())

    assert "2 punten zijn te laat. Daarvan uit de wet of een verordening: 1." in text
    assert "kies “Ik zie dit anders”" in text
    assert "https://leidraad.example/mijn/" in text


def fill(square, count):
    """Add so many answers, open contributions, moved meetings, and overdue points, with long texts."""
    long = "Een lange zin met veel woorden over bomen en bankjes op het plein. " * 8
    for number in range(count):
        add_answer(square, f"a{number}", response=f"{number} {long}", summary=f"{number} {long}")
        world.contribution(square, f"w{number}", summary=f"{number} {long}")
        moved = add_meeting(square, f"s{number}", title=f"Avond {number} {long[:120]}", place_name=long[:120])
        world.record(moved, "2026-04-18 10:00", planned=world.on("2026-05-19"))
        world.obligation(trajectory=square, subject=f"s{number}")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_mail_stays_under_its_bound_however_much_there_is(square, language):
    fill(square, 20)
    mail = mail_to(member(language=language))
    assert 250 < word_count(mail.body) < MAX_WORDS
    assert "https://leidraad.example/mijn/" in mail.body


def test_the_numbers_of_the_subject_are_those_of_the_headings(square):
    fill(square, 4)
    mail = mail_to(member())
    counts = mail.subject.partition(": ")[2].split(", ")
    assert len(counts) == 4
    for count in counts:
        number, _space, name = count.partition(" ")
        assert f"\n{name[0].upper()}{name[1:]} ({number})\n" in mail.body


def test_a_daily_digest_has_the_answers_of_that_day_and_no_meetings(answers, square):
    add_meeting(square)
    day = world.moment("2026-04-18 15:00")
    report = report_to(
        member(report_frequency="daily"), world.moment("2026-04-17 15:00"), day, period="daily", day=day.date()
    )

    assert report.subject == "Participatie 18 april: 13 antwoorden op uw inbreng"
    assert report.summary == "13 antwoorden op uw inbreng. Nieuw is sinds 17 april."
    assert (report.meetings, report.waiting) == ((), ())


def test_digests_for_fifty_members_take_as_many_queries_as_for_one(answers, square):
    counts, users = [], []
    for number in range(50):
        users.append(member(name=f"lid-{number}"))
        if number in (0, 49):
            with CaptureQueriesContext(connection) as captured:
                gathered = DigestBatch(users, RULEBOOKS, DAY, timezone.localtime(SINCE), NOW)
                assert all(gathered.digest_for(user).answers for user in users)
            counts.append(len(captured))

    assert counts[0] == counts[1]


def test_a_digest_about_fifty_rows_takes_as_many_queries_as_about_one(square):
    reader = member()
    counts = []
    for count in (range(1), range(1, 50)):
        for number in count:
            near = world.trajectory(f"t{number}")
            near.history.update(history_date=world.moment("2026-03-01 10:00"))
            fill(near, 1)
        with CaptureQueriesContext(connection) as captured:
            report_to(reader)
        counts.append(len(captured))

    assert counts[0] == counts[1]
