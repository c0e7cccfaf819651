"""Two towns with a rulebook each: Leiden, which is named first, and a tiny one for Oegstgeest.

Feedback on a meeting is due after 28 days in Leiden, as policy, and after 56 days in Oegstgeest, as a wish.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Trajectory
from participation.services.assessment import reassess_one

from . import world

OEGSTGEEST = str(Path(__file__).parent / "rulebooks" / "oegstgeest.yaml")
#: The value of the setting ``RULEBOOK``.
TOWNS = f"leiden,{OEGSTGEEST}"
RULEBOOKS = load_rulebooks(TOWNS)
LEIDEN, TOWN = RULEBOOKS
TODAY, NOW = date(2026, 4, 20), world.moment("2026-04-20 08:00")


def trajectory(slug: str, municipality: str, **columns: Any) -> Trajectory:
    """Create a trajectory of this municipality with a meeting on 2 February 2026, recorded and judged at ``NOW``."""
    found = recorded(world.trajectory(slug, municipality=municipality, **columns))
    recorded(world.step(found, planned=None, done=world.on("2026-02-02")))
    reassess_one("trajectory", found.pk, RULEBOOKS, TODAY, NOW)
    return found


def recorded(row: Any) -> Any:
    """Return a row, with its history as if recorded at ``NOW``."""
    row.history.update(history_date=NOW)
    return row
