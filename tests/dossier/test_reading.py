import random
from datetime import date, datetime, time
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from participation.compliance.dates import ImpreciseDate
from participation.compliance.dossier_parser import clock_time, commitment_of, facts_of, motion_of, when_of
from participation.compliance.facts import (
    CommitmentFacts,
    ContributionFacts,
    DocumentFacts,
    Facts,
    MotionFacts,
    OrganisationFacts,
    PlanFacts,
    RequestFacts,
    ScenarioFacts,
    StepFacts,
    TrajectoryFacts,
)
from participation.dossier.validate import problems_in
from tests.dossier.example import dossier, mini, paths, put, register


def on(year: int, month: int, day: int) -> ImpreciseDate:
    return ImpreciseDate.on(date(year, month, day))


def test_a_dossier_becomes_its_facts_field_by_field() -> None:
    facts = facts_of(dossier())
    assert facts.trajectory == TrajectoryFacts(
        slug="vergroening-eikenhof",
        kind="public_space",
        level="coproduce",
        impact="medium",
        municipality="leiden",
        contact_role="district_coordinator",
        commissioner="leiden",
        status="active",
        started_on=on(2026, 2, 2),
    )
    assert facts.plan == PlanFacts(
        adopted_on=on(2026, 2, 20),
        published_on=on(2026, 2, 21),
        actors_shared_on=on(2026, 2, 5),
        frameworks=(("De riolering blijft liggen", "Die is van vorig jaar"),),
        room=True,
        level_motivation=True,
        target_groups=(("children", "door_to_door"),),
        silent_interests=("future_residents", "nature"),
        channels=("letter", "website"),
        neighbouring_areas=("beukenhof",),
        joint_start=True,
        support=True,
        roles=("college", "council"),
        resources=("expertise", "lead_time", "people"),
        actors=(("buurt-eikenhof", "participant"), ("raad-leiden", "decides")),
    )
    assert facts.scenarios == (ScenarioFacts("sc1", on(2026, 3, 20)),)
    assert facts.documents == (
        DocumentFacts(
            "d1",
            kind="draft",
            title="Schets",
            plain_summary=True,
            dated_on=on(2026, 3, 1),
            shared=(("buurt-eikenhof", on(2026, 3, 2)), ("leiden", None)),
        ),
        DocumentFacts("d2", kind="final", title="Schets", replaces="d1"),
    )
    assert facts.steps == (
        StepFacts(
            "s1",
            kind="activity",
            method="meeting",
            phase="exploration",
            title="Avond in het buurthuis",
            score=8,
            starts_at=time(19, 30),
            ends_at=time(21),
            audience=("buurt-eikenhof", "residents"),
            documents=("d1",),
            planned=ImpreciseDate(date(2026, 3, 11), date(2026, 3, 20), "month_part", "Medio maart"),
            done=on(2026, 3, 20),
            announced_on=on(2026, 2, 20),
            evaluation_sent_on=on(2026, 3, 21),
        ),
        StepFacts("s2", kind="feedback", planned=on(2026, 4, 10), about=("c1", "s1"), uses=("d2", "s1")),
        StepFacts("step-3", kind="decision", stage="adoption", body="council", planned=on(2026, 6, 18)),
    )
    assert facts.contributions == (
        ContributionFacts("c1", "s1", "buurt-eikenhof", "partly", True, on(2026, 3, 20), on(2026, 4, 10)),
    )
    assert facts.requests == (
        RequestFacts(
            "r1", "concern", "buurt-eikenhof", answer=True, received_on=on(2026, 3, 25), answered_on=on(2026, 4, 1)
        ),
    )
    assert facts.organisations == {
        "buurt-eikenhof": OrganisationFacts("buurt-eikenhof", "residents_association"),
        "leiden": OrganisationFacts("leiden", "municipality", "leiden"),
        "raad-leiden": OrganisationFacts("raad-leiden", "council", "leiden"),
    }


def test_a_register_becomes_motions_and_commitments() -> None:
    assert motion_of(register()["motions"][0]) == MotionFacts(
        "M21.0098/04",
        "adopted",
        ImpreciseDate(date(2021, 1, 1), date(2021, 12, 31), "year", "2021"),
        reports=(on(2022, 5, 1), None),
    )
    assert commitment_of(register()["commitments"][0]) == CommitmentFacts(
        "Z/21/3258970-1", "wethouder", on(2021, 5, 19), on(2022, 5, 19), reports=(on(2021, 12, 1),)
    )


def test_what_is_absent_takes_the_default_of_the_fact() -> None:
    facts = facts_of(mini(scenarios=[{}], documents=[{}], steps=[{}], contributions=[{}], requests=[{}]))
    assert facts == Facts(
        TrajectoryFacts("a"),
        None,
        (ScenarioFacts("scenario-1"),),
        (StepFacts("step-1"),),
        (DocumentFacts("document-1"),),
        (ContributionFacts("contribution-1"),),
        (RequestFacts("request-1"),),
    )
    assert motion_of({"number": "1"}) == MotionFacts("1")
    assert commitment_of({}) == CommitmentFacts("")


def test_a_plan_of_which_nothing_is_known_is_still_a_plan() -> None:
    assert facts_of(mini(plan=dict.fromkeys(PlanFacts._fields))).plan == PlanFacts()
    assert facts_of(mini(plan={})).plan == PlanFacts()
    assert facts_of(mini(plan=None)).plan is None


OPTIONAL = [
    path
    for path in paths(dossier())
    if isinstance(path[-1], str) and path[-1] not in {"dossier", "from", "to", "precision"}
]


@pytest.mark.parametrize("path", OPTIONAL, ids=lambda path: "/".join(map(str, path)))
def test_null_and_absent_give_the_same_facts(path: tuple[Any, ...]) -> None:
    absent = dossier()
    holder = absent
    for part in path[:-1]:
        holder = holder[part]
    del holder[path[-1]]
    assert facts_of(put(dossier(), path, None)) == facts_of(absent)


@pytest.mark.parametrize("blank", [None, "", "  ", "\n"])
def test_a_reason_of_white_space_is_no_reason(blank: str | None) -> None:
    reasons = (
        "room",
        "level_motivation",
        "joint_start_reason",
        "support",
        "support_reason",
        "scenarios_reason",
    )
    plan = facts_of(mini(plan={**dict.fromkeys(reasons, blank), "roles": {"council": blank}})).plan
    assert plan == PlanFacts()
    facts = facts_of(mini(contributions=[{"response": blank}], requests=[{"extension_reason": blank}]))
    assert not facts.contributions[0].response
    assert not facts.requests[0].extension_reason


def test_yes_no_and_not_known_stay_three_things() -> None:
    documents = [{"ref": ref, "changes_marked": value} for ref, value in (("a", True), ("b", False), ("c", None))]
    assert [document.changes_marked for document in facts_of(mini(documents=documents)).documents] == [
        True,
        False,
        None,
    ]


@given(st.randoms(use_true_random=False))
def test_no_order_of_recording_changes_the_facts(shuffling: random.Random) -> None:
    document = dossier()
    document["steps"][2]["ref"] = "s3"
    document["plan"]["frameworks"].append({"what": "A", "why": None})
    before = facts_of(document)
    for value in [document, document["plan"], *document["steps"], *document["documents"]]:
        for rows in value.values():
            if isinstance(rows, list):
                shuffling.shuffle(rows)
    assert facts_of(document) == before


def test_what_is_named_twice_counts_once() -> None:
    step = facts_of(mini(steps=[{"audience": ["everyone", "residents", "everyone"]}])).steps[0]
    assert step.audience == ("everyone", "residents")


def test_an_empty_pair_and_a_nameless_actor_are_not_there() -> None:
    plan = {
        "frameworks": [{}, {"what": None}],
        "target_groups": [{"group": "children"}],
        "actors": [{"part": "decides"}],
    }
    assert facts_of(mini(plan=plan)).plan == PlanFacts(target_groups=(("children", ""),))


def test_a_share_with_nobody_is_not_there() -> None:
    shares = [{"on": "2026-01-01"}, {"with": "everyone"}]
    assert facts_of(mini(documents=[{"shared": shares}])).documents[0].shared == (("everyone", None),)


def test_reading_leaves_the_document_as_it_was() -> None:
    document = dossier()
    facts_of(document)
    assert document == dossier()


# Organisations


def test_only_organisations_that_are_referred_to_become_facts() -> None:
    slugs = (
        "actor",
        "audience",
        "body",
        "share",
        "contributor",
        "asker",
        "commissioner",
        "studied",
        "nobody",
    )
    document = mini(
        organisations=[{"slug": slug} for slug in slugs],
        plan={"actors": [{"organisation": "actor", "suggested_by": "nobody"}]},
        steps=[{"audience": ["audience", "residents"], "body": "body"}],
        documents=[{"shared": [{"with": "share"}]}],
        contributions=[{"from": "contributor"}],
        requests=[{"from": "asker"}],
    )
    document["trajectory"] |= {
        "commissioner": "commissioner",
        "subject_of_study": "studied",
        "municipality": "nobody",
    }
    assert set(facts_of(document).organisations) == set(slugs) - {"nobody"}


def test_an_organisation_that_is_not_declared_is_taken_from_those_that_are_known() -> None:
    known = {"wijk-a": OrganisationFacts("wijk-a", "residents_association", "leiden"), "b": OrganisationFacts("b")}
    assert facts_of(mini(requests=[{"from": "wijk-a"}]), known).organisations == {"wijk-a": known["wijk-a"]}


def test_a_declaration_overrules_what_is_known_and_leaves_alone_what_it_does_not_say() -> None:
    known = {"a": OrganisationFacts("a", "council", "leiden")}
    document = mini(requests=[{"from": "a"}], organisations=[{"slug": "a", "kind": "committee"}])
    assert facts_of(document, known).organisations["a"] == OrganisationFacts("a", "committee", "leiden")


def test_a_declaration_of_a_slug_alone_leaves_everything_as_it_is_known() -> None:
    known = {"a": OrganisationFacts("a", "council", "leiden")}
    assert facts_of(mini(requests=[{"from": "a"}], organisations=[{"slug": "a"}]), known).organisations == known


def test_only_a_municipality_belongs_to_itself() -> None:
    organisations = [{"slug": "a", "kind": "municipality"}, {"slug": "b", "kind": "council"}]
    document = mini(organisations=organisations, steps=[{"audience": ["a", "b"]}])
    document["trajectory"]["municipality"] = "a"
    assert {o.slug: o.municipality for o in facts_of(document).organisations.values()} == {"a": "a", "b": ""}


# YAML


def test_yaml_gives_the_same_facts_as_json() -> None:
    in_yaml = yaml.safe_load("""
        trajectory: {slug: a, title: A, started_on: 2026-02-02}
        documents: [{ref: d1, shared: [{with: everyone, on: 2026-03-02}]}]
        steps:
          - {ref: s1, starts_at: 19:30, ends_at: 21:00, done: 2026-03-20}
          - {ref: s2, starts_at: 09:30, planned: {from: 2017-06-11, to: 2017-06-20, precision: month_part}}
    """)
    in_json = {
        "trajectory": {"slug": "a", "title": "A", "started_on": "2026-02-02"},
        "documents": [{"ref": "d1", "shared": [{"with": "everyone", "on": "2026-03-02"}]}],
        "steps": [
            {"ref": "s1", "starts_at": "19:30", "ends_at": "21:00", "done": "2026-03-20"},
            {
                "ref": "s2",
                "starts_at": "09:30",
                "planned": {"from": "2017-06-11", "to": "2017-06-20", "precision": "month_part"},
            },
        ],
    }
    assert facts_of(in_yaml) == facts_of(in_json)
    assert facts_of(in_yaml).documents[0].shared == (("everyone", on(2026, 3, 2)),)


def test_a_day_of_a_report_in_yaml_is_read() -> None:
    assert motion_of(yaml.safe_load("{number: '1', reports: [{on: 2026-03-02}]}")).reports == (on(2026, 3, 2),)


@given(st.times())
def test_a_time_is_the_same_as_text_and_as_yaml_reads_it(moment: time) -> None:
    minute = moment.replace(second=0, microsecond=0)
    text = f"{minute:%H:%M}"
    assert clock_time(text) == minute
    assert clock_time(yaml.safe_load(text)) == minute
    assert clock_time(minute.hour * 60 + minute.minute) == minute


@pytest.mark.parametrize("value", ["24:00", "9:30", "19.30", -1, 1440, 19.5, True, "", [], "1٩:30", " 9:30", "+9:30"])
def test_what_is_no_time_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="is not a time of day"):
        clock_time(value)


@pytest.mark.parametrize("value", ["2021-02-30", "17/5", "", 2021, True, [], {}, datetime(2026, 1, 1)])  # noqa: DTZ001
def test_what_is_no_date_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- each says something else
        when_of(value)


def test_an_unreadable_date_is_reported_with_its_key() -> None:
    with pytest.raises(ValueError, match="planned: '17/5' is not a date"):
        facts_of(mini(steps=[{"planned": "17/5"}]))


def test_a_number_that_yaml_has_rounded_is_refused() -> None:
    with pytest.raises(ValueError, match="between quotes"):
        motion_of(yaml.safe_load("{number: 24.0010}"))


@pytest.mark.parametrize("score", ["8", 8.0, True])
def test_a_score_that_is_no_whole_number_is_refused(score: Any) -> None:
    with pytest.raises(ValueError, match="score"):
        facts_of(mini(steps=[{"score": score}]))


@given(st.data())
def test_what_passes_the_checks_can_be_read(data: st.DataObject) -> None:
    document = dossier()
    path = data.draw(st.sampled_from(list(paths(document))))
    put(
        document,
        path,
        data.draw(st.one_of(st.none(), st.text(), st.integers(), st.booleans(), st.just([]), st.just({}))),
    )
    if not problems_in(document):
        assert facts_of(document).trajectory.slug
