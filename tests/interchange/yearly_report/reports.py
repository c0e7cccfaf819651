"""A town with figures of every kind over several years, and its yearly report, for the tests of reports."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any

from participation.compliance.dates import ImpreciseDate
from participation.compliance.rulebooks import load_rulebooks
from participation.interchange.archive.bag import PAYLOAD, Bag
from participation.interchange.yearly_report.data import ReportRequest
from participation.interchange.yearly_report.writer import write_report
from tests import world

YEAR, TODAY, NOW = 2025, date(2026, 4, 20), world.moment("2026-04-20 10:00")
RULEBOOKS = load_rulebooks("leiden")


def report_request(**other: Any) -> ReportRequest:
    return ReportRequest(YEAR, RULEBOOKS, TODAY, NOW)._replace(**other)


def due(of: Any, day: str, subject: str, **columns: Any) -> Any:
    on = date.fromisoformat(day)
    return world.obligation(trajectory=of, subject=subject, **{"due_on": on, "strict_due_on": on, **columns})


def town() -> None:
    """Create public trajectories with points of every outcome, one that looks back and one that is not public."""
    world.neighbourhood("noord-1", district="Noord")
    north = world.trajectory("noordplein", "noord-1", level="consult")
    other = world.trajectory(level="")
    for number, day in enumerate(("2023-05-01", "2024-05-01", "2025-05-01", "2025-06-01")):
        due(north, day, f"t{number}", met_on=date.fromisoformat(day))
    due(north, "2025-07-01", "late", met_on=date(2025, 8, 1))
    due(north, "2025-12-20", "next-year", met_on=date(2026, 1, 10))
    due(other, "2025-09-01", "overdue")
    due(other, "2025-12-31", "last-day")
    due(other, "2025-12-30", "perhaps", strict_due_on=date(2025, 12, 1))
    due(other, "2025-10-01", "waived", rule="contribution-answered")
    world.waiver(other, rule="contribution-answered", granted_on=date(2025, 9, 1), until=date(2025, 12, 31))
    due(other, "2025-10-01", "wish", rule="support-offered")
    world.obligation(trajectory=other, subject="gap", due_on=None, strict_due_on=None, missing=["step_date"])
    old = world.trajectory("oud", retrospective=True)
    due(old, "2021-03-01", "old")
    secret = world.trajectory("geheim", public=False)
    due(secret, "2025-05-01", "secret")
    world.contribution(secret, received_on=world.on("2025-05-01"))
    world.organisation()
    answer = {"response": "Omdat het past", "responded_on": world.on("2025-04-10")}
    world.contribution(north, "c1", received_on=world.on("2025-03-20"), outcome="adopted", **answer)
    world.contribution(north, "c2", received_on=world.on("2024-03-20"), outcome="partly", **answer)
    world.contribution(other, "c3", party="residents", received_on=world.between("2025-11-20", "2025-12-20"))
    world.contribution(other, "c4", party="", received_on=None, outcome="adopted")
    world.contribution(other, "c5", party=world.SHOPS, received_on=ImpreciseDate.unknown())
    closed = world.trajectory(
        "klaar", status="closed", started_on=world.on("2025-01-06"), closed_on=world.on("2025-06-01")
    )
    world.contribution(closed, "c6", received_on=world.on("2025-02-01"))
    decided: dict[str, Any] = {"kind": "decision", "method": "", "planned": None}
    world.step(north, "b1", **decided, done=world.on("2025-04-01"), effect="some", room_kept=True)
    world.step(north, "b2", **decided, done=world.on("2024-04-01"))
    world.step(north, "b3", **decided, done=world.on("2025-04-02"), stage="setup")
    world.step(north, "e1", done=world.on("2025-05-01"), score="7.5")
    world.step(other, "e2", done=world.on("2025-06-01"), score="6.0")
    reached = {"reach_groups": [{"group": "young_people", "count": 8}], "reach_neighbourhoods": []}
    world.step(north, "a1", done=world.on("2023-02-01"), **reached)
    world.motion(settled_proposed_on=world.on("2024-06-01"), settled_on=world.on("2025-06-01"))
    world.motion("25.0001", outcome="rejected", adopted_on=None)
    world.motion("26.0001", adopted_on=world.on("2026-01-15"))
    world.commitment(fulfilled_on=world.on("2025-02-01"))
    world.commitment("T-2", made_on=world.on("2025-05-01"))


def report_bytes(**other: Any) -> bytes:
    file = io.BytesIO()
    write_report(file, report_request(**other))
    return file.getvalue()


def contents(content: bytes) -> dict[str, bytes]:
    """Return the files of the report below ``data/``, by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        parts = (name.partition(f"/{PAYLOAD}") for name in zipped.namelist())
        return {name: zipped.read(f"{folder}/{PAYLOAD}{name}") for folder, _sep, name in parts if name}


def repacked(content: bytes, name: str, altered: bytes) -> bytes:
    """Return the report with this file altered and every checksum made anew, as a forger would."""
    file = io.BytesIO()
    with Bag(file, "jaarverslag-2025-2026-04-20") as bag:
        for own, text in contents(content).items():
            bag.add(PAYLOAD + own, altered if own == name else text)
        bag.finish({"External-Identifier": "jaarverslag-2025"})
    return file.getvalue()
