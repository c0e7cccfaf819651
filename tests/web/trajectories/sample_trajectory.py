"""Creates a trajectory about a square, with rows of every kind."""

from __future__ import annotations

from participation.compliance.rulebooks import load_rulebooks
from participation.services.assessment import reassess_one
from tests import world


def assess(square, today):
    """Assess the obligations of a trajectory, and return it."""
    reassess_one("trajectory", square.pk, load_rulebooks("leiden"), today, world.moment("2026-04-20 09:00"))
    return square


def make_square():
    """Create a trajectory with a meeting, two contributions, a draft in two versions, a concern and a decision."""
    found = world.trajectory(
        summary="Het plein wordt groener.",
        contact_role="project_manager",
        contact_name="Contactpersoon",
        source_cite="Raadsvoorstel 1",
        source_stance="municipality",
    )
    world.plan(
        found,
        world.RESIDENTS,
        frameworks=[{"what": "De bomen blijven", "why": "Besluit van de raad"}, {"what": "Het budget"}],
        room="De indeling is vrij.",
        level_motivation="Bewoners kennen het plein.",
        roles={"council": "Besluit"},
    )
    world.scenario(found, presented_on=world.on("2026-03-20"))
    world.step(found, title="Bewonersavond", phase="exploration", done=world.on("2026-03-20"), documents=["d2"])
    world.step(
        found,
        "s2",
        kind="decision",
        stage="adoption",
        title="Raad besluit",
        phase="decision",
        body=world.COUNCIL,
        planned=world.between("2026-06-11", "2026-06-20", "month_part", "Medio juni"),
        documents=["d3", "d2"],
        method="",
        audience=[],
        note="De raad kiest.",
        starts_at=None,
        ends_at=None,
    )
    world.step(found, "s3", title="Tweede avond", planned=world.on("2026-05-08"), announced_on=world.on("2026-04-01"))
    world.organisation(world.COUNCIL)
    world.document(found, version="0.1")
    draft = world.document(
        found, "d2", version="0.2", replaces="d1", changes_marked=True, url="https://example.org/d2", plain_summary=True
    )
    draft.shares.create(party=world.RESIDENTS, on=world.on("2026-03-02"))
    draft.shares.create(party=world.SHOPS, on=world.on("2026-03-05"))
    world.document(found, "d3", title="Afweging", version="0.3", kind="weighing", published_on=world.on("2026-05-20"))
    world.organisation(world.SHOPS)
    world.contribution(found, step="s1", theme="Groen")
    world.contribution(
        found,
        "c2",
        step="s1",
        summary="Een bankje",
        outcome="partly",
        response="Er komt er een.",
        responded_on=world.on("2026-04-10"),
    )
    world.request(found, summary="Wie ruimt op?")
    return found
