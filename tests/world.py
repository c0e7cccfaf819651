"""Creates rows for tests: a town with two neighbourhoods, four organisations, and a trajectory about a square.

The residents' association of the city centre takes part; that of the lake neighbourhood, at the other end of town, is
the outsider. Every date is written out. A test passes the columns that matter to it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from participation import models
from participation.compliance.dates import ImpreciseDate

CENTRE = "binnenstad-noord"
LAKES = "merenwijk"
RESIDENTS = "wijk-a"
SHOPS = "winkeliers"
OUTSIDER = "wijk-elders"
COUNCIL = "raad-leiden"


def on(day: str) -> ImpreciseDate:
    """Return the date of a day that is known exactly."""
    return ImpreciseDate.on(date.fromisoformat(day))


def between(first: str, last: str, precision: str = "range", text: str = "") -> ImpreciseDate:
    return ImpreciseDate(date.fromisoformat(first), date.fromisoformat(last), precision, text)


def moment(text: str) -> datetime:
    """Return a date and time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def record(row: Any, at: str, **changes: Any) -> Any:
    """Save a row with these changes as if recorded at that moment, and return it."""
    for name, value in changes.items():
        setattr(row, name, value)
    row._history_date = moment(at)
    row.save()
    return row


def remove(row: Any, at: str) -> None:
    """Delete a row as if deleted at that moment."""
    row._history_date = moment(at)
    row.delete()


def neighbourhood(slug: str = CENTRE, **columns: Any) -> models.Neighbourhood:
    return models.Neighbourhood.objects.get_or_create(
        slug=slug, defaults={"name": slug.title(), "municipality": "leiden", **columns}
    )[0]


def organisation(slug: str = RESIDENTS, **columns: Any) -> models.Organisation:
    """Get or create an organisation: one of the four by its slug, or another of this kind."""
    kinds = {
        RESIDENTS: "residents_association",
        OUTSIDER: "residents_association",
        SHOPS: "business_association",
        COUNCIL: "council",
    }
    defaults = {"name": slug.title(), "kind": kinds.get(slug, ""), "municipality": "leiden", **columns}
    found, new = models.Organisation.objects.get_or_create(slug=slug, defaults=defaults)
    if new and slug in (RESIDENTS, SHOPS):
        found.neighbourhoods.add(neighbourhood(CENTRE))
    if new and slug == OUTSIDER:
        found.neighbourhoods.add(neighbourhood(LAKES))
    return found


def user(role: str, *speaks_for: str, name: str = "", **columns: Any) -> models.User:
    name = name or role
    created = models.User.objects.create_user(name, f"{name}@example.org", role=role, **columns)
    for slug in speaks_for:
        models.Membership.objects.create(user=created, organisation=organisation(slug))
    return created


def trajectory(slug: str = "voorbeeldplein", *neighbourhoods: str, **columns: Any) -> models.Trajectory:
    """Create a trajectory in the city centre, or in these neighbourhoods."""
    defaults = {
        "title": slug.replace("-", " ").title(),
        "kind": "public_space",
        "level": "advise",
        "impact": "high",
        "municipality": "leiden",
        "status": "active",
        "started_on": on("2026-02-02"),
    }
    created = models.Trajectory.objects.create(slug=slug, **{**defaults, **columns})
    created.neighbourhoods.set([neighbourhood(name) for name in neighbourhoods or (CENTRE,)])
    return created


def plan(of: models.Trajectory, *actors: str, **columns: Any) -> models.Plan:
    created = models.Plan.objects.create(trajectory=of, **{"adopted_on": on("2026-02-20"), **columns})
    for slug in actors:
        models.PlanActor.objects.create(plan=created, organisation=organisation(slug), part="participant")
    return created


def step(of: models.Trajectory, ref: str = "s1", **columns: Any) -> models.Step:
    """Create a step: by default a meeting for residents on the evening of 20 March 2026."""
    evening = {
        "kind": "activity",
        "method": "meeting",
        "planned": on("2026-03-20"),
        "starts_at": time(19, 30),
        "ends_at": time(21, 0),
        "audience": ["residents"],
    }
    return models.Step.objects.create(trajectory=of, ref=ref, **{**evening, **columns})


def document(of: models.Trajectory, ref: str = "d1", **columns: Any) -> models.Document:
    draft = {"title": "Schetsontwerp", "kind": "draft", "dated_on": on("2026-03-01")}
    return models.Document.objects.create(trajectory=of, ref=ref, **{**draft, **columns})


def contribution(of: models.Trajectory, ref: str = "c1", **columns: Any) -> models.Contribution:
    idea = {"party": RESIDENTS, "received_on": on("2026-03-20"), "summary": "Meer bomen"}
    return models.Contribution.objects.create(trajectory=of, ref=ref, **{**idea, **columns})


def request(of: models.Trajectory, ref: str = "r1", **columns: Any) -> models.Request:
    concern = {"kind": "concern", "party": RESIDENTS, "received_on": on("2026-03-25")}
    return models.Request.objects.create(trajectory=of, ref=ref, **{**concern, **columns})


def register_request(number: str = "V-2026-12", **columns: Any) -> models.Request:
    """Create a request of the register: by default one under the Woo that belongs to no trajectory."""
    asked = {"kind": "woo", "party": RESIDENTS, "received_on": on("2026-04-16"), "summary": "Alle stukken"}
    return models.Request.objects.create(number=number, ref=number, **{**asked, **columns})


def scenario(of: models.Trajectory, ref: str = "sc1", **columns: Any) -> models.Scenario:
    return models.Scenario.objects.create(trajectory=of, ref=ref, **{"title": "Autovrij", **columns})


def waiver(of: models.Trajectory, **columns: Any) -> models.Waiver:
    reason = {
        "rule": "scenarios-offered",
        "reason": "Er is maar één plek voor het plein",
        "by": "projectleider",
        "granted_on": date(2026, 3, 1),
        "until": date(2026, 12, 31),
    }
    return models.Waiver.objects.create(trajectory=of, **{**reason, **columns})


def motion(number: str = "21.0098/04", **columns: Any) -> models.Motion:
    scenarios = {"title": "Scenario's", "outcome": "adopted", "adopted_on": on("2021-11-11")}
    return models.Motion.objects.create(number=number, **{**scenarios, **columns})


def commitment(number: str = "T-1", **columns: Any) -> models.Commitment:
    return models.Commitment.objects.create(number=number, **{"made_on": on("2021-05-19"), **columns})


def obligation(**columns: Any) -> models.Obligation:
    """Create an obligation: by default feedback on the evening of 20 March, due 17 April 2026."""
    feedback = {
        "rule": "feedback-given",
        "subject": "s1",
        "trigger_on": date(2026, 3, 20),
        "due_on": date(2026, 4, 17),
        "strict_due_on": date(2026, 4, 17),
        "next_change_on": date(2026, 4, 3),
    }
    return models.Obligation.objects.create(**{**feedback, **columns})


def transition(of: models.Obligation, **columns: Any) -> models.Transition:
    defaults = {"to_status": "pending", "on": date(2026, 3, 20), "noticed_at": moment("2026-03-20 22:00")}
    return models.Transition.objects.create(obligation=of, rulebook="0" * 16, **{**defaults, **columns})
