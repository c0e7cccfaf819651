"""A trajectory with every fact that a rule can use, as a dossier and as equal rows."""

from decimal import Decimal
from typing import Any

from participation.compliance.dates import ImpreciseDate
from tests import world

IN_FULL: dict[str, Any] = {
    "trajectory": {
        "slug": "voorbeeldplein",
        "title": "Voorbeeldplein",
        "kind": "public_space",
        "level": "advise",
        "impact": "high",
        "initiator": "developer",
        "instrument": "permit",
        "participation_required": True,
        "no_participation": {"ground": "urgent", "reason": "Een storm", "decided_on": "2026-02-01"},
        "municipality": "leiden",
        "contact": {"role": "project_manager"},
        "commissioner": "raad-leiden",
        "subject_of_study": "bureau-onbekend",
        "started_on": "2026-02-02",
        "closed_on": {"from": "2026-12-01", "to": "2026-12-31", "precision": "month", "text": "december"},
        "status": "closed",
        "public": False,
        "retrospective": True,
    },
    "organisations": [
        {"slug": "wijk-a", "kind": "residents_association", "municipality": "leiden"},
        {"slug": "winkeliers", "kind": "business_association", "municipality": "leiden"},
        {"slug": "raad-leiden", "kind": "council", "municipality": "leiden"},
        {"slug": "leiden", "kind": "municipality"},
        {"slug": "wijk-elders", "kind": "residents_association", "municipality": "leiden"},
    ],
    "plan": {
        "adopted_on": "2026-02-20",
        "published_on": "2026-02-21",
        "to_council_on": {"precision": "unknown"},
        "actors_shared_on": "2026-02-05",
        "frameworks": [{"what": "Het riool", "why": "Nieuw"}, {"what": "De markt"}],
        "room": "De bomen",
        "level_motivation": "De buurt weet het",
        "target_groups": [{"group": "children", "method": "walk"}],
        "silent_interests": ["nature", "animals"],
        "channels": ["website", "letter"],
        "neighbouring_areas": ["merenwijk"],
        "neighbouring_areas_reason": "Verkeer",
        "joint_start": False,
        "joint_start_reason": "Ziekte",
        "support": "Een ontwerper",
        "support_reason": "Gevraagd",
        "scenarios_reason": "Eén plek",
        "roles": {"council": "stelt vast", "college": " "},
        "resources": {"budget": "5.000 euro", "people": "twee"},
        "items": {"goal": "Meer groen", "reach": " "},
        "actors": [
            {"organisation": "winkeliers", "part": "informed"},
            {"organisation": "wijk-a", "part": "participant"},
            {"organisation": "leiden", "part": "decides"},
            {"organisation": "raad-leiden", "part": "decides"},
            {"organisation": "raad-leiden", "part": "informed"},
        ],
    },
    "scenarios": [{"ref": "sc1", "presented_on": "2026-03-20"}, {"ref": "sc2"}],
    "documents": [
        {
            "ref": "d2",
            "kind": "final",
            "title": "Ontwerp",
            "replaces": "d1",
            "changes_marked": False,
            "plain_summary": True,
            "dated_on": "2026-04-01",
            "published_on": "2026-04-02",
            "shared": [{"with": "winkeliers", "on": "2026-04-03"}, {"with": "wijk-a"}],
        },
        {"ref": "d1", "kind": "draft", "title": "Schetsontwerp", "dated_on": "2026-03-01"},
    ],
    "steps": [
        {
            "ref": "s2",
            "kind": "feedback",
            "title": "Terugkoppeling",
            "planned": {
                "from": "2026-04-11",
                "to": "2026-04-20",
                "precision": "month_part",
                "text": "medio april",
            },
            "audience": ["wijk-a", "everyone"],
            "about": ["s1", "c1"],
            "uses": ["s1"],
            "documents": ["d2", "d1"],
            "optional": True,
        },
        {
            "ref": "s1",
            "kind": "activity",
            "method": "meeting",
            "phase": "exploration",
            "planned": "2026-03-20",
            "done": "2026-03-20",
            "starts_at": "19:30",
            "ends_at": "21:00",
            "audience": ["residents"],
            "announced_on": "2026-02-20",
            "evaluation_sent_on": "2026-03-21",
            "recess_reason": "Op verzoek",
            "score": 8.2,
            "ends_next_day": False,
            "reach": {"total": 42, "groups": [{"group": "children", "count": 6}, {"group": "renters", "count": 0}]},
        },
        {
            "ref": "s3",
            "kind": "inspection",
            "procedure": "extended",
            "planned": "2026-05-01",
            "closes": "2026-06-12",
            "cancelled": True,
        },
        {
            "ref": "s4",
            "kind": "decision",
            "stage": "adoption",
            "body": "leiden",
            "planned": "2026-07-01",
            "effect": "some",
            "effect_note": "Meer bomen",
            "room_kept": False,
            "room_reason": "De markt bleef",
        },
        {"ref": "s5", "kind": "evaluation", "evaluated_by": "wijk-a", "score": 7},
        {"ref": "s6", "kind": "final_report", "items": {"procedure": "Drie avonden"}},
    ],
    "contributions": [
        {
            "ref": "c1",
            "step": "s1",
            "from": "wijk-a",
            "outcome": "partly",
            "response": "Drie bomen meer",
            "received_on": "2026-03-20",
            "responded_on": "2026-04-10",
        },
        {"ref": "c2", "from": "residents", "received_on": "2026-03-20"},
    ],
    "requests": [
        {
            "ref": "r1",
            "kind": "woo",
            "from": "wijk-a",
            "received_on": "2026-03-25",
            "acknowledged_on": "2026-03-26",
            "extended_on": "2026-04-01",
            "extension_reason": "Veel papier",
            "suspended": [
                {"from": "2026-04-20", "to": "2026-04-24", "reason": "Derden gehoord"},
                {"from": {"from": "2026-04-01", "to": "2026-04-03", "precision": "range"}, "to": None},
            ],
            "committee": True,
            "agreed_until": "2026-06-01",
            "answered_on": "2026-05-01",
            "answer": "Zie de bijlage",
        }
    ],
}  # fmt: skip


def in_full(slug="voorbeeldplein"):
    """Create the rows of IN_FULL, in another order than in the dossier."""
    on = world.on
    world.organisation("leiden", kind="municipality", municipality="")
    world.organisation(world.OUTSIDER)
    world.organisation(world.COUNCIL)
    square = world.trajectory(
        slug,
        contact_role="project_manager",
        commissioner="raad-leiden",
        subject_of_study="bureau-onbekend",
        closed_on=world.between("2026-12-01", "2026-12-31", "month", "december"),
        status="closed",
        public=False,
        retrospective=True,
        initiator="developer",
        instrument="permit",
        participation_required=True,
        no_participation_ground="urgent",
        no_participation_reason="Een storm",
        no_participation_decided_on=on("2026-02-01"),
    )
    plan = world.plan(
        square,
        world.RESIDENTS,
        published_on=on("2026-02-21"),
        to_council_on=ImpreciseDate.unknown(),
        actors_shared_on=on("2026-02-05"),
        frameworks=[{"what": "Het riool", "why": "Nieuw"}, {"what": "De markt"}],
        room="De bomen",
        level_motivation="De buurt weet het",
        target_groups=[{"group": "children", "method": "walk"}],
        silent_interests=["nature", "animals"],
        channels=["website", "letter"],
        neighbouring_areas=["merenwijk"],
        neighbouring_areas_reason="Verkeer",
        joint_start=False,
        joint_start_reason="Ziekte",
        support="Een ontwerper",
        support_reason="Gevraagd",
        scenarios_reason="Eén plek",
        roles={"council": "stelt vast", "college": " "},
        resources={"budget": "5.000 euro", "people": "twee"},
        items={"goal": "Meer groen", "reach": " "},
    )
    for party, part in [(world.COUNCIL, "informed"), (world.COUNCIL, "decides"), ("leiden", "decides")]:
        plan.actors.create(organisation=world.organisation(party), part=part)
    plan.actors.create(organisation=world.organisation(world.SHOPS), part="informed")
    world.scenario(square, "sc2")
    world.scenario(square, "sc1", presented_on=on("2026-03-20"))
    world.step(
        square,
        "s1",
        phase="exploration",
        done=on("2026-03-20"),
        announced_on=on("2026-02-20"),
        evaluation_sent_on=on("2026-03-21"),
        recess_reason="Op verzoek",
        score=Decimal("8.2"),
        ends_next_day=False,
        reach_total=42,
        reach_groups=[{"group": "children", "count": 6}, {"group": "renters", "count": 0}],
    )
    nothing: dict[str, Any] = {"method": "", "starts_at": None, "ends_at": None, "audience": []}
    world.step(
        square,
        "s2",
        **{**nothing, "kind": "feedback", "title": "Terugkoppeling", "audience": ["wijk-a", "everyone"]},
        planned=world.between("2026-04-11", "2026-04-20", "month_part", "medio april"),
        about=["s1", "c1"],
        uses=["s1"],
        documents=["d2", "d1"],
        optional=True,
    )
    inspection = {**nothing, "kind": "inspection", "procedure": "extended", "cancelled": True}
    world.step(square, "s3", **inspection, planned=on("2026-05-01"), closes=on("2026-06-12"))
    decision = {**nothing, "kind": "decision", "stage": "adoption", "body": "leiden"}
    effect = {"effect": "some", "effect_note": "Meer bomen", "room_kept": False, "room_reason": "De markt bleef"}
    world.step(square, "s4", **decision, **effect, planned=on("2026-07-01"))
    unplanned = {**nothing, "planned": None}
    world.step(square, "s5", **{**unplanned, "kind": "evaluation"}, evaluated_by="wijk-a", score=Decimal(7))
    world.step(square, "s6", **{**unplanned, "kind": "final_report"}, items={"procedure": "Drie avonden"})
    world.document(square, "d1")
    final = world.document(
        square,
        "d2",
        kind="final",
        title="Ontwerp",
        replaces="d1",
        changes_marked=False,
        plain_summary=True,
        dated_on=on("2026-04-01"),
        published_on=on("2026-04-02"),
    )
    final.shares.create(party="winkeliers", on=on("2026-04-03"))
    final.shares.create(party="wijk-a")
    answer = {"outcome": "partly", "response": "Drie bomen meer", "responded_on": on("2026-04-10")}
    world.contribution(square, "c1", step="s1", **answer)
    world.contribution(square, "c2", party="residents")
    world.request(
        square,
        kind="woo",
        acknowledged_on=on("2026-03-26"),
        extended_on=on("2026-04-01"),
        extension_reason="Veel papier",
        suspended=[
            {"from": "2026-04-20", "to": "2026-04-24", "reason": "Derden gehoord"},
            {"from": {"from": "2026-04-01", "to": "2026-04-03", "precision": "range"}, "to": None},
        ],
        committee=True,
        agreed_until=on("2026-06-01"),
        answered_on=on("2026-05-01"),
        answer="Zie de bijlage",
    )
    return square
