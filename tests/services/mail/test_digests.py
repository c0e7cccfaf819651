"""Each digest is created once, for its recipient, and an error in one does not affect others."""

from __future__ import annotations

import email
from datetime import UTC, date, datetime, timedelta
from email import policy

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.compliance.rulebooks import load_rulebooks
from participation.models import DigestDelivery, OutboundEmail, PausedAddress, Trajectory, User
from participation.services.mail import digests
from participation.services.mail.digests import make_digests, prepare_digests, write_digests
from tests import towns, world

RULEBOOKS = load_rulebooks("leiden")
MONDAY, NOW = date(2026, 4, 20), datetime(2026, 4, 20, 5, tzinfo=UTC)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
NOTHING = {"made": 0, "nothing": 0, "before": 0, "snoozed": 0, "failed": 0}

pytestmark = pytest.mark.django_db


def make(now=NOW, period="weekly", day=None, users=None):
    """Create the digests of these users, by default all; earlier mails were delivered."""
    OutboundEmail.objects.filter(state="waiting").update(state="sent")
    keys = [user.pk for user in users] if users else list(User.objects.values_list("pk", flat=True))
    return make_digests(period, keys, RULEBOOKS, day or now.date(), now)


def add_overdue(slug="plein", noticed=NOW - timedelta(days=2)):
    made = world.obligation(trajectory=world.trajectory(slug), details={"about": "de avond"})
    world.transition(made, to_status="overdue", noticed_at=noticed)
    return made


def subjects(**of):
    return list(OutboundEmail.objects.filter(**of).order_by("pk").values_list("subject", flat=True))


@pytest.fixture
def coordinator():
    add_overdue()
    return world.user("coordinator")


# ---------- once


def test_a_digest_email_is_created_with_its_record(coordinator):
    assert make().counts == {**NOTHING, "made": 1}
    message, row = OutboundEmail.objects.get(), DigestDelivery.objects.get()
    assert (message.key, message.kind) == (f"weekly-2026-17-{coordinator.pk}", "weekly_report")
    assert (message.user, message.to, message.state) == (coordinator, coordinator.email, "waiting")
    assert (message.subject, message.language) == ("Participatie week 17: 1 nieuw", "nl")
    assert (row.recipient, row.period, row.day, row.language) == (coordinator, "weekly", MONDAY, "nl")
    assert (row.subject, row.message, row.created_at) == (message.subject, message, NOW)
    assert row.figures == {"new": 1, "resolved": 0}


def test_a_digest_is_a_well_formed_email(coordinator, settings):
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
    assert message.subject == "Participation week 17: 1 new"
    assert "https://leidraad.example/trajecten/plein/afspraken/#feedback-given--s1" in message.text
    assert '<html lang="en">' in message.html


def test_a_member_gets_one_digest_for_thirteen_answers_and_none_without_mail(settings):
    settings.BASE_URL = "https://leidraad.example"
    square = world.trajectory(title="Voorbeeldplein")
    for number in range(13):
        row = world.contribution(square, f"c{number}")
        row.history.update(history_date=NOW - 10 * DAY)
        world.record(row, "2026-04-18 10:00", outcome="partly", response="Waar het past")
    member = world.user("association_member", world.RESIDENTS)
    world.user("association_member", world.RESIDENTS, name="zonder", report_frequency="none")

    assert make().counts == {**NOTHING, "made": 1}

    message = OutboundEmail.objects.get()
    assert (message.user, message.subject) == (member, "Participatie week 17: 13 antwoorden op uw inbreng")
    assert "Antwoorden op uw inbreng (13)" in message.text
    assert "* Antwoord: 13 bijdragen, van Wijk-A\n  Deels overgenomen. Waar het past" in message.text
    assert "  https://leidraad.example/trajecten/voorbeeldplein/inbreng/#inbreng" in message.text
    assert 'href="https://leidraad.example/trajecten/voorbeeldplein/inbreng/#inbreng"' in message.html
    assert make(NOW + WEEK).counts == {**NOTHING, "nothing": 1}


def test_a_second_run_in_the_same_week_creates_no_duplicates(coordinator):
    make()
    assert make(NOW + 3 * DAY).counts == {**NOTHING, "before": 1}
    assert OutboundEmail.objects.count() == 1


def test_the_next_week_gets_the_next_digest(coordinator):
    make()
    make(NOW + WEEK)
    assert subjects() == ["Participatie week 17: 1 nieuw", "Participatie week 18: 1 te laat"]


def test_an_empty_digest_is_not_replaced_later_in_the_week():
    reader = world.user("coordinator")
    assert make().counts == {**NOTHING, "nothing": 1}
    assert not OutboundEmail.objects.exists()
    add_overdue(noticed=NOW + timedelta(hours=1))
    assert make(NOW + DAY).counts == {**NOTHING, "before": 1}
    assert make(NOW + WEEK).counts["made"] == 1
    row = DigestDelivery.objects.filter(recipient=reader).earliest("day")
    assert (row.message, row.subject, row.figures) == (None, "", {})


def test_only_selected_recipients_get_digests(coordinator):
    auditor = world.user("auditor")
    assert make(users=[auditor]).counts == {**NOTHING, "made": 1}
    assert OutboundEmail.objects.get().user == auditor


def test_everyone_is_served_whatever_the_batch_size(coordinator, monkeypatch):
    monkeypatch.setattr(digests, "BATCH_SIZE", 1)
    world.user("auditor")
    assert make().counts["made"] == 2


def meanwhile(monkeypatch, other, module=digests):
    """Have another run do its work just before this one records its own."""
    retrying, others = module.retry_on_conflict, [other]

    def recorded(work):
        while others:
            others.pop()()
        return retrying(work)

    monkeypatch.setattr(module, "retry_on_conflict", recorded)


def test_two_concurrent_runs_create_one_email(coordinator, monkeypatch):
    world.user("association_member")
    inner = []
    meanwhile(monkeypatch, lambda: inner.append(make()))
    assert make().counts == {**NOTHING, "before": 2}
    assert inner[0].counts == {**NOTHING, "made": 1, "nothing": 1}
    assert (OutboundEmail.objects.count(), DigestDelivery.objects.count()) == (1, 2)


def test_a_run_that_meets_a_concurrent_one_retries_and_skips_nobody(coordinator, monkeypatch):
    auditor = world.user("auditor")
    delivered, looks = digests._users_with_digest, []

    def looked(*of):
        looks.append(of)
        if len(looks) == 2:
            return set()  # just before the other was stored: the database refuses a second one
        found = delivered(*of)
        if len(looks) == 1:
            DigestDelivery.objects.create(recipient=auditor, period="weekly", day=MONDAY, created_at=NOW)
        return found

    monkeypatch.setattr(digests, "_users_with_digest", looked)
    assert make().counts == {**NOTHING, "made": 1, "before": 1}
    assert len(looks) == 3
    assert [message.user for message in OutboundEmail.objects.all()] == [coordinator]


class Died(BaseException):
    """Raised to end the worker."""


def test_an_interrupted_run_loses_and_duplicates_nothing(coordinator, monkeypatch):
    world.user("auditor")
    monkeypatch.setattr(digests, "BATCH_SIZE", 1)
    retrying, served = digests.retry_on_conflict, []

    def dies_at_the_second(work):
        served.append(work)
        return retrying(work if len(served) == 1 else lambda: die_after(work))

    def die_after(work):
        work()
        raise Died

    monkeypatch.setattr(digests, "retry_on_conflict", dies_at_the_second)
    with pytest.raises(Died):
        make()
    assert (OutboundEmail.objects.count(), DigestDelivery.objects.count()) == (1, 1), "no mail without its record"
    monkeypatch.setattr(digests, "retry_on_conflict", retrying)
    assert make().counts == {**NOTHING, "made": 1, "before": 1}


# ---------- periods


def test_changes_since_the_last_digest_are_included(coordinator):
    add_overdue("brug", noticed=NOW + timedelta(minutes=15))
    make(NOW + timedelta(minutes=30))
    add_overdue("dijk", noticed=NOW + timedelta(minutes=45))
    make(NOW + WEEK)
    assert subjects() == ["Participatie week 17: 2 nieuw", "Participatie week 18: 1 nieuw"]


def test_a_digest_created_a_day_late_includes_the_day_between(coordinator):
    make()
    add_overdue("brug", noticed=NOW + timedelta(hours=1))
    make(NOW + WEEK + DAY)
    assert subjects()[1] == "Participatie week 18: 1 nieuw"


def test_a_digest_for_an_earlier_day_covers_it_until_its_end(coordinator):
    make(NOW, day=MONDAY - DAY)
    row = DigestDelivery.objects.get()
    assert (row.day, row.created_at.isoformat()) == (date(2026, 4, 13), "2026-04-19T21:59:59.999999+00:00")
    add_overdue("brug", noticed=world.moment("2026-04-20T01:00"))
    make()
    assert subjects()[1] == "Participatie week 17: 1 nieuw"


def since(user, now, period="weekly"):
    return digests._period_starts([user], now.date(), now, period)[user.pk]


def test_the_first_digest_covers_one_week(coordinator):
    assert since(coordinator, NOW) == NOW - WEEK


def test_a_digest_after_weeks_without_one_covers_at_most_sixty_days(coordinator):
    make()
    assert since(coordinator, NOW + 5 * WEEK) == NOW
    assert since(coordinator, NOW + 20 * WEEK) == NOW + 20 * WEEK - digests.MAX_PERIOD


@pytest.mark.parametrize(("state", "told_again"), [("refused", True), ("held", True), ("doubtful", False)])
def test_changes_in_an_undelivered_digest_are_repeated(coordinator, state, told_again):
    make(NOW - WEEK)
    make()
    OutboundEmail.objects.filter(key__contains="2026-17").update(state=state)
    assert since(coordinator, NOW + WEEK) == (NOW - WEEK if told_again else NOW)


def test_a_clock_set_back_an_hour_repeats_and_omits_nothing(coordinator):
    """On the last Sunday of October two hours have the same local time; in UTC they differ."""
    first = world.moment("2026-10-25T00:30")
    make(first)
    add_overdue("brug", noticed=first + timedelta(minutes=30))
    later = first + timedelta(hours=1)
    assert make(later).counts["before"] == 1
    monday = world.moment("2026-10-26T06:00")
    make(monday)
    assert subjects()[-1] == "Participatie week 44: 1 nieuw"
    assert since(coordinator, monday - timedelta(minutes=1)) == first


def test_a_digest_created_by_a_fast_clock_is_not_created_again(coordinator):
    make(NOW + timedelta(hours=1))
    assert make(NOW).counts == {**NOTHING, "before": 1}


# ---------- preferences


def test_users_who_chose_no_digests_get_none(coordinator):
    User.objects.update(report_frequency="none")
    assert make().counts == NOTHING
    assert not DigestDelivery.objects.exists()


def test_on_monday_daily_recipients_get_the_full_digest(coordinator):
    User.objects.update(report_frequency="daily")
    assert make().counts["made"] == 1
    assert subjects() == ["Participatie week 17: 1 nieuw"]
    assert make(period="daily").counts == NOTHING, "Monday's is the week's"


def test_on_other_days_daily_recipients_get_the_changes(coordinator):
    User.objects.update(report_frequency="daily")
    world.user("auditor")
    make()
    tuesday = NOW + DAY
    assert make(tuesday, "daily").counts == {**NOTHING, "nothing": 1}
    add_overdue("brug", noticed=tuesday + timedelta(hours=1))
    assert make(tuesday + timedelta(hours=2), "daily").counts == {**NOTHING, "before": 1}
    assert make(tuesday + DAY, "daily").counts == {**NOTHING, "made": 1}
    (daily_email,) = OutboundEmail.objects.filter(kind="daily_report")
    assert (daily_email.key, daily_email.subject) == (
        f"daily-2026-04-22-{coordinator.pk}",
        "Participatie 22 april: 1 nieuw",
    )
    assert "Brug" in daily_email.text
    assert "Plein" not in daily_email.text
    assert make(tuesday + 2 * DAY, "daily").counts == {**NOTHING, "nothing": 1}


def test_on_a_day_off_there_is_no_daily_digest(coordinator):
    User.objects.update(report_frequency="daily")
    for day in ("2026-04-25T05:00", "2026-05-05T05:00"):
        assert make(world.moment(day), "daily").counts == NOTHING


def test_after_a_mail_pause_the_changes_during_it_are_included(coordinator):
    make()
    User.objects.update(snoozed_until=MONDAY + 2 * WEEK, snooze_reason="vakantie")
    add_overdue("brug", noticed=NOW + DAY)
    for weeks in (1, 2):
        assert make(NOW + weeks * WEEK).counts == {**NOTHING, "snoozed": 1}
    assert DigestDelivery.objects.count() == 1
    assert make(NOW + 3 * WEEK).counts["made"] == 1
    assert subjects()[-1] == "Participatie week 20: 1 nieuw"
    assert "Nieuw is sinds 20 april." in OutboundEmail.objects.latest("pk").text


def test_a_digest_to_a_paused_address_is_stored_but_not_sent(coordinator):
    PausedAddress.objects.create(email=coordinator.email, paused_at=NOW)
    assert make().counts["made"] == 1
    assert OutboundEmail.objects.get().state == "held"
    assert DigestDelivery.objects.get().message is not None


# ---------- errors


def test_without_a_secret_key_no_digest_is_created(coordinator, settings):
    settings.HAS_SECRET = False
    with pytest.raises(ImproperlyConfigured):
        make()


def test_a_digest_that_fails_does_not_affect_others_and_is_retried_next_run(coordinator, monkeypatch):
    auditor = world.user("auditor")
    made = digests.digest_mail

    def broken(user, *rest):
        if user.role == "auditor":
            raise ValueError("odd data")
        return made(user, *rest)

    monkeypatch.setattr(digests, "digest_mail", broken)
    outcome = make()
    assert outcome.counts == {**NOTHING, "made": 1, "failed": 1}
    assert outcome.failures == [{"user": str(auditor.pk), "error": "ValueError: odd data"}]
    assert not DigestDelivery.objects.filter(recipient=auditor).exists()
    monkeypatch.setattr(digests, "digest_mail", made)
    assert make().counts == {**NOTHING, "made": 1, "before": 1}


def test_fifty_recipients_take_as_many_queries_as_one(coordinator):
    make()

    def queries(number):
        for added in range(number):
            user = world.user("adviser", name=f"adviser-{number}-{added}")
            Trajectory.objects.get().advisers.add(user)
        with CaptureQueriesContext(connection) as captured:
            assert make().counts["made"] == number
        return len(captured)

    assert queries(50) == queries(1)


# ---------- previews


def test_a_preview_equals_the_digest_and_stores_nothing(coordinator):
    world.user("association_member")
    found = {user.role: message and message.subject for user, message in prepare_digests(RULEBOOKS, MONDAY, NOW)}
    assert found == {"coordinator": "Participatie week 17: 1 nieuw", "association_member": None}
    assert not OutboundEmail.objects.exists()
    assert not DigestDelivery.objects.exists()


def test_a_preview_after_a_run_shows_the_created_digest(coordinator):
    make()
    later = NOW + DAY
    ((_user, message),) = prepare_digests(RULEBOOKS, later.date(), later)
    assert message is not None
    assert [message.subject] == subjects()


def test_a_preview_omits_recipients_with_a_mail_pause(coordinator):
    User.objects.update(snoozed_until=MONDAY)
    assert list(prepare_digests(RULEBOOKS, MONDAY, NOW)) == []


def test_digests_can_be_written_to_a_folder(coordinator, tmp_path):
    world.user("auditor", name="rekenkamer@example.org")
    world.user("association_member")
    folder = tmp_path / "mail" / "week"
    written = write_digests(folder, RULEBOOKS, MONDAY, NOW)
    names = ["coordinator.eml", "coordinator.html", "rekenkamer.eml", "rekenkamer.html"]
    assert [path.name for path in written] == names
    assert sorted(path.name for path in folder.iterdir()) == names
    message = email.message_from_bytes((folder / "coordinator.eml").read_bytes(), policy=policy.default)
    assert message["To"] == coordinator.email
    assert [part["Content-Transfer-Encoding"] for part in message.iter_parts()] == ["quoted-printable"] * 2
    _text, html = (part.get_content() for part in message.iter_parts())
    assert html.strip() == (folder / "coordinator.html").read_text(encoding="utf-8").strip()
    assert not OutboundEmail.objects.exists()
    assert not DigestDelivery.objects.exists()


def test_two_recipients_with_one_name_get_separate_files(coordinator, tmp_path):
    world.user("auditor", name="a@example.org")
    second = User.objects.create(username="a@example.com", email="a@example.com", role="auditor")
    written = write_digests(tmp_path, RULEBOOKS, MONDAY, NOW)
    assert f"a-{second.pk}.eml" in [path.name for path in written]
    assert len({path.name for path in written}) == 6


# ---------- several municipalities


def add_overdue_in_two_towns():
    """Create feedback that is overdue in Leiden and in Oegstgeest."""
    world.organisation("oegstgeest", kind="municipality", name="Gemeente Oegstgeest")
    for town in ("leiden", "oegstgeest"):
        found = world.obligation(
            trajectory=world.trajectory(f"plein-{town}", municipality=town), details={"about": "avond"}
        )
        world.transition(found, to_status="overdue", on=date(2026, 4, 18), noticed_at=NOW - DAY)


def test_a_coordinator_of_two_towns_reads_each_flag_in_the_words_of_its_town():
    add_overdue_in_two_towns()
    world.user("coordinator")
    keys = list(User.objects.values_list("pk", flat=True))
    make_digests("weekly", keys, towns.RULEBOOKS, MONDAY, NOW)
    text = " ".join(OutboundEmail.objects.get().text.split())
    assert "Plein Leiden (leiden)" in text
    assert "Plein Oegstgeest (Gemeente Oegstgeest)" in text
    assert "Terugkoppeling over “avond”." in text
    assert "Antwoord aan Oegstgeest over “avond”." in text
    for rulebook in towns.RULEBOOKS:
        assert f"{rulebook.title['nl']} ({rulebook.hash})" in text


def test_an_adviser_of_one_of_two_towns_reads_about_that_rulebook_alone():
    add_overdue_in_two_towns()
    adviser = world.user("adviser")
    Trajectory.objects.get(slug="plein-oegstgeest").advisers.add(adviser)
    make_digests("weekly", [adviser.pk], towns.RULEBOOKS, MONDAY, NOW)
    text = " ".join(OutboundEmail.objects.get().text.split())
    assert "Antwoord aan Oegstgeest over “avond”." in text
    assert towns.TOWN.hash in text
    assert towns.LEIDEN.hash not in text


def test_a_waiver_that_ends_is_named_by_the_rule_of_its_town():
    world.trajectory("plein", municipality="leiden")
    park = world.trajectory("park", municipality="oegstgeest")
    world.obligation(trajectory=park, due_on=date(2026, 4, 1), strict_due_on=None)
    world.waiver(park, rule="feedback-given", until=MONDAY + 3 * DAY)
    world.user("coordinator")
    keys = list(User.objects.values_list("pk", flat=True))
    make_digests("weekly", keys, towns.RULEBOOKS, MONDAY, NOW)
    text = OutboundEmail.objects.get().text
    assert "Antwoord aan Oegstgeest" in text
    assert "Park (oegstgeest)" in text
