"""The change feed: public changes between two moments, from the histories and the transitions."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation import models
from participation.compliance.rulebooks import load_rulebooks
from participation.models import Trajectory
from participation.presentation.change_messages import ChangeRenderer
from participation.selectors.changes.feed import MAX_CHANGES_PER_KIND, ChangeFeed, changes_between
from participation.selectors.changes.state_changes import KINDS
from tests import towns, world

pytestmark = pytest.mark.django_db

BEFORE, SINCE = "2026-03-01T09:00", world.moment("2026-03-02T00:00")
WITHIN, LATER, UNTIL = "2026-03-03T09:00", "2026-03-04T09:00", world.moment("2026-03-09T00:00")
RULEBOOKS = load_rulebooks("leiden")


def changed(since=SINCE, until=UNTIL, trajectories=None):
    rows = Trajectory.objects.visible_to(None) if trajectories is None else trajectories
    return changes_between(rows, since, until, RULEBOOKS)


def change_kinds(**options):
    return [change.kind for change in changed(**options)]


@pytest.fixture
def square():
    """Create a trajectory with a plan and a party, all recorded before the period."""
    made = world.trajectory()
    plan = world.plan(made)
    world.organisation()
    as_recorded(BEFORE, made, plan)
    return made


def as_recorded(at, *rows):
    """Move the whole history of these rows to that moment."""
    for row in rows:
        row.history.update(history_date=world.moment(at))


def new(at, make, *arguments, **columns):
    """Create a row as if recorded at that moment."""
    row = make(*arguments, **columns)
    as_recorded(at, row)
    return row


def test_a_request_that_is_linked_is_new_without_what_it_was_before(square):
    asked = new(BEFORE, world.register_request, "V-1", summary="Van mij alleen")
    world.record(asked, "2026-03-03 10:00", trajectory=square, summary="Alle stukken")

    [change] = changed()

    assert (change.kind, change.ref, change.parts["summary"]) == ("asked", "V-1", "Alle stukken")


def test_without_history_there_are_no_changes(square):
    assert change_kinds() == []


# ---------- steps


def test_a_planned_meeting_is_listed_with_its_day_and_time(square):
    new(WITHIN, world.step, square, title="Bewonersavond")
    (change,) = changed()
    assert (change.kind, change.slug, change.title, change.ref) == ("planned", square.slug, square.title, "s1")
    assert change.at == world.moment(WITHIN)
    assert (change.parts["title"], change.parts["when"]) == ("Bewonersavond", world.on("2026-03-20"))


def test_a_row_added_and_undone_within_the_period_is_not_listed(square):
    row = new(WITHIN, world.step, square)
    world.remove(row, LATER)
    assert change_kinds() == []


def test_a_change_reverted_within_the_period_is_not_listed(square):
    row = new(BEFORE, world.step, square)
    world.record(row, WITHIN, planned=world.on("2026-03-27"))
    world.record(row, LATER, planned=world.on("2026-03-20"))
    assert change_kinds() == []


def test_a_step_moved_twice_is_one_change_from_the_first_to_the_last_date(square):
    row = new(BEFORE, world.step, square)
    world.record(row, WITHIN, planned=world.on("2026-03-27"))
    world.record(row, LATER, planned=world.on("2026-04-03"))
    (change,) = changed()
    assert change.kind == "moved"
    assert (change.parts["was"], change.parts["when"]) == (world.on("2026-03-20"), world.on("2026-04-03"))
    assert change.at == world.moment(LATER)


@pytest.mark.parametrize(
    ("columns", "changes", "kind"),
    [
        ({}, {"cancelled": True}, "cancelled"),
        ({}, {"done": world.on("2026-03-20")}, "held"),
        ({"kind": "decision"}, {"done": world.on("2026-03-20")}, "decided"),
        ({"done": world.on("2026-03-20")}, {"done": world.on("2026-03-21")}, "corrected"),
        ({"planned": world.between("2026-03-01", "2026-03-31", "month")}, {"planned": world.on("2026-03-20")}, "dated"),
        ({"planned": None}, {"planned": world.on("2026-03-20")}, "planned"),
        ({}, {"planned": None}, "to_plan"),
        ({"cancelled": True}, {"cancelled": False}, "planned"),
        ({}, {"starts_at": None, "ends_at": None}, "moved"),
        ({}, {"place_name": "Buurthuis"}, "placed"),
        ({"place_name": "Buurthuis"}, {"sign_up_url": "https://example.org/aanmelden"}, "placed"),
        ({}, {"place_name": "Buurthuis", "planned": world.on("2026-04-03")}, "moved"),
        ({}, {"closes": world.on("2026-03-31")}, "closes"),
    ],
)
def test_a_step_status_change_is_listed(square, columns, changes, kind):
    row = new(BEFORE, world.step, square, **columns)
    world.record(row, WITHIN, **changes)
    assert change_kinds() == [kind]


def test_a_corrected_note_is_not_listed(square):
    row = new(BEFORE, world.step, square)
    world.record(row, WITHIN, note="Zaal 2", title="Avond in het buurthuis")
    assert change_kinds() == []


def test_removing_a_planned_step_is_listed_but_not_a_done_one(square):
    planned = new(BEFORE, world.step, square)
    done_step = new(BEFORE, world.step, square, "s2", done=world.on("2026-02-20"))
    world.remove(planned, WITHIN)
    world.remove(done_step, WITHIN)
    assert [(c.kind, c.ref) for c in changed()] == [("dropped", "s1")]


# ---------- contributions


def test_an_answer_is_listed_with_the_contribution_text_and_the_outcome(square):
    row = new(BEFORE, world.contribution, square)
    world.record(row, WITHIN, outcome="partly", response="Er komen tien bomen", responded_on=world.on("2026-03-03"))
    (change,) = changed()
    assert (change.kind, change.ref) == ("answered", "c1")
    assert (change.parts["summary"], change.parts["outcome"]) == ("Meer bomen", "partly")


def answer(row, response, outcome="adopted", at=WITHIN):
    world.record(row, at, outcome=outcome, response=response, responded_on=world.on("2026-03-03"))


def test_the_same_answer_to_thirteen_contributions_is_one_change(square):
    rows = [new(BEFORE, world.contribution, square, f"c{number}") for number in range(15)]
    for row in rows[:13]:
        answer(row, "Dat doen we", at=WITHIN if row is rows[0] else LATER)
    answer(rows[13], "Dat doen we", "partly")
    answer(rows[14], "Te smal")

    found = changed()

    assert [(c.kind, c.parts.get("count", 1), c.parts["response"]) for c in found] == [
        ("answered", 1, "Dat doen we"),
        ("answered", 1, "Te smal"),
        ("answered", 13, "Dat doen we"),
    ]
    assert found[-1].at == world.moment(LATER)
    assert [each["summary"] for each in found[-1].parts["all"]] == ["Meer bomen"] * 13
    assert len({change.key for change in found}) == 3


def test_answers_that_are_left_out_count_each_contribution(square):
    for number in range(2 * MAX_CHANGES_PER_KIND + 4):
        row = new(BEFORE, world.contribution, square, f"c{number}")
        answer(row, f"Antwoord {number // 2}", at=f"2026-03-03T09:{number:02}")

    found = changed()

    assert [change.more for change in found] == [0] * MAX_CHANGES_PER_KIND + [4]


def test_the_answers_to_one_party_are_read_alone(square):
    mine = [new(BEFORE, world.contribution, square, f"c{number}") for number in (1, 2)]
    other = new(BEFORE, world.contribution, square, "c3", party="residents")
    new(WITHIN, world.contribution, square, "c4")
    new(WITHIN, world.step, square)
    for row in (*mine, other):
        answer(row, "Dat doen we")
    with CaptureQueriesContext(connection) as captured:
        feed = ChangeFeed(Trajectory.objects.all(), SINCE, UNTIL, (), only=("contribution",))
        (change,) = feed.changes_between(SINCE, UNTIL, answers_to={world.RESIDENTS})

    assert change.parts["count"] == 2
    assert {each["party"] for each in change.parts["all"]} == {world.RESIDENTS}
    assert len(captured) == 3


def test_many_changes_of_one_type_are_listed_partly_and_counted(square):
    for number in range(MAX_CHANGES_PER_KIND + 3):
        new(WITHIN, world.contribution, square, f"c{number}")
    found = changed()
    assert [change.kind for change in found] == ["received"] * (MAX_CHANGES_PER_KIND + 1)
    assert [change.more for change in found] == [0] * MAX_CHANGES_PER_KIND + [3]


def test_a_request_is_listed_with_its_latest_state(square):
    request = new(WITHIN, world.request, square)
    assert change_kinds() == ["asked"]
    world.record(request, LATER, answer="Dat doen we", answered_on=world.on("2026-03-04"))
    assert change_kinds() == ["request_answered"]
    assert change_kinds(since=world.moment(LATER) - timedelta(hours=1)) == ["request_answered"]


def test_a_counter_signal_and_its_answer_are_not_listed_as_a_concern(square):
    request = new(WITHIN, world.request, square)
    new(
        WITHIN,
        models.CounterSignal.objects.create,
        trajectory=square,
        rule="feedback-given",
        subject="s1",
        status="met",
        on=date(2026, 3, 3),
        organisation=world.organisation(),
        made_by=world.user("association_member", world.RESIDENTS),
        request=request,
    )
    assert change_kinds() == ["contradicted"]
    world.record(request, LATER, answer="U hebt gelijk", answered_on=world.on("2026-03-04"))
    (change,) = changed(since=world.moment("2026-03-03T12:00"))
    assert (change.kind, change.parts["rule"]) == ("signal_answered", "feedback-given")


# ---------- documents, plan, waivers, the trajectory itself


def test_a_published_document_is_listed(square):
    row = new(BEFORE, world.document, square)
    world.record(row, WITHIN, published_on=world.on("2026-03-03"))
    assert change_kinds() == ["published"]


def test_recipients_of_one_document_are_combined_in_one_change(square):
    row = new(BEFORE, world.document, square)
    for party in (world.RESIDENTS, "residents"):
        new(WITHIN, row.shares.create, party=party, on=world.on("2026-03-03"))
    (change,) = changed()
    assert (change.kind, sorted(change.parts["parties"])) == ("shared", ["residents", world.RESIDENTS])


def test_actors_of_a_new_plan_are_not_listed_separately():
    made = new(BEFORE, world.trajectory)
    plan = new(WITHIN, world.plan, made, world.RESIDENTS)
    as_recorded(WITHIN, *plan.actors.all())
    assert change_kinds() == ["plan_adopted"]


def test_a_party_added_later_is_listed(square):
    new(WITHIN, square.plan.actors.create, organisation=world.organisation(world.SHOPS), part="participant")
    (change,) = changed()
    assert (change.kind, change.parts["party"]) == ("joined", world.SHOPS.title())


def test_a_waiver_is_listed_with_its_reason_and_its_withdrawal(square):
    row = new(WITHIN, world.waiver, square)
    (change,) = changed()
    assert (change.kind, change.parts["rule"]) == ("explained", "scenarios-offered")
    world.remove(row, LATER)
    assert change_kinds() == []
    assert change_kinds(since=world.moment(WITHIN)) == ["explanation_withdrawn"]


def test_of_a_new_trajectory_only_upcoming_steps_are_listed():
    made = new(WITHIN, world.trajectory)
    new(WITHIN, world.step, made)
    new(WITHIN, world.step, made, "s2", planned=world.on("2026-02-20"))
    new(WITHIN, world.contribution, made)
    assert [(c.kind, c.ref) for c in changed()] == [("began", ""), ("planned", "s1")]


def test_a_trajectory_that_becomes_public_is_new():
    made = new(BEFORE, world.trajectory, public=False)
    world.record(made, WITHIN, public=True)
    assert change_kinds() == ["began"]


def test_private_trajectories_are_never_listed():
    hidden = new(BEFORE, world.trajectory, public=False)
    new(WITHIN, world.step, hidden)
    assert change_kinds(trajectories=Trajectory.objects.all()) == []


# ---------- transitions


def add_transition(square, at, **line):
    obligation = models.Obligation.objects.filter(trajectory=square).first() or world.obligation(trajectory=square)
    world.transition(obligation, noticed_at=world.moment(at), **line)
    return obligation


def test_an_obligation_that_became_overdue_is_listed(square):
    add_transition(square, WITHIN, from_status="due_soon", to_status="overdue")
    (change,) = changed()
    assert (change.kind, change.ref, change.parts["rule"]) == ("overdue", "s1", "feedback-given")
    assert change.parts["obligation"].due_on == date(2026, 4, 17)


def test_an_obligation_overdue_and_met_within_the_period_is_listed_as_met_late(square):
    add_transition(square, WITHIN, from_status="due_soon", to_status="overdue")
    add_transition(square, LATER, from_status="overdue", to_status="met_late")
    assert change_kinds() == ["done_late"]


def test_an_obligation_first_recorded_as_met_late_is_not_listed(square):
    add_transition(square, WITHIN, from_status="", to_status="met_late")
    assert change_kinds() == []


def test_a_retrospective_trajectory_does_not_become_overdue(square):
    Trajectory.objects.update(retrospective=True)
    add_transition(square, WITHIN, from_status="due_soon", to_status="overdue")
    assert change_kinds() == []


def test_an_obligation_of_a_removed_rule_is_not_listed(square):
    add_transition(square, WITHIN, from_status="due_soon", to_status="overdue")
    assert changes_between(Trajectory.objects.all(), SINCE, UNTIL, load_rulebooks("nl")) == []


# ---------- periods


def test_a_subset_gives_the_same_changes_as_reading_it_alone(square):
    row = new(BEFORE, world.step, square)
    world.record(row, WITHIN, planned=world.on("2026-03-27"))
    world.record(row, LATER, cancelled=True)
    read = ChangeFeed(Trajectory.objects.all(), SINCE, UNTIL, RULEBOOKS)
    noon = world.moment("2026-03-03T12:00")
    for since, until in ((SINCE, noon), (noon, UNTIL), (SINCE, UNTIL)):
        assert read.changes_between(since, until) == changed(since, until)
    assert [change.kind for change in read.changes_between(SINCE, noon)] == ["moved"]


def test_a_moment_belongs_to_exactly_one_period(square):
    new(WITHIN, world.step, square)
    edge = world.moment(WITHIN)
    assert change_kinds(until=edge) == ["planned"]
    assert change_kinds(since=edge) == []


def test_changes_are_grouped_by_amsterdam_day_with_the_newest_first(square):
    row = new(BEFORE, world.step, square)
    world.record(row, "2026-03-03T22:30", planned=world.on("2026-03-27"))
    world.record(row, "2026-03-03T23:30", planned=world.on("2026-04-03"))
    found = ChangeFeed(Trajectory.objects.all(), SINCE, UNTIL, RULEBOOKS).changes_by_day(SINCE, UNTIL)
    assert [(c.kind, c.parts["when"]) for c in found] == [
        ("moved", world.on("2026-04-03")),
        ("moved", world.on("2026-03-27")),
    ]


def test_every_change_type_has_a_position(square):
    new(WITHIN, world.step, square)
    new(WITHIN, world.document, square)
    new(WITHIN, world.contribution, square)
    found = change_kinds()
    assert found == sorted(found, key=KINDS.index)


# ---------- number of queries


def of_everything(slug):
    made = new(BEFORE, world.trajectory, slug)
    new(BEFORE, world.plan, made)
    step = new(BEFORE, world.step, made)
    new(WITHIN, world.contribution, made)
    document = new(WITHIN, world.document, made)
    new(WITHIN, document.shares.create, party="residents")
    new(WITHIN, world.request, made)
    new(WITHIN, world.waiver, made)
    new(WITHIN, world.scenario, made)
    world.record(step, WITHIN, planned=world.on("2026-03-27"))
    add_transition(made, WITHIN, from_status="due_soon", to_status="overdue")


def test_fifty_trajectories_take_as_many_queries_as_one():
    world.organisation()
    of_everything("plein-0")
    counts = []
    for more in (0, 49):
        for number in range(1, more + 1):
            of_everything(f"plein-{number}")
        with CaptureQueriesContext(connection) as queries:
            found = changed()
        counts.append(len(queries))
        assert {change.slug for change in found} == {f"plein-{number}" for number in range(more + 1)}
    assert counts[0] == counts[1] <= 25


# ---------- several municipalities


def test_what_became_overdue_is_told_by_the_rule_of_its_town(square):
    park = world.trajectory("park", municipality="oegstgeest")
    as_recorded(BEFORE, park)
    for of in (square, park):
        for rule, subject in (("feedback-given", "s1"), ("plan-recorded", "")):
            late = world.obligation(trajectory=of, rule=rule, subject=subject)
            world.transition(late, noticed_at=world.moment(WITHIN), from_status="due_soon", to_status="overdue")
    found = changes_between(Trajectory.objects.all(), SINCE, UNTIL, towns.RULEBOOKS)
    assert [(c.slug, c.municipality, c.parts["rule"]) for c in found] == [
        ("park", "oegstgeest", "feedback-given"),
        ("voorbeeldplein", "leiden", "feedback-given"),
        ("voorbeeldplein", "leiden", "plan-recorded"),
    ]
    renderer = ChangeRenderer(towns.RULEBOOKS, "nl", {})
    texts = [renderer.render(change).text for change in found]
    assert texts[0].startswith("Antwoord aan Oegstgeest over ")
    assert texts[1].startswith("Terugkoppeling over ")
