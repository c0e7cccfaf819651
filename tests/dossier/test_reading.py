import random
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from participation.compliance.dates import ImpreciseDate
from participation.compliance.dossier_parser import (
    commitment_of,
    facts_of,
    motion_of,
    parse_clock_time,
    parse_imprecise_date,
)
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
from tests.dossier.example import dossier, mini, paths, register, set_value


def on(year: int, month: int, day: int) -> ImpreciseDate:
    return ImpreciseDate.on(date(year, month, day))


def test_a_dossier_is_parsed_into_facts_field_by_field() -> None:
    facts = facts_of(dossier())
    assert facts.trajectory == TrajectoryFacts(
        slug="vergroening-eikenhof",
        kind="public_space",
        initiator="residents",
        level="coproduce",
        impact="medium",
        instrument="permit",
        participation_required=True,
        municipality="leiden",
        contact_role="district_coordinator",
        commissioner="leiden",
        status="active",
        started_on=on(2026, 2, 2),
        no_participation_ground="minor_change",
        no_participation_reason=True,
        no_participation_decided_on=ImpreciseDate(date(2026, 1, 1), date(2026, 1, 31), "month", "januari"),
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
        items=("goal",),
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
            score=Decimal("8.2"),
            starts_at=time(19, 30),
            ends_at=time(21),
            ends_next_day=False,
            reach_total=42,
            reach_groups=("children", "renters"),
            audience=("buurt-eikenhof", "residents"),
            documents=("d1",),
            planned=ImpreciseDate(date(2026, 3, 11), date(2026, 3, 20), "month_part", "Medio maart"),
            done=on(2026, 3, 20),
            announced_on=on(2026, 2, 20),
            evaluation_sent_on=on(2026, 3, 21),
        ),
        StepFacts("s2", kind="feedback", planned=on(2026, 4, 10), about=("c1", "s1"), uses=("d2", "s1")),
        StepFacts("s4", kind="final_report", items=("procedure",)),
        StepFacts("s5", kind="evaluation", evaluated_by="buurt-eikenhof"),
        StepFacts(
            "step-3",
            kind="decision",
            stage="adoption",
            body="council",
            planned=on(2026, 6, 18),
            effect="some",
            effect_note=True,
            room_kept=False,
            room_reason=True,
        ),
    )
    assert facts.contributions == (
        ContributionFacts("c1", "s1", "buurt-eikenhof", "partly", True, on(2026, 3, 20), on(2026, 4, 10)),
    )
    assert facts.requests == (
        RequestFacts(
            "r1",
            "concern",
            "buurt-eikenhof",
            answer=True,
            committee=False,
            received_on=on(2026, 3, 25),
            answered_on=on(2026, 4, 1),
            agreed_until=on(2026, 4, 20),
            suspended=((on(2026, 3, 27), on(2026, 3, 28)),),
        ),
    )
    assert facts.organisations == {
        "buurt-eikenhof": OrganisationFacts("buurt-eikenhof", "residents_association"),
        "leiden": OrganisationFacts("leiden", "municipality", "leiden"),
        "raad-leiden": OrganisationFacts("raad-leiden", "council", "leiden"),
    }


def test_a_register_is_parsed_into_motions_and_commitments() -> None:
    assert motion_of(register()["motions"][0]) == MotionFacts(
        "M21.0098/04",
        "adopted",
        ImpreciseDate(date(2021, 1, 1), date(2021, 12, 31), "year", "2021"),
        reports=(on(2022, 5, 1), None),
    )
    assert commitment_of(register()["commitments"][0]) == CommitmentFacts(
        "Z/21/3258970-1",
        "wethouder",
        on(2021, 5, 19),
        on(2022, 5, 19),
        repeats_every_months=3,
        repeats_first_due_on=on(2021, 8, 19),
        repeats_until=on(2025, 5, 19),
        reports=(on(2021, 12, 1),),
        fulfilments=(on(2021, 8, 1),),
    )


def test_absent_fields_take_the_default_of_the_fact() -> None:
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


def test_an_empty_plan_is_still_a_plan() -> None:
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
    assert facts_of(set_value(dossier(), path, None)) == facts_of(absent)


@pytest.mark.parametrize("blank", [None, "", "  ", "\n"])
def test_a_blank_reason_is_no_reason(blank: str | None) -> None:
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


def test_true_false_and_unknown_are_distinct() -> None:
    documents = [{"ref": ref, "changes_marked": value} for ref, value in (("a", True), ("b", False), ("c", None))]
    assert [document.changes_marked for document in facts_of(mini(documents=documents)).documents] == [
        True,
        False,
        None,
    ]


@given(st.randoms(use_true_random=False))
def test_the_order_of_recording_does_not_change_the_facts(shuffling: random.Random) -> None:
    document = dossier()
    document["steps"][2]["ref"] = "s3"
    document["plan"]["frameworks"].append({"what": "A", "why": None})
    before = facts_of(document)
    for value in [document, document["plan"], *document["steps"], *document["documents"]]:
        for rows in value.values():
            if isinstance(rows, list):
                shuffling.shuffle(rows)
    assert facts_of(document) == before


def test_duplicates_count_once() -> None:
    step = facts_of(mini(steps=[{"audience": ["everyone", "residents", "everyone"]}])).steps[0]
    assert step.audience == ("everyone", "residents")


def test_empty_pairs_and_nameless_actors_are_ignored() -> None:
    plan = {
        "frameworks": [{}, {"what": None}],
        "target_groups": [{"group": "children"}],
        "actors": [{"part": "decides"}],
    }
    assert facts_of(mini(plan=plan)).plan == PlanFacts(target_groups=(("children", ""),))


def test_shares_without_a_party_are_ignored() -> None:
    shares = [{"on": "2026-01-01"}, {"with": "everyone"}]
    assert facts_of(mini(documents=[{"shared": shares}])).documents[0].shared == (("everyone", None),)


def test_parsing_does_not_modify_the_document() -> None:
    document = dossier()
    facts_of(document)
    assert document == dossier()


# Organisations


def test_only_referenced_organisations_become_facts() -> None:
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


def test_an_undeclared_organisation_is_taken_from_the_known_ones() -> None:
    known = {"wijk-a": OrganisationFacts("wijk-a", "residents_association", "leiden"), "b": OrganisationFacts("b")}
    assert facts_of(mini(requests=[{"from": "wijk-a"}]), known).organisations == {"wijk-a": known["wijk-a"]}


def test_a_declaration_overrides_the_known_values_it_mentions() -> None:
    known = {"a": OrganisationFacts("a", "council", "leiden")}
    document = mini(requests=[{"from": "a"}], organisations=[{"slug": "a", "kind": "committee"}])
    assert facts_of(document, known).organisations["a"] == OrganisationFacts("a", "committee", "leiden")


def test_declaring_a_slug_alone_keeps_the_known_values() -> None:
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


def test_a_report_date_in_yaml_is_parsed() -> None:
    assert motion_of(yaml.safe_load("{number: '1', reports: [{on: 2026-03-02}]}")).reports == (on(2026, 3, 2),)


@given(st.times())
def test_a_time_as_text_equals_a_time_as_yaml_parses_it(moment: time) -> None:
    minute = moment.replace(second=0, microsecond=0)
    text = f"{minute:%H:%M}"
    assert parse_clock_time(text) == minute
    assert parse_clock_time(yaml.safe_load(text)) == minute
    assert parse_clock_time(minute.hour * 60 + minute.minute) == minute


@pytest.mark.parametrize("value", ["24:00", "9:30", "19.30", -1, 1440, 19.5, True, "", [], "1٩:30", " 9:30", "+9:30"])
def test_an_invalid_time_is_rejected(value: Any) -> None:
    with pytest.raises(ValueError, match="is not a time of day"):
        parse_clock_time(value)


@pytest.mark.parametrize("value", ["2021-02-30", "17/5", "", 2021, True, [], {}, datetime(2026, 1, 1)])  # noqa: DTZ001
def test_an_invalid_date_is_rejected(value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- each says something else
        parse_imprecise_date(value)


def test_an_unreadable_date_is_reported_with_its_key() -> None:
    with pytest.raises(ValueError, match="planned: '17/5' is not a date"):
        facts_of(mini(steps=[{"planned": "17/5"}]))


def test_a_number_rounded_by_yaml_is_rejected() -> None:
    with pytest.raises(ValueError, match="between quotes"):
        motion_of(yaml.safe_load("{number: 24.0010}"))


@pytest.mark.parametrize("score", ["8", 8.25, True])
def test_a_score_that_is_no_number_with_one_decimal_is_rejected(score: Any) -> None:
    with pytest.raises(ValueError, match="score"):
        facts_of(mini(steps=[{"score": score}]))


@given(st.data())
def test_valid_documents_can_be_parsed(data: st.DataObject) -> None:
    document = dossier()
    path = data.draw(st.sampled_from(list(paths(document))))
    set_value(
        document,
        path,
        data.draw(st.one_of(st.none(), st.text(), st.integers(), st.booleans(), st.just([]), st.just({}))),
    )
    if not problems_in(document):
        assert facts_of(document).trajectory.slug
