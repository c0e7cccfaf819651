"""Two towns with a rulebook each: Leiden, which is named first, and a tiny one for Oegstgeest."""

from __future__ import annotations

from pathlib import Path

OEGSTGEEST = str(Path(__file__).parent / "rulebooks" / "oegstgeest.yaml")
#: The value of the setting ``RULEBOOK``.
TOWNS = f"leiden,{OEGSTGEEST}"
