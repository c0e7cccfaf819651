"""Rows as facts: equal to the dossier, with a constant number of queries, and as known at any moment."""

from datetime import date, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation import models
from participation.compliance import facts
from participation.compliance.dates import ImpreciseDate
from participation.compliance.dossier_parser import facts_of
from participation.selectors.obligations import facts as selectors
from participation.selectors.obligations.facts import commitment_facts, facts_for, motion_facts, request_facts
from tests import world
from tests.selectors.in_full import IN_FULL, in_full

pytestmark = pytest.mark.django_db


def the_facts(trajectory, known_at=None):
    return dict(facts_for([trajectory.pk], known_at and world.moment(known_at))).get(trajectory.pk)


def queries(work):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        list(work)
    return len(captured)


def test_the_rows_of_a_trajectory_give_the_facts_of_its_dossier():
    found, expected = the_facts(in_full()), facts_of(IN_FULL)

    # One by one first, so that a failure shows where they differ.
    for part in ("trajectory", "plan", "scenarios", "steps", "documents", "contributions", "requests"):
        assert getattr(found, part) == getattr(expected, part), part
    assert found == expected


def test_the_dossier_in_full_fills_in_every_field_of_every_fact():
    known = facts_of(IN_FULL)
    sections = {"trajectory": [known.trajectory], "plan": [known.plan]}
    sections |= {
        name: getattr(known, name) for name in ("scenarios", "documents", "steps", "contributions", "requests")
    }

    empty = [
        f"{section}: {name}"
        for section, rows in sections.items()
        for name, default in facts.FACTS_BY_SECTION[section]._field_defaults.items()
        if all(getattr(row, name) == default for row in rows)
    ]

    assert empty == []


def test_the_history_of_a_trajectory_gives_the_facts_of_its_dossier():
    square = in_full()

    assert the_facts(square, "2199-12-31 23:59") == facts_of(IN_FULL)


def test_facts_contain_only_the_organisations_they_refer_to():
    assert set(the_facts(in_full()).organisations) == {"wijk-a", "winkeliers", "raad-leiden", "leiden"}


def test_many_organisations_are_loaded_correctly(monkeypatch):
    monkeypatch.setattr(selectors, "_MAX_SLUGS", 1)

    assert the_facts(in_full()) == facts_of(IN_FULL)


def test_a_trajectory_without_items_has_empty_facts():
    bare = models.Trajectory.objects.create(slug="kaal", title="Kaal")

    assert the_facts(bare) == facts.Facts(facts.TrajectoryFacts("kaal"))


def test_facts_are_in_the_requested_order_without_missing_ones(monkeypatch):
    monkeypatch.setattr(selectors, "CHUNK_SIZE", 2)
    pks = [world.trajectory(f"plein-{number}").pk for number in range(5)]
    keys = [pks[3], pks[0], 999_999, pks[3], pks[4], pks[1]]

    found = list(facts_for(keys))

    assert [pk for pk, _ in found] == [pks[3], pks[0], pks[4], pks[1]]
    assert [known.trajectory.slug for _, known in found] == ["plein-3", "plein-0", "plein-4", "plein-1"]


def test_each_trajectory_gets_its_own_rows():
    first, second = world.trajectory("plein"), world.trajectory("straat")
    world.step(first, "s1")
    world.step(second, "s2")
    world.document(second, "d1").shares.create(party=world.OUTSIDER)
    world.plan(first, world.RESIDENTS)

    found = dict(facts_for([first.pk, second.pk]))

    assert [step.ref for step in found[first.pk].steps] == ["s1"]
    assert [step.ref for step in found[second.pk].steps] == ["s2"]
    assert not found[first.pk].documents
    assert found[second.pk].documents[0].shared == ((world.OUTSIDER, None),)
    assert found[first.pk].participants == {world.RESIDENTS}
    assert found[second.pk].plan is None


@pytest.mark.parametrize("known_at", [None, "2199-12-31 23:59"])
def test_fifty_trajectories_take_as_many_queries_as_one(known_at):
    pks = [in_full(f"plein-{number}").pk for number in range(50)]
    moment = known_at and world.moment(known_at)

    one, fifty = queries(facts_for(pks[:1], moment)), queries(facts_for(pks, moment))

    assert one == fifty <= 10


def test_a_chunk_stays_below_the_parameter_limit_of_every_database():
    world.trajectory()
    unlikely = list(range(1, 2 * selectors.CHUNK_SIZE + 2))

    assert selectors.CHUNK_SIZE <= 2000
    assert len(list(facts_for(unlikely))) <= 1


def test_of_long_texts_only_their_presence_is_loaded():
    square = world.trajectory()
    world.contribution(square, response="x" * 100_000)

    with CaptureQueriesContext(connection) as captured:
        known = the_facts(square)

    (keys,) = [query["sql"] for query in captured if "_contribution" in query["sql"]]
    assert known.contributions[0].response is True
    assert "\"response\" = ''" in keys
    assert keys.count('"response"') == 1
    assert '"summary"' not in keys


class TestWhatWasKnown:
    def test_a_date_that_moved_later_is_the_old_one_before_that(self):
        square = record(world.trajectory, "2026-02-02 09:00")
        evening = record(world.step, "2026-03-01 09:00", square, planned=world.on("2026-03-20"))
        world.record(evening, "2026-03-05 09:00", planned=world.on("2026-03-27"))

        def planned(at):
            return the_facts(square, at).steps[0].planned

        assert planned("2026-03-05 08:59") == world.on("2026-03-20")
        assert planned("2026-03-05 09:00") == world.on("2026-03-27")

    def test_later_recorded_rows_are_not_included(self):
        square = record(world.trajectory, "2026-02-02 09:00")
        record(world.step, "2026-03-01 09:00", square)
        record(world.plan, "2026-03-01 10:00", square)

        assert the_facts(square, "2026-02-02 08:59") is None
        assert the_facts(square, "2026-02-28 09:00").steps == ()
        assert len(the_facts(square, "2026-03-01 09:30").steps) == 1
        assert the_facts(square, "2026-03-01 09:30").plan is None

    def test_of_two_versions_at_one_moment_the_last_counts(self):
        square = record(world.trajectory, "2026-02-02 09:00")
        evening = record(world.step, "2026-03-01 09:00", square)
        world.record(evening, "2026-03-01 09:00", planned=world.on("2026-03-27"))

        assert [step.planned for step in the_facts(square, "2026-03-02 09:00").steps] == [world.on("2026-03-27")]

    def test_a_removed_row_is_included_before_its_removal(self):
        square = record(world.trajectory, "2026-02-02 09:00")
        draft = record(world.document, "2026-03-01 09:00", square)
        share = models.DocumentShare(document=draft, party="residents")
        world.record(share, "2026-03-01 09:00")
        world.remove(share, "2026-03-10 09:00")
        world.remove(draft, "2026-03-10 09:00")

        (before,) = the_facts(square, "2026-03-09 09:00").documents

        assert before.shared == (("residents", None),)
        assert the_facts(square, "2026-03-11 09:00").documents == ()
        assert the_facts(square).documents == ()

    def test_an_organisation_is_loaded_as_it_was_known(self):
        square = record(world.trajectory, "2026-02-02 09:00")
        record(world.step, "2026-02-02 09:00", square, audience=[world.OUTSIDER])
        outsider = models.Organisation(slug=world.OUTSIDER, name="Wijk elders", kind="other")
        world.record(outsider, "2026-02-02 09:00")
        world.record(outsider, "2026-03-01 09:00", kind="residents_association")

        assert the_facts(square, "2026-02-03 09:00").organisations[world.OUTSIDER].kind == "other"
        assert the_facts(square, "2026-03-02 09:00").organisations[world.OUTSIDER].kind == "residents_association"


def record(factory, at, *of, **columns):
    """Create a row with a function of tests.world, as if recorded at that moment."""
    made = factory(*of, **columns)
    type(made).history.filter(**{made._meta.pk.attname: made.pk}).update(history_date=world.moment(at))
    return made


def test_a_motion_is_loaded_with_its_reports_in_chronological_order():
    motion = world.motion(due_on=world.on("2022-06-01"), settled_on=world.on("2024-05-16"))
    for day in (None, world.on("2022-08-01"), world.on("2022-02-01")):
        motion.reports.create(on=day)
    other = world.motion("21.0098/01", outcome="", adopted_on=world.between("2021-01-01", "2021-12-31", "year"))

    assert dict(motion_facts([other.pk, motion.pk, 999])) == {
        other.pk: facts.MotionFacts("21.0098/01", "", world.between("2021-01-01", "2021-12-31", "year")),
        motion.pk: facts.MotionFacts(
            "21.0098/04",
            "adopted",
            world.on("2021-11-11"),
            world.on("2022-06-01"),
            world.on("2024-05-16"),
            (world.on("2022-02-01"), world.on("2022-08-01"), None),
        ),
    }
    assert queries(motion_facts([other.pk, motion.pk])) == 2


def test_a_commitment_is_loaded_as_it_was_known():
    commitment = record(world.commitment, "2021-05-20 09:00", owner="")
    world.record(commitment, "2021-06-01 09:00", owner="wethouder", due_on=world.on("2021-12-31"))
    report = record(lambda: commitment.reports.create(on=world.on("2021-07-01")), "2021-07-02 09:00")

    def known(at):
        return dict(commitment_facts([commitment.pk], at and world.moment(at)))[commitment.pk]

    bare = facts.CommitmentFacts("T-1", "", world.on("2021-05-19"))
    assert known("2021-05-21 09:00") == bare
    assert known("2021-06-02 09:00") == bare._replace(owner="wethouder", due_on=world.on("2021-12-31"))
    assert known(None).reports == (report.on,)


def test_a_time_of_day_is_loaded_as_a_time():
    square = world.trajectory()
    world.step(square, starts_at=time(9, 5), ends_at=None)

    (found,) = the_facts(square).steps

    assert (found.starts_at, found.ends_at) == (time(9, 5), None)
    assert found.planned == ImpreciseDate.on(date(2026, 3, 20))


def test_a_commitment_is_loaded_with_its_repetition_and_fulfilments():
    repeats = {"repeats_every_months": 6, "repeats_first_due_on": world.on("2021-12-31")}
    commitment = record(world.commitment, "2021-05-20 09:00", **repeats, repeats_until=world.on("2030-12-31"))
    for day in ("2022-06-01", "2021-12-01"):
        record(lambda day=day: commitment.fulfilments.create(on=world.on(day)), f"{day} 12:00")
    record(lambda: commitment.fulfilments.create(), "2022-07-01 12:00")

    def known(at):
        return dict(commitment_facts([commitment.pk], at and world.moment(at)))[commitment.pk]

    bare = facts.CommitmentFacts("T-1", "", world.on("2021-05-19"), **repeats, repeats_until=world.on("2030-12-31"))
    assert known("2021-12-31 09:00") == bare._replace(fulfilments=(world.on("2021-12-01"),))
    assert known(None) == bare._replace(fulfilments=(world.on("2021-12-01"), world.on("2022-06-01"), None))
    assert queries(commitment_facts([commitment.pk])) == 3


def test_a_request_is_loaded_by_itself_until_it_is_linked():
    square = world.trajectory()
    columns = {"suspended": [{"from": "2026-04-20"}], "committee": True, "agreed_until": world.on("2026-06-01")}
    request = record(world.register_request, "2026-04-17 09:00", **columns)
    world.record(request, "2026-05-01 09:00", trajectory=square)

    def known(at):
        return dict(request_facts([request.pk, 999], at and world.moment(at))).get(request.pk)

    lone = facts.RequestFacts(
        "V-2026-12",
        "woo",
        world.RESIDENTS,
        committee=True,
        received_on=world.on("2026-04-16"),
        agreed_until=world.on("2026-06-01"),
        suspended=((world.on("2026-04-20"), None),),
    )
    assert known("2026-04-16 09:00") is None
    assert known("2026-04-18 09:00") == lone
    assert the_facts(square, "2026-04-18 09:00") is None or not the_facts(square, "2026-04-18 09:00").requests
    assert known(None) == facts.RequestFacts("V-2026-12")
    assert the_facts(square).requests == (lone,)
    world.register_request("V-2")
    assert queries(request_facts(list(models.Request.objects.values_list("pk", flat=True)))) == 2
