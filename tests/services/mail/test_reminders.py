"""Before a due date, who can act is reminded once of what is not planned in time."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.compliance import wording
from participation.compliance.rulebooks import load_rulebooks
from participation.models import OutboundEmail, PausedAddress, Reminder, User
from participation.selectors.mail.reminders import last_reminded_due_date, reminder_recipients
from participation.services.changes.unique_names import retry_on_conflict
from participation.services.mail import reminders
from participation.services.mail.reminders import make_reminders
from tests import towns, world
from tests.services.mail.test_digests import Died, meanwhile

pytestmark = pytest.mark.django_db

RULEBOOKS = load_rulebooks("leiden")
#: A Tuesday: three working days on is Friday.
TODAY, NOW = date(2026, 4, 14), world.moment("2026-04-14T04:30")
DAY = timedelta(days=1)
FRIDAY = date(2026, 4, 17)
NOTHING = {"made": 0, "nothing": 0, "before": 0, "snoozed": 0, "failed": 0}


def make(today=TODAY, users=None):
    keys = [user.pk for user in users] if users else list(User.objects.values_list("pk", flat=True))
    return make_reminders(keys, RULEBOOKS, today, NOW + (today - TODAY))


def due(of, on=FRIDAY, **columns):
    """Create feedback that is due on that day."""
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


def reminded():
    """Return the reminded users with the subjects of their obligations."""
    found = {}
    for who, what in Reminder.objects.order_by("pk").values_list("recipient__username", "obligation__subject"):
        found.setdefault(who, []).append(what)
    return found


# ---------- obligations, and once


def test_a_reminder_email_is_created_with_its_record(adviser, square):
    obligation = due(square)
    assert make().counts == {**NOTHING, "made": 1}
    message, row = OutboundEmail.objects.get(), Reminder.objects.get()
    assert (message.key, message.kind) == (f"reminder-2026-04-14-{adviser.pk}", "reminder")
    assert (message.user, message.to, message.language) == (adviser, adviser.email, "nl")
    assert message.subject == "Herinnering: 1 punt moet op 17 april klaar zijn"
    assert (row.obligation, row.recipient, row.due_on, row.message) == (obligation, adviser, FRIDAY, message)


def test_each_obligation_is_reminded_once_per_due_date(square):
    obligation = due(square)
    make()
    assert make().counts == {**NOTHING, "before": 1}
    assert make(TODAY + DAY).counts == {**NOTHING, "nothing": 1}
    type(obligation).objects.update(due_on=FRIDAY + 3 * DAY)
    assert make(TODAY + DAY).counts == {**NOTHING, "made": 1}
    assert Reminder.objects.count() == 2


def test_an_obligation_that_appears_after_the_email_is_reminded_tomorrow(square):
    due(square)
    make()
    due(square, subject="later")
    assert make().counts == {**NOTHING, "before": 1}
    make(TODAY + DAY)
    assert reminded() == {"adviser": ["s1", "later"]}


def test_one_email_lists_all_obligations_with_the_earliest_due_date_first(adviser, square):
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
def test_reminders_look_three_working_days_ahead_including_the_day_itself(square, today, until):
    due(square, today - DAY, subject="late")
    due(square, today, subject="today")
    due(square, until, subject="last")
    due(square, until + DAY, subject="too-early")
    make(today)
    assert last_reminded_due_date(today, RULEBOOKS.first.calendar) == until
    assert reminded() == {"adviser": ["today", "last"]}


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
def test_only_open_obligations_without_timely_planning_are_reminded(square, columns, is_told):
    due(square, **columns)
    make()
    assert bool(reminded()) == is_told


def test_an_obligation_waived_on_that_day_needs_no_reminder(square):
    due(square)
    world.waiver(square, rule="feedback-given", subject="s1", until=TODAY)
    assert make().counts == {**NOTHING, "nothing": 1}
    assert make(TODAY + DAY).counts == {**NOTHING, "made": 1}


def test_a_retrospective_case_gets_no_reminders(adviser):
    back = world.trajectory("toen", retrospective=True)
    back.advisers.add(adviser)
    due(back)
    world.user("coordinator")
    make()
    assert reminded() == {}


# ---------- recipients


def test_only_assigned_advisers_are_reminded(square):
    second, other = world.user("adviser", name="tweede"), world.user("adviser", name="ander")
    square.advisers.add(second)
    world.trajectory("brug").advisers.add(other)
    for role in ("coordinator", "auditor", "administrator"):
        world.user(role)
    world.user("association_member", world.RESIDENTS)
    due(square)
    make()
    assert reminded() == {"adviser": ["s1"], "tweede": ["s1"]}


def test_coordinators_are_reminded_of_unassigned_trajectories_and_the_register():
    world.user("coordinator")
    due(world.trajectory())
    due(None, motion=world.motion(), rule="motion-followed-up", subject="")
    due(None, commitment=world.commitment(), rule="commitment-dated", subject="")
    make()
    assert reminded() == {"coordinator": ["s1", "", ""]}
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
def test_coordinators_are_reminded_where_no_adviser_can_act(square, adviser, columns, is_told):
    User.objects.filter(pk=adviser.pk).update(**columns)
    world.user("coordinator")
    due(square)
    make()
    assert ("coordinator" in reminded()) == is_told


def test_users_without_reminders_or_without_an_address_get_none(adviser, square):
    due(square)
    for columns in ({"wants_reminders": False}, {"email": ""}, {"is_active": False}):
        User.objects.filter(pk=adviser.pk).update(**{"wants_reminders": True, "email": "a@example.org", **columns})
        assert make().counts == NOTHING
        assert not reminder_recipients().exists()


def test_after_a_mail_pause_the_reminder_is_sent(adviser, square):
    User.objects.filter(pk=adviser.pk).update(snoozed_until=TODAY + DAY)
    due(square)
    assert make().counts == {**NOTHING, "snoozed": 1}
    assert make(TODAY + 2 * DAY).counts == {**NOTHING, "made": 1}


def test_only_selected_recipients_get_reminders(square):
    second = world.user("adviser", name="tweede")
    square.advisers.add(second)
    due(square)
    make(users=[second])
    assert reminded() == {"tweede": ["s1"]}


# ---------- contents


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_email_names_obligation_due_date_source_remedy_and_reason(adviser, square, language, settings):
    settings.BASE_URL = "https://leidraad.example"
    User.objects.update(language=language)
    due(square)
    make()
    message = OutboundEmail.objects.get()
    rule = RULEBOOKS.first.by_id["feedback-given"]
    expected = {
        "nl": ("Uiterlijk 17 april 2026: nog 3 dagen.", "omdat u adviseur bent", "binnen drie werkdagen"),
        "en": ("Due by 17 April 2026: 3 days left.", "because you advise on these", "within three working days"),
    }
    stop = f"https://leidraad.example/post/stoppen/{adviser.pk}:"
    for text in (" ".join(message.text.split()), message.html):
        for part in (
            *expected[language],
            "de avond",
            wording.cite(rule.sources[0], RULEBOOKS.first.sources, language),
            rule.remedy[language],
            "https://leidraad.example/trajecten/plein/afspraken/#feedback-given--s1",
            "https://leidraad.example/mijn/post/",
            stop,
        ):
            assert part in text
    assert message.headers["List-Unsubscribe"].startswith(f"<{stop}")
    assert "/herinnering/>, <mailto:" in message.headers["List-Unsubscribe"]
    assert message.headers["List-Id"] == "Leidraad <reminder.leidraad.example>"


# ---------- errors


def test_two_concurrent_runs_create_one_email(square, monkeypatch):
    due(square)
    inner = []
    meanwhile(monkeypatch, lambda: inner.append(make()), reminders)
    assert make().counts == {**NOTHING, "before": 1}
    assert inner[0].counts == {**NOTHING, "made": 1}
    assert (OutboundEmail.objects.count(), Reminder.objects.count()) == (1, 1)


def test_two_concurrent_runs_for_two_days_remind_of_nothing_twice(square, monkeypatch):
    due(square)
    meanwhile(monkeypatch, lambda: make(TODAY), reminders)
    assert make(TODAY + DAY).counts == {**NOTHING, "before": 1}
    assert (OutboundEmail.objects.count(), Reminder.objects.count()) == (1, 1)


def test_an_interrupted_run_loses_and_duplicates_nothing(square, monkeypatch):
    due(square)
    enqueue_all = reminders.enqueue_all

    def dies(*given):
        enqueue_all(*given)
        raise Died

    monkeypatch.setattr(reminders, "enqueue_all", dies)
    with pytest.raises(Died):
        make()
    assert not OutboundEmail.objects.exists()
    monkeypatch.setattr(reminders, "enqueue_all", enqueue_all)
    assert make().counts == {**NOTHING, "made": 1}


def test_a_reminder_that_fails_does_not_affect_others(adviser, square, monkeypatch):
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
    assert reminded() == {"tweede": ["s1"]}


def test_a_reminder_to_a_paused_address_is_stored_but_not_sent(adviser, square):
    PausedAddress.objects.create(email=adviser.email, paused_at=NOW)
    due(square)
    make()
    assert OutboundEmail.objects.get().state == "held"


def test_a_persistent_database_error_is_raised(monkeypatch):
    def refused():
        world.user("adviser")

    refused()
    with pytest.raises(Exception, match=r"(?i)unique"):
        retry_on_conflict(refused)()


def test_fifty_recipients_and_obligations_take_as_many_queries_as_one(square):
    world.user("coordinator")

    def queries(number, today):
        for added in range(number):
            made = world.trajectory(f"plein-{number}-{added}")
            made.advisers.add(world.user("adviser", name=f"adviser-{number}-{added}"))
            due(made, today + DAY)
            due(world.trajectory(f"leeg-{number}-{added}"), today + DAY)
        with CaptureQueriesContext(connection) as captured:
            assert make(today).counts["made"] == number + 1
        return len(captured)

    assert queries(50, TODAY) == queries(1, TODAY + 7 * DAY) <= 20


def test_due_obligations_are_found_by_an_index_on_their_date(adviser):
    coordinator = world.user("coordinator")
    with CaptureQueriesContext(connection) as captured:
        make(users=[coordinator])
    (sql,) = [query["sql"] for query in captured if '"due_on" BETWEEN' in query["sql"]]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # PostgreSQL reads an empty table sequentially, whatever its indexes.
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + sql)
        plan = "\n".join(str(row) for row in cursor.fetchall())
    assert "obligation_open_due" in plan


# ---------- several municipalities


def test_a_reminder_has_the_words_of_each_town_and_names_it(adviser):
    for town in ("leiden", "oegstgeest"):
        of = world.trajectory(f"plein-{town}", municipality=town)
        of.advisers.add(adviser)
        due(of)
    make_reminders([adviser.pk], towns.RULEBOOKS, TODAY, NOW)
    text = " ".join(OutboundEmail.objects.get().text.split())
    assert "Plein Leiden (leiden)" in text
    assert "Plein Oegstgeest (oegstgeest)" in text
    assert "Terugkoppeling over “de avond”." in text
    assert "Antwoord aan Oegstgeest over “de avond”." in text
    assert towns.LEIDEN.hash in text
    assert towns.TOWN.hash in text


def test_a_rule_that_the_town_lacks_gives_no_reminder(adviser):
    park = world.trajectory("park", municipality="oegstgeest")
    park.advisers.add(adviser)
    due(park, rule="plan-recorded")
    assert make_reminders([adviser.pk], towns.RULEBOOKS, TODAY, NOW).counts["made"] == 0
