"""The data of a digest: which trajectories a recipient gets, and what the transitions add."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Trajectory
from participation.presentation.digest_batch import DigestBatch
from participation.presentation.mail import link
from participation.selectors.mail.digest_lines import digest_recipients
from participation.selectors.week import Week
from tests import world

RULEBOOKS = load_rulebooks("leiden")
DAY, NOW = date(2026, 4, 20), datetime(2026, 4, 20, 5, tzinfo=UTC)
SINCE = NOW - timedelta(days=7)

pytestmark = pytest.mark.django_db


def report_to(user, day=DAY, since=SINCE, until=NOW, rulebooks=RULEBOOKS):
    return DigestBatch([user], rulebooks, day, timezone.localtime(since), until).digest_for(user)


def add_overdue(of, subject="s1", noticed="2026-04-10 22:00", **columns):
    """Create feedback that was due on 17 April, with its first transition."""
    made = world.obligation(trajectory=of, subject=subject, **columns)
    world.transition(made, to_status="due_soon", noticed_at=world.moment(noticed))
    return made


def add_transition(obligation, to, at="2026-04-18 00:30", before="due_soon"):
    world.transition(obligation, from_status=before, to_status=to, noticed_at=world.moment(at))


def titles(report):
    if report is None:
        return set()
    sections = [*report.sections, *filter(None, [report.review, report.resolved])]
    return {group.title for section in sections for group in section.groups}


def listed(report):
    return [entry.line for section in report.sections for group in section.groups for entry in group.entries]


def changed(report):
    """Return the titles of the trajectories of which a member of an association reads."""
    return {change.title for change in report.changes} if report else set()


# ---------- requests without a trajectory


def test_who_may_answer_reads_what_awaits_moderation_and_what_is_due_soon():
    world.register_request("I-2026-001", kind="initiative", moderation="awaiting", summary="Een pluktuin")
    asked = world.register_request("V-2026-002", summary="Alle stukken")
    world.obligation(request=asked, trajectory=None, rule="woo-decided", subject="", due_on=date(2026, 4, 24))
    world.register_request("V-2026-003", summary="Niets aan te doen")
    report = report_to(world.user("adviser"))
    assert [(row.number, row.awaits_moderation, row.due_on) for row in report.requests] == [
        ("V-2026-002", False, date(2026, 4, 24)),
        ("I-2026-001", True, None),
    ]
    assert "2 initiatieven en vragen" in report.subject
    assert report.as_figures()["requests"] == 2
    assert report_to(world.user("auditor", name="rekenkamer")) is None
    assert report_to(world.user("association_member", world.RESIDENTS, name="lid")) is None


def test_fifty_requests_take_as_many_queries_as_one():
    reader = world.user("coordinator")

    def queries():
        with CaptureQueriesContext(connection) as captured:
            report = report_to(reader)
        return len(report.requests), len(captured)

    world.register_request("I-1", moderation="awaiting")
    one = queries()
    for number in range(2, 51):
        world.register_request(f"I-{number}", moderation="awaiting")
    assert queries() == (50, one[1])


# ---------- recipients


@pytest.fixture
def town():
    """Create three trajectories with something overdue: public nearby, public elsewhere, and hidden nearby."""
    near = world.trajectory("dichtbij")
    far = world.trajectory("ver-weg", world.LAKES)
    hidden = world.trajectory("nog-geheim", public=False)
    for each in (near, far, hidden):
        add_transition(add_overdue(each), "overdue")
    return {"near": near, "far": far, "hidden": hidden}


@pytest.mark.parametrize("role", ["coordinator", "auditor", "administrator"])
def test_coordinators_and_auditors_get_all_trajectories(town, role):
    assert titles(report_to(world.user(role))) == {"Dichtbij", "Ver Weg", "Nog Geheim"}


def test_an_adviser_gets_assigned_trajectories(town):
    adviser = world.user("adviser")
    assert report_to(adviser) is None
    town["hidden"].advisers.add(adviser)
    assert titles(report_to(adviser)) == {"Nog Geheim"}


def test_an_association_gets_public_trajectories_in_its_neighbourhoods(town):
    report = report_to(world.user("association_member", world.RESIDENTS))
    assert (changed(report), report.overdue) == ({"Dichtbij"}, 1)


def test_an_association_gets_trajectories_that_name_it_anywhere(town):
    world.plan(town["far"], world.RESIDENTS)
    member = world.user("association_member", world.RESIDENTS)
    assert changed(report_to(member)) == {"Dichtbij", "Ver Weg"}


def test_a_user_without_memberships_gets_nothing(town):
    assert report_to(world.user("association_member")) is None


def test_coordinators_and_auditors_get_motions_and_commitments():
    for made in (
        world.obligation(motion=world.motion(), rule="motion-followed-up", subject=""),
        world.obligation(commitment=world.commitment(text="Vaker praten"), rule="commitment-dated", subject=""),
    ):
        add_transition(made, "overdue", before="")
    expected = {"Motie 21.0098/04: Scenario's", "Toezegging T-1: Vaker praten"}
    assert titles(report_to(world.user("coordinator"))) == expected
    assert len(titles(report_to(world.user("auditor", language="en")))) == 2
    assert report_to(world.user("administrator")) is None


def test_a_long_commitment_title_is_cut_between_words():
    text = "Het college praat vaker met de verenigingen, " * 5
    made = world.obligation(commitment=world.commitment(text=text), rule="commitment-dated", subject="")
    add_transition(made, "overdue", before="")
    (title,) = titles(report_to(world.user("coordinator")))
    assert len(title) < 100
    assert title.endswith(" met de …")


def test_only_active_users_with_an_address_get_digests():
    active = world.user("coordinator")
    world.user("auditor", is_active=False)
    world.user("adviser").__class__.objects.filter(role="adviser").update(email="")
    assert list(digest_recipients("weekly")) == [active]


# ---------- the data of an obligation


def test_a_row_names_the_obligation_its_source_and_the_remedy_link(settings):
    settings.BASE_URL = "https://leidraad.example"
    add_transition(add_overdue(world.trajectory("plein"), details={"about": "de avond"}), "overdue")
    (section,) = report_to(world.user("coordinator")).sections
    line = section.groups[0].entries[0].line
    assert (section.code, line.days_late, line.due_on) == ("new", 3, date(2026, 4, 17))
    assert line.strength == "commitment"
    assert "de avond" in line.message
    assert line.source.startswith("Brief van het college over de gesprekken met wijk- en buurtverenigingen")
    assert line.remedy == RULEBOOKS.first.by_id["feedback-given"].remedy["nl"]
    assert line.link == "https://leidraad.example/trajecten/plein/afspraken/#feedback-given--s1"


def test_the_location_in_a_source_is_in_the_reader_language():
    made = world.obligation(trajectory=world.trajectory(), rule="early-involvement", subject="")
    add_transition(made, "overdue", before="")
    for language, expected in (("nl", "(actie 7)"), ("en", "(action 7)")):
        reader = world.user("coordinator", name=language, language=language)
        assert listed(report_to(reader))[0].source.endswith(expected)


def test_a_party_is_shown_by_its_name():
    world.organisation(name="Wijkvereniging Noord")
    made = world.obligation(
        trajectory=world.trajectory(),
        rule="concern-answered",
        details={"about": world.RESIDENTS, "party": world.RESIDENTS},
    )
    add_transition(made, "overdue", before="")
    (line,) = listed(report_to(world.user("coordinator")))
    assert "Wijkvereniging Noord" in line.message


def test_an_obligation_of_a_removed_rule_is_neither_listed_nor_counted():
    add_overdue(world.trajectory(), rule="retired-rule")
    assert report_to(world.user("coordinator")) is None


def test_an_obligation_met_after_the_day_is_not_met_yet():
    add_overdue(world.trajectory(), met_on=DAY + timedelta(days=1))
    assert report_to(world.user("coordinator")).rest.counts == (("late", 1),)


def test_a_link_escapes_special_characters_in_subjects(settings):
    settings.BASE_URL = "https://leidraad.example"
    assert link("motion", "21.0098/04", "motion-settled") == (
        "https://leidraad.example/moties/21.0098/04/#motion-settled"
    )
    assert link("trajectory", "plein", "feedback-given", "avond #2") == (
        "https://leidraad.example/trajecten/plein/afspraken/#feedback-given--avond%20%232"
    )
    assert link() == "https://leidraad.example/trajecten/"


# ---------- transitions


def test_a_transition_within_the_period_is_new():
    add_transition(add_overdue(world.trajectory()), "overdue")
    assert [section.code for section in report_to(world.user("coordinator")).sections] == ["new"]


def test_a_transition_before_the_period_is_not_new():
    add_transition(add_overdue(world.trajectory()), "overdue", at="2026-04-12 00:30")
    assert report_to(world.user("coordinator")).sections == ()


def test_a_flagged_and_then_met_obligation_is_resolved():
    done = add_overdue(world.trajectory(), met_on=date(2026, 4, 16))
    add_transition(done, "met", at="2026-04-16 12:00")
    report = report_to(world.user("coordinator"))
    assert (report.sections, report.resolved.total) == ((), 1)


def test_an_overdue_and_then_withdrawn_obligation_is_resolved():
    gone = add_overdue(world.trajectory(), withdrawn_at=world.moment("2026-04-19 12:00"))
    add_transition(gone, "overdue")
    add_transition(gone, "withdrawn", at="2026-04-19 12:00", before="overdue")
    report = report_to(world.user("coordinator"))
    assert [entry.line.status for entry in report.resolved.groups[0].entries] == ["withdrawn"]


def test_a_flag_that_ended_before_the_period_is_not_resolved():
    moved = add_overdue(world.trajectory(), met_on=date(2026, 4, 16))
    add_transition(moved, "pending", at="2026-04-12 12:00")
    add_transition(moved, "met", at="2026-04-16 12:00", before="pending")
    assert report_to(world.user("coordinator")) is None


def test_an_obligation_withdrawn_before_the_period_is_not_repeated():
    gone = add_overdue(world.trajectory(), withdrawn_at=world.moment("2026-04-11 12:00"))
    add_transition(gone, "withdrawn", at="2026-04-11 12:00")
    assert report_to(world.user("coordinator")) is None


def test_an_earlier_day_is_reported_as_it_was_then():
    gone = add_overdue(world.trajectory(), withdrawn_at=world.moment("2026-04-19 12:00"))
    add_transition(gone, "overdue")
    add_transition(gone, "withdrawn", at="2026-04-19 12:00", before="overdue")
    then = datetime(2026, 4, 18, 20, tzinfo=UTC)
    report = report_to(world.user("coordinator"), then.date(), then - timedelta(days=7), then)
    assert [(section.code, section.total) for section in report.sections] == [("new", 1)]


# ---------- waivers that end


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (DAY - timedelta(days=8), False),
        (DAY - timedelta(days=3), True),
        (DAY, True),
        (DAY + timedelta(days=14), True),
        (DAY + timedelta(days=15), False),
    ],
)
def test_a_waiver_is_listed_from_two_weeks_before_until_a_week_after_its_end(until, expected):
    square = world.trajectory()
    world.obligation(trajectory=square, rule="scenarios-offered", subject="")
    world.waiver(square, until=until)
    report = report_to(world.user("coordinator"))
    assert bool(report and report.waivers) == expected


@pytest.mark.parametrize("subject", ["s1", "s2"])
def test_a_waiver_of_a_met_or_withdrawn_obligation_is_not_listed(subject):
    square = world.trajectory()
    add_overdue(square, "s1", met_on=date(2026, 4, 16))
    world.waiver(square, rule="feedback-given", subject=subject, until=DAY)
    assert report_to(world.user("coordinator")) is None


def test_a_waiver_followed_by_a_longer_one_is_not_listed_as_ending():
    square = world.trajectory()
    add_overdue(square, "s1")
    world.waiver(square, rule="feedback-given", subject="s1", until=DAY)
    world.waiver(square, rule="feedback-given", granted_on=date(2026, 4, 1), until=None)
    assert report_to(world.user("coordinator")) is None


def test_a_waiver_in_a_trajectory_of_others_is_not_listed():
    hidden = world.trajectory(public=False)
    add_overdue(hidden)
    world.waiver(hidden, rule="feedback-given", until=DAY)
    assert report_to(world.user("adviser")) is None


def test_a_waiver_in_a_retrospective_case_is_not_listed():
    past = world.trajectory(retrospective=True)
    add_overdue(past)
    world.waiver(past, rule="feedback-given", until=DAY - timedelta(days=1))
    assert report_to(world.user("coordinator")) is None


# ---------- number of queries


@pytest.mark.parametrize("role", ["coordinator", "adviser"])
def test_a_digest_of_fifty_takes_as_many_queries_as_one(role):
    reader = world.user(role, world.RESIDENTS)

    def add(number):
        square = world.trajectory(f"plein-{number}")
        square.advisers.add(reader)
        add_transition(add_overdue(square), "overdue")
        world.waiver(square, until=DAY)
        world.obligation(trajectory=square, rule="scenarios-offered", subject="")

    def queries():
        with CaptureQueriesContext(connection) as captured:
            report = report_to(reader)
        return report.sections[0].total, len(report.waivers), len(captured)

    add(0)
    one = queries()
    for number in range(1, 50):
        add(number)
    assert queries() == (50, 50, one[2])
    assert one[:2] == (1, 1)


def test_digests_built_together_equal_those_built_separately(town):
    world.obligation(motion=world.motion(), rule="motion-followed-up", subject="")
    world.waiver(town["near"], rule="feedback-given", until=DAY - timedelta(days=1))
    adviser = world.user("adviser")
    town["hidden"].advisers.add(adviser)
    users = [
        adviser,
        world.user("coordinator"),
        world.user("auditor", language="en"),
        world.user("administrator"),
        world.user("association_member", world.RESIDENTS),
        world.user("association_member", world.OUTSIDER, name="elders"),
    ]
    with CaptureQueriesContext(connection) as captured:
        gathered = DigestBatch(users, RULEBOOKS, DAY, timezone.localtime(SINCE), NOW)
        together = [gathered.digest_for(user) for user in users]
    # One for the adviser and for each association, seven for all, and the rest for what associations read.
    assert len(captured) == 31
    assert together == [report_to(user) for user in users]
    assert len({str(report) for report in together}) == len(users)


# ---------- the week page


def test_a_digest_has_the_numbers_of_the_week_page():
    square = world.trajectory()
    add_transition(add_overdue(square, "new"), "overdue")
    add_overdue(square, "late")
    add_overdue(square, "old", due_on=date(2026, 3, 1), strict_due_on=date(2026, 3, 1))
    add_overdue(square, "law", rule="complaint-handled")
    add_overdue(square, "today", due_on=DAY, strict_due_on=DAY)
    for rule in ("joint-start", "plan-recorded"):
        add_overdue(square, "", rule=rule, due_on=None, strict_due_on=None, missing=["first_activity"])

    report = report_to(world.user("coordinator"))
    counts = Week(Trajectory.objects.all(), RULEBOOKS, DAY, SINCE, with_register=True).counts()

    assert report.as_figures() == {**{code: n for code, n in counts.items() if n}, "resolved": 0}
    assert report.rest.counts == (("late", 2), ("unknown", 2))


# ---------- daily digests


def test_a_daily_digest_lists_only_transitions_since_the_last_one():
    square = world.trajectory()
    add_transition(add_overdue(square, "a"), "overdue")
    add_transition(add_overdue(square, "b", met_on=date(2026, 4, 16)), "met", at="2026-04-16 12:00")
    add_overdue(square, "c")
    add_transition(add_overdue(square, "d"), "overdue", at="2026-04-12 00:30")
    gathered = DigestBatch(
        [reader := world.user("coordinator")], RULEBOOKS, DAY, timezone.localtime(SINCE), NOW, "daily"
    )
    report = gathered.digest_for(reader)
    assert [entry.line.subject for entry in report.sections[0].groups[0].entries] == ["a"]
    assert [entry.line.subject for entry in report.resolved.groups[0].entries] == ["b"]
