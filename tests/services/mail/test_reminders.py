"""Ahead of a due date whoever can act is reminded, once for each point and day, of what nobody planned in time."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.compliance import wording
from participation.compliance.rulebook import load
from participation.models import OutboundEmail, PausedAddress, Reminder, User
from participation.selectors.reminders import last_day, reminder_recipients
from participation.services.mail import outbox_helpers, reminders
from participation.services.mail.reminders import make_reminders
from tests import world
from tests.services.mail.test_reports import Died, meanwhile

pytestmark = pytest.mark.django_db

RULEBOOK = load("leiden")
#: A Tuesday: three working days on is Friday.
TODAY, NOW = date(2026, 4, 14), world.moment("2026-04-14T04:30")
DAY = timedelta(days=1)
FRIDAY = date(2026, 4, 17)
NOTHING = {"made": 0, "nothing": 0, "before": 0, "snoozed": 0, "failed": 0}


def make(today=TODAY, users=None):
    keys = [user.pk for user in users] if users else list(User.objects.values_list("pk", flat=True))
    return make_reminders(keys, RULEBOOK, today, NOW + (today - TODAY))


def due(of, on=FRIDAY, **columns):
    """Feedback that is due on that day."""
    return world.obligation(
        **{"trajectory": of, "due_on": on, "strict_due_on": on, "details": {"about": "de avond"}, **columns}
    )


@pytest.fixture
def adviser():
    return world.user("adviser")


@pytest.fixture
def square(adviser):
    made = world.trajectory("plein")
    made.advisers.add(adviser)
    return made


def told():
    """Who was reminded of which subjects."""
    found = {}
    for who, what in Reminder.objects.order_by("pk").values_list("recipient__username", "obligation__subject"):
        found.setdefault(who, []).append(what)
    return found


# ---------- what, and once


def test_a_reminder_is_made_with_its_record(adviser, square):
    owed = due(square)
    assert make().counts == {**NOTHING, "made": 1}
    message, row = OutboundEmail.objects.get(), Reminder.objects.get()
    assert (message.key, message.kind) == (f"reminder-2026-04-14-{adviser.pk}", "reminder")
    assert (message.user, message.to, message.language) == (adviser, adviser.email, "nl")
    assert message.subject == "Herinnering: 1 punt moet op 17 april klaar zijn"
    assert (row.obligation, row.recipient, row.due_on, row.message) == (owed, adviser, FRIDAY, message)


def test_each_point_is_told_once_for_each_day_on_which_it_falls_due(square):
    owed = due(square)
    make()
    assert make().counts == {**NOTHING, "before": 1}
    assert make(TODAY + DAY).counts == {**NOTHING, "nothing": 1}
    type(owed).objects.update(due_on=FRIDAY + 3 * DAY)
    assert make(TODAY + DAY).counts == {**NOTHING, "made": 1}
    assert Reminder.objects.count() == 2


def test_what_comes_up_after_todays_mail_is_told_tomorrow(square):
    due(square)
    make()
    due(square, subject="later")
    assert make().counts == {**NOTHING, "before": 1}
    make(TODAY + DAY)
    assert told() == {"adviser": ["s1", "later"]}


def test_one_mail_has_all_of_it_first_due_first(adviser, square):
    other = world.trajectory("brug")
    other.advisers.add(adviser)
    due(square, FRIDAY)
    due(other, TODAY)
    due(square, TODAY, subject="s2")
    make()
    (message,) = OutboundEmail.objects.all()
    assert message.subject == "Herinnering: 3 punten moeten klaar zijn, het eerste op 14 april"
    first, last = message.text.index("Vandaag, dinsdag 14 april 2026 (2)"), message.text.index("Vrijdag 17 april 2026")
    assert first < message.text.index("Brug") < last


@pytest.mark.parametrize(
    ("today", "until"),
    [
        pytest.param(TODAY, FRIDAY, id="Tuesday to Friday"),
        pytest.param(FRIDAY, FRIDAY + 5 * DAY, id="Friday to Wednesday"),
        pytest.param(date(2026, 4, 2), date(2026, 4, 9), id="over Easter"),
    ],
)
def test_it_is_three_working_days_ahead_the_day_itself_included(square, today, until):
    due(square, today - DAY, subject="late")
    due(square, today, subject="today")
    due(square, until, subject="last")
    due(square, until + DAY, subject="too-early")
    make(today)
    assert last_day(today, RULEBOOK.calendar) == until
    assert told() == {"adviser": ["today", "last"]}


@pytest.mark.parametrize(
    ("columns", "is_told"),
    [
        pytest.param({"met_on": TODAY - DAY}, False, id="done"),
        pytest.param({"withdrawn_at": NOW}, False, id="no longer called for"),
        pytest.param({"expected_on": TODAY}, False, id="planned for today"),
        pytest.param({"expected_on": FRIDAY}, False, id="planned for the last day"),
        pytest.param({"expected_on": TODAY - DAY}, True, id="planned for a day that has passed"),
        pytest.param({"expected_on": FRIDAY + DAY}, False, id="planned too late, which the reports tell"),
        pytest.param({"strict_due_on": TODAY - DAY}, False, id="perhaps late already, which the reports tell"),
        pytest.param({"rule": "retired-rule"}, False, id="of a rule that is gone"),
    ],
)
def test_only_what_is_open_and_not_planned_in_time(square, columns, is_told):
    due(square, **columns)
    make()
    assert bool(told()) == is_told


def test_what_is_explained_that_day_needs_no_reminder(square):
    due(square)
    world.waiver(square, rule="feedback-given", subject="s1", until=TODAY)
    assert make().counts == {**NOTHING, "nothing": 1}
    assert make(TODAY + DAY).counts == {**NOTHING, "made": 1}


def test_a_case_looked_back_on_never_reminds(adviser):
    back = world.trajectory("toen", retrospective=True)
    back.advisers.add(adviser)
    due(back)
    world.user("coordinator")
    make()
    assert told() == {}


# ---------- whom


def test_whoever_is_assigned_is_reminded_and_no_other(square):
    second, other = world.user("adviser", name="tweede"), world.user("adviser", name="ander")
    square.advisers.add(second)
    world.trajectory("brug").advisers.add(other)
    for role in ("coordinator", "auditor", "administrator"):
        world.user(role)
    world.user("association_member", world.RESIDENTS)
    due(square)
    make()
    assert told() == {"adviser": ["s1"], "tweede": ["s1"]}


def test_coordinators_are_reminded_of_what_nobody_is_assigned_to_and_of_the_register():
    world.user("coordinator")
    due(world.trajectory())
    due(None, motion=world.motion(), rule="motion-followed-up", subject="")
    due(None, commitment=world.commitment(), rule="commitment-dated", subject="")
    make()
    assert told() == {"coordinator": ["s1", "", ""]}
    text = " ".join(OutboundEmail.objects.get().text.split())
    assert "omdat u coördineert" in text
    assert "Motie 21.0098/04" in text


@pytest.mark.parametrize(
    ("columns", "is_told"),
    [
        pytest.param({"is_active": False}, True, id="the account is closed"),
        pytest.param({"snoozed_until": TODAY}, True, id="away today"),
        pytest.param({"snoozed_until": TODAY - DAY}, False, id="back since today"),
        pytest.param({"wants_reminders": False}, False, id="knows it without a mail"),
        pytest.param({"role": "auditor"}, True, id="cannot record anything"),
    ],
)
def test_coordinators_act_where_no_adviser_can(square, adviser, columns, is_told):
    User.objects.filter(pk=adviser.pk).update(**columns)
    world.user("coordinator")
    due(square)
    make()
    assert ("coordinator" in told()) == is_told


def test_who_wants_no_reminders_or_has_no_address_gets_none(adviser, square):
    due(square)
    for columns in ({"wants_reminders": False}, {"email": ""}, {"is_active": False}):
        User.objects.filter(pk=adviser.pk).update(**{"wants_reminders": True, "email": "a@example.org", **columns})
        assert make().counts == NOTHING
        assert not reminder_recipients().exists()


def test_who_asked_for_no_mail_is_reminded_when_that_is_over(adviser, square):
    User.objects.filter(pk=adviser.pk).update(snoozed_until=TODAY + DAY)
    due(square)
    assert make().counts == {**NOTHING, "snoozed": 1}
    assert make(TODAY + 2 * DAY).counts == {**NOTHING, "made": 1}


def test_only_those_who_are_named_get_theirs(square):
    second = world.user("adviser", name="tweede")
    square.advisers.add(second)
    due(square)
    make(users=[second])
    assert told() == {"tweede": ["s1"]}


# ---------- what arrives


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_mail_says_what_by_when_on_whose_word_what_to_do_and_why_it_came(adviser, square, language, settings):
    settings.BASE_URL = "https://leidraad.example"
    User.objects.update(language=language)
    due(square)
    make()
    message = OutboundEmail.objects.get()
    rule = RULEBOOK.by_id["feedback-given"]
    said = {
        "nl": ("Uiterlijk 17 april 2026: nog 3 dagen.", "omdat u adviseur bent", "binnen drie werkdagen"),
        "en": ("Due by 17 April 2026: 3 days left.", "because you advise on these", "within three working days"),
    }
    stop = f"https://leidraad.example/post/stoppen/{adviser.pk}:"
    for text in (" ".join(message.text.split()), message.html):
        for part in (
            *said[language],
            "de avond",
            wording.cite(rule.sources[0], RULEBOOK.sources, language),
            rule.remedy[language],
            "https://leidraad.example/trajecten/plein/#feedback-given--s1",
            "https://leidraad.example/mijn/post/",
            stop,
        ):
            assert part in text
    assert message.headers["List-Unsubscribe"].startswith(f"<{stop}")
    assert "/herinnering/>, <mailto:" in message.headers["List-Unsubscribe"]
    assert message.headers["List-Id"] == "Leidraad <reminder.leidraad.example>"


# ---------- what goes wrong


def test_two_makers_at_once_make_one(square, monkeypatch):
    due(square)
    inner = []
    meanwhile(monkeypatch, lambda: inner.append(make()), reminders)
    assert make().counts == {**NOTHING, "before": 1}
    assert inner[0].counts == {**NOTHING, "made": 1}
    assert (OutboundEmail.objects.count(), Reminder.objects.count()) == (1, 1)


def test_two_makers_for_two_days_at_once_remind_of_nothing_twice(square, monkeypatch):
    due(square)
    meanwhile(monkeypatch, lambda: make(TODAY), reminders)
    assert make(TODAY + DAY).counts == {**NOTHING, "before": 1}
    assert (OutboundEmail.objects.count(), Reminder.objects.count()) == (1, 1)


def test_a_maker_that_dies_half_way_loses_and_doubles_nothing(square, monkeypatch):
    due(square)
    put_all = reminders.put_all

    def dies(*given):
        put_all(*given)
        raise Died

    monkeypatch.setattr(reminders, "put_all", dies)
    with pytest.raises(Died):
        make()
    assert not OutboundEmail.objects.exists()
    monkeypatch.setattr(reminders, "put_all", put_all)
    assert make().counts == {**NOTHING, "made": 1}


def test_a_mail_that_cannot_be_made_harms_no_other(adviser, square, monkeypatch):
    square.advisers.add(world.user("adviser", name="tweede"))
    due(square)
    mail = reminders.reminder_mail

    def broken(user, *rest):
        if user.pk == adviser.pk:
            raise KeyError("no words")
        return mail(user, *rest)

    monkeypatch.setattr(reminders, "reminder_mail", broken)
    outcome = make()
    assert outcome.counts == {**NOTHING, "made": 1, "failed": 1}
    assert outcome.failures == [{"user": str(adviser.pk), "error": "KeyError: 'no words'"}]
    assert told() == {"tweede": ["s1"]}


def test_a_reminder_to_an_address_that_is_paused_is_kept_and_not_sent(adviser, square):
    PausedAddress.objects.create(email=adviser.email, paused_at=NOW)
    due(square)
    make()
    assert OutboundEmail.objects.get().state == "held"


def test_an_error_of_the_database_that_stays_is_not_hidden(monkeypatch):
    def refused():
        world.user("adviser")

    refused()
    with pytest.raises(Exception, match=r"(?i)unique"):
        outbox_helpers.in_one(refused)


def test_fifty_recipients_and_points_cost_as_many_queries_as_one(square):
    world.user("coordinator")

    def queries(number, today):
        for added in range(number):
            made = world.trajectory(f"plein-{number}-{added}")
            made.advisers.add(world.user("adviser", name=f"adviser-{number}-{added}"))
            due(made, today + DAY)
            due(world.trajectory(f"leeg-{number}-{added}"), today + DAY)
        with CaptureQueriesContext(connection) as asked:
            assert make(today).counts["made"] == number + 1
        return len(asked)

    assert queries(50, TODAY) == queries(1, TODAY + 7 * DAY) <= 20


def test_what_falls_due_is_found_by_its_day_and_not_by_looking_at_everything(adviser):
    coordinator = world.user("coordinator")
    with CaptureQueriesContext(connection) as asked:
        make(users=[coordinator])
    (sql,) = [query["sql"] for query in asked if '"due_on" BETWEEN' in query["sql"]]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A table without rows is read as a whole, whatever indexes there are.
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + sql)
        plan = "\n".join(str(row) for row in cursor.fetchall())
    assert "obligation_open_due" in plan
