"""Every report is made once, for whom it concerns, and what goes wrong with one harms no other."""

from __future__ import annotations

import email
from datetime import UTC, date, datetime, timedelta
from email import policy

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.compliance.rulebook import load
from participation.models import DigestDelivery, OutboundEmail, PausedAddress, Trajectory, User
from participation.services.mail import outbox_helpers, reports
from participation.services.mail.reports import make_reports, prepared, write_reports
from tests import world

RULEBOOK = load("leiden")
MONDAY, NOW = date(2026, 4, 20), datetime(2026, 4, 20, 5, tzinfo=UTC)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
NOTHING = {"made": 0, "nothing": 0, "before": 0, "snoozed": 0, "failed": 0}

pytestmark = pytest.mark.django_db


def make(now=NOW, period="weekly", day=None, users=None):
    """Make the reports of everyone, or of these; the mails that went out so far did so without trouble."""
    OutboundEmail.objects.filter(state="waiting").update(state="sent")
    keys = [user.pk for user in users] if users else list(User.objects.values_list("pk", flat=True))
    return make_reports(period, keys, RULEBOOK, day or now.date(), now)


def late(slug="plein", noticed=NOW - timedelta(days=2)):
    made = world.obligation(trajectory=world.trajectory(slug), details={"about": "de avond"})
    world.transition(made, to_status="overdue", noticed_at=noticed)
    return made


def subjects(**of):
    return list(OutboundEmail.objects.filter(**of).order_by("pk").values_list("subject", flat=True))


@pytest.fixture
def coordinator():
    late()
    return world.user("coordinator")


# ---------- once


def test_a_report_is_made_with_its_record(coordinator):
    assert make().counts == {**NOTHING, "made": 1}
    message, row = OutboundEmail.objects.get(), DigestDelivery.objects.get()
    assert (message.key, message.kind) == (f"weekly-2026-17-{coordinator.pk}", "weekly_report")
    assert (message.user, message.to, message.state) == (coordinator, coordinator.email, "waiting")
    assert (message.subject, message.language) == ("Participatie week 17: 1 nieuw, 1 te laat", "nl")
    assert (row.recipient, row.period, row.day, row.language) == (coordinator, "weekly", MONDAY, "nl")
    assert (row.subject, row.message, row.created_at) == (message.subject, message, NOW)
    assert row.figures == {"now": {"overdue": 1}, "before": {"overdue": 0}, "new": 1, "resolved": 0}


def test_what_is_made_is_a_proper_mail(coordinator, settings):
    settings.BASE_URL, settings.DEFAULT_FROM_EMAIL = "https://leidraad.example", "Leidraad <post@leidraad.example>"
    User.objects.filter(pk=coordinator.pk).update(language="en")
    make()
    message = OutboundEmail.objects.get()
    stop = f"https://leidraad.example/post/stoppen/{coordinator.pk}:"
    unsubscribe = message.headers.pop("List-Unsubscribe")
    assert unsubscribe.startswith(f"<{stop}")
    assert unsubscribe.endswith("/rapport/>, <mailto:post@leidraad.example?subject=stop>")
    assert message.headers == {
        "Auto-Submitted": "auto-generated",
        "Content-Language": "en",
        "Date": "Mon, 20 Apr 2026 05:00:00 +0000",
        "List-Id": "Leidraad <weekly.leidraad.example>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Message-ID": f"<weekly-2026-17-{coordinator.pk}@leidraad.example>",
    }
    assert message.subject == "Participation week 17: 1 new, 1 overdue"
    assert "https://leidraad.example/trajecten/plein/#feedback-given--s1" in message.text
    assert '<html lang="en">' in message.html


def test_a_second_run_in_the_same_week_makes_nothing_twice(coordinator):
    make()
    assert make(NOW + 3 * DAY).counts == {**NOTHING, "before": 1}
    assert OutboundEmail.objects.count() == 1


def test_the_next_week_brings_the_next_report(coordinator):
    make()
    make(NOW + WEEK)
    assert subjects() == ["Participatie week 17: 1 nieuw, 1 te laat", "Participatie week 18: 1 te laat"]


def test_that_there_was_nothing_to_say_is_not_said_days_late():
    reader = world.user("coordinator")
    assert make().counts == {**NOTHING, "nothing": 1}
    assert not OutboundEmail.objects.exists()
    late(noticed=NOW + timedelta(hours=1))
    assert make(NOW + DAY).counts == {**NOTHING, "before": 1}
    assert make(NOW + WEEK).counts["made"] == 1
    row = DigestDelivery.objects.filter(recipient=reader).earliest("day")
    assert (row.message, row.subject, row.figures) == (None, "", {})


def test_only_those_who_are_named_get_theirs(coordinator):
    auditor = world.user("auditor")
    assert make(users=[auditor]).counts == {**NOTHING, "made": 1}
    assert OutboundEmail.objects.get().user == auditor


def test_everyone_is_served_whatever_number_is_taken_at_a_time(coordinator, monkeypatch):
    monkeypatch.setattr(reports, "TOGETHER", 1)
    world.user("auditor")
    assert make().counts["made"] == 2


def meanwhile(monkeypatch, other, module=reports):
    """Have another run do its work just before this one records its own."""
    record, others = module.in_one, [other]

    def recorded(work):
        while others:
            others.pop()()
        return record(work)

    monkeypatch.setattr(module, "in_one", recorded)


def test_two_makers_at_once_make_one(coordinator, monkeypatch):
    world.user("association_member")
    inner = []
    meanwhile(monkeypatch, lambda: inner.append(make()))
    assert make().counts == {**NOTHING, "before": 2}
    assert inner[0].counts == {**NOTHING, "made": 1, "nothing": 1}
    assert (OutboundEmail.objects.count(), DigestDelivery.objects.count()) == (1, 2)


def test_a_maker_that_is_beaten_while_it_records_looks_again_and_loses_nobody(coordinator, monkeypatch):
    auditor = world.user("auditor")
    delivered, looks = reports._delivered, []

    def looked(*of):
        looks.append(of)
        if len(looks) == 2:
            return set()  # a moment before the other was there: the database refuses a second one
        found = delivered(*of)
        if len(looks) == 1:
            DigestDelivery.objects.create(recipient=auditor, period="weekly", day=MONDAY, created_at=NOW)
        return found

    monkeypatch.setattr(reports, "_delivered", looked)
    assert make().counts == {**NOTHING, "made": 1, "before": 1}
    assert len(looks) == 3
    assert [message.user for message in OutboundEmail.objects.all()] == [coordinator]


class Died(BaseException):
    """What ends a worker."""


def test_a_maker_that_dies_half_way_loses_and_doubles_nothing(coordinator, monkeypatch):
    world.user("auditor")
    monkeypatch.setattr(reports, "TOGETHER", 1)
    record, served = reports.in_one, []

    def dies_at_the_second(work):
        served.append(work)
        return record(work if len(served) == 1 else lambda: die_after(work))

    def die_after(work):
        work()
        raise Died

    monkeypatch.setattr(reports, "in_one", dies_at_the_second)
    with pytest.raises(Died):
        make()
    assert (OutboundEmail.objects.count(), DigestDelivery.objects.count()) == (1, 1), "no mail without its record"
    monkeypatch.setattr(reports, "in_one", outbox_helpers.in_one)
    assert make().counts == {**NOTHING, "made": 1, "before": 1}


# ---------- of which time


def test_what_changed_is_told_from_the_last_report_on(coordinator):
    late("brug", noticed=NOW + timedelta(minutes=15))
    make(NOW + timedelta(minutes=30))
    late("dijk", noticed=NOW + timedelta(minutes=45))
    make(NOW + WEEK)
    assert subjects() == ["Participatie week 17: 2 nieuw, 2 te laat", "Participatie week 18: 1 nieuw, 3 te laat"]


def test_a_report_that_is_made_a_day_late_tells_of_the_day_between(coordinator):
    make()
    late("brug", noticed=NOW + timedelta(hours=1))
    make(NOW + WEEK + DAY)
    assert subjects()[1] == "Participatie week 18: 1 nieuw, 2 te laat"


def test_an_earlier_day_is_told_up_to_its_end_and_the_next_report_begins_there(coordinator):
    make(NOW, day=MONDAY - DAY)
    row = DigestDelivery.objects.get()
    assert (row.day, row.created_at.isoformat()) == (date(2026, 4, 13), "2026-04-19T21:59:59.999999+00:00")
    late("brug", noticed=world.moment("2026-04-20T01:00"))
    make()
    assert subjects()[1] == "Participatie week 17: 1 nieuw, 2 te laat"


def since(user, now, period="weekly"):
    return reports._periods([user], now.date(), now, period)[user.pk]


def test_who_never_had_a_report_is_told_of_a_week(coordinator):
    assert since(coordinator, NOW) == NOW - WEEK


def test_who_had_none_for_weeks_is_told_of_them_up_to_sixty_days(coordinator):
    make()
    assert since(coordinator, NOW + 5 * WEEK) == NOW
    assert since(coordinator, NOW + 20 * WEEK) == NOW + 20 * WEEK - reports.LONGEST_PERIOD


@pytest.mark.parametrize(("state", "told_again"), [("refused", True), ("held", True), ("doubtful", False)])
def test_what_never_reached_its_reader_is_told_again(coordinator, state, told_again):
    make(NOW - WEEK)
    make()
    OutboundEmail.objects.filter(key__contains="2026-17").update(state=state)
    assert since(coordinator, NOW + WEEK) == (NOW - WEEK if told_again else NOW)


def test_a_clock_that_went_back_an_hour_tells_nobody_twice_and_forgets_nothing(coordinator):
    """On the last Sunday of October two hours have the same name; in the database they differ."""
    first = world.moment("2026-10-25T00:30")
    make(first)
    late("brug", noticed=first + timedelta(minutes=30))
    later = first + timedelta(hours=1)
    assert make(later).counts["before"] == 1
    monday = world.moment("2026-10-26T06:00")
    make(monday)
    assert subjects()[-1] == "Participatie week 44: 1 nieuw, 2 te laat"
    assert since(coordinator, monday - timedelta(minutes=1)) == first


def test_a_report_made_by_a_clock_that_was_ahead_is_not_made_again(coordinator):
    make(NOW + timedelta(hours=1))
    assert make(NOW).counts == {**NOTHING, "before": 1}


# ---------- what each wants


def test_who_wants_none_gets_none(coordinator):
    User.objects.update(report_frequency="none")
    assert make().counts == NOTHING
    assert not DigestDelivery.objects.exists()


def test_mondays_report_is_the_full_one_for_who_chose_every_day(coordinator):
    User.objects.update(report_frequency="daily")
    assert make().counts["made"] == 1
    assert subjects() == ["Participatie week 17: 1 nieuw, 1 te laat"]
    assert make(period="daily").counts == NOTHING, "Monday's is the week's"


def test_on_other_days_who_chose_every_day_is_told_what_changed(coordinator):
    User.objects.update(report_frequency="daily")
    world.user("auditor")
    make()
    tuesday = NOW + DAY
    assert make(tuesday, "daily").counts == {**NOTHING, "nothing": 1}
    late("brug", noticed=tuesday + timedelta(hours=1))
    assert make(tuesday + timedelta(hours=2), "daily").counts == {**NOTHING, "before": 1}
    assert make(tuesday + DAY, "daily").counts == {**NOTHING, "made": 1}
    (told,) = OutboundEmail.objects.filter(kind="daily_report")
    assert (told.key, told.subject) == (
        f"daily-2026-04-22-{coordinator.pk}",
        "Participatie 22 april: 1 nieuw, 1 te laat",
    )
    assert "Brug" in told.text
    assert "Plein" not in told.text
    assert make(tuesday + 2 * DAY, "daily").counts == {**NOTHING, "nothing": 1}


def test_on_a_day_off_there_is_no_daily_report(coordinator):
    User.objects.update(report_frequency="daily")
    for day in ("2026-04-25T05:00", "2026-05-05T05:00"):
        assert make(world.moment(day), "daily").counts == NOTHING


def test_who_asked_for_no_mail_hears_later_what_changed_meanwhile(coordinator):
    make()
    User.objects.update(snoozed_until=MONDAY + 2 * WEEK, snooze_reason="vakantie")
    late("brug", noticed=NOW + DAY)
    for weeks in (1, 2):
        assert make(NOW + weeks * WEEK).counts == {**NOTHING, "snoozed": 1}
    assert DigestDelivery.objects.count() == 1
    assert make(NOW + 3 * WEEK).counts["made"] == 1
    assert subjects()[-1] == "Participatie week 20: 1 nieuw, 2 te laat"
    assert "Sinds 20 april 2026" in OutboundEmail.objects.latest("pk").text


def test_a_report_to_an_address_that_is_paused_is_kept_and_not_sent(coordinator):
    PausedAddress.objects.create(email=coordinator.email, paused_at=NOW)
    assert make().counts["made"] == 1
    assert OutboundEmail.objects.get().state == "held"
    assert DigestDelivery.objects.get().message is not None


# ---------- what goes wrong with one


def test_without_a_secret_of_the_installation_no_report_is_made_at_all(coordinator, settings):
    settings.HAS_SECRET = False
    with pytest.raises(ImproperlyConfigured):
        make()


def test_a_report_that_cannot_be_made_stops_nobody_else_and_is_made_by_a_next_run(coordinator, monkeypatch):
    auditor = world.user("auditor")
    made = reports.digest_mail

    def broken(user, *rest):
        if user.role == "auditor":
            raise ValueError("odd data")
        return made(user, *rest)

    monkeypatch.setattr(reports, "digest_mail", broken)
    outcome = make()
    assert outcome.counts == {**NOTHING, "made": 1, "failed": 1}
    assert outcome.failures == [{"user": str(auditor.pk), "error": "ValueError: odd data"}]
    assert not DigestDelivery.objects.filter(recipient=auditor).exists()
    monkeypatch.setattr(reports, "digest_mail", made)
    assert make().counts == {**NOTHING, "made": 1, "before": 1}


def test_fifty_recipients_cost_as_many_queries_as_one(coordinator):
    make()

    def queries(number):
        for added in range(number):
            user = world.user("adviser", name=f"adviser-{number}-{added}")
            Trajectory.objects.get().advisers.add(user)
        with CaptureQueriesContext(connection) as asked:
            assert make().counts["made"] == number
        return len(asked)

    assert queries(50) == queries(1)


# ---------- looking without sending


def test_a_preview_is_what_would_be_made_and_records_nothing(coordinator):
    world.user("association_member")
    found = {user.role: message and message.subject for user, message in prepared(RULEBOOK, MONDAY, NOW)}
    assert found == {"coordinator": "Participatie week 17: 1 nieuw, 1 te laat", "association_member": None}
    assert not OutboundEmail.objects.exists()
    assert not DigestDelivery.objects.exists()


def test_a_preview_after_making_shows_what_was_made(coordinator):
    make()
    later = NOW + DAY
    ((_user, message),) = prepared(RULEBOOK, later.date(), later)
    assert message is not None
    assert [message.subject] == subjects()


def test_a_preview_leaves_out_who_wants_nothing_now(coordinator):
    User.objects.update(snoozed_until=MONDAY)
    assert list(prepared(RULEBOOK, MONDAY, NOW)) == []


def test_reports_can_be_written_to_a_folder_instead(coordinator, tmp_path):
    world.user("auditor", name="rekenkamer@example.org")
    world.user("association_member")
    folder = tmp_path / "mail" / "week"
    written = write_reports(folder, RULEBOOK, MONDAY, NOW)
    names = ["coordinator.eml", "coordinator.html", "rekenkamer.eml", "rekenkamer.html"]
    assert [path.name for path in written] == names
    assert sorted(path.name for path in folder.iterdir()) == names
    message = email.message_from_bytes((folder / "coordinator.eml").read_bytes(), policy=policy.default)
    assert message["To"] == coordinator.email
    _text, html = (part.get_content() for part in message.iter_parts())
    assert html.strip() == (folder / "coordinator.html").read_text(encoding="utf-8").strip()
    assert not OutboundEmail.objects.exists()
    assert not DigestDelivery.objects.exists()


def test_two_people_with_the_same_name_get_a_file_each(coordinator, tmp_path):
    world.user("auditor", name="a@example.org")
    second = User.objects.create(username="a@example.com", email="a@example.com", role="auditor")
    written = write_reports(tmp_path, RULEBOOK, MONDAY, NOW)
    assert f"a-{second.pk}.eml" in [path.name for path in written]
    assert len({path.name for path in written}) == 6
