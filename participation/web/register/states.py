"""Labels and badges of the states of motions and commitments."""

from collections.abc import Mapping
from typing import Any

from participation.presentation.figure_labels import REGISTER_STATES

STATES: Mapping[str, Any] = REGISTER_STATES
#: Badge of each state: that of an obligation status with the same sign and colour.
BADGES = {"open": "pending", "proposed": "planned_late", "settled": "met", "not_adopted": "unknown", "kept": "met"}
